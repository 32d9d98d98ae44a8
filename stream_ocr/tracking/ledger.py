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
from stream_ocr.geometry import bounds, box_iou, centre, height, shift, width
from stream_ocr.messages import Ended, Frame, FrameText, Line, Luma, Quad
from stream_ocr.tracking.appearance import Look, tiny
from stream_ocr.tracking.boxes import second_box
from stream_ocr.tracking.entry import RETRY, Entry
from stream_ocr.tracking.plausibility import plausible
from stream_ocr.tracking.resting import Resting, moved_by_cut
from stream_ocr.tracking.voting import Reading, Vote, alike, extends, likeness, part_of, says_same, vote

__all__ = ["Ledger"]

_CHECKED = 4
"""Readings, at growing distances, after which an undisputed text is taken as it is."""
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
_CHARACTER = 0.35
"""Difference in length, in heights of the line, up to which two boxes hold the same characters."""
_NARROW = 0.15
"""Length of the narrowest character, in heights of the line."""
_MUCH = 0.2
_WITHIN = 0.3
"""Distance, in heights of the line, within which a box counts as being where it was."""
_GROWING = 0.45
"""Seconds that a text which grows must stand before it is said as it is."""
_MISREAD = 0.5
"""Likeness from which a reading of a line that moves is a misreading of its text, not another one."""
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
    _entries: dict[int, Entry] = field(default_factory=dict)
    """By the tracker's number of the track."""
    _resting: Resting = field(init=False)
    _next: int = 1
    _scene: Luma = field(default_factory=lambda: np.zeros((1, 1), np.uint8))

    def __post_init__(self) -> None:
        self._resting = Resting(self.config.rejoin)

    def view(self, line: Line) -> Quad:
        """Where to look at a line: the box it was last read in while it stays there, so that looks can be compared."""
        entry = self._entries.get(line.track)
        if entry is None or entry.at is None or not _same_extent(entry.at, line.quad):
            return line.quad
        if _steady(entry, line):
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
        """The texts that are over when the source ends; `ended`: the tracks of the tracker that were open."""
        for over in ended:
            entry = self._entries.pop(over.track, None)
            if entry is not None:
                self._rest(entry, over)
        return tuple(self._resting.given_up(float("inf")))

    def _rest(self, entry: Entry, over: Ended) -> None:
        """Lays a text to rest whose track is over. If it ended while a sure doubt stood, it had been replaced."""
        if entry.doubts and entry.line is not None and entry.changed_at is not None:
            outcome = vote(entry.doubts)
            if outcome is not None and outcome.agreement == 1.0 and outcome.confidence >= _SURE:
                begun = self._begun(entry.line, entry.changed_at)
                begun.place, begun.readings, begun.outcome = entry.place, list(entry.doubts), outcome
                begun.reads, begun.line = len(entry.doubts), _told(entry.line, begun, outcome)
                self._resting.add(entry, msgspec.structs.replace(over, end=entry.unchanged_until, reason="replaced"))
                self._resting.add(begun, over)
                return
        self._resting.add(entry, over)

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
        if entry.calm and entry.changed_at == frame.pts:
            return True
        if entry.doubts or (changed and (entry.calm or entry.grown(look))):
            return waited >= RETRY
        if changed:
            return waited >= entry.wait
        if waited < entry.wait:
            return False
        if entry.said and entry.undisputed:
            return entry.reads < _CHECKED or look.quality > _BETTER * entry.quality
        return entry.reads < self.config.max_reads

    def _learn(self, line: Line, look: Look, reading: Reading, frame: Frame) -> Ended | None:
        """Takes one reading; returns the text that it ends, if any."""
        entry = self._entries[line.track]
        at, steady = self.view(line), _steady(entry, line)
        reading = msgspec.structs.replace(reading, weight=look.quality, pts=frame.pts)
        entry.read_at, entry.scene = frame.pts, self._scene
        try:
            calm = steady and entry.calm
            if entry.changed_at is None or entry.outcome is None:
                entry.believe(reading, look)
            elif _hidden(line, frame, reading, entry.outcome):
                entry.glimpses += 1
                entry.hidden_from = entry.unchanged_until if entry.hidden_from is None else entry.hidden_from
            elif _typed(entry, line, reading):
                entry.begin_again(frame.pts, frame.pts if entry.broke_at is None else entry.broke_at)
                entry.believe(reading, look)
            elif _entered(entry, line, reading):
                # Over the edge of the picture: when it was whole is seen by its place.
                entry.begin_again(frame.pts, entry.changed_at if entry.came_whole else None)
                entry.believe(reading, look)
            elif _agrees(entry.outcome, reading, calm=calm):
                entry.believe(reading, look)
            elif not (entry.said or calm):
                entry.reconsider(reading, look)
            else:
                entry.doubts.append(reading)
                return self._replaced(line, entry, look, at)
        finally:
            entry.looked, entry.at = look, at
        return None

    def _replaced(self, line: Line, entry: Entry, look: Look, at: Quad) -> Ended | None:
        """Doubts that agree: the old text ended where the picture changed, and a new one began."""
        assert entry.changed_at is not None
        stays = entry.at is not None and _stays(entry.at, line.quad)
        needed = _CONFIRMED if stays else _CONFIRMED_MOVING
        latest = entry.doubts[-needed:]
        if len(latest) < needed or not all(says_same(latest[0].text, doubt.text) for doubt in latest):
            if len(entry.doubts) >= _MUDDLE:
                entry.give_in(look)
            return None
        begun = self._begun(line, entry.changed_at)
        begun.looked, begun.latest, begun.at, begun.read_at = look, look, at, entry.read_at
        begun.usual, begun.quality, begun.place = entry.usual, look.quality, entry.place
        begun.readings, begun.reads, begun.outcome = list(latest), needed, vote(latest)
        self._entries[line.track] = begun
        over = Ended(track=entry.number, end=entry.unchanged_until, reason="replaced")
        if not stays:
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
        entry.see(line.quad, frame.pts, clear=None if line.carried else not _at_edge(line, frame))
        outcome = entry.outcome
        if outcome is None:
            return msgspec.structs.replace(line, track=entry.number, place=entry.place, start=entry.start)
        growing = frame.pts - entry.grown_at < _GROWING
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
            and outcome.confidence >= self.config.min_confidence
            and plausible(outcome, line, frame)
            and not any(self._rivals(entry, line, other, frame.pts) for other in text.lines if other is not line)
        )

    def _rivals(self, entry: Entry, line: Line, other: Line, pts: float) -> bool:
        """Whether `other` says the same already: `line` is a second box of it, or the same text after a dissolve."""
        known = self._entries[other.track]
        if not known.said or known is entry:
            return False
        if second_box(bounds(line.quad), bounds(other.quad)) and _says_part(entry, known):
            return True
        return pts - entry.start <= self.config.rejoin and moved_by_cut(known, entry, self._scene)

    def _surely(self, entry: Entry, outcome: Vote, pts: float) -> bool:
        """One sure reading of a line whose picture stands still is as good as two: the second would say the same."""
        return (
            pts - entry.read_at >= _SURE_AFTER - _SLACK
            and entry.changed_at is None
            and outcome.agreement == 1.0
            and outcome.confidence >= max(_SURE, self.config.min_confidence)
        )


