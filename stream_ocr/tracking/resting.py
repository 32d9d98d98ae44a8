"""Texts that are out of sight and may come back: a short gap, a jump of the camera, a cut."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from stream_ocr.geometry import bounds
from stream_ocr.messages import Ended, Frame, Line
from stream_ocr.tracking.boxes import affinity, apart, near_size
from stream_ocr.tracking.entry import Entry
from stream_ocr.tracking.voting import alike, part_of

__all__ = ["Resting"]

_NEAR = 3.0
"""Heights that a text may have moved while it was out of sight."""
_MIN_AFFINITY = 0.3
_PIECE = 4
"""Characters from which a part of a text is taken for it."""


@dataclass
class Resting:
    """Texts whose tracks are over, each for `patience` seconds from when it was last seen."""

    patience: float
    _texts: list[tuple[Entry, Ended]] = field(default_factory=list)

    def add(self, entry: Entry, over: Ended) -> None:
        """Takes a text whose track is over."""
        entry.seen = over.end
        self._texts.append((entry, over))

    def given_up(self, pts: float) -> list[Ended]:
        """The texts that did not come back by `pts`."""
        late = [(entry, over) for entry, over in self._texts if pts - over.end > self.patience]
        self._texts = [pair for pair in self._texts if pair not in late]
        return [Ended(track=entry.number, end=entry.ended(over.end), reason=over.reason) for entry, over in late]

    def recall(self, entry: Entry, line: Line, frame: Frame, lost: Iterable[tuple[int, Entry]]) -> Entry | None:
        """The text out of sight that `entry` is the return of, with its readings; `lost`: those whose tracks are open."""
        candidates = [other for other, _ in self._texts] + [other for _, other in lost]
        for other in sorted(candidates, key=lambda other: -other.seen):
            if other.said and entry.start - other.seen <= self.patience and _same(other, entry) and _near(other, line):
                self._texts = [pair for pair in self._texts if pair[0] is not other]
                other.take_over(entry)
                return other
        return None


def _same(one: Entry, other: Entry) -> bool:
    assert one.outcome is not None and other.outcome is not None
    a, b = one.outcome.text, other.outcome.text
    return alike(a, b) or (len(b) > _PIECE and part_of(b, a)) or (len(a) > _PIECE and part_of(a, b))


def _near(entry: Entry, line: Line) -> bool:
    one, other = bounds(entry.quad), bounds(line.quad)
    return affinity(entry.quad, line.quad) >= _MIN_AFFINITY or (near_size(one, other) and apart(one, other) <= _NEAR)
