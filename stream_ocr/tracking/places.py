"""Places: where texts appear again and again, numbered, so that the history of a display can be followed."""

from collections import OrderedDict
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from stream_ocr.geometry import bounds
from stream_ocr.messages import Quad

__all__ = ["Places"]

_MAX_PLACES = 1000
_SAME_ROW = 0.5
_SAME_COLUMN = 0.5
_SAME_HEIGHT = 1.6


@dataclass
class Places:
    """The places of one source, remembered for `memory` seconds after they were last used."""

    memory: float
    first: int = 1
    """Where the numbers begin."""
    _places: OrderedDict[int, tuple[Quad, float]] = field(default_factory=OrderedDict)
    """Number to last box and media time, the longest unused first."""
    _next: int = field(init=False)

    def __post_init__(self) -> None:
        self._next = self.first

    def at(self, quad: Quad, pts: float, taken: AbstractSet[int]) -> int:
        """The number of the place of a new box: a remembered one that is not taken, else a new one."""
        self._forget(pts)
        number = next(
            (
                number
                for number, (old, _) in reversed(self._places.items())
                if number not in taken and _same_place(old, quad)
            ),
            None,
        )
        if number is None:
            number, self._next = self._next, self._next + 1
        self.keep(number, quad, pts)
        return number

    def keep(self, number: int, quad: Quad, pts: float) -> None:
        """Notes that the place is in use at `pts`."""
        self._places[number] = (quad, pts)
        self._places.move_to_end(number)

    def _forget(self, pts: float) -> None:
        while self._places:
            number, (_, used) = next(iter(self._places.items()))
            if pts - used <= self.memory and len(self._places) < _MAX_PLACES:
                return
            del self._places[number]


def _same_place(old: Quad, new: Quad) -> bool:
    """The same row, and one box over half of the other: lines of a subtitle differ in length, not in place."""
    a, b = bounds(old), bounds(new)
    height_a, height_b = max(a[3] - a[1], 1e-6), max(b[3] - b[1], 1e-6)
    rows = min(a[3], b[3]) - max(a[1], b[1])
    columns = min(a[2], b[2]) - max(a[0], b[0])
    return (
        rows >= _SAME_ROW * min(height_a, height_b)
        and columns >= _SAME_COLUMN * min(a[2] - a[0], b[2] - b[0])
        and max(height_a, height_b) <= _SAME_HEIGHT * min(height_a, height_b)
    )
