"""The ledger: what is known of every text, when to read it again, and when it has become another one.

A line is read when it is new, when its picture changed, when it is clearly better seen than ever before, or when the
vote is not settled; it is frozen once enough readings agree. What the picture does decides what a reading means: the
picture changed and two readings agree on something else, then the text was replaced; the picture is the same, then it
is at most read better.

A text whose track is over rests for a while before it is given up: if the same text turns up at its place, or anywhere
after a cut, it was never gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from stream_ocr.config import RecognizeConfig
from stream_ocr.geometry import bounds, box_iou
from stream_ocr.messages import Ended, Frame, FrameText, Line, Quad
from stream_ocr.tracking.appearance import Look
from stream_ocr.tracking.entry import RETRY, Entry
from stream_ocr.tracking.plausibility import plausible
from stream_ocr.tracking.resting import Resting
from stream_ocr.tracking.voting import Reading, Vote, alike, extends, part_of, vote

__all__ = ["Ledger"]

_BETTER = 1.5
"""A look this much sharper x larger than the best one read is read."""
_SURE = 0.9
"""A single reading this sure settles a line that keeps looking the same."""
_SURE_AFTER = 0.2
_SLACK = 1e-6
_EDGE = 4
"""Pixels from the edge of the picture at which a line may be cut off."""
_SHORT_PIECE = 4
"""Characters up to which a part of the text, away from the edge, may as well be another text."""
_STILL = 0.7
"""Overlap (over union) from which a line counts as not having moved since it was read."""
_CONFIRMED = 2
"""Readings that must agree on another text before it replaces the one before."""
_CONFIRMED_MOVING = 3
"""The same where the line moves, so that its looks cannot be compared well."""


@dataclass
class Ledger:
    """What is known of the texts of one source. Not thread-safe; time comes with the frames.

    For each frame, `plan` says which lines to read, and `update` takes the readings and gives the frame back with its
    texts.
    """

    config: RecognizeConfig
    _entries: dict[int, Entry] = field(default_factory=dict)
    """By the tracker's number of the track."""
    _resting: Resting = field(init=False)
    _next: int = 1

    def __post_init__(self) -> None:
        self._resting = Resting(self.config.rejoin)

    def view(self, line: Line) -> Quad:
        """Where to look at a line: the box it was last read in while it stays there, so that looks can be compared."""
        entry = self._entries.get(line.track)
        if entry is None or entry.at is None or not _steady(entry, line):
            return line.quad
        return entry.at

    def doubted(self, line: Line) -> bool:
        """Whether a line is to be looked at even though nothing changed: a change in it is not confirmed yet."""
        entry = self._entries.get(line.track)
        return entry is not None and bool(entry.doubts)

    def plan(self, text: FrameText, looks: Mapping[int, Look]) -> list[int]:
        """Indices of the lines that are worth reading in this frame.

        `looks` has the look of every line whose picture may have changed, by index; the others look as before.
        """
        return [
            index for index, line in enumerate(text.lines) if self._worth_reading(line, looks.get(index), text.frame)
        ]

    def update(self, text: FrameText, looks: Mapping[int, Look], readings: Mapping[int, Reading]) -> FrameText:
        """The frame with what is known of its lines after `readings` (by index of the line)."""
        frame = text.frame
        ended: list[Ended] = []
        for index, reading in readings.items():
            over = self._learn(text.lines[index], looks[index], reading, frame)
            if over is not None:
                ended.append(over)
        self._recall(text)
        lines = tuple(self._known(line, frame, still=index not in looks) for index, line in enumerate(text.lines))
        for over in text.ended:
            entry = self._entries.pop(over.track, None)
            if entry is not None:
                self._resting.add(entry, over)
        ended += self._resting.given_up(frame.pts)
        return msgspec.structs.replace(text, lines=lines, ended=tuple(ended))

    def forget(self, ended: Sequence[Ended]) -> tuple[Ended, ...]:
        """The texts that are over when the source ends; `ended`: the tracks of the tracker that were open."""
        for over in ended:
            entry = self._entries.pop(over.track, None)
            if entry is not None:
                self._resting.add(entry, over)
        return tuple(self._resting.given_up(float("inf")))

    def _worth_reading(self, line: Line, look: Look | None, frame: Frame) -> bool:
        entry = self._entries.get(line.track)
        if entry is None:
            entry = self._entries[line.track] = self._begun(line, line.start)
        if look is None:
            return False
        if entry.looked is None:
            return not line.carried
        changed = entry.notice(look, frame.pts, line.seen)
        waited = frame.pts - entry.read_at + _SLACK
        if entry.doubts or (changed and entry.grown(look)) or entry.broke_at == frame.pts:
            return waited >= RETRY
        if changed:
            return waited >= entry.wait
        if not entry.said:
            return entry.reads < self.config.max_reads and waited >= entry.wait
        return look.quality > _BETTER * entry.quality and waited >= entry.wait

    def _learn(self, line: Line, look: Look, reading: Reading, frame: Frame) -> Ended | None:
        """Takes one reading; returns the text that it ends, if any."""
        entry = self._entries[line.track]
        at, steady = self.view(line), _steady(entry, line)
        reading = msgspec.structs.replace(reading, weight=look.quality, pts=frame.pts)
        entry.read_at = frame.pts
        try:
            if entry.changed_at is None or entry.outcome is None:
                entry.believe(reading, look)
            elif _hidden(line, frame, reading, entry.outcome):
                entry.hidden_from = entry.unchanged_until if entry.hidden_from is None else entry.hidden_from
            elif _grown(entry, look, reading, steady=steady):
                entry.begin_again(frame.pts if entry.broke_at is None else entry.broke_at)
                entry.believe(reading, look)
            elif alike(entry.outcome.text, reading.text):
                entry.believe(reading, look)
            else:
                entry.doubts.append(reading)
                return self._replaced(line, entry, look, at, steady=steady)
        finally:
            entry.looked, entry.at = look, at
        return None

    def _replaced(self, line: Line, entry: Entry, look: Look, at: Quad, *, steady: bool) -> Ended | None:
        """Doubts that agree: the old text ended where the picture changed, and a new one began."""
        outcome = vote(entry.doubts)
        assert entry.changed_at is not None
        if outcome is None or outcome.agreeing < (_CONFIRMED if steady else _CONFIRMED_MOVING):
            if len(entry.doubts) >= self.config.max_reads:
                entry.doubts.clear()
            return None
        begun = self._begun(line, entry.changed_at)
        begun.looked, begun.latest, begun.at, begun.read_at = look, look, at, entry.read_at
        begun.usual, begun.quality = entry.usual, look.quality
        begun.readings, begun.reads, begun.outcome = list(entry.doubts), len(entry.doubts), outcome
        begun.place = entry.place
        self._entries[line.track] = begun
        return Ended(track=entry.number, end=entry.ended(entry.unchanged_until), reason="replaced")

    def _begun(self, line: Line, start: float) -> Entry:
        number, self._next = self._next, self._next + 1
        return Entry(number, line.place, start, line.quad, line.seen)

    def _recall(self, text: FrameText) -> None:
        """Lets texts that turn up again be what they were before."""
        visible = {line.track for line in text.lines}
        lost = [(track, entry) for track, entry in self._entries.items() if track not in visible]
        for line in text.lines:
            entry = self._entries[line.track]
            if entry.said or entry.outcome is None:
                continue
            found = self._resting.recall(entry, line, text.frame, lost)
            if found is not None:
                self._entries[line.track] = found
                lost = [(track, other) for track, other in lost if other is not found]
                for track in [track for track, other in self._entries.items() if other is found and track != line.track]:
                    del self._entries[track]

    def _known(self, line: Line, frame: Frame, *, still: bool) -> Line:
        """The line with what is known of its text by now."""
        entry = self._entries[line.track]
        entry.see(line.quad, frame.pts, clear=not _at_edge(line, frame))
        outcome = entry.outcome
        if outcome is None:
            return msgspec.structs.replace(line, track=entry.number, place=entry.place, start=entry.start)
        if not entry.said:
            enough = outcome.agreeing >= self.config.agree or (still and self._surely(entry, outcome, frame.pts))
            entry.said = enough and plausible(outcome, line, frame) and outcome.confidence >= self.config.min_confidence
        return msgspec.structs.replace(
            line,
            track=entry.number,
            place=entry.place,
            start=entry.began(),
            text=outcome.text,
            confidence=outcome.confidence,
            reads=entry.reads,
            agreement=outcome.agreement,
            alternatives=outcome.alternatives,
            settled=entry.said,
        )

    def _surely(self, entry: Entry, outcome: Vote, pts: float) -> bool:
        """One sure reading of a line whose picture stands still is as good as two: the second would say the same."""
        return (
            pts - entry.read_at >= _SURE_AFTER - _SLACK
            and entry.changed_at is None
            and outcome.agreement == 1.0
            and outcome.confidence >= max(_SURE, self.config.min_confidence)
        )


def _steady(entry: Entry, line: Line) -> bool:
    """Whether a line has not moved since it was read."""
    return entry.at is not None and box_iou(bounds(entry.at), bounds(line.quad)) >= _STILL


def _grown(entry: Entry, look: Look, reading: Reading, *, steady: bool) -> bool:
    """Whether more of the text is there now: it is being typed, comes into the picture, or out from behind something."""
    assert entry.outcome is not None
    if extends(reading.text, entry.outcome.text):
        return True
    # Digits after digits may be the next value of a counter, unless the box grew with them.
    longer = reading.text.startswith(entry.outcome.text) and len(reading.text) > len(entry.outcome.text)
    return longer and (not steady or entry.grown(look))


def _hidden(line: Line, frame: Frame, reading: Reading, outcome: Vote) -> bool:
    """Whether the reading is of a part of the text, because it leaves the picture or something is in front of it."""
    return (_at_edge(line, frame) or len(reading.text) > _SHORT_PIECE) and part_of(reading.text, outcome.text)


def _at_edge(line: Line, frame: Frame) -> bool:
    left, top, right, bottom = bounds(line.quad)
    return left <= _EDGE or top <= _EDGE or right >= frame.size[0] - _EDGE or bottom >= frame.size[1] - _EDGE
