"""The built-in moving picture: a station at dusk with a sign, a clock, a ticker and a number plate.

It stands in for a camera where there is none, and tests know from `truth` what it shows and when. A picture depends
on the time and the seed alone. Everything is measured in units of one ninth of the height (or one sixteenth of the
width), so that it looks the same in every size.
"""

import math
from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from stream_ocr.messages import Box, Image

__all__ = ["Kind", "Scene", "Shown"]

Kind: TypeAlias = Literal["sign", "clock", "ticker", "plate"]
_Colour: TypeAlias = tuple[int, int, int]

_WHITE: _Colour = (245, 245, 245)
_BLACK: _Colour = (25, 20, 20)
_GREEN: _Colour = (75, 105, 0)
_NAVY: _Colour = (48, 28, 20)
_YELLOW: _Colour = (40, 200, 250)
_SKY: tuple[_Colour, ...] = ((70, 30, 25), (120, 60, 70), (110, 90, 170), (90, 140, 225))
"""Colours of dusk from top to bottom."""

_SIGN = "EXIT 25"
_MESSAGES = (
    "NEXT TRAIN 12:40 PLATFORM 3",
    "Mind the gap",
    "欢迎乘车",
    "Fresh coffee in the upper hall",
    "BUS 17 DEPARTS IN 5 MINUTES",
)
_ZEROS = str.maketrans("123456789", "000000000")
_PLATE_LETTERS = "BDFGHJKLNPRSTVXZ"
_PLATES = 4
_PLATE_PERIOD = 5.0
"""Seconds from one plate to the next."""
_PLATE_SHOWN = (1.0, 4.0)
"""When in its period a plate is there, in seconds."""
_TICKER_SPEED = 1.6
"""Units per second, to the left."""
_INSTANT = 1e-6
"""Seconds by which a time on the frame grid may miss the whole second it stands for."""


class Shown(NamedTuple):
    """One text of the scene during one uninterrupted showing."""

    kind: Kind
    text: str
    start: float
    """Media time of the first frame that shows all of it."""
    end: float
    """Media time of the last one."""
    box: Box
    """Around the text (not its panel) in the first frame, in pixels."""


class _Patch(NamedTuple):
    """A picture that is laid over the background."""

    image: Image
    weight: npt.NDArray[np.float32]
    """Opacity, 0 to 1, shape (height, width)."""
    inner: Box
    """Where its text stands."""


class _Placed(NamedTuple):
    kind: Kind
    text: str
    patch: _Patch
    left: int
    top: int

    @property
    def box(self) -> Box:
        left, top, right, bottom = self.patch.inner
        return self.left + left, self.top + top, self.left + right, self.top + bottom


