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
import numpy as np

from stream_ocr.config import RecognizeConfig
from stream_ocr.geometry import bounds, centre, shift
from stream_ocr.messages import Ended, Frame, FrameText, Line, Luma, Quad
from stream_ocr.tracking.appearance import Look, tiny
from stream_ocr.tracking.boxes import second_box
from stream_ocr.tracking.confidence import confidence
from stream_ocr.tracking.entry import Entry
from stream_ocr.tracking.evidence import at_edge, meaning, same_extent, says_part, stays, steady, went_on
from stream_ocr.tracking.plausibility import plausible
from stream_ocr.tracking.policy import worth_reading
from stream_ocr.tracking.resting import Resting, moved_by_cut
from stream_ocr.tracking.voting import Reading, Vote, says_same, vote

__all__ = ["Ledger"]

_SURE = 0.9
"""A single reading this sure settles a line that keeps looking the same."""
_SURE_AFTER = 0.2
_SLACK = 1e-6
_GROWING = 0.45
"""Seconds that a text which grows must stand before it is said as it is."""
_WELL_SEEN = 0.7
"""Share of the best quality read from which a text is seen well."""
_ENTERING = 1.0
"""The same of a text that is cut by the edge of the picture, most likely because it comes in."""
_COMING_IN = 0.8
"""Seconds between two readings of such a text: what it says is known once it is there."""
_CONFIRMED = 2
"""Readings that must agree on another text before it replaces the one before."""
_MUDDLE = 4
"""Doubts that contradict each other, too: all are misreadings of one text."""
_CONFIRMED_MOVING = 3
"""The same where the line moves, so that its looks cannot be compared well."""


