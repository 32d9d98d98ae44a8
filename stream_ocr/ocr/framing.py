"""How a single picture is brought into the bounds in which detection works, and how quads find back from there.

The bounds are those of RapidOCR 3.10: sides of 30 to 2000 pixels, black bars above and below a very flat picture. Two
things differ, where RapidOCR would ask for gigabytes: a thin picture is not enlarged beyond 2000 pixels, and a very
tall one gets bars to its left and right.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from stream_ocr.geometry import scale, shift
from stream_ocr.messages import Image, Quad

__all__ = ["Framed", "barred", "framed"]

_MAX_SIDE = 2000
_MIN_SIDE = 30
_STEP = 32
_MAX_ASPECT = 8.0
_SAMPLED = 4
"""Of so many rows and columns one is looked at for the middle colour."""


@dataclass(frozen=True)
class Framed:
    """A picture within bounds, shape (height, width, 3), BGR, and where the source's pixels went."""

    image: Image
    size: tuple[int, int]
    """Width and height of the source."""
    factors: tuple[float, float]
    """Pixels of the source per pixel of the scaled picture, x and y."""
    bars: tuple[int, int]
    """Columns of the left bar and rows of the upper one."""

    def in_source(self, quad: Quad) -> Quad:
        """A quad of this picture in pixels of the source, not beyond its edges."""
        width, height = self.size
        placed = scale(shift(quad, -self.bars[0], -self.bars[1]), *self.factors)
        a, b, c, d = ((min(max(x, 0.0), float(width)), min(max(y, 0.0), float(height))) for x, y in placed)
        return a, b, c, d


def framed(image: Image) -> Framed:
    """Scales a picture into the bounds and adds bars where it is very flat or very tall."""
    height, width = int(image.shape[0]), int(image.shape[1])
    rows, columns = _bounded(height, width)
    if (rows, columns) != (height, width):
        image = np.asarray(cv2.resize(image, (columns, rows)), np.uint8)
    above, beside = _bar(rows, columns), 0
    if rows > _MAX_ASPECT * columns:
        above, beside = 0, _bar(columns, rows)
    image = _with_bars(image, (beside, above), (0, 0, 0))
    return Framed(image, (width, height), (width / columns, height / rows), (beside, above))


def barred(image: Image, factor: float, side: int) -> Framed:
    """Scales a picture by `factor`, then adds bars of its own middle colour until both sides have `side` pixels.

    Between black bars an empty strip of paper would itself look like a line of text.
    """
    height, width = int(image.shape[0]), int(image.shape[1])
    rows, columns = (max(round(length * factor), 1) for length in (height, width))
    if factor != 1.0:
        how = cv2.INTER_AREA if factor < 1.0 else cv2.INTER_LINEAR
        image = np.asarray(cv2.resize(image, (columns, rows), interpolation=how), np.uint8)
    beside, above = (max(-((length - side) // 2), 0) for length in (columns, rows))
    blue, green, red = np.median(image[::_SAMPLED, ::_SAMPLED], axis=(0, 1)).tolist()
    image = _with_bars(image, (beside, above), (blue, green, red))
    return Framed(image, (width, height), (width / columns, height / rows), (beside, above))


def _bounded(height: int, width: int) -> tuple[int, int]:
    """Rows and columns within the bounds; what has to be scaled becomes a multiple of 32."""
    long, short = max(height, width), min(height, width)
    ratio = _MAX_SIDE / long if long > _MAX_SIDE else 1.0
    if short * ratio < _MIN_SIDE:
        ratio = min(_MIN_SIDE / short, max(_MAX_SIDE / long, ratio))
    elif ratio == 1.0:
        return height, width
    return _multiple(int(height * ratio)), _multiple(int(width * ratio))


def _bar(rows: int, columns: int) -> int:
    """Rows of each bar: a flat or low picture becomes twice as high as the flattest that needs none."""
    if rows > _MIN_SIDE and columns <= _MAX_ASPECT * rows:
        return 0
    return abs(max(int(columns / _MAX_ASPECT), _MIN_SIDE) * 2 - rows) // 2


def _with_bars(image: Image, bars: tuple[int, int], colour: tuple[float, float, float]) -> Image:
    beside, above = bars
    if not beside and not above:
        return image
    framed_image = cv2.copyMakeBorder(image, above, above, beside, beside, cv2.BORDER_CONSTANT, value=colour)
    return np.asarray(framed_image, np.uint8)


def _multiple(side: int) -> int:
    return max(round(side / _STEP) * _STEP, _STEP)
