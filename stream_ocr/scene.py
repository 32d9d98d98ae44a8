"""The built-in moving picture: a station at dusk with a sign, a clock, a ticker and a number plate.

It stands in for a camera where there is none, and tests know from `truth` what it shows and when. A picture depends
on the time and the seed alone. Everything is measured in units of one ninth of the height (or one sixteenth of the
width), so that it looks the same in every size.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from stream_ocr.drawing import WHITE, Colour, Patch, dusk, lay, panel, text_box, write
from stream_ocr.messages import Box, Image

__all__ = ["Kind", "Scene", "Shown", "Ticker"]

Kind: TypeAlias = Literal["sign", "clock", "ticker", "plate"]

_BLACK: Colour = (25, 20, 20)
_GREEN: Colour = (75, 105, 0)
_NAVY: Colour = (48, 28, 20)
_YELLOW: Colour = (40, 200, 250)
_SIGN = "EXIT 25"
_MESSAGES = (
    "NEXT TRAIN 12:40 PLATFORM 3",
    "Mind the gap",
    "欢迎乘车",
    "Fresh coffee in the upper hall",
    "BUS 17 DEPARTS IN 5 MINUTES",
)
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


class _Placed(NamedTuple):
    kind: Kind
    text: str
    patch: Patch
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
        self._background = dusk(size, self._unit, random)
        self._sign = panel(_SIGN, 1.1 * self._unit, WHITE, _GREEN)
        self._noon = 60 * int(random.integers(9 * 60, 20 * 60))
        self._clock = ("", self._sign)
        self._plates = [_plate(random) for _ in range(_PLATES)]
        self._plate_patches = [panel(text, 0.8 * self._unit, _BLACK, _YELLOW) for text in self._plates]
        self._ticker = Ticker(size[0], self._unit, [str(text) for text in random.permutation(_MESSAGES)])

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
            lay(picture, placed.patch, placed.left, placed.top)
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

    def _clock_at(self, t: float) -> tuple[str, Patch]:
        seconds = (self._noon + int(t + _INSTANT)) % 86_400
        text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        if self._clock[0] != text:
            self._clock = (text, panel(text, 0.7 * self._unit, WHITE, _NAVY))
        return self._clock

    def _placed_plate(self, index: int, t: float) -> _Placed:
        patch = self._plate_patches[index]
        left = self.size[0] * (0.3, 0.55, 0.4, 0.6)[index] + 0.5 * self._unit * math.sin(1.3 * t)
        top = self.size[1] * (0.5, 0.6, 0.55, 0.45)[index] + 0.15 * self._unit * math.sin(2.1 * t)
        right_most = self.size[0] - patch.image.shape[1]
        return _Placed("plate", self._plates[index], patch, min(round(left), right_most), round(top))


class Ticker:
    """A line of messages that runs through the foot of the picture, round and round."""

    def __init__(self, width: int, unit: float, messages: Sequence[str]) -> None:
        """`width` of the picture in pixels; `unit`: one ninth of its height."""
        self.height = round(1.1 * unit)
        self._width = width
        self._speed = _TICKER_SPEED * unit
        size, gap = 0.55 * unit, 2.5 * unit
        self._messages: list[tuple[str, Box]] = []
        left = gap
        baseline = round(0.5 * self.height + 0.36 * size)
        for text in messages:
            box = text_box(text, (round(left), baseline), size)
            self._messages.append((text, box))
            left = box[2] + gap
        self._total = max(round(left), width)
        strip = np.full((self.height, self._total, 3), _NAVY, np.uint8)
        strip[: max(1, round(0.05 * unit))] = _YELLOW
        for text, box in self._messages:
            write(strip, text, (box[0], baseline), size, WHITE)
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
