"""Rules applied to the events of one source, so that they stay in order: an appear, updates, a disappear.

- A text that is dropped says nothing. If what it is read as is no longer dropped, it appears then. If a text that was
  said comes to be read as one that is dropped, that reading is kept back, and the text ends as it was last said.
- Rules and tags that fitted a text once stay with it to its end, so that who is told of its beginning is told of its
  end. The region is the one in which it was first said.
- A value is told once it is believed: with the event that tells the text, or with an `update` later on.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from stream_ocr.config.naming import VALUE_CHANGED
from stream_ocr.messages import TextEvent
from stream_ocr.regions import Regions
from stream_ocr.rules.book import Figure, Rulebook, Verdict
from stream_ocr.rules.display import Answer, Display, Showing

__all__ = ["Ruling"]

_DISPLAYS = 1000
"""Displays that are remembered at most; the one that was longest without an event is forgotten first."""


@dataclass
class _Text:
    """What is known of a text that has not gone."""

    region: str | None
    rules: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    said: TextEvent | None = None
    """How it was last told; None: not at all."""
    display: Display | None = None
    showing: Showing | None = None
    """The number that it stands for."""
    held: bool = False
    """Nobody was told of that number."""


@dataclass
class Ruling:
    """The rules at work on one source. Not thread-safe; time comes with the events, in media seconds."""

    book: Rulebook
    regions: Regions
    _texts: dict[int, _Text] = field(default_factory=dict)
    """By track."""
    _displays: OrderedDict[tuple[str, str | int], Display] = field(default_factory=OrderedDict)
    """By rule, and region or place: one region shows one number."""

    def apply(self, events: Iterable[TextEvent]) -> list[TextEvent]:
        """What is told of events that happened at the same time, in the order in which they were made."""
        events = list(events)
        ends = {event.track: event.end for event in events if event.end is not None}
        return [told for event in events for told in self._ruled(event, ends.get(event.track, event.at))]

    def due(self, now: float) -> list[int]:
        """The tracks whose number would be believed by now, or again: another `update` of such a text tells it."""
        due = []
        for track, text in self._texts.items():
            if text.display is None or text.showing is None:
                continue
            answer = text.display.weigh(text.showing, now)
            if answer == "changed" or (text.held and answer == "same"):
                due.append(track)
            elif answer == "same":
                text.display.seen(text.showing.value, now)
        return due

    def _ruled(self, event: TextEvent, until: float) -> Iterator[TextEvent]:
        """`until`: when the text was last there."""
        text = self._texts.get(event.track)
        if text is None or text.said is None:
            text = self._texts[event.track] = _Text(self.regions.name(event.quad, event.size))
        if event.kind == "disappear":
            del self._texts[event.track]
        verdict = self.book.judge(event.source, text.region, event.text)
        if verdict.dropped:
            _withdraw(text)
            yield from _last_words(event, text)
            return
        told = self._told(event, text, verdict, until)
        if text.said is None:
            yield msgspec.structs.replace(told, kind="appear", end=None, reason=None)
            if event.kind == "disappear":
                yield msgspec.structs.replace(told, tags=text.tags)
        elif event.kind == "disappear" or _is_news(told, text.said):
            yield told
        else:
            return
        text.said = told
        if event.kind == "disappear":
            _withdraw(text)

    def _told(self, event: TextEvent, text: _Text, verdict: Verdict, until: float) -> TextEvent:
        text.rules = _joined(text.rules, verdict.rules)
        text.tags = _joined(text.tags, verdict.tags)
        answer = self._answer(event, text, verdict.figure, until)
        figure = None if answer == "held" else verdict.figure
        return msgspec.structs.replace(
            event,
            text=verdict.text,
            region=text.region,
            rules=text.rules,
            tags=(*text.tags, VALUE_CHANGED) if answer == "changed" else text.tags,
            value=figure and figure.value,
            unit=figure and figure.unit,
        )

    def _answer(self, event: TextEvent, text: _Text, figure: Figure | None, until: float) -> Answer:
        text.display, text.showing, text.held = None, None, True
        if figure is None:
            return "held"
        text.display = self._display(figure, text.region or event.place)
        text.showing = Showing(figure.value, event.epoch, event.start)
        answer = text.display.told(text.showing, until)
        text.held = answer == "held"
        return answer

    def _display(self, figure: Figure, where: str | int) -> Display:
        key = (figure.rule, where)
        if key not in self._displays:
            self._displays[key] = Display(figure.limits)
            if len(self._displays) > _DISPLAYS:
                self._displays.popitem(last=False)
        self._displays.move_to_end(key)
        return self._displays[key]


def _withdraw(text: _Text) -> None:
    """Its number is not there any more."""
    if text.display is not None and text.showing is not None:
        text.display.gone(text.showing)
    text.showing = None


def _last_words(event: TextEvent, text: _Text) -> Iterator[TextEvent]:
    """The end of a text whose last reading is dropped, if it was ever said: as it was said last."""
    said = text.said
    if said is None or event.kind != "disappear":
        return
    tags = tuple(tag for tag in said.tags if tag != VALUE_CHANGED)
    kept = {name: getattr(said, name) for name in ("text", "confidence", "alternatives", "region", "value", "unit")}
    yield msgspec.structs.replace(event, rules=said.rules, tags=tags, **kept)


def _is_news(told: TextEvent, said: TextEvent) -> bool:
    if VALUE_CHANGED in told.tags:
        return True
    lasting = tuple(tag for tag in said.tags if tag != VALUE_CHANGED)
    return (told.text, told.tags, told.rules, told.value) != (said.text, lasting, said.rules, said.value)


def _joined(before: tuple[str, ...], now: tuple[str, ...]) -> tuple[str, ...]:
    return (*before, *(name for name in now if name not in before))