class Scene:
    """A deterministic scene; see the module."""

    def __init__(
        self, size: tuple[int, int] = (1280, 720), rate: float = 30.0, length: float = 20.0, seed: int = 1
    ) -> None:
        """`size`: width and height in pixels; `rate`: frames per second; `length`: seconds, 0 for endless."""
        self.size = size
        self.rate = rate
        self.length = length
        self._unit = min(size[0] / 16, size[1] / 9)
        random = np.random.default_rng(seed)
        self._background = _background(size, self._unit, random)
        self._sign = _panel(_SIGN, 1.1 * self._unit, _WHITE, _GREEN)
        self._noon = 60 * int(random.integers(9 * 60, 20 * 60))
        self._clock = ("", self._sign)
        self._plates = [_plate(random) for _ in range(_PLATES)]
        self._plate_patches = [_panel(text, 0.8 * self._unit, _BLACK, _YELLOW) for text in self._plates]
        self._ticker = _Ticker(size[0], self._unit, [str(text) for text in random.permutation(_MESSAGES)])

    @property
    def frames(self) -> int | None:
        """Number of frames; None where it is endless."""
        return None if self.length == 0 else max(1, round(self.length * self.rate))

    def picture(self, t: float) -> Image:
        """The picture at `t` seconds: shape (height, width, 3), BGR, contiguous, the caller's own."""
        width, height = self.size
        margin_x = self._background.shape[1] - width
        margin_y = self._background.shape[0] - height
        x = round(margin_x * (0.5 - 0.5 * math.cos(t / 9)))
        y = round(margin_y * (0.5 + 0.5 * math.sin(t / 7)))
        picture = self._background[y : y + height, x : x + width].copy()
        for placed in self._placed(t):
            _lay(picture, placed.patch, placed.left, placed.top)
        self._ticker.draw(picture, t)
        return picture

    def truth(self, until: float | None = None) -> list[Shown]:
        """What is shown from 0 to `until` seconds (None: to the end), by the time of its first frame.

        Raises ValueError: the scene is endless and `until` is None.
        """
        if until is None and self.length == 0:
            raise ValueError("expected `until` for the truth of an endless scene")
        last = self.frames if until is None else math.floor(until * self.rate + _INSTANT) + 1
        running: dict[tuple[Kind, str], Shown] = {}
        done: list[Shown] = []
        for index in range(last or 0):
            t = index / self.rate
            present = {(kind, text): box for kind, text, box in self._texts(t)}
            done += [running.pop(key) for key in list(running) if key not in present]
            for key, box in present.items():
                known = running.get(key)
                running[key] = Shown(*key, t, t, box) if known is None else known._replace(end=t)
        return sorted([*done, *running.values()], key=lambda shown: (shown.start, shown.kind))

    def _texts(self, t: float) -> Iterator[tuple[Kind, str, Box]]:
        """Every text that is wholly visible."""
        for placed in self._placed(t):
            yield placed.kind, placed.text, placed.box
        for text, (left, top, right, bottom) in self._ticker.whole(t):
            shift = self.size[1] - self._ticker.height
            yield "ticker", text, (left, top + shift, right, bottom + shift)

    def _placed(self, t: float) -> Iterator[_Placed]:
        edge = round(0.7 * self._unit)
        yield _Placed("sign", _SIGN, self._sign, edge, edge)
        clock = self._clock_at(t)
        yield _Placed("clock", clock[0], clock[1], self.size[0] - edge - clock[1].image.shape[1], edge)
        turn, moment = divmod(t + _INSTANT, _PLATE_PERIOD)
        if _PLATE_SHOWN[0] <= moment < _PLATE_SHOWN[1]:
            yield self._placed_plate(int(turn) % _PLATES, t)

    def _clock_at(self, t: float) -> tuple[str, _Patch]:
        seconds = (self._noon + int(t + _INSTANT)) % 86_400
        text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        if self._clock[0] != text:
            self._clock = (text, _panel(text, 0.7 * self._unit, _WHITE, _NAVY))
        return self._clock

    def _placed_plate(self, index: int, t: float) -> _Placed:
        patch = self._plate_patches[index]
        left = self.size[0] * (0.3, 0.55, 0.4, 0.6)[index] + 0.5 * self._unit * math.sin(1.3 * t)
        top = self.size[1] * (0.5, 0.6, 0.55, 0.45)[index] + 0.15 * self._unit * math.sin(2.1 * t)
        right_most = self.size[0] - patch.image.shape[1]
        return _Placed("plate", self._plates[index], patch, min(round(left), right_most), round(top))


