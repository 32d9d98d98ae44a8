"""Boxes to tracks: which box of this frame is which box of the frames before.

A track is one uninterrupted presence of a box. It is matched by overlap where a frame was searched for text, and
followed by its looks in the luma picture where it was not, or where the detector missed it. What the text says does
not matter here.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
from scipy.optimize import linear_sum_assignment

from stream_ocr.config import TrackConfig
from stream_ocr.geometry import bounds, shift
from stream_ocr.messages import Box, Ended, EndReason, Frame, FrameText, Line, Luma, Point, Quad
from stream_ocr.tracking.appearance import followed, patch, touched
from stream_ocr.tracking.places import Places

__all__ = ["Tracker", "affinity"]

_MIN_AFFINITY = 0.35
_SAME_LOOKS = 0.8
_SEARCH = 10
"""Pixels of the luma picture that a box may move between two frames."""
_LOOK_BACK = 16
"""Frames between two searches in which the beginning of a track is looked for."""
_MISSES = 5
"""Searched frames in a row in which a track that looks unchanged may be missed by the detector."""
_COVERED = 0.7
_SAME_HEIGHT = 1.8

Bounds = tuple[float, float, float, float]


def affinity(one: Quad, other: Quad) -> float:
    """How much two boxes look like the same line, 0 to 1.3: overlap over union, plus a bonus if one holds the other.

    0 where the heights differ by more than a factor of two or the rows hardly meet.
    """
    a, b = bounds(one), bounds(other)
    height_a, height_b = a[3] - a[1], b[3] - b[1]
    rows = min(a[3], b[3]) - max(a[1], b[1])
    columns = min(a[2], b[2]) - max(a[0], b[0])
    if rows < 0.3 * min(height_a, height_b) or columns <= 0 or max(height_a, height_b) > 2 * min(height_a, height_b):
        return 0.0
    common, area_a, area_b = rows * columns, _area(a), _area(b)
    return common / (area_a + area_b - common) + 0.3 * common / min(area_a, area_b)


@dataclass
class _Track:
    number: int
    place: int
    line: Line
    template: Luma
    seen: float
    """Media time of the last frame that showed it."""
    visible: bool = True
    """It was there in the last frame."""
    misses: int = 0
    looks_same: bool = False
    """In this frame the picture at its place is what it was."""


@dataclass
class Tracker:
    """The tracks of one source. Not thread-safe; time comes with the frames."""

    config: TrackConfig
    _tracks: list[_Track] = field(default_factory=list)
    _next: int = 1
    _places: Places = field(init=False)
    _recent: deque[tuple[float, Luma]] = field(default_factory=lambda: deque(maxlen=_LOOK_BACK))
    """The frames since the last search, oldest first: media time and luma."""

    def __post_init__(self) -> None:
        self._places = Places(memory=self.config.place_memory)

    def update(self, text: FrameText) -> FrameText:
        """The frame with its lines tracked: every line has track, place and start; tracks that are over are named."""
        frame = text.frame
        if frame.skipped and not frame.dropped:
            self._outlast(frame.previous_pts)
        self._follow(text)
        if text.area is not None:
            self._match(text)
            self._recent.clear()
        self._recent.append((frame.pts, frame.luma))
        lines = tuple(self._shown(track, frame.pts) for track in self._tracks if track.visible)
        return msgspec.structs.replace(text, lines=lines, ended=text.ended + self._expire(frame.pts))

    def finish(self, reason: EndReason) -> tuple[Ended, ...]:
        """Ends every track."""
        ended = tuple(Ended(track=track.number, end=track.seen, reason=reason) for track in self._tracks)
        self._tracks.clear()
        return ended

    def _outlast(self, pts: float) -> None:
        """The gate passed over frames up to `pts` as unchanged: what was there still was."""
        for track in self._tracks:
            if track.visible:
                track.seen = max(track.seen, pts)

    def _follow(self, text: FrameText) -> None:
        """Looks for every track at its place in the luma picture."""
        frame = text.frame
        scale = _scale(frame)
        for track in self._tracks:
            track.line = msgspec.structs.replace(track.line, seen=track.seen)
            if track.visible and not touched(frame.dirty, bounds(track.line.quad), frame.size):
                track.looks_same = True
                continue
            box = _scaled(bounds(track.line.quad), scale)
            dx, dy, likeness = followed(track.template, frame.luma, box, _SEARCH)
            track.looks_same = likeness >= _SAME_LOOKS
            if track.looks_same and (dx or dy):
                track.line = _moved(track.line, dx / scale[0], dy / scale[1])
        for track in self._tracks:
            track.visible = track.looks_same and track.misses < _MISSES
            track.line = msgspec.structs.replace(track.line, carried=True)

    def _match(self, text: FrameText) -> None:
        """Gives the boxes that were found to the tracks, and makes tracks of those that are left."""
        scale = _scale(text.frame)
        pairs = _assigned([track.line.quad for track in self._tracks], [line.quad for line in text.lines])
        for index, track in enumerate(self._tracks):
            found = pairs.get(index)
            track.misses = track.misses + 1 if found is None else 0
            if found is not None:
                self._renew(track, text.lines[found], text.frame.luma, scale)
        taken = set(pairs.values())
        known = [bounds(track.line.quad) for track in self._tracks if track.visible]
        for index, line in enumerate(text.lines):
            if index not in taken and not any(_fragment(bounds(line.quad), other) for other in known):
                self._begin(line, text, scale)

    def _renew(self, track: _Track, line: Line, luma: Luma, scale: Point) -> None:
        """The detector saw the track again. A fragment of a line that looks as before does not shrink it."""
        track.visible = True
        whole, found = bounds(track.line.quad), bounds(line.quad)
        if not (track.looks_same and _fragment(found, whole) and _width(found) < _COVERED * _width(whole)):
            track.line = msgspec.structs.replace(track.line, quad=line.quad, score=line.score, carried=False)
            track.template = patch(luma, _scaled(found, scale))

    def _begin(self, line: Line, text: FrameText, scale: Point) -> None:
        if len(self._tracks) >= self.config.max_tracks:
            return
        pts = text.frame.pts
        box = _scaled(bounds(line.quad), scale)
        template = patch(text.frame.luma, box)
        start = self._first_seen(template, box, pts)
        place = self._places.at(line.quad, pts, taken={track.place for track in self._tracks})
        line = msgspec.structs.replace(line, track=self._next, place=place, start=start, seen=start, carried=False)
        self._tracks.append(_Track(self._next, place, line, template, seen=pts))
        self._next += 1

    def _first_seen(self, template: Luma, box: Box, pts: float) -> float:
        """Media time of the first frame since the last search that shows what was found at `pts`."""
        for earlier, luma in reversed(self._recent):
            if luma.shape != self._recent[-1][1].shape:
                break
            dx, dy, likeness = followed(template, luma, box, _SEARCH)
            if likeness < _SAME_LOOKS:
                break
            box = (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)
            pts = earlier
        return pts

    def _shown(self, track: _Track, pts: float) -> Line:
        track.seen = pts
        self._places.keep(track.place, track.line.quad, pts)
        return track.line

    def _expire(self, pts: float) -> tuple[Ended, ...]:
        """Ends the tracks that were out of sight for longer than the gap."""
        over = [track for track in self._tracks if not track.visible and pts - track.seen > self.config.max_gap]
        self._tracks = [track for track in self._tracks if track not in over]
        return tuple(Ended(track=track.number, end=track.seen, reason="left") for track in over)


def _assigned(tracks: Sequence[Quad], found: Sequence[Quad]) -> dict[int, int]:
    """Index of track to index of box, so that the sum of affinities is largest (Jonker-Volgenant, by SciPy)."""
    if not tracks or not found:
        return {}
    scores = np.array([[affinity(track, box) for box in found] for track in tracks])
    rows, columns = linear_sum_assignment(scores, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {row: column for row, column in pairs if scores[row, column] >= _MIN_AFFINITY}


def _fragment(box: Bounds, line: Bounds) -> bool:
    """Whether a box is a piece of a line that is known: inside it for the most part, and of its height."""
    same_height = line[3] - line[1] <= _SAME_HEIGHT * (box[3] - box[1])
    return same_height and _common(box, line) >= _COVERED * _area(box)


def _common(a: Bounds, b: Bounds) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def _area(box: Bounds) -> float:
    return max(1e-6, (box[2] - box[0]) * (box[3] - box[1]))


def _width(box: Bounds) -> float:
    return box[2] - box[0]


def _scale(frame: Frame) -> Point:
    """Pixels of the luma picture per pixel of the frame, across and down."""
    return frame.luma.shape[1] / frame.size[0], frame.luma.shape[0] / frame.size[1]


def _scaled(box: Bounds, scale: Point) -> Box:
    left, right = round(box[0] * scale[0]), round(box[2] * scale[0])
    top, bottom = round(box[1] * scale[1]), round(box[3] * scale[1])
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _moved(line: Line, dx: float, dy: float) -> Line:
    return msgspec.structs.replace(line, quad=shift(line.quad, dx, dy))
