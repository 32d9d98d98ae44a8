"""What a reading means, given what the box and the picture did: the same text, more of it, a part, another one."""

from typing import Literal, TypeAlias

from stream_ocr.geometry import bounds, box_iou, centre, height, width
from stream_ocr.messages import Frame, Line, Quad
from stream_ocr.tracking.entry import Entry
from stream_ocr.tracking.voting import Reading, Vote, alike, extends, likeness, part_of

__all__ = ["Meaning", "at_edge", "meaning", "same_extent", "says_part", "stays", "steady", "went_on"]

Meaning: TypeAlias = Literal["same", "part", "typed", "entered", "other"]
"""The text once more; a part of it, while the rest is hidden or beyond the edge of the picture; the text with more at
its end; more of the text than could be seen before; something else."""

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
"""Share of its length by which a box becomes longer when a part of the line comes out from behind something."""
_WITHIN = 0.3
"""Distance, in heights of the line, within which a box counts as being where it was."""
_MISREAD = 0.5
"""Likeness from which a reading of a line that moves is a misreading of its text, not another one."""


def meaning(entry: Entry, line: Line, reading: Reading, frame: Frame) -> Meaning:
    """What a reading says about the text of `entry`, which was read before."""
    assert entry.outcome is not None
    if entry.changed_at is None:
        # The picture is the same: however it reads, it is at most a better reading.
        return "same"
    if _hidden(line, frame, reading, entry.outcome):
        # As it was read before, when nothing hid a part of it: then what it was read with since is the doubtful part.
        return "same" if any(alike(before.text, reading.text) for before in entry.readings) else "part"
    if _typed(entry, line, reading):
        return "typed"
    if _entered(entry, line, reading):
        return "entered"
    calm = entry.calm and steady(entry, line)
    return "same" if _agrees(entry.outcome, reading, calm=calm) else "other"


def went_on(entry: Entry, line: Line) -> bool:
    """Whether a line in a calm picture begins where it was last read and goes on beyond: a letter may have come."""
    if entry.at is None or line.carried or not entry.calm:
        return False
    (left, _, right, _), (old_left, _, old_right, _) = bounds(line.quad), bounds(entry.at)
    narrow = _NARROW * height(line.quad)
    return abs(left - old_left) < narrow <= right - old_right


def steady(entry: Entry, line: Line) -> bool:
    """Whether a line has not moved since it was read."""
    return entry.at is not None and box_iou(bounds(entry.at), bounds(line.quad)) >= _STILL


def stays(before: Quad, now: Quad) -> bool:
    """Whether a box is where it was, whatever its length: another text makes another box."""
    (x, y), (old_x, old_y) = centre(now), centre(before)
    left, old_left = bounds(now)[0], bounds(before)[0]
    high = min(height(now), height(before))
    return abs(y - old_y) <= _WITHIN * high and min(abs(x - old_x), abs(left - old_left)) <= _WITHIN * high


def same_extent(one: Quad, other: Quad) -> bool:
    """Whether two boxes differ by less than a character in length, and hardly in height."""
    high = max(height(one), height(other), 1.0)
    return abs(width(one) - width(other)) <= _CHARACTER * high and abs(height(one) - height(other)) <= 0.2 * high


def _agrees(outcome: Vote, reading: Reading, *, calm: bool) -> bool:
    """Whether a reading is one more of the same text. Where nothing else stirs, one character makes another text."""
    return alike(outcome.text, reading.text) or (not calm and likeness(outcome.text, reading.text) >= _MISREAD)


def _gained(entry: Entry, line: Line, reading: Reading) -> float:
    """By how much the box became longer, if that is enough for the characters that the reading has more, else 0."""
    assert entry.outcome is not None and entry.at is not None
    more = _characters(reading.text) - _characters(entry.outcome.text)
    gained = width(line.quad) - width(entry.at)
    return gained if more > 0 and gained >= _NARROW * height(line.quad) * more else 0.0


def _characters(text: str) -> int:
    """How many characters need room: the width of a space is anybody's guess, and a reader may leave it out."""
    return sum(not character.isspace() for character in text)


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
    # What is cut by the edge is misread there: more of it is more of the same text, whatever it was taken for.
    # Where a space comes over the edge, the text stands clear of it for a moment.
    entering = entry.entering or (entry.cut and not entry.came_whole)
    return (entering and len(now) > len(before)) or (much and (extends(now, before) or part_of(before, now)))


def _hidden(line: Line, frame: Frame, reading: Reading, outcome: Vote) -> bool:
    """Whether the reading is of a part of the text, because it leaves the picture or something is in front of it."""
    return (at_edge(line, frame) or len(reading.text) > _SHORT_PIECE) and part_of(reading.text, outcome.text)


def at_edge(line: Line, frame: Frame) -> bool:
    """Whether a line may go on beyond the edge of the picture."""
    left, top, right, bottom = bounds(line.quad)
    return left <= _EDGE or top <= _EDGE or right >= frame.size[0] - _EDGE or bottom >= frame.size[1] - _EDGE


def says_part(entry: Entry, known: Entry) -> bool:
    """Whether a text is one that is known, or a part of it."""
    assert entry.outcome is not None and known.outcome is not None
    one, other = entry.outcome.text, known.outcome.text
    return alike(one, other) or part_of(one, other)
