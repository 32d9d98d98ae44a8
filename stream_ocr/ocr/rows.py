"""Pieces of one line: neighbours on a row, no farther apart than words are, that detection found one by one."""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from stream_ocr.geometry import Corners, clockwise, corners, height, is_tall, quad_of
from stream_ocr.messages import Quad
from stream_ocr.ocr.detect import Detected

__all__ = ["joined"]

_GAP = 0.4
"""Distance, in heights, up to which two pieces are words of one line."""
_OVERLAP = 0.3
"""How far, in heights, they may lie over one another: boxes are grown."""
_OFF_ROW = 0.25
"""How far, in heights, an edge may be off that of the neighbour."""
_SAME_HEIGHT = 1.3


def joined(lines: Sequence[Detected]) -> list[Detected]:
    """The lines with those that are pieces of one line put together, from left to right."""
    left = sorted(lines, key=lambda line: line.quad[0][0])
    whole: list[Detected] = []
    for line in left:
        index = next((index for index, other in enumerate(whole) if _follows(other.quad, line.quad)), None)
        if index is None:
            whole.append(line)
        else:
            whole[index] = _together(whole[index], line)
    return whole


def _follows(one: Quad, other: Quad) -> bool:
    """Whether `other` goes on where `one` ends, on the same row and as high."""
    if is_tall(one) or is_tall(other):
        return False
    high, low = max(height(one), height(other)), min(height(one), height(other))
    if high > _SAME_HEIGHT * low:
        return False
    gaps = math.dist(one[1], other[0]), math.dist(one[2], other[3])
    across = min(other[0][0] - one[1][0], other[3][0] - one[2][0])
    down = max(abs(other[0][1] - one[1][1]), abs(other[3][1] - one[2][1]))
    return -_OVERLAP * low <= across and max(gaps) <= _GAP * low and down <= _OFF_ROW * low


def _together(one: Detected, other: Detected) -> Detected:
    points: Corners = np.concatenate([corners(one.quad), corners(other.quad)])
    box = clockwise(np.asarray(cv2.boxPoints(cv2.minAreaRect(points)), np.float32)[np.newaxis])[0]
    return Detected(quad_of(box), (one.score + other.score) / 2)
