"""Drawing what the built-in pictures are made of: lines of text, panels that carry one, a sky behind them.

Colours are blue, green, red, 0 to 255. The size of a text is the height of its em in pixels: a capital letter has
about 0.7 of it.
"""

from typing import NamedTuple, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from stream_ocr.messages import Box, Image

__all__ = ["WHITE", "Colour", "Patch", "clutter", "dusk", "lay", "lettering", "panel", "text_box", "write"]

Colour: TypeAlias = tuple[int, int, int]

WHITE: Colour = (245, 245, 245)
_SKY: tuple[Colour, ...] = ((70, 30, 25), (120, 60, 70), (110, 90, 170), (90, 140, 225))
"""Colours of dusk from top to bottom."""
_ZEROS = str.maketrans("123456789", "000000000")


class Patch(NamedTuple):
    """A picture that is laid over the background."""

    image: Image
    weight: npt.NDArray[np.float32]
    """Opacity, 0 to 1, shape (height, width)."""
    inner: Box
    """Where its text stands."""


def dusk(size: tuple[int, int], unit: float, random: np.random.Generator) -> Image:
    """A sky at dusk with lights out of focus, larger than `size` by the way that the view wanders."""
    width, height = size[0] + round(2 * unit), size[1] + round(0.7 * unit)
    sky = np.array(_SKY, np.float32)[:, None]
    image: npt.NDArray[np.float32] = np.asarray(cv2.resize(sky, (width, height), interpolation=cv2.INTER_LINEAR))
    # The lights are soft: a quarter of the size is plenty to draw them in.
    lights = np.zeros((height // 4, width // 4, 3), np.float32)
    for _ in range(26):
        centre = (int(random.integers(0, width)) // 4, int(random.uniform(0.25, 0.95) * height) // 4)
        colour = random.uniform(0.15, 0.5) * np.array((60, 120, 170)) * random.uniform(0.5, 1.0, 3)
        radius = round(random.uniform(0.15, 0.6) * unit / 4)
        lights += cv2.circle(np.zeros_like(lights), centre, radius, colour.tolist(), -1)
    lights = np.asarray(cv2.GaussianBlur(lights, (0, 0), max(0.015 * unit, 0.1)))
    image += np.asarray(cv2.resize(lights, (width, height), interpolation=cv2.INTER_CUBIC))
    return np.clip(image, 0, 255).astype(np.uint8)


def clutter(size: tuple[int, int], seed: int) -> Image:
    """Blobs of all sizes in soft colours with hard edges here and there; no text and nothing like it."""
    random = np.random.default_rng(seed)
    image = np.zeros((size[1], size[0], 3), np.float32)
    for cell, weight in ((160, 1.0), (60, 0.7), (24, 0.3)):
        coarse = random.uniform(0, 1, (size[1] // cell + 2, size[0] // cell + 2, 3)).astype(np.float32)
        image += weight * np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), np.float32)
    for _ in range(size[0] * size[1] // 9000):
        centre = (int(random.integers(0, size[0])), int(random.integers(0, size[1])))
        shade = random.uniform(0.2, 1.8, 3).tolist()
        axes = (int(random.integers(15, 60)), int(random.integers(15, 60)))
        cv2.ellipse(image, centre, axes, float(random.uniform(0, 180)), 0, 360, shade, -1, cv2.LINE_AA)
    return np.clip(image * 95, 0, 255).astype(np.uint8)


def panel(text: str, size: float, ink: Colour, fill: Colour) -> Patch:
    """A text on a panel with round corners, a thin frame and a soft shadow."""
    left, top, right, bottom = text_box(text, (0, 0), size)
    pad, shade = round(0.5 * size), round(0.25 * size)
    width, height = right - left + 2 * (pad + shade), bottom - top + 2 * (pad + shade)
    image = np.full((height, width, 3), fill, np.uint8)
    line = max(1, round(0.05 * size))
    inset = shade + 2 * line
    cv2.rectangle(image, (inset, inset), (width - inset - 1, height - inset - 1), ink, line, cv2.LINE_AA)
    write(image, text, (shade + pad - left, shade + pad - top), size, ink)
    shape = _rounded((width, height), shade, 0.3 * size)
    shadow = 0.5 * np.asarray(cv2.GaussianBlur(shape, (0, 0), 0.4 * shade + 0.1))
    weight = shape + shadow * (1 - shape)
    # Where the panel is thin or absent, the shadow beneath it gives the colour: black.
    image = (image * (shape / np.maximum(weight, 1e-6))[..., None]).astype(np.uint8)
    inner = (shade + pad, shade + pad, width - shade - pad, height - shade - pad)
    return Patch(image, weight.astype(np.float32), inner)


def _rounded(size: tuple[int, int], margin: int, radius: float) -> npt.NDArray[np.float32]:
    """Opacity of a rectangle with round corners, `margin` inside `size`: 0 to 1, smooth at its edge."""
    half = np.array(size, np.float32) / 2
    x = np.abs(np.arange(size[0], dtype=np.float32) + 0.5 - half[0])
    y = np.abs(np.arange(size[1], dtype=np.float32) + 0.5 - half[1])
    dx = np.maximum(x - (half[0] - margin - radius), 0)
    dy = np.maximum(y - (half[1] - margin - radius), 0)
    distance = np.hypot(dx[None, :], dy[:, None]) - radius
    opacity: npt.NDArray[np.float32] = np.clip(0.5 - distance, 0, 1).astype(np.float32)
    return opacity


def lettering(text: str, size: float, ink: Colour, edge: Colour | None = None) -> Patch:
    """A bare text; with the colour of an edge, one eighth of its size or less wide, as subtitles have it."""
    left, top, right, bottom = text_box(text, (0, 0), size)
    # Descenders and round letters reach beyond the box.
    pad = max(3, round(0.35 * size))
    width, height = right - left + 2 * pad, bottom - top + 2 * pad
    mask = np.zeros((height, width, 3), np.uint8)
    write(mask, text, (pad - left, pad - top), size, (255, 255, 255))
    weight: npt.NDArray[np.float32] = (mask[..., 0] / 255).astype(np.float32)
    image = np.full((height, width, 3), ink, np.uint8)
    if edge is not None:
        image = (np.array(edge) + weight[..., None] * (np.array(ink) - np.array(edge))).astype(np.uint8)
        around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(0.06 * size) + 1,) * 2)
        weight = np.asarray(cv2.dilate(weight, around), np.float32)
    return Patch(image, weight, (pad, pad, width - pad, height - pad))


def lay(picture: Image, patch: Patch, left: int, top: int) -> None:
    """Lays the patch into the picture; what would lie outside is cut off."""
    height, width = picture.shape[:2]
    x, y = max(0, -left), max(0, -top)
    image = patch.image[y : max(y, height - top), x : max(x, width - left)]
    weight = np.ascontiguousarray(patch.weight[y : max(y, height - top), x : max(x, width - left)])
    if weight.size:
        ground = picture[top + y : top + y + weight.shape[0], left + x : left + x + weight.shape[1]]
        ground[:] = cv2.blendLinear(np.ascontiguousarray(image), ground, weight, 1 - weight)


def _face(text: str) -> cv2.FontFace:
    return cv2.FontFace("sans" if text.isascii() else "uni")


def write(image: Image, text: str, origin: tuple[int, int], size: float, colour: Colour) -> None:
    """Writes the text into `image`; `origin`: left end of its baseline."""
    cv2.putText(image, text, origin, colour, _face(text), round(size), 500)


def text_box(text: str, origin: tuple[int, int], size: float) -> Box:
    """Around the text: as wide as it advances and as high as its ink, all digits being as high as a zero.

    So the panel of a clock keeps its size.
    """
    x, y, width, height = cv2.getTextSize((0, 0), text, origin, _face(text), round(size), 500)
    canvas = np.zeros((height + 2, width + 2, 3), np.uint8)
    write(canvas, text.translate(_ZEROS), (origin[0] - x + 1, origin[1] - y + 1), size, WHITE)
    rows = np.flatnonzero(canvas.max(axis=(1, 2)) > 127)
    return x, y - 1 + int(rows[0]), x + width, y + int(rows[-1])
