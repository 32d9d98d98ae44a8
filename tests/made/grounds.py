"""Grounds that texts stand before: plain, a sky at dusk, moving clutter, and textures that look like letters."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from stream_ocr.drawing import Colour, clutter, dusk
from stream_ocr.messages import Image

__all__ = ["Ground", "brickwork", "clutter", "moving_clutter", "plain", "scribbles", "sky", "still"]

Ground = Callable[[float], Image]


def still(image: Image) -> Ground:
    """The same picture at all times."""
    return lambda _: image


def plain(size: tuple[int, int], colour: Colour) -> Ground:
    """One colour."""
    return still(np.full((size[1], size[0], 3), colour, np.uint8))


def sky(size: tuple[int, int], seed: int) -> Ground:
    """A sky at dusk, somewhat larger than `size`."""
    return still(dusk(size, min(size[0] / 16, size[1] / 9), np.random.default_rng(seed)))


def moving_clutter(size: tuple[int, int], seed: int, speed: float = 90.0) -> Ground:
    """Two layers of clutter that drift in opposite ways, `speed` in pixels a second."""
    far, near = (clutter((2 * size[0], size[1]), seed + layer) for layer in (0, 1))

    def picture(t: float) -> Image:
        shift = round(speed * t) % size[0]
        back, front = far[:, shift : shift + size[0]], near[:, size[0] - shift : 2 * size[0] - shift]
        return np.asarray(cv2.addWeighted(back, 0.5, front, 0.5, 0.0), np.uint8)

    return picture


def brickwork(size: tuple[int, int], seed: int) -> Image:
    """A brick wall with rough mortar."""
    random = np.random.default_rng(seed)
    image = np.full((size[1], size[0], 3), (150, 160, 165), np.uint8)
    for row, top in enumerate(range(0, size[1], 24)):
        for left in range(-60 + 30 * (row % 2), size[0], 60):
            colour = (random.uniform(0.7, 1.1) * np.array((70, 85, 150))).tolist()
            cv2.rectangle(image, (left + 2, top + 2), (left + 57, top + 21), colour, -1, cv2.LINE_AA)
    grain = random.normal(0, 9, image.shape)
    return np.clip(image + grain, 0, 255).astype(np.uint8)


def scribbles(size: tuple[int, int], seed: int, area: Sequence[int]) -> Image:
    """Clutter with twigs: crossing strokes of random angles, as thick as those of letters, in the box `area`."""
    random = np.random.default_rng(seed)
    image = clutter(size, seed)
    left, top, right, bottom = area
    for _ in range((right - left) * (bottom - top) // 700):
        start = random.uniform((left, top), (right, bottom))
        angle, length = random.uniform(0, np.pi), random.uniform(10, 90)
        end = start + length * np.array((np.cos(angle), np.sin(angle)))
        shade = [int(value) for value in random.integers(20, 90, 3)]
        cv2.line(
            image, start.astype(int).tolist(), end.astype(int).tolist(), shade, int(random.integers(1, 4)), cv2.LINE_AA
        )
    return image
