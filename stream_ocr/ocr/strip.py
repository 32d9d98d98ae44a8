"""The picture of one line as direction and recognition networks take it: 48 rows high, normalised, padded."""

import math
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from stream_ocr.messages import Image

__all__ = ["HEIGHT", "Strip", "natural_width", "scaled", "strip"]

Strip: TypeAlias = npt.NDArray[np.float32]
"""Shape (1, 3, 48, width), BGR, -1 to 1; 0 where there is no picture."""

HEIGHT = 48


def natural_width(crop: Image) -> int:
    """Columns of the crop when it is scaled to 48 rows."""
    rows, columns = int(crop.shape[0]), int(crop.shape[1])
    return math.ceil(HEIGHT * (columns / rows))


def scaled(crop: Image, columns: int) -> Image:
    """The crop at 48 rows and `columns` columns."""
    return np.asarray(cv2.resize(crop, (columns, HEIGHT)), np.uint8)


def strip(crop: Image, width: int) -> Strip:
    """Scales a crop to 48 rows and pads it on the right to `width`; a longer one is squeezed into it."""
    columns = min(natural_width(crop), width)
    pixels = scaled(crop, columns).transpose(2, 0, 1).astype(np.float32)
    filled = np.zeros((1, 3, HEIGHT, width), np.float32)
    # The reference's sum, step by step, so that not even the last bit of the input differs.
    filled[0, :, :, :columns] = (pixels / 255 - 0.5) / 0.5
    return filled
