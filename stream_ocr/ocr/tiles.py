"""Large pictures in overlapping tiles: where they lie, and what several of them saw of the same line.

Lines are found in tiles, but read from the whole picture: what is joined are quads, never texts.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from stream_ocr.geometry import Bounds, bounds, clockwise, corners, meet, quad_of, union
from stream_ocr.messages import Box, Quad
from stream_ocr.ocr.detect import SHORT_SIDE, Detected

__all__ = ["merged", "tiles"]

_SIDE = 1280
"""Pixels of a tile's sides at most, as detection sees it: it takes some 300 MB per megapixel."""
_OVERLAP = 256
"""Pixels, as detection sees them, that neighbours share at least: a line up to that high is whole in one of them."""
_MAX_ENLARGEMENT = 2.0
_SAME = 0.5
"""Share of the smaller one of two quads, both cut to what both tiles see, from which they are one line."""


def tiles(size: tuple[int, int]) -> tuple[list[Box], float]:
    """Boxes that cover a picture of `size` (width, height), row by row, and the factor by which each is to be scaled.

    A strip is enlarged until it is 736 pixels wide, twofold at most, because small print is found badly in its own
    size. What is larger than a tile both ways is looked at in half its size: its print is larger too, or there are so
    many tiles that it would take minutes.
    """
    short = min(size)
    factor = 0.5 if short > _SIDE else min(max(SHORT_SIDE / short, 1.0), _MAX_ENLARGEMENT)
    side, overlap = int(_SIDE / factor), int(_OVERLAP / factor)
    columns, rows = (_spans(length, side, overlap) for length in size)
    return [(left, top, right, bottom) for top, bottom in rows for left, right in columns], factor


def merged(found: Iterable[tuple[Box, Sequence[Detected]]]) -> list[Detected]:
    """The lines of the picture, from those of its tiles in pixels of the picture.

    Two quads from different tiles are one line if they coincide where both tiles look.
    """
    lines: list[_Seen] = []
    for box, detected in found:
        tile: Bounds = box
        near = [line for line in lines if meet(bounds(line.quad), tile)]
        lines = [line for line in lines if not meet(bounds(line.quad), tile)]
        new = [_Seen(one.quad, one.score, tile) for one in detected]
        for one in new:
            near = _added(near, one)
        lines += near
    return [Detected(line.quad, line.score) for line in lines]


@dataclass(frozen=True)
class _Seen:
    """A line, and the box around the tiles that saw it."""

    quad: Quad
    score: float
    where: Bounds

    def is_same(self, other: "_Seen") -> bool:
        """Whether both are one line; never, if the same tile saw them."""
        if self.where == other.where or not meet(bounds(self.quad), bounds(other.quad)):
            return False
        zone = _zone(self.where, other.where)
        smaller = min(_common(self.quad, zone), _common(other.quad, zone))
        return smaller > 0 and _common(self.quad, other.quad) >= _SAME * smaller

    def joined(self, other: "_Seen") -> "_Seen":
        """The one line that both are: the rectangle around both."""
        around = cv2.minAreaRect(np.concatenate([corners(self.quad), corners(other.quad)]))
        quad = quad_of(clockwise(np.asarray(cv2.boxPoints(around))[np.newaxis])[0])
        return _Seen(quad, max(self.score, other.score), union(self.where, other.where))


def _added(lines: Sequence[_Seen], new: _Seen) -> list[_Seen]:
    """The lines with one more, joined to all that are the same as it."""
    others = []
    for line in lines:
        if new.is_same(line):
            new = new.joined(line)
        else:
            others.append(line)
    return [*others, new]


def _spans(length: int, side: int, overlap: int) -> list[tuple[int, int]]:
    """Where the tiles along an edge of `length` begin and end: evenly spread."""
    if length <= side:
        return [(0, length)]
    gaps = math.ceil((length - side) / (side - overlap))
    starts = [index * (length - side) // gaps for index in range(gaps + 1)]
    return [(start, start + side) for start in starts]


def _zone(a: Bounds, b: Bounds) -> Quad:
    """The part that two overlapping boxes share."""
    left, top, right, bottom = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
    return (left, top), (right, top), (right, bottom), (left, bottom)


def _common(a: Quad, b: Quad) -> float:
    """Square pixels that two convex quads share."""
    return float(cv2.intersectConvexConvex(corners(a), corners(b))[0])
