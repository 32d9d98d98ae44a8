"""Drawn pictures with text, as networks take them: (1, 3, height, width), float32, BGR, -1 to 1."""

import cv2
import numpy as np
import numpy.typing as npt

from stream_ocr.drawing import dusk, lay, lettering, panel, write
from stream_ocr.messages import Image

__all__ = ["line", "page"]

_WORDS = "EXIT 25 ZR-43-TV 09:19:01 Platform 7 Caffè (open) 125.50 km/h The quick brown fox jumps over the lazy dog "
_DARK, _LIGHT, _BLUE = (40, 30, 30), (235, 240, 245), (150, 70, 30)


def page(height: int, width: int) -> npt.NDArray[np.float32]:
    """Lines of several sizes, on panels and bare, over a sky at dusk: what detection is shown."""
    sky = dusk((width, height), min(height, width) / 4, np.random.default_rng(width * height))
    picture = np.ascontiguousarray(sky[:height, :width])
    size = height / 12
    lay(picture, panel("EXIT 25", 2 * size, _LIGHT, _BLUE), round(size), round(size))
    lay(picture, panel("Platform 7", size, _DARK, _LIGHT), width // 3, round(6 * size))
    lay(picture, lettering("09:19:01  ZR-43-TV", size, _LIGHT, _DARK), round(size), round(9 * size))
    return _as_input(picture)


def line(height: int, width: int) -> npt.NDArray[np.float32]:
    """One line that fills the picture: what direction and recognition are shown."""
    words = _WORDS * (1 + width // (height * 8))
    picture = np.full((height, width, 3), _DARK, np.uint8)
    write(picture, words[width % 17 :], (height // 4, round(0.75 * height)), 0.7 * height, _LIGHT)
    # Nothing that a camera sees has edges as sharp as that.
    return _as_input(np.asarray(cv2.GaussianBlur(picture, (0, 0), height / 60)))


def _as_input(picture: Image) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray((picture.transpose(2, 0, 1)[None] / 127.5 - 1.0).astype(np.float32))
