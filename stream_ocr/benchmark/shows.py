"""The made clips: a still picture, a ticker, subtitles, a terminal, a walk; functions of time that know their text.

They are fixed: whatever changes a picture here makes figures that were measured before figures of something else.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from stream_ocr.drawing import WHITE, Colour, Patch, clutter, dusk, lay, lettering, panel
from stream_ocr.messages import Box, Image
from stream_ocr.scene import Ticker

__all__ = ["SHOWS", "Show", "Showing", "busy", "still"]

Size = tuple[int, int]
"""Width and height in pixels."""

_BLACK: Colour = (25, 20, 20)
_GREEN: Colour = (75, 105, 0)
_NAVY: Colour = (48, 28, 20)
_AMBER: Colour = (40, 200, 250)
_GREY: Colour = (200, 205, 200)
_INSTANT = 1e-6
"""Seconds by which a time on the frame grid may miss the instant it stands for."""
_BRIDGED = 0.5
"""Seconds that a text may be out of sight and still be the same showing."""


class Showing(NamedTuple):
    """One text during one showing."""

    text: str
    first: float
    """Media time of the first frame that shows all of it."""
    last: float


class Placed(NamedTuple):
    """A text in the picture."""

    text: str
    """As it reads; empty where it is not complete, so that nothing is expected of it."""
    patch: Patch
    left: int
    top: int

    @property
    def box(self) -> Box:
        """Around the text, in pixels."""
        left, top, right, bottom = self.patch.inner
        return self.left + left, self.top + top, self.left + right, self.top + bottom


@dataclass(frozen=True, kw_only=True)
class Show:
    """A made clip; `picture` gives its frames in any order."""

    name: str
    size: Size
    rate: float = 30.0
    """Frames per second."""
    length: float = 20.0
    """Seconds."""
    picture: Callable[[float], Image]
    """The picture at a time in seconds: shape (height, width, 3), BGR, contiguous, the caller's own."""
    texts: Callable[[float], Iterable[str]]
    """What can be read in it, each text in full."""

    def times(self) -> Iterator[float]:
        """Media times of its frames."""
        return (index / self.rate for index in range(round(self.length * self.rate)))

    def truth(self) -> list[Showing]:
        """What it shows, by the time of the first frame."""
        running: dict[str, Showing] = {}
        done: list[Showing] = []
        for t in self.times():
            for text in self.texts(t):
                known = running.get(text)
                if known is not None and t - known.last > _BRIDGED:
                    done.append(known)
                    known = None
                running[text] = Showing(text, t if known is None else known.first, t)
        return sorted([*done, *running.values()], key=lambda showing: (showing.first, showing.text))


def still(size: Size = (1920, 1080)) -> Show:
    """A board that never changes, and a clock that ticks once a second."""
    unit = size[1] / 9
    ground = _sky(size, unit, 3)
    board = ("Departures", "12:05 Rotterdam 4", "12:20 Antwerp 11", "12:31 Lille 2", "12:40 Cologne 7")
    for row, text in enumerate(board):
        _lay(ground, Placed(text, panel(text, 0.55 * unit, WHITE, _NAVY), round(unit), round((0.8 + 1.4 * row) * unit)))

    def clock(t: float) -> Placed:
        second = int(t + _INSTANT)
        text = f"11:58:{second:02}"
        patch = panel(text, 0.6 * unit, _BLACK, _AMBER)
        return Placed(text, patch, size[0] - patch.image.shape[1] - round(0.4 * unit), round(0.3 * unit))

    return Show(
        name=f"still-{size[1]}p",
        size=size,
        picture=lambda t: _lay(ground.copy(), clock(t)),
        texts=lambda t: (*board, clock(t).text),
    )


def ticker() -> Show:
    """A line that runs through the foot of a picture that stands still."""
    size = (1280, 720)
    ground = _sky(size, 80, 5)
    sign = "Harbour News"
    _lay(ground, Placed(sign, panel(sign, 60, WHITE, _GREEN), 70, 60))
    messages = ("Rain from the west by noon", "Bridge closed until Friday", "欢迎乘车", "Ferry 12 leaves at 14:30")
    foot = Ticker(size[0], 80.0, messages)

    def picture(t: float) -> Image:
        drawn = ground.copy()
        foot.draw(drawn, t)
        return drawn

    return Show(
        name="ticker-720p", size=size, picture=picture, texts=lambda t: (sign, *(text for text, _ in foot.whole(t)))
    )


