"""Texts that are drawn, not photographed, to see whether a device reads what another one reads."""

import numpy as np

from stream_ocr.drawing import WHITE, Colour, lay, panel, text_box, write
from stream_ocr.messages import Image

__all__ = ["lines", "picture"]

_GROUND: Colour = (60, 40, 20)
_LINES = (
    ("EXIT 25", 40),
    ("09:19:00", 16),
    ("ZR-43-TV", 24),
    ("欢迎乘车", 36),
    ("さくら東京", 30),
    ("Mind the gap", 20),
    ("BUS 17 DEPARTS IN 5 MINUTES", 28),
)
"""Scripts, letters and digits; heights from small to large, and widths that the network sees at several shapes."""


def lines() -> list[Image]:
    """Crops of one line each, of several scripts, sizes and widths."""
    return [_line(text, size) for text, size in _LINES]


def picture() -> Image:
    """A picture of 320 x 192 with two signs on it."""
    whole = np.full((192, 320, 3), _GROUND, np.uint8)
    lay(whole, panel("EXIT 25", 40, WHITE, (75, 105, 0)), 20, 15)
    lay(whole, panel("Mind the gap", 24, (25, 20, 20), (40, 200, 250)), 60, 110)
    return whole


def _line(text: str, size: int) -> Image:
    left, top, right, bottom = text_box(text, (0, 0), size)
    pad = round(0.2 * size)
    image = np.full((bottom - top + 2 * pad, right - left + 2 * pad, 3), _GROUND, np.uint8)
    write(image, text, (pad - left, pad - top), size, WHITE)
    return image
