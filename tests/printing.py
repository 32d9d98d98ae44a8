"""Printed text for tests that read it."""

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from stream_ocr.messages import Image

__all__ = ["page", "printed"]


def printed(text: str, size: int = 24) -> Image:
    """A line of black text on white, `size` pixels high, with a margin; contiguous."""
    font = ImageFont.load_default(size)
    sheet = Pillow.new("RGB", (int(font.getlength(text)) + size, int(size * 1.6)), "white")
    ImageDraw.Draw(sheet).text((size / 2, size * 0.2), text, font=font, fill="black")
    return np.array(sheet)


def page(size: tuple[int, int], *lines: tuple[str, tuple[int, int]], height: int = 24) -> Image:
    """A white page of `size` (width, height) with black lines of text, each with its top left."""
    sheet = Pillow.new("RGB", size, "white")
    for text, place in lines:
        ImageDraw.Draw(sheet).text(place, text, font=ImageFont.load_default(height), fill="black")
    return np.array(sheet)
