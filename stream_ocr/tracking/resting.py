"""Texts that are out of sight and may come back: a short gap, a jump of the camera, a cut."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from stream_ocr.geometry import bounds
from stream_ocr.messages import Ended, Line, Luma
from stream_ocr.tracking.appearance import resemblance
from stream_ocr.tracking.boxes import affinity, apart, near_size
from stream_ocr.tracking.confidence import confidence
from stream_ocr.tracking.entry import Entry
from stream_ocr.tracking.voting import alike, likeness, normalised

__all__ = ["Resting", "moved_by_cut", "sure_after_all"]

_NEAR = 3.0
"""Heights that a text may have moved while it was out of sight."""
_MIN_AFFINITY = 0.3
_PIECE = 4
"""Characters up to which a text is too short to be known again by a part of it, or anywhere, or from one look."""
_MOST = 0.75
"""Likeness from which a part of a text is taken for it: less may be a new text with the same beginning."""
_SAME_TEXT = 0.9
_SAME_SCENE = 0.6
"""Correlation of two tiny pictures below which they show different scenes."""
_SHORTEST = 0.1 - 1e-6
"""Seconds below which a text that nobody confirmed is not said."""
_SURE = 0.9
"""Confidence that a text needs which was read whole only once."""


@dataclass
class Resting:
    """Texts whose tracks are over, each for `patience` seconds from when it was last seen."""

    patience: float
    min_confidence: float
    """Of texts that are said only at their end."""
    _texts: list[tuple[Entry, Ended]] = field(default_factory=list)

    def add(self, entry: Entry, over: Ended) -> None:
        """Takes a text whose track is over."""
        entry.seen = over.end
        self._texts.append((entry, over))

    def given_up(self, pts: float) -> list[Ended]:
        """The texts that did not come back by `pts`."""
        late = [(entry, over) for entry, over in self._texts if pts - over.end > self.patience]
        self._texts = [pair for pair in self._texts if pair not in late]
        return [
            Ended(
                track=entry.number,
                end=entry.ended(over.end),
                reason=over.reason,
                line=entry.line if entry.said or sure_after_all(entry, over.end, self.min_confidence) else None,
            )
            for entry, over in late
        ]

    def recall(self, entry: Entry, line: Line, scene: Luma, lost: Iterable[Entry]) -> Entry | None:
        """The text out of sight that `entry` is the return of, with its readings; `lost`: those with open tracks."""
        candidates = [*(other for other, _ in self._texts), *lost]
        for other in sorted(candidates, key=lambda other: -other.seen):
            if entry.start - other.seen <= self.patience and (
                (_same(other, entry) and _near(other, line)) or moved_by_cut(other, entry, scene)
            ):
                self._texts = [pair for pair in self._texts if pair[0] is not other]
                other.take_over(entry)
                return other
        return None


def moved_by_cut(other: Entry, entry: Entry, scene: Luma) -> bool:
    """Whether the text of `other` is there again in another picture than it was read in: places mean nothing then."""
    if other.outcome is None or entry.outcome is None or other.scene is None:
        return False
    one, two = normalised(other.outcome.text), normalised(entry.outcome.text)
    return (
        min(len(one), len(two)) > _PIECE
        and likeness(one, two) >= _SAME_TEXT
        and resemblance(other.scene, scene) < _SAME_SCENE
    )


def sure_after_all(entry: Entry, end: float, least: float) -> bool:
    """Whether a text that was not known well enough while it was seen may be said at its end.

    `least`: confidence that it needs if several looks agree.
    """
    outcome = entry.outcome
    if outcome is None or len(normalised(outcome.text)) <= _PIECE or end - entry.start < _SHORTEST:
        return False
    return confidence(outcome) >= (least if outcome.agreeing + entry.glimpses > 1 else max(least, _SURE))


def _same(one: Entry, other: Entry) -> bool:
    if one.outcome is None or other.outcome is None:
        return False
    a, b = one.outcome.text, other.outcome.text
    one_in_other = normalised(a) in normalised(b) or normalised(b) in normalised(a)
    return alike(a, b) or (likeness(a, b) >= _MOST and one_in_other)


def _near(entry: Entry, line: Line) -> bool:
    one, other = bounds(entry.quad), bounds(line.quad)
    return affinity(entry.quad, line.quad) >= _MIN_AFFINITY or (near_size(one, other) and apart(one, other) <= _NEAR)
