"""Whether what rules, sources and sinks call each other is there."""

from collections.abc import Iterable, Mapping, Sequence

from stream_ocr.config.rules import RuleConfig
from stream_ocr.config.sinks import SinkConfig
from stream_ocr.config.sources import SourceConfig

__all__ = ["VALUE_CHANGED", "check_names", "check_tags"]

VALUE_CHANGED = "value-changed"
"""The tag of the one event with which a display has come to show another value."""


def check_names(sources: Mapping[str, SourceConfig], rules: Sequence[RuleConfig], sinks: Sequence[SinkConfig]) -> None:
    """Raises ValueError for a name that is given twice, or names nothing."""
    _check_unique([(f"rules[{index}].name", rule.name) for index, rule in enumerate(rules)])
    _check_unique([(f"sinks[{index}].name", sink.name) for index, sink in enumerate(sinks) if sink.name is not None])
    called = {sink.name: sink for sink in sinks if sink.name is not None}
    for index, rule in enumerate(rules):
        path = f"rules[{index}]"
        _check_known(f"{path}.sources", rule.sources, sources, "source")
        near = [source for name, source in sources.items() if not rule.sources or name in rule.sources]
        _check_known(f"{path}.regions", rule.regions, {name for source in near for name in source.regions}, "region")
        _check_known(f"{path}.sinks", rule.sinks, called, "sink")
        for number, name in enumerate(rule.sinks):
            if called[name].video is not None:
                raise ValueError(f"{path}.sinks[{number}]: expected a sink of events, got {name}, which is a video")
    tags = {rule.tag for rule in rules if rule.tag is not None} | {VALUE_CHANGED}
    for index, sink in enumerate(sinks):
        if sink.only is None:
            continue
        if sink.video is not None:
            raise ValueError(f"sinks[{index}].only: expected it of a sink of events, not of a video")
        lasting = {rule.name for rule in rules if not rule.drop}
        _check_known(f"sinks[{index}].only.rules", sink.only.rules, lasting, "rule that drops nothing")
        _check_known(f"sinks[{index}].only.tags", sink.only.tags, tags, "tag of a rule")


def check_tags(path: str, tags: Sequence[str], rules: Sequence[RuleConfig]) -> None:
    """Raises ValueError for a tag that no rule gives."""
    _check_known(path, tags, {rule.tag for rule in rules if rule.tag is not None}, "tag of a rule")


def _check_unique(named: Iterable[tuple[str, str]]) -> None:
    seen: set[str] = set()
    for path, name in named:
        if name in seen:
            raise ValueError(f"{path}: expected a name of its own, got {name} a second time")
        seen.add(name)


def _check_known(path: str, names: Sequence[str], known: Iterable[str], what: str) -> None:
    there = sorted(known)
    for index, name in enumerate(names):
        if name not in there:
            raise ValueError(f"{path}[{index}]: expected a {what} ({', '.join(there) or 'there is none'}), got {name}")
