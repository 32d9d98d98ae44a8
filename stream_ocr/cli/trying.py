"""Trying rules: what each would have done, a line per text that one of them fits."""

import math
import time
from collections import Counter
from pathlib import Path

import typer

from stream_ocr import durations
from stream_ocr.cli.speech import amount, warn
from stream_ocr.config import Config, RuleConfig
from stream_ocr.config.naming import VALUE_CHANGED
from stream_ocr.errors import ConfigError
from stream_ocr.messages import TextEvent
from stream_ocr.rules.book import Figure, Rulebook
from stream_ocr.rules.display import Display, Showing
from stream_ocr.rules.rule import Rule
from stream_ocr.rules.trial import Outcome, Trial
from stream_ocr.store import Archive

__all__ = ["try_events", "try_text"]


def try_text(config: Config, text: str, source: str | None, region: str | None) -> None:
    """Prints what every rule makes of one text. Raises ConfigError: no such source or region."""
    source = next(iter(config.sources)) if source is None else source
    if source not in config.sources:
        raise ConfigError(f"--source: expected one of {', '.join(config.sources)}, got {source}")
    regions = config.sources[source].regions
    if region is not None and region not in regions:
        raise ConfigError(f"--region: expected one of {', '.join(regions) or 'none'}, got {region}")
    verdict = Rulebook(config.rules).judge(source, region, text)
    figure = verdict.figure if verdict.figure is not None and _possible(verdict.figure) else None
    width = max(len(rule.name) for rule in config.rules)
    for rule in config.rules:
        if rule.name in verdict.rules:
            said = _effects(rule, figure)
        elif not Rule(rule).is_for(source, region):
            said = "is for texts elsewhere"
        else:
            said = "is not asked: the text is dropped" if verdict.dropped else "does not fit"
        typer.echo(f"{rule.name:<{width}}  {said}")
    typer.echo("nothing is said" if verdict.dropped else f"said: {verdict.text}")


def try_events(config: Config, store: Path, since: str | None) -> None:
    """Prints what the rules would have done with the events of a store.

    Raises ConfigError: there is no such store, or `since` is no duration; StoreError: it cannot be read.
    """
    try:
        begin = float("-inf") if since is None else time.time() - durations.seconds(since)
    except ValueError as error:
        raise ConfigError(f"--since: {error}") from None
    trial, summary = Trial(config), _Summary(config)
    with Archive(store) as archive:
        for stored in archive.events():
            if stored.stored < begin:
                continue
            for outcome in trial.take(stored.event):
                summary.add(outcome)
                if line := _line(config, trial, outcome):
                    typer.echo(line)
    for line in summary.lines():
        typer.echo(line)
    for name in trial.book.given_up:
        warn(f"the rule {name} has a pattern that takes longer than 0.1 s, and was given up")


class _Summary:
    """What came of each rule in all."""

    def __init__(self, config: Config) -> None:
        self._fitted = Counter({rule.name: 0 for rule in config.rules})
        self._changes: Counter[str] = Counter()
        self._drops: Counter[str] = Counter()
        self._events = 0

    def add(self, outcome: Outcome) -> None:
        """Counts an event."""
        self._events += 1
        rules = outcome.verdict.rules
        self._fitted.update(rules)
        if outcome.verdict.dropped:
            self._drops[rules[-1]] += 1
        elif outcome.verdict.figure is not None and any(VALUE_CHANGED in told.tags for told in outcome.told):
            self._changes[outcome.verdict.figure.rule] += 1

    def lines(self) -> list[str]:
        """One per rule."""
        width = max(map(len, self._fitted))
        lines = [f"of {amount(self._events, 'events')}:"]
        for name, fitted in self._fitted.items():
            parts = [f"fits {fitted}"]
            parts += [f"drops {self._drops[name]}"] if self._drops[name] else []
            parts += [f"{amount(self._changes[name], 'changes')} of value"] if self._changes[name] else []
            lines.append(f"{name:<{width}}  {', '.join(parts)}")
        return lines


def _line(config: Config, trial: Trial, outcome: Outcome) -> str | None:
    """One for what is new in an event, where rules fit; its end is, where that is when its value is believed."""
    event, verdict, told = outcome
    changed = any(VALUE_CHANGED in each.tags for each in told)
    if not verdict.rules or (event.kind == "disappear" and not changed):
        return None
    effects = [
        f"{rule.name}: {_effects(rule, verdict.figure if changed else _silent(verdict.figure, told))}"
        for rule in config.rules
        if rule.name in verdict.rules
    ]
    place = f"{event.source} {trial.region(event) or f'place {event.place}'}"
    return f"{event.wall or f'{event.at:.2f}'}  {place}  {event.text}  {'; '.join(effects)}"


def _possible(figure: Figure) -> bool:
    """Whether a display can show it at all, if it stands long enough."""
    return Display(figure.limits).weigh(Showing(figure.value, 0, 0.0), math.inf) != "held"


def _silent(figure: Figure | None, told: list[TextEvent]) -> Figure | None:
    """The figure of a text whose value is no change: none where it is held back."""
    return figure if any(each.value is not None for each in told) else None


def _effects(rule: RuleConfig, figure: Figure | None) -> str:
    if rule.drop:
        return "drops it"
    parts = []
    if figure is not None and figure.rule == rule.name:
        parts.append(f"value {figure.value:g}" + ("" if figure.unit is None else f" {figure.unit}"))
    elif rule.number is not None or rule.value is not None:
        parts.append("its value is held back")
    parts += [] if rule.tag is None else [f"tag {rule.tag}"]
    parts += [f"sinks {', '.join(rule.sinks)}"] if rule.sinks else []
    parts += ["replaces in it"] if rule.replace and not parts else []
    return ", ".join(parts)
