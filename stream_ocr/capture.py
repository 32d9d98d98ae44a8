"""Capture: the pictures of a source in media time, at its pace, through the gate, as frames.

One thread opens a source, reads it and closes it. Only a frame that passes the gate is converted to colour.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import TracebackType

import msgspec
import numpy as np

from stream_ocr.config import GateConfig, SourceConfig
from stream_ocr.dropping import merged
from stream_ocr.errors import SourceError
from stream_ocr.gate import Gate
from stream_ocr.media import Decoded, MediaInfo, Reader, never
from stream_ocr.messages import Frame
from stream_ocr.regions import Regions
from stream_ocr.sources import open_reader

__all__ = ["Beginning", "Media", "Passed", "frames", "open_source", "passed"]

_NO_IMAGE = np.zeros((1, 1, 3), np.uint8)


class Media:
    """A source that is open. Iterate once, in the thread that opened it, and close it there.

    Media time goes on forward over every repetition of a looped file.
    """

    def __init__(self, name: str, config: SourceConfig, begin: float = 0.0) -> None:
        """`begin`: media time of the first picture, if it is above 0.

        Raises SourceError: the source cannot be opened or shows no picture.
        """
        self._name = name
        self._begin = begin
        self._config = config
        self._reader: Reader = open_reader(name, config)
        self._corrupt = 0
        self.info: MediaInfo = self._reader.info
        self.regions = Regions.of(config)
        """Where a change lets a frame pass."""
        self.decoded = 0
        """Pictures given so far."""
        self.position = 0.0
        """Media time of the last picture given."""

    def __enter__(self) -> "Media":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def corrupt(self) -> int:
        """Packets and pictures that could not be decoded and were passed over."""
        return self._corrupt + self._reader.corrupt

    @property
    def problem(self) -> str | None:
        """What is wrong although pictures come (truncated, files passed over); final when iteration is over."""
        return self._reader.problem

    @property
    def realtime(self) -> bool:
        """Whether its pictures are to be held back until they are due."""
        # Of all live sources only FFmpeg's synthetic one knows no pace of its own.
        return self._config.pace == "realtime" or (self.info.live and self._config.format == "lavfi")

    def close(self) -> None:
        """Frees the decoder."""
        self._reader.close()

    def __iter__(self) -> Iterator[Decoded]:
        return self.pictures()

    def pictures(self, stop: Callable[[], bool] = never) -> Iterator[Decoded]:
        """The pictures from `start` to `stop` of the settings, again and again with `loop`, until `stop` says so.

        Raises SourceError: nothing lies in between, a live source broke off, or a file cannot be opened again.
        """
        yield from self._pass(self._begin, stop)
        if self.decoded == 0 and not stop():
            raise SourceError(f"{self._name}: expected pictures from {self._config.start:g} s on, found none")
        before = 0
        while self._config.loop and not self.info.live and self.decoded > before and not stop():
            before = self.decoded
            self._reopen()
            yield from self._pass(self.position + self.info.interval, stop)

    def _pass(self, begin: float, stop: Callable[[], bool]) -> Iterator[Decoded]:
        """One reading of the settings' span; with `begin` above 0 its first picture stands there in media time."""
        offset = None if begin else 0.0
        last = math.inf if self._config.stop is None else self._config.stop
        for picture in self._reader.pictures(0.0 if self.info.live else self._config.start, stop):
            if picture.pts >= last:
                return
            if offset is None:
                offset = begin - picture.pts
            self.position = picture.pts + offset
            self.decoded += 1
            yield replace(picture, pts=self.position) if offset else picture

    def _reopen(self) -> None:
        self._corrupt += self._reader.corrupt
        self._reader.close()
        self._reader = open_reader(self._name, self._config)


def open_source(name: str, config: SourceConfig, begin: float = 0.0) -> Media:
    """Opens a source and decodes its first picture; a context manager. `begin`: its media time, if above 0.

    Raises SourceError: it does not exist, is not video, shows no picture, or its options are wrong.
    """
    return Media(name, config, begin)


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where the numbers of a connection to a source begin; they go on from one connection to the next."""

    epoch: int = 0
    seq: int = 0
    """Of the first picture decoded."""
    pts: float = 0.0
    """Its media time; 0: as the source says."""


_FIRST = Beginning()


@dataclass(frozen=True, slots=True, eq=False)
class Passed:
    """A picture that the gate let pass, its colours not converted yet: it may still be replaced by a newer one."""

    outline: Frame
    """The frame, without its image."""
    picture: Decoded

    def frame(self) -> Frame:
        """The frame; converts the colours."""
        return msgspec.structs.replace(self.outline, image=self.picture.bgr())

    def after(self, older: "Passed") -> "Passed":
        """The same when `older` is dropped in its favour."""
        return Passed(merged(older.outline, self.outline), self.picture)


def passed(
    name: str, media: Media, gate: GateConfig, stop: threading.Event, beginning: Beginning = _FIRST
) -> Iterator[Passed | None]:
    """What the gate lets pass of an open source until it ends or `stop` is set; None for each picture that does not.

    `dropped` is 0: who hands frames on counts what it drops. Raises SourceError, as iterating `media` does.
    """
    doorkeeper = Gate(gate, media.regions)
    pace = _Pace(stop) if media.realtime else None
    previous: float | None = None
    for seq, picture in enumerate(media.pictures(stop.is_set), beginning.seq):
        if pace is not None:
            pace.wait(picture.pts)
        if stop.is_set():
            return
        now = time.time()
        look = doorkeeper.look(picture.luma, picture.pts)
        if look is None:
            yield None
        else:
            outline = Frame(
                source=name,
                epoch=beginning.epoch,
                seq=seq,
                pts=picture.pts,
                previous_pts=picture.pts if previous is None else previous,
                captured_at=now,
                wall=(picture.wall or now) if media.info.live else None,
                image=_NO_IMAGE,
                luma=look.luma,
                dirty=look.dirty,
                skipped=look.skipped,
                dropped=0,
            )
            yield Passed(outline, picture)
        previous = picture.pts


def frames(
    name: str, media: Media, gate: GateConfig, stop: threading.Event, beginning: Beginning = _FIRST
) -> Iterator[Frame | None]:
    """The frames of an open source: what `passed` gives, with their colours."""
    return (None if found is None else found.frame() for found in passed(name, media, gate, stop, beginning))


class _Pace:
    """Holds pictures back until they are due, the first of them being due at once."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._zero: float | None = None

    def wait(self, pts: float) -> None:
        """Returns when the picture of `pts` is due, or earlier when `stop` is set."""
        now = time.monotonic()
        if self._zero is None:
            self._zero = now - pts
        self._stop.wait(max(0.0, self._zero + pts - now))
