"""Covering a part of a picture for good.

What is put there is a coarse, blurred continuation of what surrounds it, in faint squares so that one sees that
something was covered. Not one covered pixel has a part in it, so nothing can be computed back, however many frames one
has of it; a mosaic or a blur of the text itself can be.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from stream_ocr.messages import Image, Quad

__all__ = ["covered", "grown"]

_ALONG, _ACROSS = 0.5, 0.3
"""Margin around a line, along it and across, in heights of it."""
_LEAST = 4.0
"""The same in pixels at least."""
_SQUARES = 48
"""Squares that fit into the shorter side of the picture."""
_SMALLEST = 8
_REACH = 4
"""Squares around what is covered that are looked at."""
_KNOWN = 64.0
"""How much of a square, of 255, must be open to sight to give it a colour."""
_FAINT = 7.0
"""Grey levels by which squares are lighter or darker in turn."""

_Floats = npt.NDArray[np.float32]


def covered(image: Image, quads: Sequence[Quad]) -> Image:
    """A copy of `image` (height, width, 3; BGR) in which nothing can be seen of what is inside `quads`."""
    picture = image.copy()
    height, width = image.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    far = 2 * max(height, width)
    for quad in quads:
        cv2.fillConvexPoly(mask, np.clip(np.rint(np.array(quad)), -far, far).astype(np.int32), 255)
    left, top, wide, high = cv2.boundingRect(mask)
    if not wide or not high:
        return picture
    side = max(_SMALLEST, round(min(height, width) / _SQUARES))
    reach = _REACH * side
    rows = slice(max(0, top - reach) // side * side, min(height, top + high + reach))
    columns = slice(max(0, left - reach) // side * side, min(width, left + wide + reach))
    part, hidden = picture[rows, columns], mask[rows, columns]
    cv2.copyTo(_surroundings(part, hidden, side), hidden, part)
    return picture


def grown(quad: Quad, extra: float = 0.0) -> Quad:
    """The quad with a margin; `extra`: so much more, in heights of the line."""
    corners = np.array(quad, np.float64)
    along, across = corners[1] - corners[0], corners[3] - corners[0]
    width, height = float(np.linalg.norm(along)), float(np.linalg.norm(across))
    along, across = along / max(width, 1e-6), across / max(height, 1e-6)
    # A line may run downwards.
    high = min(width, height)
    right = max((_ALONG + extra) * high, _LEAST) * along
    down = max((_ACROSS + extra) * high, _LEAST) * across
    first, second, third, fourth = corners + np.array([-right - down, right - down, right + down, down - right])
    return _point(first), _point(second), _point(third), _point(fourth)


def _point(corner: npt.NDArray[np.float64]) -> tuple[float, float]:
    return float(corner[0]), float(corner[1])


def _surroundings(part: Image, hidden: npt.NDArray[np.uint8], side: int) -> Image:
    """What is open to sight in a part of the picture, spread over all of it in squares of `side` pixels."""
    height, width = hidden.shape
    grid = -(-width // side), -(-height // side)
    whole = grid[1] * side - height, grid[0] * side - width
    seen = cv2.copyMakeBorder(cv2.bitwise_not(hidden), 0, whole[0], 0, whole[1], cv2.BORDER_CONSTANT, value=(0,))
    shown = cv2.copyMakeBorder(part, 0, whole[0], 0, whole[1], cv2.BORDER_CONSTANT, value=(0, 0, 0))
    shown = cv2.copyTo(shown, seen, np.zeros_like(shown))
    weights = cv2.resize(seen, grid, interpolation=cv2.INTER_AREA).astype(np.float32)
    sums = cv2.resize(shown, grid, interpolation=cv2.INTER_AREA).astype(np.float32)
    known = weights >= _KNOWN
    colours: _Floats = np.where(known[..., None], sums * 255 / np.maximum(weights, 1)[..., None], 0).astype(np.float32)
    colours = _spread(colours, known)
    odd = np.indices(known.shape).sum(axis=0) % 2
    colours = np.clip(colours + np.where(odd, _FAINT, -_FAINT)[..., None], 0, 255)
    squares = cv2.resize(colours.astype(np.uint8), (0, 0), fx=side, fy=side, interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.blur(squares, (3, 3))[:height, :width], np.uint8)


def _spread(colours: _Floats, known: npt.NDArray[np.bool_]) -> _Floats:
    """Gives every square a colour: that of its neighbours, from the outside to the inside."""
    if not known.any():
        return np.full_like(colours, 128)
    while not known.all():
        near = cv2.blur(known.astype(np.float32), (3, 3), borderType=cv2.BORDER_CONSTANT)
        sums = cv2.blur(colours, (3, 3), borderType=cv2.BORDER_CONSTANT)
        reached = ~known & (near > 1e-4)
        colours = np.where(reached[..., None], sums / np.maximum(near, 1e-4)[..., None], colours).astype(np.float32)
        known = known | reached
    return colours
