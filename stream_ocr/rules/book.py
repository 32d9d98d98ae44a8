"""All rules of a run, in their order."""

from collections.abc import Sequence
from typing import NamedTuple

from stream_ocr.config import NumberConfig, RuleConfig
from stream_ocr.rules.rule import Rule

__all__ = ["Figure", "Rulebook", "Verdict"]


class Figure(NamedTuple):
    """What a text says of a display: nobody has looked yet whether that can be."""

    rule: str
    value: float
    unit: str | None
    limits: NumberConfig


class Verdict(NamedTuple):
    """What the rules make of a text."""

    text: str
    """As they leave it; of a text that is dropped as it was when it was."""
    rules: tuple[str, ...] = ()
    """Which of them fitted."""
    tags: tuple[str, ...] = ()
    figure: Figure | None = None
    """From the first rule that has one."""
    dropped: bool = False


class Rulebook:
    """Judges texts; what it says of one depends on nothing but the text and where it is."""

    def __init__(self, rules: Sequence[RuleConfig] = ()) -> None:
        self._rules = [Rule(config) for config in rules]

    @property
    def given_up(self) -> list[str]:
        """The rules with a pattern that takes too long, which is not used any more."""
        return [rule.config.name for rule in self._rules if rule.given_up]

    def judge(self, source: str, region: str | None, text: str) -> Verdict:
        """Applies the rules in turn: each sees the text as those before it left it; one that drops it is the last."""
        rules: list[str] = []
        tags: list[str] = []
        figure: Figure | None = None
        for rule in self._rules:
            fit = rule.fit(text) if rule.is_for(source, region) else None
            if fit is None:
                continue
            config = rule.config
            rules.append(config.name)
            if config.drop:
                return Verdict(text, tuple(rules), dropped=True)
            # A text must not become nothing: there is no event without one.
            text = fit.text.strip() or text
            if config.tag is not None and config.tag not in tags:
                tags.append(config.tag)
            if figure is None and fit.value is not None:
                figure = Figure(config.name, fit.value, rule.limits.unit, rule.limits)
        return Verdict(text, tuple(rules), tuple(tags), figure)
