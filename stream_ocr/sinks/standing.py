"""What stands at each place and in each named region, from the events about it. Pure."""

from collections import OrderedDict
from dataclasses import dataclass, field

from msgspec import Struct

from stream_ocr.messages import TextEvent

__all__ = ["Place", "Places", "Standing"]

_MAX_PLACES = 1000
"""Per sink. Named regions are few; the places of a source that shows one text after the other are without number."""
_MAX_LINES = 50


class Place(Struct, frozen=True):
    """Where a value stands."""

    source: str
    name: str
    """That of the region; of a place without one its number."""
    named: bool


class Standing(Struct, frozen=True, kw_only=True):
    """What stands there; of several lines in one region, all of them in reading order."""

    text: str
    value: float | None
    unit: str | None
    confidence: float
    id: str
    """Of the event that says so."""
    wall: str | None


@dataclass
class _Region:
    lines: dict[int, tuple[TextEvent, bool]] = field(default_factory=dict)
    """By number of the place: what was said last, and whether it was replaced since then."""
    told: tuple[object, ...] | None = None


class Places:
    """Says what has changed with an event, once for each change.

    A text that was replaced stands until the next one is known: a display has a value all the time. What has left a
    named region stands there too, as the last that was seen; at a place without a name it is taken away. Where a number
    stands, only another number is a change: not how it is written, and no text that is not believed.
    """

    def __init__(self, numeric: frozenset[str] = frozenset()) -> None:
        """`numeric`: names of the rules whose texts stand for numbers."""
        self._numeric = numeric
        self._regions: OrderedDict[Place, _Region] = OrderedDict()

    def update(self, event: TextEvent) -> list[tuple[Place, Standing | None]]:
        """What stands somewhere else than before; None: nothing does any more."""
        place = Place(event.source, event.region or str(event.place), event.region is not None)
        region = self._regions.pop(place, None) or _Region()
        self._regions[place] = region
        changes: list[tuple[Place, Standing | None]] = []
        if event.kind == "disappear" and event.reason != "replaced" and not place.named:
            del self._regions[place]
            changes = [(place, None)]
        else:
            _note(region, event)
            standing = _standing(region, event)
            told = self._told(region, standing)
            if told is not None and told != region.told:
                region.told = told
                changes = [(place, standing)]
        return changes + self._forget()

    def _told(self, region: _Region, standing: Standing) -> tuple[object, ...] | None:
        """What has to differ for a change; None: nothing that is to be told stands there."""
        if standing.value is not None:
            return standing.value, standing.unit
        numbers = (region.told is not None and len(region.told) == 2) or any(
            not self._numeric.isdisjoint(event.rules) for event, _ in region.lines.values()
        )
        return None if numbers else (standing.text,)

    def _forget(self) -> list[tuple[Place, Standing | None]]:
        if len(self._regions) <= _MAX_PLACES:
            return []
        oldest, _ = self._regions.popitem(last=False)
        return [(oldest, None)]


def _note(region: _Region, event: TextEvent) -> None:
    lines = region.lines
    if event.kind == "disappear":
        # The last line of a region stays: it is what was seen last.
        if event.reason == "replaced" or len(lines) <= 1:
            lines[event.place] = (event, True)
        else:
            lines.pop(event.place, None)
        return
    if event.place not in lines or not lines[event.place][1]:
        # It stands elsewhere in the region than what was there before.
        for number in [number for number, (_, over) in lines.items() if over]:
            del lines[number]
    lines[event.place] = (event, False)
    if len(lines) > _MAX_LINES:
        del lines[next(iter(lines))]


def _standing(region: _Region, event: TextEvent) -> Standing:
    lines = sorted((line for line, _ in region.lines.values()), key=_reading_order)
    values = [line for line in lines if line.value is not None]
    first = values[0] if values else None
    return Standing(
        text=" ".join(line.text for line in lines),
        value=None if first is None else first.value,
        unit=None if first is None else first.unit,
        confidence=min(line.confidence for line in lines),
        id=event.id,
        wall=event.wall,
    )


def _reading_order(event: TextEvent) -> tuple[float, float]:
    """Row by row, in half heights of a line, so that a little slant makes no new row."""
    height = max(1.0, event.quad[3][1] - event.quad[0][1])
    return round(event.quad[0][1] / height), event.quad[0][0]