_CUES = (
    ("Where were you last night?", ""),
    ("At home, with the cat.", "Ask anyone."),
    ("The lights were off at nine.", ""),
    ("We were saving candles", "for the winter."),
    ("And the boat?", "It was gone by morning."),
    ("Somebody left the gate open.", ""),
    ("Then we have until sunrise.", "Bring the maps."),
    ("I never learned to read them.", ""),
)
_CUE_EVERY, _CUE_SHOWN = 2.5, 2.2
"""Seconds from one subtitle to the next, and for which each is there."""


def busy(size: Size = (1280, 720)) -> Show:
    """Subtitles, white with a dark edge, over a picture in which everything moves."""
    unit = size[1] / 9
    far, near = (clutter((2 * size[0], size[1]), seed) for seed in (29, 30))
    cues = [[_subtitle(text, size, row) for row, text in enumerate(reversed(cue)) if text] for cue in _CUES]

    def cue(t: float) -> Sequence[Placed]:
        turn, moment = divmod(t + _INSTANT, _CUE_EVERY)
        return cues[int(turn) % len(cues)] if moment < _CUE_SHOWN else ()

    def picture(t: float) -> Image:
        shift = round(1.2 * unit * t) % size[0]
        back, front = far[:, shift : shift + size[0]], near[:, size[0] - shift : 2 * size[0] - shift]
        drawn = np.asarray(cv2.addWeighted(back, 0.5, front, 0.5, 0.0), np.uint8)
        return _lay(drawn, *cue(t))

    return Show(
        name=f"subtitles-{size[1]}p",
        size=size,
        picture=picture,
        texts=lambda t: tuple(placed.text for placed in cue(t)),
    )


def _subtitle(text: str, size: Size, row: int) -> Placed:
    """`row` from below."""
    unit = size[1] / 9
    patch = lettering(text, 0.6 * unit, WHITE, _BLACK)
    left = (size[0] - patch.image.shape[1]) // 2
    return Placed(text, patch, left, round(size[1] - (1.5 + 0.85 * row) * unit))


_NOUNS = ("camera", "ledger", "packet", "mirror", "socket", "bucket", "signal", "record", "ticket", "vector")
_VERBS = ("opened", "merged", "pruned", "stored", "loaded", "queued", "signed", "routed")
_COMMANDS = ("find /var/log -name '*.gz' -mtime +30", "tail -n 200 server.log | sort", "du -sh /srv/backup/2026")
_KEYS = 8.0
"""Typed per second."""
_HELD = 1.5
"""Seconds that a command stands before the next one."""


def dense() -> Show:
    """A terminal full of text, in whose last line somebody types."""
    size, rows, pitch = (1280, 720), 26, 26
    ground = np.full((size[1], size[0], 3), (40, 32, 30), np.uint8)
    lines = [_log_line(number) for number in range(rows)]
    for row, text in enumerate(lines):
        _lay(ground, _terminal_line(text, text, row * pitch))
    typed = _typing([f"$ {command}" for command in _COMMANDS])

    def line(t: float) -> tuple[str, bool]:
        return next(((text[:count], count == len(text)) for text, count in typed(t)), ("$", False))

    def picture(t: float) -> Image:
        text, complete = line(t)
        return _lay(ground.copy(), _terminal_line(text, text if complete else "", rows * pitch))

    def texts(t: float) -> Sequence[str]:
        text, complete = line(t)
        return (*lines, text) if complete else lines

    return Show(name="dense-720p", size=size, picture=picture, texts=texts)


def _log_line(number: int) -> str:
    noun, verb, other = _NOUNS[number % 10], _VERBS[(3 * number) % 8], _NOUNS[(7 * number + 3) % 10]
    size, took = 1000 + 379 * number, (17 * number) % 90 + 10
    came = f"09:{12 + number:02}:04 {noun} {4 * number + 11} {verb} by {other}"
    host, tries = 10 + 7 * number, number % 3 + 2
    return f"{came}, {size} bytes in 0.{took} s from host {host} after {tries} tries, kept for {took} days"


