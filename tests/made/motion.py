"""Acts in which the camera or the text moves: pan, shake, zoom, ticker, credits, a text through the edge."""

import math

import cv2
import numpy as np

from made.act import INSTANT, Act, Affine, Prop
from made.grounds import clutter, plain, sky, still
from made.palette import AMBER, BLACK, GREEN, NAVY, SIZE
from stream_ocr.drawing import WHITE, lettering, panel
from stream_ocr.messages import Image

__all__ = ["closing_credits", "edges", "pan", "shake", "ticker", "zoom"]


def _view(x: float, y: float, scale: float = 1.0, angle: float = 0.0) -> Affine:
    """Brings the world's point (x, y) into the middle of the picture; `angle` in degrees."""
    matrix = np.asarray(cv2.getRotationMatrix2D((x, y), angle, scale), np.float64)
    matrix[:, 2] += np.array(SIZE) / 2 - (x, y)
    return matrix


def pan() -> Act:
    """The camera goes along a street front at 200 pixels a second, past three signs."""
    world = (1200, 360)
    props = [
        Prop(panel("BAKERY", 40, WHITE, GREEN), 300, 60, "BAKERY", "left"),
        Prop(panel("Open 7-19 h", 34, BLACK, AMBER), 340, 210, "Open 7-19 h", "below"),
        Prop(panel("药房 PHARMACY", 38, WHITE, NAVY), 660, 120, "药房 PHARMACY", "right"),
    ]
    return Act(
        name="pan",
        length=2.4,
        ground=still(clutter(world, 11)),
        cast=lambda _: props,
        camera=lambda t: _view(400 + 200 * t, 180),
    )


def shake() -> Act:
    """A hand-held camera: up to eight pixels of tremble each way, and blur along it."""
    world = (700, 420)
    props = [
        Prop(panel("Line 4 to Harbour", 40, WHITE, NAVY), 100, 100, "Line 4 to Harbour", "upper"),
        Prop(panel("KX-83-TR", 48, BLACK, AMBER), 220, 240, "KX-83-TR", "plate"),
    ]
    return Act(
        name="shake",
        length=2.0,
        ground=still(clutter(world, 13)),
        cast=lambda _: props,
        camera=lambda t: _view(350 + _tremble(t)[0], 210 + _tremble(t)[1], 1.0, 0.8 * math.sin(9 * t)),
        lens=_smear,
    )


def _tremble(t: float) -> tuple[float, float]:
    """Where the hand is at `t`, in pixels."""
    x = 5 * math.sin(17 * t) + 3 * math.sin(41 * t + 1)
    y = 4 * math.sin(13 * t + 2) + 3 * math.sin(37 * t)
    return x, y


def _smear(picture: Image, t: float) -> Image:
    """Blurs along the way of the hand during an exposure of 1/50 s."""
    (x0, y0), (x1, y1) = _tremble(t - 0.01), _tremble(t + 0.01)
    way = max(1, math.ceil(math.hypot(x1 - x0, y1 - y0)))
    kernel = np.zeros((2 * way + 1, 2 * way + 1), np.float32)
    for share in np.linspace(-0.5, 0.5, 2 * way + 1):
        kernel[way + round(share * (y1 - y0)), way + round(share * (x1 - x0))] += 1
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.uint8)


def zoom() -> Act:
    """The camera goes in to 2.2 times and out again."""
    world = (640, 360)
    props = [
        Prop(panel("PLATFORM 9", 40, WHITE, NAVY), 160, 90, "PLATFORM 9", "upper"),
        Prop(panel("Mind the gap", 32, BLACK, AMBER), 210, 200, "Mind the gap", "lower"),
    ]

    def camera(t: float) -> Affine:
        return _view(320, 180, 1.0 + 0.6 * (1 - math.cos(2 * math.pi * t / 2.4)))

    return Act(name="zoom", length=2.4, ground=still(clutter(world, 17)), cast=lambda _: props, camera=camera)


def ticker() -> Act:
    """Three messages run through the foot of the picture at 190 pixels a second, before a ground that rests."""
    texts = ("Rain from the west", "欢迎乘车", "Bus 17 leaves at 12:40")
    lefts = (300, 620, 790)
    messages = [lettering(text, 30, WHITE) for text in texts]
    ground = sky(SIZE, 19)(0.0).copy()
    ground[300:360] = NAVY

    def cast(t: float) -> list[Prop]:
        shift = 190 * t
        return [
            Prop(patch, left - shift, 308, text, text) for patch, left, text in zip(messages, lefts, texts, strict=True)
        ]

    return Act(name="ticker", length=3.6, ground=still(ground), cast=cast)


def closing_credits() -> Act:
    """Names that scroll up at 120 pixels a second over black."""
    texts = ("Directed by", "Maria Lindqvist", "音乐 王小明")
    lines = [lettering(text, 34, WHITE) for text in texts]

    def cast(t: float) -> list[Prop]:
        return [
            Prop(line, 320 - line.image.shape[1] / 2, 300 + 75 * row - 120 * t, text, text)
            for row, (line, text) in enumerate(zip(lines, texts, strict=True))
        ]

    return Act(name="closing_credits", length=3.4, ground=plain(SIZE, (12, 10, 10)), cast=cast)


def edges() -> Act:
    """A van with a sign drives in from the right, halts for half a second, and leaves to the left."""
    sign = panel("Fresh Fish Daily", 40, BLACK, AMBER)

    def cast(t: float) -> list[Prop]:
        left = 660 - 380 * t if t < 1.4 - INSTANT else 128 - 380 * max(0.0, t - 1.9)
        return [Prop(sign, left, 140, "Fresh Fish Daily", "van")]

    return Act(name="edges", length=3.5, ground=sky(SIZE, 23), cast=cast)