def _told(line: Line, entry: Entry, outcome: Vote) -> Line:
    """The line with its text."""
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
    )


def _says_part(entry: Entry, known: Entry) -> bool:
    """Whether a text is one that is known, or a part of it."""
    assert entry.outcome is not None and known.outcome is not None
    one, other = entry.outcome.text, known.outcome.text
    return alike(one, other) or part_of(one, other)


def _steady(entry: Entry, line: Line) -> bool:
    """Whether a line has not moved since it was read."""
    return entry.at is not None and box_iou(bounds(entry.at), bounds(line.quad)) >= _STILL


def _stays(before: Quad, now: Quad) -> bool:
    """Whether a box is where it was, whatever its length: another text makes another box."""
    (x, y), (old_x, old_y) = centre(now), centre(before)
    left, old_left = bounds(now)[0], bounds(before)[0]
    high = min(height(now), height(before))
    return abs(y - old_y) <= _WITHIN * high and min(abs(x - old_x), abs(left - old_left)) <= _WITHIN * high


def _same_extent(one: Quad, other: Quad) -> bool:
    """Whether two boxes differ by less than a character in length, and hardly in height."""
    high = max(height(one), height(other), 1.0)
    return abs(width(one) - width(other)) <= _CHARACTER * high and abs(height(one) - height(other)) <= 0.2 * high


def _agrees(outcome: Vote, reading: Reading, *, calm: bool) -> bool:
    """Whether a reading is one more of the same text. Where nothing else stirs, one character makes another text."""
    return alike(outcome.text, reading.text) or (not calm and likeness(outcome.text, reading.text) >= _MISREAD)


def _gained(entry: Entry, line: Line, reading: Reading) -> float:
    """By how much the box became longer, if that is enough for the characters that the reading has more, else 0."""
    assert entry.outcome is not None and entry.at is not None
    more = len(reading.text) - len(entry.outcome.text)
    gained = width(line.quad) - width(entry.at)
    return gained if more > 0 and gained >= _NARROW * height(line.quad) * more else 0.0


def _typed(entry: Entry, line: Line, reading: Reading) -> bool:
    """Whether the text goes on where it ended, and begins where it began."""
    assert entry.outcome is not None and entry.at is not None
    stands = abs(bounds(line.quad)[0] - bounds(entry.at)[0]) <= _NARROW * height(line.quad)
    return stands and reading.text.startswith(entry.outcome.text) and _gained(entry, line, reading) > 0


def _entered(entry: Entry, line: Line, reading: Reading) -> bool:
    """Whether more of the text is there now: it comes in over the edge of the picture, or out from behind something."""
    assert entry.outcome is not None and entry.at is not None
    before, now = entry.outcome.text, reading.text
    much = _gained(entry, line, reading) > _MUCH * width(entry.at) and len(now) > len(before) + 1
    entering = not entry.came_whole and len(now) > len(before)
    return (much or entering) and (extends(now, before) or part_of(before, now))


def _hidden(line: Line, frame: Frame, reading: Reading, outcome: Vote) -> bool:
    """Whether the reading is of a part of the text, because it leaves the picture or something is in front of it."""
    return (_at_edge(line, frame) or len(reading.text) > _SHORT_PIECE) and part_of(reading.text, outcome.text)


def _at_edge(line: Line, frame: Frame) -> bool:
    left, top, right, bottom = bounds(line.quad)
    return left <= _EDGE or top <= _EDGE or right >= frame.size[0] - _EDGE or bottom >= frame.size[1] - _EDGE
