"""What every kind of source gives: its properties and its pictures in media time.

A source that is open is a `Reader`: a video, a folder of pictures, the built-in scene.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from stream_ocr.messages import Image, Luma

__all__ = ["DEFAULT_RATE", "ArrayPixels", "Decoded", "MediaInfo", "Pixels", "Reader", "never"]

DEFAULT_RATE = 25.0
"""Frames per second, where a source does not tell."""


def never() -> bool:
    """Nobody asks to stop."""
    return False


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What is known of a source once its first picture is decoded."""

    size: tuple[int, int]
    """Width and height of the first picture, upright."""
    rate: float | None
    """Nominal frames per second."""
    duration: float | None
    """Media seconds; None where it is endless or unknown."""
    live: bool
    codec: str

    @property
    def interval(self) -> float:
        """Nominal seconds from frame to frame."""
        return 1.0 / (self.rate or DEFAULT_RATE)


class Pixels(Protocol):
    """The picture of a frame; `luma` and `bgr` make arrays that nobody may write to."""

    def luma(self) -> Luma:
        """Full size, upright; may be a view with a line stride."""
        ...

    def bgr(self) -> Image:
        """Full size, upright, contiguous."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """One decoded picture. It holds the decoder's memory until it is let go."""

    pts: float
    """Media seconds."""
    wall: float | None
    """The camera's Unix time of the picture, where it tells it."""
    pixels: Pixels

    @property
    def luma(self) -> Luma:
        """Shape (height, width), read-only, upright; without any conversion where the format allows it."""
        return self.pixels.luma()

    def bgr(self) -> Image:
        """Shape (height, width, 3), read-only, contiguous, upright; converted with each call."""
        return self.pixels.bgr()


class Reader(Protocol):
    """A source that is open. One thread opens, reads and closes it."""

    info: MediaInfo
    corrupt: int
    """Packets and pictures that could not be decoded and were passed over."""
    problem: str | None
    """What is wrong with it although pictures come, in a few words; final once the pictures are at their end."""

    def pictures(self, start: float, stop: Callable[[], bool] = never) -> Iterator[Decoded]:
        """The pictures from media time `start` on, until `stop` says so; to be called once."""
        ...

    def close(self) -> None:
        """Frees the decoder; in the thread that opened it."""
        ...


class ArrayPixels:
    """Pixels that are an array already; it becomes read-only."""

    def __init__(self, image: Image) -> None:
        """`image`: shape (height, width, 3), BGR, contiguous."""
        image.flags.writeable = False
        self._image = image

    def luma(self) -> Luma:
        """The picture in grey."""
        grey = np.asarray(cv2.cvtColor(self._image, cv2.COLOR_BGR2GRAY), np.uint8)
        grey.flags.writeable = False
        return grey

    def bgr(self) -> Image:
        """The picture itself."""
        return self._image