class _Ticker:
    """A line of messages that runs through the foot of the picture, round and round."""

    def __init__(self, width: int, unit: float, messages: list[str]) -> None:
        self.height = round(1.1 * unit)
        self._width = width
        self._speed = _TICKER_SPEED * unit
        size, gap = 0.55 * unit, 2.5 * unit
        self._messages: list[tuple[str, Box]] = []
        left = gap
        baseline = round(0.5 * self.height + 0.36 * size)
        for text in messages:
            box = _text_box(text, (round(left), baseline), size)
            self._messages.append((text, box))
            left = box[2] + gap
        self._total = max(round(left), width)
        strip = np.full((self.height, self._total, 3), _NAVY, np.uint8)
        strip[: max(1, round(0.05 * unit))] = _YELLOW
        for text, box in self._messages:
            _write(strip, text, (box[0], baseline), size, _WHITE)
        self._strip = np.hstack([strip, strip[:, :width]])

    def draw(self, picture: Image, t: float) -> None:
        """Draws the foot of `picture` at `t` seconds."""
        x = self._offset(t)
        picture[-self.height :] = self._strip[:, x : x + self._width]

    def whole(self, t: float) -> Iterator[tuple[str, Box]]:
        """The messages that are wholly in the picture, with their boxes in the strip as it is seen."""
        for text, (left, top, right, bottom) in self._messages:
            shift = self._offset(t) - (self._total if right < self._offset(t) else 0)
            if left - shift >= 0 and right - shift <= self._width:
                yield text, (left - shift, top, right - shift, bottom)

    def _offset(self, t: float) -> int:
        return round(self._speed * t) % self._total


def _plate(random: np.random.Generator) -> str:
    letters = "".join(random.choice(list(_PLATE_LETTERS), 4))
    return f"{letters[:2]}-{random.integers(12, 99)}-{letters[2:]}"


def _background(size: tuple[int, int], unit: float, random: np.random.Generator) -> Image:
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


def _panel(text: str, size: float, ink: _Colour, fill: _Colour) -> _Patch:
    """A text on a panel with round corners, a thin frame and a soft shadow."""
    left, top, right, bottom = _text_box(text, (0, 0), size)
    pad, shade = round(0.5 * size), round(0.25 * size)
    width, height = right - left + 2 * (pad + shade), bottom - top + 2 * (pad + shade)
    image = np.full((height, width, 3), fill, np.uint8)
    line = max(1, round(0.05 * size))
    inset = shade + 2 * line
    cv2.rectangle(image, (inset, inset), (width - inset - 1, height - inset - 1), ink, line, cv2.LINE_AA)
    _write(image, text, (shade + pad - left, shade + pad - top), size, ink)
    shape = _rounded((width, height), shade, 0.3 * size)
    shadow = 0.5 * np.asarray(cv2.GaussianBlur(shape, (0, 0), 0.4 * shade + 0.1))
    weight = shape + shadow * (1 - shape)
    # Where the panel is thin or absent, the shadow beneath it gives the colour: black.
    image = (image * (shape / np.maximum(weight, 1e-6))[..., None]).astype(np.uint8)
    inner = (shade + pad, shade + pad, width - shade - pad, height - shade - pad)
    return _Patch(image, weight.astype(np.float32), inner)


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


def _lay(picture: Image, patch: _Patch, left: int, top: int) -> None:
    """Lays the patch over the picture; all of it is inside."""
    height, width = patch.weight.shape
    ground = picture[top : top + height, left : left + width]
    ground[:] = cv2.blendLinear(patch.image, ground, patch.weight, 1 - patch.weight)


def _face(text: str) -> cv2.FontFace:
    return cv2.FontFace("sans" if text.isascii() else "uni")


def _write(image: Image, text: str, origin: tuple[int, int], size: float, colour: _Colour) -> None:
    cv2.putText(image, text, origin, colour, _face(text), round(size), 500)


def _text_box(text: str, origin: tuple[int, int], size: float) -> Box:
    """Around the text: as wide as it advances and as high as its ink, all digits being as high as a zero.

    So the panel of a clock keeps its size.
    """
    x, y, width, height = cv2.getTextSize((0, 0), text, origin, _face(text), round(size), 500)
    canvas = np.zeros((height + 2, width + 2, 3), np.uint8)
    _write(canvas, text.translate(_ZEROS), (origin[0] - x + 1, origin[1] - y + 1), size, _WHITE)
    rows = np.flatnonzero(canvas.max(axis=(1, 2)) > 127)
    return x, y - 1 + int(rows[0]), x + width, y + int(rows[-1])
