"""Boxes to tracks: which box of this frame is which box of the frames before.

A track is one uninterrupted presence of a box. In every frame it is looked for in the luma picture, where its own
motion, the motion of the whole picture, or standing still would put it. Where a frame was searched for text, boxes and
tracks are assigned to each other by overlap at those places; what is left over by its looks, if it is not far off.
What the text says does not matter here.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np

from stream_ocr.config import TrackConfig
from stream_ocr.geometry import bounds, centre, height, shift
from stream_ocr.messages import Box, Ended, EndReason, Frame, FrameText, Line, Luma, Point, Quad
from stream_ocr.tracking.appearance import patch, resemblance, touched
from stream_ocr.tracking.assignment import best_pairs
from stream_ocr.tracking.boxes import affinity, apart, around, fragment, inside, near_size, wide, within
from stream_ocr.tracking.motion import Motion
from stream_ocr.tracking.places import Places
from stream_ocr.tracking.search import by, distinct, in_luma, luma_scale, sought

__all__ = ["Tracker"]

_MIN_AFFINITY = 0.35
_TIE = 0.01
"""Weight of the likeness: tells the row that scrolled to a place from the one that scrolled away and looks like it."""
_SAME_LOOKS = 0.8
_UNCHANGED = 0.95
"""Likeness from which the detector need not confirm again and again that a text is there."""
_LOOK_BACK = 32
"""Frames in which the beginning of a track is looked for."""
_MISSES = 5
"""Searched frames in a row in which a track that looks much as before may be missed by the detector."""
_STILL = 0.5
"""Heights per second up to which a track stands still, so that its looks alone can tell that it is there."""
_TEXTURE = 6.0
"""Standard deviation, in grey levels, that its picture must have for that."""
_IN_SIGHT = 0.3
"""Share of a box that must lie in the picture."""
_COVERED = 0.7
_REACH = 3.0
"""How far from its track a box may be that looks like it, in heights."""
_RESEMBLANCE = 0.7
"""Likeness from which a box away from its track is taken for it all the same."""
_GONE = 0.1
"""Seconds that a track was out of sight, and was not found by the search before this one either, from which on another
text may have taken its place."""
_GROWN = 0.15
"""Length of the narrowest character, in heights of the line."""
_NEWEST = 0.5
"""Weight of the newest displacement in the speed of a track."""


@dataclass
class _Track:
    number: int
    place: int
    line: Line
    template: Luma
    seen: float
    """Media time of the last frame that showed it."""
    detected: float
    """Media time of the last search that found it."""
    anchor: Point
    """Its centre at that time."""
    speed: Point = (0.0, 0.0)
    """Pixels per second, from search to search."""
    visible: bool = True
    """It was there in the last frame."""
    gone: bool = False
    """It was out of sight for so long that another text may have taken its place."""
    absorbed: bool = False
    """It is a piece of a line that was found as a whole: not there until it is found by itself again."""
    misses: int = 0
    likeness: float = 0.0
    """Of the picture at its place to what it was, in this frame."""


@dataclass
class Tracker:
    """The tracks of one source. Not thread-safe; time comes with the frames."""

    config: TrackConfig
    first: int = 1
    """Where the numbers of tracks and places begin."""
    _tracks: list[_Track] = field(default_factory=list)
    _next: int = field(init=False)
    _places: Places = field(init=False)
    _motion: Motion = field(default_factory=Motion)
    _before: float = 0.0
    """Media time of the frame before."""
    _searched: float = 0.0
    """Media time of the latest search."""
    _moved: Point = (0.0, 0.0)
    """How far the whole picture moved since the frame before, in pixels of the luma picture."""
    _recent: deque[tuple[float, Luma, Point]] = field(default_factory=lambda: deque(maxlen=_LOOK_BACK))
    """The latest frames, oldest first: media time, luma, and how far the picture moved after it."""

    def __post_init__(self) -> None:
        self._next = self.first
        self._places = Places(memory=self.config.place_memory, first=self.first)

    def update(self, text: FrameText) -> FrameText:
        """The frame with its lines tracked: every line has track, place and start; tracks that are over are named."""
        frame = text.frame
        if frame.skipped and not frame.dropped:
            self._outlast(frame.previous_pts)
        self._moved = self._motion.see(frame.luma)
        if self._recent:
            earlier, luma, _ = self._recent.pop()
            self._recent.append((earlier, luma, self._moved))
        self._follow(frame)
        if text.areas:
            self._match(text)
            self._searched = frame.pts
        self._recent.append((frame.pts, frame.luma, (0.0, 0.0)))
        self._before = frame.pts
        lines = tuple(self._shown(track, frame.pts) for track in self._tracks if track.visible)
        return msgspec.structs.replace(text, lines=lines, ended=text.ended + self._expire(frame.pts))

    def finish(self, reason: EndReason, pts: float) -> tuple[Ended, ...]:
        """Ends every track; up to `pts`, the last frame before the source was lost or over, nothing changed any more.

        If frames come after that, they may have another size; numbers and places go on.
        """
        self._outlast(pts)
        ended = tuple(
            Ended(track=track.number, end=track.seen, reason=reason if track.visible else "left")
            for track in self._tracks
        )
        self._tracks.clear()
        self._recent.clear()
        self._motion, self._moved = Motion(), (0.0, 0.0)
        return ended

    def _outlast(self, pts: float) -> None:
        """The gate passed over frames up to `pts` as unchanged: what was there still was."""
        for track in self._tracks:
            if track.visible:
                track.seen = max(track.seen, pts)

    def _follow(self, frame: Frame) -> None:
        """Looks for every track in the luma picture."""
        scale = luma_scale(frame)
        for track in self._tracks:
            track.line = msgspec.structs.replace(track.line, seen=track.seen)
            track.gone = not track.visible and self._searched - track.seen > _GONE
            if track.visible and not touched(frame.dirty, bounds(track.line.quad), frame.size):
                track.likeness = 1.0
            else:
                self._find(track, frame, scale)
            track.visible = self._there(track, frame) and not track.absorbed
            track.line = msgspec.structs.replace(track.line, carried=True, since=None)

    def _there(self, track: _Track, frame: Frame) -> bool:
        """Whether a track is in sight: by its looks, and for as long as the detector need not confirm that."""
        if inside(bounds(track.line.quad), frame.size) < _IN_SIGHT:
            return False
        if track.misses < _MISSES:
            return track.likeness >= _SAME_LOOKS
        still = math.hypot(*track.speed) <= _STILL * height(track.line.quad)
        return still and track.likeness >= _UNCHANGED and float(track.template.std()) >= _TEXTURE

    def _find(self, track: _Track, frame: Frame, scale: Point) -> None:
        """Moves a track to where it is most likely now: near one of the places where it is expected."""
        box = in_luma(bounds(track.line.quad), scale)
        since = frame.pts - self._before
        own = track.speed[0] * since * scale[0], track.speed[1] * since * scale[1]
        best = -1.0, 0.0, 0.0
        for expected in distinct([own, self._moved, (0.0, 0.0)]):
            best = max(best, sought(track.template, frame.luma, box, expected))
        track.likeness = best[0]
        if track.likeness >= _SAME_LOOKS:
            across, down = best[1:]
        else:
            # Out of sight: it goes where the picture goes, or on as it went.
            across, down = self._moved if any(self._moved) else own
        if across or down:
            track.line = _moved(track.line, across / scale[0], down / scale[1])

    def _match(self, text: FrameText) -> None:
        """Gives the boxes that were found to the tracks, and makes tracks of those that are left."""
        scale = luma_scale(text.frame)
        quads = [line.quad for line in text.lines]
        pairs = _assigned(self._tracks, quads)
        self._match_by_looks(text, pairs)
        pieces = self._pieces(quads, pairs)
        for index, track in enumerate(self._tracks):
            found = pairs.get(index)
            if found is None and any(within(bounds(track.line.quad), area) for area in text.areas):
                track.misses += 1
            if found is not None:
                track.misses = 0
                line = text.lines[found]
                whole = line.quad
                for piece in pieces.get(index, ()):
                    whole = around(whole, quads[piece])
                self._renew(track, msgspec.structs.replace(line, quad=whole), text.frame, scale)
        self._absorb(pairs)
        taken = {*pairs.values(), *(piece for group in pieces.values() for piece in group)}
        known = [bounds(track.line.quad) for track in self._tracks if track.visible]
        for index, line in enumerate(text.lines):
            if index not in taken and not any(fragment(bounds(line.quad), other) for other in known):
                self._begin(line, text, scale)

    def _absorb(self, pairs: dict[int, int]) -> None:
        """A track that was not found, inside one that was, is a piece of it from when the line was shorter."""
        found = [bounds(self._tracks[index].line.quad) for index in pairs]
        for index, track in enumerate(self._tracks):
            if index not in pairs and any(fragment(bounds(track.line.quad), other) for other in found):
                track.visible, track.absorbed = False, True

    def _match_by_looks(self, text: FrameText, pairs: dict[int, int]) -> None:
        """Adds the pairs that do not overlap but look alike: a shake, or a motion that began between two searches."""
        scale = luma_scale(text.frame)
        taken = set(pairs.values())
        free = [index for index, track in enumerate(self._tracks) if index not in pairs and track.likeness < _UNCHANGED]
        left = [index for index in range(len(text.lines)) if index not in taken]
        if not free or not left:
            return
        scores = np.zeros((len(free), len(left)))
        for row, index in enumerate(free):
            track = self._tracks[index]
            for column, found in enumerate(left):
                box, old = bounds(text.lines[found].quad), bounds(track.line.quad)
                if near_size(old, box) and apart(old, box) <= _REACH:
                    scores[row, column] = resemblance(track.template, patch(text.frame.luma, in_luma(box, scale)))
        for row, column in best_pairs(scores, _RESEMBLANCE).items():
            pairs[free[row]] = left[column]

    def _pieces(self, quads: Sequence[Quad], pairs: dict[int, int]) -> dict[int, list[int]]:
        """Boxes that are left over and lie inside a track that another box was given to: pieces of one line."""
        taken = set(pairs.values())
        pieces: dict[int, list[int]] = {}
        for index in range(len(quads)):
            if index in taken:
                continue
            for owner in pairs:
                if fragment(bounds(quads[index]), bounds(self._tracks[owner].line.quad)):
                    pieces.setdefault(owner, []).append(index)
                    break
        return pieces

    def _renew(self, track: _Track, line: Line, frame: Frame, scale: Point) -> None:
        """The detector saw the track again. A fragment of a line that looks as before does not shrink it."""
        lost, track.visible, track.absorbed = not track.visible, True, False
        whole, found = bounds(track.line.quad), bounds(line.quad)
        same = track.likeness >= _SAME_LOOKS
        if not (same and fragment(found, whole) and wide(found) < _COVERED * wide(whole)):
            box = in_luma(found, scale)
            track.template = patch(frame.luma, box)
            since = None
            if lost or wide(found) - wide(whole) > _GROWN * height(line.quad):
                speed = track.speed[0] * scale[0], track.speed[1] * scale[1]
                # Then it was out of sight in the next frame, or shorter.
                after = track.seen if lost else track.detected
                since = self._first_seen(track.template, box, frame.pts, speed, after)
            track.line = msgspec.structs.replace(
                track.line, quad=line.quad, score=line.score, carried=False, since=since
            )
        here, passed = centre(track.line.quad), frame.pts - track.detected
        if passed > 0:
            newest = (here[0] - track.anchor[0]) / passed, (here[1] - track.anchor[1]) / passed
            track.speed = _mixed(track.speed[0], newest[0]), _mixed(track.speed[1], newest[1])
        track.detected, track.anchor = frame.pts, here

    def _begin(self, line: Line, text: FrameText, scale: Point) -> None:
        if len(self._tracks) >= self.config.max_tracks:
            return
        pts = text.frame.pts
        box = in_luma(bounds(line.quad), scale)
        template = patch(text.frame.luma, box)
        start = self._first_seen(template, box, pts)
        place = self._places.at(line.quad, pts, taken={track.place for track in self._tracks})
        line = msgspec.structs.replace(line, track=self._next, place=place, start=start, seen=start, carried=False)
        self._tracks.append(_Track(self._next, place, line, template, pts, pts, centre(line.quad)))
        self._next += 1

    def _first_seen(
        self, template: Luma, box: Box, pts: float, speed: Point = (0.0, 0.0), after: float = float("-inf")
    ) -> float:
        """Media time of the first one of the latest frames, later than `after`, that shows what was found at `pts`.

        It moves with the picture or by itself, at `speed` pixels of the luma picture per second.
        """
        for earlier, luma, moved in reversed(self._recent):
            if earlier <= after or luma.shape != self._recent[-1][1].shape:
                break
            back = earlier - pts
            ways = distinct([(-moved[0], -moved[1]), (speed[0] * back, speed[1] * back)])
            likeness, dx, dy = max(sought(template, luma, box, way) for way in ways)
            if likeness < _SAME_LOOKS:
                break
            box = by(box, dx, dy)
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


def _assigned(tracks: Sequence[_Track], found: Sequence[Quad]) -> dict[int, int]:
    """Index of track to index of box, so that the sum of affinities is largest; of equal ones the likeness decides."""
    if not tracks or not found:
        return {}
    scores = [[_fit(track, box) for box in found] for track in tracks]
    return best_pairs(np.array(scores), _MIN_AFFINITY)


def _fit(track: _Track, box: Quad) -> float:
    """How well a box fits a track; one that was out of sight comes back as long as it was, or it is another line."""
    if track.gone and not near_size(bounds(track.line.quad), bounds(box)):
        return 0.0
    return affinity(track.line.quad, box) * (1 + _TIE * track.likeness)


def _mixed(old: float, new: float) -> float:
    return old + _NEWEST * (new - old)


def _moved(line: Line, dx: float, dy: float) -> Line:
    return msgspec.structs.replace(line, quad=shift(line.quad, dx, dy))
