"""The ledger: what is known of every text, when to read it again, and when it has become another one.

A line is read when it is new, when its picture changed, when it is clearly better seen than ever before, or when the
vote is not settled; it is frozen once enough readings agree. What the picture does decides what a reading means: the
picture changed and two readings agree on something else, then the text was replaced; the picture is the same, then it
is at most read better.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from stream_ocr.config import RecognizeConfig
from stream_ocr.geometry import bounds, box_iou
from stream_ocr.messages import Ended, Frame, FrameText, Line, Quad
from stream_ocr.tracking.appearance import Look, difference, resized
from stream_ocr.tracking.voting import Reading, Vote, alike, extends, part_of, vote

__all__ = ["Ledger"]

_CHANGED = 0.22
"""Difference of looks, in units of contrast, from which a line is read again."""
_MAX_TOLERANCE = 0.8
"""However busy the picture around a line may be, this much difference is looked into."""
_BETTER = 1.5
"""A look this much sharper x larger than the best one read is read."""
_SURE = 0.9
"""A single reading this sure settles a line that keeps looking the same."""
_SURE_AFTER = 0.2
_SLACK = 1e-6
_RETRY = 0.1
"""Seconds until an unsettled line is read again; doubles with each reading that settles nothing."""
_MAX_RETRY = 2.0
_HISTORY = 16
_EDGE = 4
"""Pixels from the edge of the picture at which a line may be cut off."""
_SHORT_PIECE = 4
"""Characters up to which a part of the text, away from the edge, may as well be another text."""
_STILL = 0.7
"""Overlap (over union) from which a line counts as not having moved since it was read."""


@dataclass
class _Entry:
    """One text."""

    track: int
    start: float
    readings: list[Reading] = field(default_factory=list)
    outcome: Vote | None = None
    reads: int = 0
    settled: bool = False
    looked: Look | None = None
    """How the line looked when it was last read."""
    place: Quad | None = None
    """Where that was."""
    quality: float = 0.0
    """The best quality that was read."""
    read_at: float = 0.0
    wait: float = _RETRY
    tolerance: float = _CHANGED
    """Difference that is normal here: rises when a line that looks different turns out to say the same."""
    changed_at: float | None = None
    """Media time of the first frame that looks different since the last reading that agreed."""
    unchanged_until: float = 0.0
    """Media time of the last frame before that."""
    doubts: list[Reading] = field(default_factory=list)
    """Readings since then that say something else."""


@dataclass
class Ledger:
    """What is known of the texts of one source. Not thread-safe; time comes with the frames.

    For each frame, `plan` says which lines to read, and `update` takes the readings and gives the frame back with its
    texts.
    """

    config: RecognizeConfig
    _entries: dict[int, _Entry] = field(default_factory=dict)
    """By the tracker's number of the track."""
    _next: int = 1

    def view(self, line: Line) -> Quad:
        """Where to look at a line: the box it was last read in while it stays there, so that looks can be compared."""
        entry = self._entries.get(line.track)
        if entry is None or entry.place is None:
            return line.quad
        still = box_iou(bounds(entry.place), bounds(line.quad)) >= _STILL
        return entry.place if still else line.quad

    def plan(self, text: FrameText, looks: Mapping[int, Look]) -> list[int]:
        """Indices of the lines that are worth reading in this frame.

        `looks` has the look of every line whose picture may have changed, by index; the others look as before.
        """
        return [
            index for index, line in enumerate(text.lines) if self._worth_reading(line, looks.get(index), text.frame)
        ]

    def update(self, text: FrameText, looks: Mapping[int, Look], readings: Mapping[int, Reading]) -> FrameText:
        """The frame with what is known of its lines after `readings` (by index of the line)."""
        ended: list[Ended] = []
        for index, reading in readings.items():
            over = self._learn(text.lines[index], looks[index], reading, text.frame)
            if over is not None:
                ended.append(over)
        pts = text.frame.pts
        lines = tuple(self._known(line, pts, still=index not in looks) for index, line in enumerate(text.lines))
        return msgspec.structs.replace(text, lines=lines, ended=(*ended, *self.forget(text.ended)))

    def forget(self, ended: Sequence[Ended]) -> tuple[Ended, ...]:
        """Tracks of the tracker that are over, as the texts that are over."""
        over = []
        for track in ended:
            entry = self._entries.pop(track.track, None)
            if entry is not None:
                over.append(Ended(track=entry.track, end=track.end, reason=track.reason))
        return tuple(over)

    def _worth_reading(self, line: Line, look: Look | None, frame: Frame) -> bool:
        entry = self._entries.get(line.track)
        if entry is None:
            entry = self._entries[line.track] = self._begun(line.start)
        if look is None:
            return False
        if entry.looked is None:
            return not line.carried
        changed = self._noticed(entry, line, look, frame)
        waited = frame.pts - entry.read_at
        if entry.doubts or (changed and resized(entry.looked, look)):
            return waited >= _RETRY
        if changed:
            return waited >= entry.wait
        if not entry.settled:
            return entry.reads < self.config.max_reads and waited >= entry.wait
        return look.quality > _BETTER * entry.quality and waited >= entry.wait

    def _noticed(self, entry: _Entry, line: Line, look: Look, frame: Frame) -> bool:
        """Whether the line looks different from when it was read; notes since when."""
        assert entry.looked is not None
        amount = difference(entry.looked, look)
        if amount <= entry.tolerance:
            entry.changed_at = None if not entry.doubts else entry.changed_at
            return False
        if entry.changed_at is None:
            entry.changed_at, entry.unchanged_until = frame.pts, line.seen
        return True

    def _learn(self, line: Line, look: Look, reading: Reading, frame: Frame) -> Ended | None:
        """Takes one reading; returns the text that it ends, if any."""
        entry, place = self._entries[line.track], self.view(line)
        entry.read_at = frame.pts
        if entry.changed_at is not None and entry.outcome is not None:
            if _hidden(line, frame, reading, entry.outcome):
                entry.looked, entry.place = look, place
                return None
            if _contradicts(entry.outcome, reading):
                entry.doubts.append(reading)
                entry.looked, entry.place = look, place
                return self._replaced(line, entry)
        if entry.changed_at is not None and entry.looked is not None:
            entry.tolerance = max(entry.tolerance, min(_MAX_TOLERANCE, 1.2 * difference(entry.looked, look)))
        entry.changed_at = None
        entry.doubts.clear()
        entry.looked, entry.place = look, place
        self._count(entry, reading, look)
        return None

    def _count(self, entry: _Entry, reading: Reading, look: Look) -> None:
        """Adds a reading to the vote."""
        if entry.outcome is not None and extends(reading.text, entry.outcome.text):
            entry.readings.clear()
            entry.settled, entry.wait, entry.tolerance = False, _RETRY, _CHANGED
        entry.reads += 1
        entry.readings = [*entry.readings, reading][-_HISTORY:]
        entry.quality = max(entry.quality, look.quality)
        entry.outcome = vote(entry.readings)
        entry.wait = min(_MAX_RETRY, 2 * entry.wait) if entry.reads > 1 else _RETRY
        if entry.outcome is not None and entry.outcome.agreeing >= self.config.agree:
            entry.settled = entry.outcome.confidence >= self.config.min_confidence

    def _replaced(self, line: Line, entry: _Entry) -> Ended | None:
        """Two doubts that agree: the old text ended where the picture changed, and a new one began."""
        outcome = vote(entry.doubts)
        assert entry.changed_at is not None
        if outcome is None or outcome.agreeing < 2:
            if len(entry.doubts) >= self.config.max_reads:
                entry.doubts.clear()
            return None
        begun = self._begun(entry.changed_at)
        begun.looked, begun.place, begun.read_at = entry.looked, entry.place, entry.read_at
        begun.readings, begun.reads, begun.outcome = list(entry.doubts), len(entry.doubts), outcome
        begun.settled = outcome.confidence >= self.config.min_confidence
        self._entries[line.track] = begun
        return Ended(track=entry.track, end=entry.unchanged_until, reason="replaced")

    def _begun(self, start: float) -> _Entry:
        number, self._next = self._next, self._next + 1
        return _Entry(track=number, start=start, read_at=start - _MAX_RETRY)

    def _known(self, line: Line, pts: float, *, still: bool) -> Line:
        """The line with what is known of its text by now."""
        entry = self._entries[line.track]
        outcome = entry.outcome
        if outcome is None:
            return msgspec.structs.replace(line, track=entry.track, start=entry.start)
        if still and self._surely(entry, outcome, pts):
            entry.settled = True
        return msgspec.structs.replace(
            line,
            track=entry.track,
            start=entry.start,
            text=outcome.text,
            confidence=outcome.confidence,
            reads=entry.reads,
            agreement=outcome.agreement,
            alternatives=outcome.alternatives,
            settled=entry.settled,
        )

    def _surely(self, entry: _Entry, outcome: Vote, pts: float) -> bool:
        """One sure reading of a line whose picture stands still is as good as two: the second would say the same."""
        return (
            pts - entry.read_at >= _SURE_AFTER - _SLACK
            and not entry.doubts
            and entry.changed_at is None
            and outcome.agreement == 1.0
            and outcome.confidence >= max(_SURE, self.config.min_confidence)
        )


def _contradicts(outcome: Vote, reading: Reading) -> bool:
    return not alike(outcome.text, reading.text) and not extends(reading.text, outcome.text)


def _hidden(line: Line, frame: Frame, reading: Reading, outcome: Vote) -> bool:
    """Whether the reading is of a part of the text, because it leaves the picture or something is in front of it."""
    left, top, right, bottom = bounds(line.quad)
    at_edge = left <= _EDGE or top <= _EDGE or right >= frame.size[0] - _EDGE or bottom >= frame.size[1] - _EDGE
    return (at_edge or len(reading.text) > _SHORT_PIECE) and part_of(reading.text, outcome.text)