def _terminal_line(text: str, complete: str, top: int) -> Placed:
    """`top`: of its row in pixels."""
    patch = lettering(text, 21, _GREY)
    # Patches of texts with and without descenders differ in height: what is fixed is the top of the capitals.
    return Placed(complete, patch, 24 - patch.inner[0], 14 + top - patch.inner[1])


def _typing(texts: Sequence[str]) -> Callable[[float], Iterator[tuple[str, int]]]:
    """At a time: the text that is typed, and how many of its characters are there."""

    def at(t: float) -> Iterator[tuple[str, int]]:
        rest = t
        for text in texts:
            took = len(text) / _KEYS + _HELD
            if rest < took:
                yield text, max(1, min(len(text), int(rest * _KEYS + _INSTANT)))
                return
            rest -= took
        yield texts[-1], len(texts[-1])

    return at


_SIGNS = (
    ("Bakery Lindqvist", 40, WHITE, _GREEN),
    ("Open 7-19 h", 30, _BLACK, _AMBER),
    ("PHARMACY", 46, WHITE, _GREEN),
    ("No parking", 30, _BLACK, WHITE),
    ("Hotel Astoria", 44, WHITE, _NAVY),
    ("Bus 17 to Harbour", 32, _BLACK, _AMBER),
    ("KX-83-TR", 36, _BLACK, _AMBER),
    ("Central Library", 42, WHITE, _NAVY),
    ("Fresh fish daily", 34, _BLACK, WHITE),
)
_STEP = 1.8
"""Steps per second."""


def walk() -> Show:
    """A walk along a street with signs: the view goes sideways, up and down with each step, and tilts a little."""
    size, speed = (640, 360), 115.0
    world = clutter((round(size[0] + 20 * speed) + 60, size[1] + 60), 11)
    signs = []
    for number, (text, height, ink, fill) in enumerate(_SIGNS):
        signs.append(Placed(text, panel(text, height, ink, fill), 90 + 300 * number, (60, 200, 110)[number % 3]))
    _lay(world, *signs)

    def view(t: float) -> npt.NDArray[np.float64]:
        """World to picture, shape (2, 3)."""
        middle = (30 + size[0] / 2 + speed * t, world.shape[0] / 2 + 6 * math.sin(2 * math.pi * _STEP * t))
        matrix = np.asarray(cv2.getRotationMatrix2D(middle, 0.6 * math.sin(math.pi * _STEP * t), 1.0), np.float64)
        matrix[:, 2] += np.array(size) / 2 - middle
        return matrix

    def texts(t: float) -> Iterator[str]:
        return (sign.text for sign in signs if _inside(sign.box, view(t), size))

    return Show(
        name="walk-640",
        size=size,
        picture=lambda t: np.asarray(cv2.warpAffine(world, view(t), size, flags=cv2.INTER_LINEAR), np.uint8),
        texts=texts,
    )


def _inside(box: Box, view: npt.NDArray[np.float64], size: Size) -> bool:
    """Whether all of a box of the world is in the picture."""
    left, top, right, bottom = box
    corners = np.array([(left, top, 1), (right, top, 1), (right, bottom, 1), (left, bottom, 1)]) @ view.T
    return bool((corners >= 0).all() and (corners <= size).all())


def _sky(size: Size, unit: float, seed: int) -> Image:
    sky = dusk(size, unit, np.random.default_rng(seed))
    return np.ascontiguousarray(sky[: size[1], : size[0]])


def _lay(picture: Image, *texts: Placed) -> Image:
    """The picture, with the texts laid into it."""
    for placed in texts:
        lay(picture, placed.patch, placed.left, placed.top)
    return picture


SHOWS: dict[str, Callable[[], Show]] = {
    "still-1080p": still,
    "ticker-720p": ticker,
    "subtitles-720p": busy,
    "dense-720p": dense,
    "walk-640": walk,
}
"""By name, in the order in which they are measured; what each function makes takes a moment to prepare."""
