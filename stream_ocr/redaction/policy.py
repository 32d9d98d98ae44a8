"""Which lines are to be hidden, by what they say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import msgspec

from stream_ocr.config import RedactConfig, RuleConfig
from stream_ocr.messages import Line, TextEvent
from stream_ocr.patterns import Pattern
from stream_ocr.regions import WHOLE_PICTURE, Regions
from stream_ocr.rules.book import Rulebook

__all__ = ["HIDDEN", "Policy", "Verdict", "View"]

Verdict: TypeAlias = Literal["hide", "show", "unknown"]

HIDDEN = "[redacted]"
"""What is said instead of a hidden text."""

_TEXTS = 4096
"""Texts whose verdict is remembered."""


@dataclass(frozen=True)
class View:
    """What a line is seen in: its source, and the size of the frame."""

    source: str = ""
    size: tuple[int, int] = (1, 1)


class Policy:
    """What a config says, ready for use. A pattern that takes too long is taken to have found what is to be hidden."""

    def __init__(
        self, config: RedactConfig, rules: Sequence[RuleConfig] = (), regions: Mapping[str, Regions] = {}
    ) -> None:
        """`rules` give the tags; `regions` by source, for rules that hold in some of them."""
        self._all_but = config.but is not None
        self._pattern = Pattern(config.but or config.match or "")
        self._tags = frozenset(config.tags)
        self._book = Rulebook(rules)
        self._regions = regions
        self._hides_text = lru_cache(maxsize=_TEXTS)(self._judged)

    def verdict(self, line: Line, view: View, before: Verdict = "unknown") -> Verdict:
        """What is to become of a line; `before`: what it was for this text so far.

        A text that is not known well enough to be said may be anything. Unless all but some are hidden, what was to be
        hidden once stays hidden, and it is enough that it was read so just once.
        """
        if not self._all_but and (before == "hide" or self._hides_any((line.text, *line.alternatives), line, view)):
            return "hide"
        if not line.settled or not line.text:
            return "unknown"
        return "hide" if self._hides(line.text, line, view) else "show"

    def masked(self, event: TextEvent) -> TextEvent:
        """The event as it is to be stored where texts are masked."""
        line = Line(
            quad=event.quad,
            score=1.0,
            text=event.text,
            alternatives=event.alternatives,
            settled=True,
            track=event.track,
        )
        hidden = not self._tags.isdisjoint(event.tags) or self.verdict(line, View(event.source, event.size)) == "hide"
        return msgspec.structs.replace(event, text=HIDDEN, alternatives=(), value=None) if hidden else event

    def _hides_any(self, texts: Iterable[str], line: Line, view: View) -> bool:
        return any(self._hides(text, line, view) for text in texts if text)

    def _hides(self, text: str, line: Line, view: View) -> bool:
        region = self._regions.get(view.source, WHOLE_PICTURE).name(line.quad, view.size) if self._tags else None
        return self._hides_text(text, view.source, region)

    def _judged(self, text: str, source: str, region: str | None) -> bool:
        if self._tags:
            tags = self._book.judge(source, region, text).tags
            return bool(self._book.given_up) or not self._tags.isdisjoint(tags)
        late = self._pattern.strikes
        found = self._pattern.search(text) is not None
        doubtful = self._pattern.given_up or self._pattern.strikes > late
        return not found or doubtful if self._all_but else found or doubtful
