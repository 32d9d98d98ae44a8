"""How a line looks, and whether it looks different now: pure functions on small grey pictures."""

import math

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from stream_ocr.greys import quantile
from stream_ocr.messages import Box, Image, Luma, Quad, Tiles

__all__ = [
    "Look",
    "difference",
    "followed",
    "look",
    "patch",
    "resemblance",
    "resized",
    "same_extent",
    "tiny",
    "touched",
]

_HEIGHT = 24
_MAX_WIDTH = 480
_SHIFT_X, _SHIFT_Y = 4, 2
_WIDTHS_DIFFER = 0.2
_LESS_THAN_A_CHARACTER = 4
_WINDOW = (6, 6)
_MIN_CONTRAST = 8.0
_BLUR = (3, 3)
_TINY = (32, 18)


class Look(msgspec.Struct, frozen=True, eq=False):
    """A line as it looks in one frame."""

    thumbnail: npt.NDArray[np.uint8]
    """Grey, 24 pixels high, at most 480 wide."""
    quality: float
    """How well it can be read compared with other looks at the same line: sharpness x size."""
    height: float = 0.0
    """Of the line, in pixels of the frame."""


def look(image: Image, quad: Quad) -> Look:
    """Cuts a line out of a BGR frame, upright and small."""
    corners = np.array(quad, dtype=np.float32)
    width = max(1.0, float(np.linalg.norm(corners[1] - corners[0])))
    height = max(1.0, float(np.linalg.norm(corners[3] - corners[0])))
    columns = min(_MAX_WIDTH, max(8, round(_HEIGHT * width / height)))
    target = np.array([[0, 0], [columns, 0], [0, _HEIGHT]], dtype=np.float32)
    matrix = cv2.getAffineTransform(corners[[0, 1, 3]], target)
    cut = cv2.warpAffine(image, matrix, (columns, _HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    grey = cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY)
    sharpness = float(np.mean(np.abs(np.diff(grey.astype(np.int16), axis=1))))
    return Look(np.asarray(grey, dtype=np.uint8), sharpness * math.sqrt(height), height)


def resized(before: Look, now: Look) -> bool:
    """Whether the box has become clearly longer or shorter."""
    width, other = before.thumbnail.shape[1], now.thumbnail.shape[1]
    return bool(abs(width - other) > _WIDTHS_DIFFER * width)


def same_extent(before: Look, now: Look) -> bool:
    """Whether two looks are at boxes of one length, give or take less than a narrow character."""
    return bool(abs(before.thumbnail.shape[1] - now.thumbnail.shape[1]) <= _LESS_THAN_A_CHARACTER)


def difference(before: Look, now: Look) -> float:
    """How differently a line looks at its most different spot, in units of its contrast: 0 alike, about 1 other text.

    The largest mean difference over a window of a few strokes after the best small shift. A mean over the whole line
    would hide one changed digit; so would looks at boxes that are not quite the same, so compare one and the same box
    where the line did not move.
    """
    if resized(before, now):
        return 1.0
    one, other = before.thumbnail, now.thumbnail
    if one.shape != other.shape:
        other = np.asarray(cv2.resize(other, (one.shape[1], one.shape[0])), dtype=np.uint8)
    one, other = _smoothed(one), _smoothed(other)
    if one.shape[1] <= 4 * _SHIFT_X:
        other = np.asarray(cv2.copyMakeBorder(other, 0, 0, _SHIFT_X, _SHIFT_X, cv2.BORDER_REPLICATE), dtype=np.uint8)
        one = np.asarray(cv2.copyMakeBorder(one, 0, 0, _SHIFT_X, _SHIFT_X, cv2.BORDER_REPLICATE), dtype=np.uint8)
    core = one[_SHIFT_Y:-_SHIFT_Y, _SHIFT_X:-_SHIFT_X]
    scores = cv2.matchTemplate(other, core, cv2.TM_SQDIFF)
    _, _, (left, top), _ = cv2.minMaxLoc(scores)
    same = other[top : top + core.shape[0], left : left + core.shape[1]]
    spots = cv2.blur(cv2.absdiff(core, same).astype(np.float32), _WINDOW)
    contrast = quantile(core, 0.95) - quantile(core, 0.05)
    return float(spots.max() / max(contrast, _MIN_CONTRAST))


def patch(luma: Luma, bounds: Box) -> Luma:
    """A copy of the part of a luma picture within `bounds`, which are clipped to it; may be empty."""
    left, top, right, bottom = bounds
    return luma[max(0, top) : max(0, bottom), max(0, left) : max(0, right)].copy()


def followed(template: Luma, luma: Luma, bounds: Box, radius: int) -> tuple[int, int, float]:
    """Where the template is now, as a shift (dx, dy) of `bounds`, and how surely (correlation, -1 to 1).

    Looks up to `radius` pixels around `bounds`. A template without texture is not found anywhere (0).
    """
    height, width = template.shape
    left, top = max(0, bounds[0] - radius), max(0, bounds[1] - radius)
    around = luma[top : max(0, bounds[1]) + height + radius, left : max(0, bounds[0]) + width + radius]
    if height < 3 or width < 3 or around.shape[0] < height or around.shape[1] < width or template.std() < 1.0:
        return 0, 0, 0.0
    scores = cv2.matchTemplate(around, template, cv2.TM_CCOEFF_NORMED)
    _, best, _, (column, row) = cv2.minMaxLoc(scores)
    return left + column - max(0, bounds[0]), top + row - max(0, bounds[1]), float(best)


def resemblance(one: Luma, other: Luma) -> float:
    """How alike two pictures of boxes are, whatever their sizes: correlation, -1 to 1; 0 without texture."""
    if min(*one.shape, *other.shape) < 3 or one.std() < 1.0 or other.std() < 1.0:
        return 0.0
    fitted = cv2.resize(other, one.shape[::-1], interpolation=cv2.INTER_AREA)
    return float(cv2.matchTemplate(fitted, one, cv2.TM_CCOEFF_NORMED)[0, 0])


def tiny(luma: Luma) -> Luma:
    """The whole picture, tiny: enough to tell one scene from another."""
    return np.asarray(cv2.resize(luma, _TINY, interpolation=cv2.INTER_AREA), np.uint8)


def touched(dirty: Tiles, bounds: tuple[float, float, float, float], size: tuple[int, int]) -> bool:
    """Whether any dirty tile meets `bounds` (pixels of a frame of `size`, width x height)."""
    rows, columns = dirty.shape
    left, top, right, bottom = bounds
    first_column, last_column = int(left * columns / size[0]), int(right * columns / size[0])
    first_row, last_row = int(top * rows / size[1]), int(bottom * rows / size[1])
    part = dirty[max(0, first_row) : last_row + 1, max(0, first_column) : last_column + 1]
    return bool(part.any())


def _smoothed(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.blur(picture, _BLUR), dtype=np.uint8)