@dataclass
class Ledger:
    """What is known of the texts of one source. Not thread-safe; time comes with the frames.

    For each frame, `plan` says which lines to read, and `update` takes the readings and gives the frame back with its
    texts.
    """

    config: RecognizeConfig
    first: int = 1
    """Where the numbers of texts begin; above 1, what was before was told by another ledger, which is lost."""
    _entries: dict[int, Entry] = field(default_factory=dict)
    """By the tracker's number of the track."""
    _resting: Resting = field(init=False)
    _next: int = field(init=False)
    _since: float = float("-inf")
    """Media time before which it can say of no text that it was there."""
    _scene: Luma = field(default_factory=lambda: np.zeros((1, 1), np.uint8))

    def __post_init__(self) -> None:
        self._next = self.first
        self._resting = Resting(self.config.rejoin, self.config.min_confidence)

    def view(self, line: Line) -> Quad:
        """Where to look at a line: the box it was last read in while it stays there, so that looks can be compared."""
        entry = self._entries.get(line.track)
        if entry is None or entry.at is None or not same_extent(entry.at, line.quad) or went_on(entry, line):
            return line.quad
        if steady(entry, line):
            return entry.at
        (x, y), (old_x, old_y) = centre(line.quad), centre(entry.at)
        return shift(entry.at, x - old_x, y - old_y)

    def pending(self, line: Line) -> bool:
        """Whether a line is to be looked at even though nothing changed: a change in it is not explained yet."""
        entry = self._entries.get(line.track)
        return entry is not None and entry.pending

    def plan(self, text: FrameText, looks: Mapping[int, Look]) -> list[int]:
        """Indices of the lines that are worth reading in this frame.

        `looks` has the look of every line whose picture may have changed, by index; the others look as before.
        """
        if self.first > 1 and self._since == float("-inf"):
            self._since = text.frame.pts
        return [
            index for index, line in enumerate(text.lines) if self._worth_reading(line, looks.get(index), text.frame)
        ]

    def update(self, text: FrameText, looks: Mapping[int, Look], readings: Mapping[int, Reading]) -> FrameText:
        """The frame with what is known of its lines after `readings` (by index of the line)."""
        frame = text.frame
        self._scene = tiny(frame.luma)
        ended: list[Ended] = []
        for index, reading in readings.items():
            over = self._learn(text.lines[index], looks[index], reading, frame)
            if over is not None:
                ended.append(over)
        self._recall(text)
        lines = tuple(self._known(line, text) for line in text.lines)
        for over in text.ended:
            entry = self._entries.pop(over.track, None)
            if entry is not None:
                self._rest(entry, over)
        ended += self._resting.given_up(frame.pts)
        return msgspec.structs.replace(text, lines=lines, ended=tuple(ended))

    def forget(self, ended: Sequence[Ended]) -> tuple[Ended, ...]:
        """The texts that are over when the source is; `ended`: the tracks of the tracker that were open."""
        for over in ended:
            entry = self._entries.pop(over.track, None)
            if entry is not None:
                self._rest(entry, over)
        return tuple(self._resting.given_up(float("inf")))

    def _rest(self, entry: Entry, over: Ended) -> None:
        """Lays a text to rest whose track is over. If it ended while a sure doubt stood, it had been replaced."""
        if entry.doubts and entry.line is not None and entry.looked is not None:
            outcome = vote(entry.doubts)
            if outcome is not None and outcome.agreement == 1.0 and outcome.confidence >= _SURE:
                begun = self._begun(entry.line, entry.doubts[0].since)
                begun.place, begun.readings, begun.outcome = entry.place, list(entry.doubts), outcome
                begun.reads, begun.first_height = len(entry.doubts), entry.looked.height
                begun.line = _told(entry.line, begun, outcome)
                self._resting.add(entry, msgspec.structs.replace(over, end=entry.unchanged_until, reason="replaced"))
                self._resting.add(begun, over)
                return
        self._resting.add(entry, over)

    def _worth_reading(self, line: Line, look: Look | None, frame: Frame) -> bool:
        entry = self._entries.get(line.track)
        if entry is None:
            entry = self._entries[line.track] = self._begun(line, max(line.start, self._since))
        if look is None:
            return False
        if entry.looked is None:
            return not line.carried
        changed = entry.notice(look, frame.pts, line.seen, line.since)
        # Where it was not found anew, its box has moved away from the edge, but no more of it is in the box.
        at_the_edge = entry.clear is False if line.carried else at_edge(line, frame)
        if not entry.came_whole and at_the_edge and frame.pts - entry.read_at < _COMING_IN:
            return False
        return worth_reading(entry, look, frame.pts, self.config.max_reads, changed=changed)

    def _learn(self, line: Line, look: Look, reading: Reading, frame: Frame) -> Ended | None:
        """Takes one reading; returns the text that it ends, if any."""
        entry, at = self._entries[line.track], self.view(line)
        reading = msgspec.structs.replace(reading, weight=look.quality, pts=frame.pts)
        over = None
        match "same" if entry.outcome is None else meaning(entry, line, reading, frame):
            case "same":
                entry.believe(reading, look)
            case "part":
                entry.glimpse()
            case "typed":
                entry.begin_again(reading, look, entry.since_change(look, frame.pts))
            case "entered":
                # Over the edge of the picture: when it was whole is seen by its place.
                entry.begin_again(reading, look, entry.changed_at if entry.came_whole else None)
                if not entry.came_whole and not at_edge(line, frame):
                    entry.grown_at = float("-inf")
            case "other" if entry.said or (entry.calm and steady(entry, line)):
                entry.doubt(reading, look)
                over = self._replaced(line, entry, look, at)
            case "other":
                entry.reconsider(reading, look)
        entry.looked, entry.at, entry.read_at, entry.cut = look, at, frame.pts, at_edge(line, frame)
        if look.quality >= _WELL_SEEN * entry.quality:
            # What fades away in a dissolve belongs to the scene in which it was well seen.
            entry.scene = self._scene
        return over

    def _replaced(self, line: Line, entry: Entry, look: Look, at: Quad) -> Ended | None:
        """Doubts that agree: the old text ended where the picture changed, and a new one began."""
        in_place = entry.at is not None and stays(entry.at, line.quad)
        needed = _CONFIRMED if in_place else _CONFIRMED_MOVING
        latest = entry.doubts[-needed:]
        if len(latest) < needed or not all(says_same(latest[0].text, doubt.text) for doubt in latest):
            if len(entry.doubts) >= _MUDDLE:
                entry.give_in(look)
            return None
        begun = self._begun(line, latest[0].since)
        begun.looked, begun.latest, begun.at, begun.read_at = look, look, at, latest[-1].pts
        begun.usual, begun.quality, begun.place = entry.usual, look.quality, entry.place
        begun.noticed_at = entry.noticed_at
        begun.first_height = look.height
        begun.readings, begun.reads, begun.outcome = list(latest), needed, vote(latest)
        self._entries[line.track] = begun
        over = Ended(track=entry.number, end=entry.unchanged_until, reason="replaced")
        if not in_place:
            # It may have been a jump to a neighbour: then the old text turns up again on another track.
            self._resting.add(entry, over)
            return None
        return msgspec.structs.replace(over, end=entry.ended(over.end))

    def _begun(self, line: Line, start: float) -> Entry:
        number, self._next = self._next, self._next + 1
        return Entry(number, line.place, start, line.quad, line.seen)

    def _recall(self, text: FrameText) -> None:
        """Lets texts that turn up again be what they were before."""
        visible = {line.track for line in text.lines}
        lost = [entry for track, entry in self._entries.items() if track not in visible]
        for line in text.lines:
            entry = self._entries[line.track]
            if entry.said or entry.outcome is None:
                continue
            found = self._resting.recall(entry, line, self._scene, lost)
            if found is not None:
                lost = [other for other in lost if other is not found]
                self._entries = {track: other for track, other in self._entries.items() if other is not found}
                self._entries[line.track] = found

    def _known(self, line: Line, text: FrameText) -> Line:
        """The line with what is known of its text by now."""
        entry, frame = self._entries[line.track], text.frame
        # Only a box that was found anew tells whether the text goes on beyond it.
        clear = None if line.carried else not at_edge(line, frame)
        entry.see(line.quad, frame.pts, clear=clear, since=line.since)
        outcome = entry.outcome
        if outcome is None:
            return msgspec.structs.replace(line, track=entry.number, place=entry.place, start=entry.start)
        standing = frame.pts - max(entry.grown_at, entry.start if entry.entering else float("-inf"))
        growing = standing < (_ENTERING if entry.entering else _GROWING)
        if not entry.said and not growing:
            entry.said = self._worth_saying(entry, outcome, line, text)
        entry.line = msgspec.structs.replace(_told(line, entry, outcome), settled=entry.said and not growing)
        return entry.line

    def _worth_saying(self, entry: Entry, outcome: Vote, line: Line, text: FrameText) -> bool:
        """Whether a text is known well enough, and is not one that is said already."""
        frame = text.frame
        enough = outcome.agreeing >= self.config.agree or self._surely(entry, outcome, frame.pts)
        return (
            enough
            and confidence(outcome) >= self.config.min_confidence
            and plausible(outcome.text, line, frame)
            and not any(self._rivals(entry, line, other, frame.pts) for other in text.lines if other is not line)
        )

    def _rivals(self, entry: Entry, line: Line, other: Line, pts: float) -> bool:
        """Whether `other` says the same already: `line` is a second box of it, or the same text after a dissolve."""
        known = self._entries[other.track]
        if not known.said or known is entry:
            return False
        if second_box(bounds(line.quad), bounds(other.quad)) and says_part(entry, known):
            return True
        return pts - entry.start <= self.config.rejoin and moved_by_cut(known, entry, self._scene)

    def _surely(self, entry: Entry, outcome: Vote, pts: float) -> bool:
        """One sure reading of a line whose picture stands still is as good as two: the second would say the same."""
        return (
            pts - entry.read_at >= _SURE_AFTER - _SLACK
            and entry.changed_at is None
            and outcome.agreement == 1.0
            and outcome.confidence >= _SURE
        )


def _told(line: Line, entry: Entry, outcome: Vote) -> Line:
    """The line with its text."""
    return msgspec.structs.replace(
        line,
        track=entry.number,
        place=entry.place,
        start=entry.began(),
        text=outcome.text,
        confidence=confidence(outcome),
        reads=entry.reads,
        agreement=outcome.agreement,
        alternatives=outcome.alternatives,
    )
