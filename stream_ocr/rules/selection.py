"""Which events a sink gets."""

from collections.abc import Sequence
from dataclasses import dataclass

from stream_ocr.config import RuleConfig, SinkConfig
from stream_ocr.messages import TextEvent

__all__ = ["Selection"]


@dataclass(frozen=True)
class Selection:
    """Goes by what stands in an event, and nothing else: the same whether it comes from the graph or from a store."""

    rules: frozenset[str] | None
    """Events that one of these fitted; None, with no tags either: every event."""
    tags: frozenset[str] = frozenset()
    """Events with one of these, too."""

    @classmethod
    def of(cls, sink: SinkConfig, rules: Sequence[RuleConfig]) -> "Selection":
        """What a config says: `only` of the sink, and the rules that name it."""
        calling = {rule.name for rule in rules if sink.name is not None and sink.name in rule.sinks}
        if sink.only is None:
            return cls(frozenset(calling) or None)
        return cls(frozenset(calling.union(sink.only.rules)), frozenset(sink.only.tags))

    def wants(self, event: TextEvent) -> bool:
        """Whether the sink is to get the event."""
        return self.rules is None or not (self.rules.isdisjoint(event.rules) and self.tags.isdisjoint(event.tags))
