"""Decoding with PyAV: one file, stream or device, opened, and its pictures.

Pictures come with media time, upright, their luma as a view and their colours on request. Everything that PyAV
raises becomes a SourceError here. One thread opens, reads and closes.
"""

import re
from collections.abc import Generator, Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple, cast

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from stream_ocr.errors import SourceError
from stream_ocr.media import Decoded, MediaInfo
from stream_ocr.mediatime import MediaClock
from stream_ocr.messages import Array, Image, Luma

__all__ = ["Location", "VideoReader", "masked"]

_OPEN_TIMEOUT = 10.0
"""Seconds until a network source must have answered; reading has its own limit in the options."""
_MAX_RATE = 1000.0
"""Frames per second; a container that declares more does not mean it."""
_SEEK_MARGIN = 1.0
"""Seconds before the wanted time to which is sought, since frames may be stamped out of order."""
_MAX_ERRORS = 8
"""Failing reads in a row after which a file is given up."""
_MAX_CORRUPT = 1.0
"""Seconds; pictures flagged as corrupt are passed over for so long, then shown: some streams flag all of theirs."""
_SHORTFALL = 0.5
"""Seconds that a video may end before its declared end without being called truncated."""
_SHORTFALL_OF_ALL = 3.0
"""The same where the declared end may be that of the sound."""
_TEXT = {"tty", "bin", "xbin", "idf", "adf"}
"""Formats in which FFmpeg renders plain text as moving pictures."""
_TURNS = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}


class Location(NamedTuple):
    """What FFmpeg is asked to open."""

    name: str
    """For error lines; carries no credentials."""
    url: str
    format: str | None = None
    options: Mapping[str, str] = {}
    live: bool | None = False
    """Sets its own pace and never waits: a camera, a device, a broadcast. None: if its header tells no duration."""
    network: bool = False


class VideoReader:
    """Anything that FFmpeg opens. Raises SourceError where it cannot be opened or shows no picture."""

    def __init__(self, location: Location) -> None:
        self.corrupt = 0
        self.problem: str | None = None
        self._location = location
        self._converter = _Converter()
        self._open()
        try:
            first = self._peek()
        except SourceError:
            self.close()
            raise
        self._origin = first.pts
        duration, self._shortfall = _duration(self._container, self._stream)
        self.info = MediaInfo(
            size=_upright_size(first),
            rate=_rate(self._stream),
            duration=duration,
            live=self._live,
            codec=self._stream.codec_context.name,
        )
        self._clock = self._new_clock(None)

    def close(self) -> None:
        """Frees the decoder; in the thread that opened it."""
        self._frames.close()
        self._container.close()

    def pictures(self, start: float) -> Iterator[Decoded]:
        """The pictures from media time `start` on; to be called once.

        Raises SourceError: a live or network source broke off. A file shows what it has, and `problem` tells.
        """
        if start > _SEEK_MARGIN:
            self._seek(start)
        end, shown = 0.0, start
        for frame in self._all_frames():
            time = self._clock.tick(frame.pts)
            end = time + self._length(frame)
            if frame.is_corrupt:
                self.corrupt += 1
                if time - shown < _MAX_CORRUPT:
                    continue
            shown = time
            if time >= start:
                yield Decoded(time, self._wall(frame), _FramePixels(frame, self._converter))
        self._check_end(end)

    def _open(self) -> None:
        self._container, self._stream = _open(self._location)
        live = self._location.live
        self._live = self._container.duration is None if live is None else live
        self._stream.thread_type = "SLICE" if self._live else "AUTO"
        self._frames = self._decode()
        self._peeked: list[VideoFrame] = []

    def _peek(self) -> VideoFrame:
        """The next frame, which `pictures` will show again."""
        frame = next(self._frames, None)
        if frame is None:
            raise SourceError(f"{self._location.name}: expected pictures, but none in its video can be decoded")
        self._peeked = [frame]
        return frame

    def _all_frames(self) -> Iterator[VideoFrame]:
        while self._peeked:
            yield self._peeked.pop()
        yield from self._frames

    def _new_clock(self, origin: int | None) -> MediaClock:
        return MediaClock(self._stream.time_base or Fraction(1, 1_000_000), self.info.interval, origin=origin)

    def _seek(self, start: float) -> None:
        """Jumps to a frame at or before `start`; where that cannot be done, all frames before it are decoded."""
        time_base = self._stream.time_base
        if self._origin is None or not time_base:
            return
        try:
            self._container.seek(self._origin + int((start - _SEEK_MARGIN) / time_base), stream=self._stream)
            self._frames = self._decode()
            landed = self._peek().pts
        except (av.FFmpegError, SourceError):
            landed = None
        if landed is not None and (landed - self._origin) * time_base <= start:
            self._clock = self._new_clock(self._origin)
            return
        self.close()
        self._open()

    def _decode(self) -> Generator[VideoFrame, None, None]:
        """All frames to the end; packets that cannot be decoded are counted and passed over."""
        for packet in self._packets():
            try:
                yield from packet.decode()
            except av.EOFError:
                return
            except av.FFmpegError:
                self.corrupt += 1

    def _packets(self) -> Iterator["Packet[VideoStream]"]:
        errors = 0
        while errors < _MAX_ERRORS:
            try:
                for packet in self._container.demux(self._stream):
                    yield packet
                    errors = 0
                return
            except av.FFmpegError as error:
                reason = _reason(error)
                errors += 1
                if self._live or self._location.network:
                    raise SourceError(f"{self._location.name}: the stream broke off: {reason}") from None
                self.corrupt += 1
        self.problem = f"cannot be read to its end: {reason}"

    def _check_end(self, end: float) -> None:
        expected = self.info.duration or 0.0
        if self.problem is None and end < expected - max(self._shortfall, 2 * self.info.interval):
            self.problem = f"ends at {end:.2f} s where its header says {expected:.2f} s: truncated or damaged"

    def _length(self, frame: VideoFrame) -> float:
        declared = float(frame.duration * frame.time_base) if frame.time_base else 0.0
        return declared or self.info.interval

    def _wall(self, frame: VideoFrame) -> float | None:
        start = self._container.start_time_realtime if self._live else None
        if start is None or frame.pts is None or not frame.time_base:
            return None
        return start / 1e6 + float(frame.pts * frame.time_base)


def masked(uri: str) -> str:
    """The URI without user names, passwords and tokens."""
    uri = re.sub(r"(?<=://)[^/?#]*@", "***@", uri)
    return re.sub(r"(?i)\b(user|password|passwd|pwd|token|key)=[^&\s]*", r"\1=***", uri)


class _Converter:
    """Conversions of one thread: a scaler per format, kept, since FFmpeg keeps some 15 MB for each."""

    def __init__(self) -> None:
        self._scalers = {"bgr24": VideoReformatter(), "gray": VideoReformatter()}

    def convert(self, frame: VideoFrame, pixel_format: str) -> Array:
        converted = self._scalers[pixel_format].reformat(frame, format=pixel_format, threads=1)
        return np.ascontiguousarray(converted.to_ndarray())


class _FramePixels:
    """The pixels of a PyAV frame."""

    def __init__(self, frame: VideoFrame, converter: _Converter) -> None:
        self._frame = frame
        self._converter = converter

    def luma(self) -> Luma:
        return _finished(self._plane() if _has_plane(self._frame.format) else self._convert("gray"), self._frame)

    def bgr(self) -> Image:
        return _finished(self._convert("bgr24"), self._frame)

    def _plane(self) -> Array:
        plane = self._frame.planes[0]
        rows: Luma = np.frombuffer(cast(Any, plane), np.uint8).reshape(-1, plane.line_size)
        return rows[: self._frame.height, : self._frame.width]

    def _convert(self, pixel_format: str) -> Array:
        return self._converter.convert(self._frame, pixel_format)


def _has_plane(pixels: VideoFormat) -> bool:
    """Plane 0 is 8-bit luma and nothing else."""
    first = pixels.components[0]
    alone = pixels.is_planar or (len(pixels.components) == 1 and not pixels.has_palette)
    return alone and first.is_luma and first.bits == 8


def _finished(array: Array, frame: VideoFrame) -> Array:
    """Upright and read-only."""
    turns = _turns(frame)
    upright = np.asarray(cv2.rotate(array, _TURNS[turns])) if turns else array
    upright.flags.writeable = False
    return upright


def _turns(frame: VideoFrame) -> int:
    """Quarter turns counter-clockwise that bring it upright."""
    return round(frame.rotation / 90) % 4


def _upright_size(frame: VideoFrame) -> tuple[int, int]:
    return (frame.height, frame.width) if _turns(frame) % 2 else (frame.width, frame.height)


def _open(location: Location) -> tuple[InputContainer, VideoStream]:
    try:
        container = av.open(
            location.url,
            "r",
            format=location.format,
            options=dict(location.options),
            metadata_errors="replace",
            timeout=(_OPEN_TIMEOUT, None) if location.network else None,
        )
    except (av.FFmpegError, ValueError) as error:
        # Not chained: PyAV's own message carries the whole URL.
        raise SourceError(f"{location.name}: cannot be opened as video: {_reason(error)}") from None
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    rendered = location.format is None and container.format.name in _TEXT
    if not streams or rendered:
        found = "text" if rendered else ", ".join(sorted({s.type for s in container.streams})) or "nothing"
        container.close()
        raise SourceError(f"{location.name}: expected video, found {found}")
    return container, max(streams, key=lambda stream: stream.width * stream.height)


def _rate(stream: VideoStream) -> float | None:
    for rate in (stream.guessed_rate, stream.average_rate):
        if rate and 0 < rate <= _MAX_RATE:
            return float(rate)
    return None


def _duration(container: InputContainer, stream: VideoStream) -> tuple[float | None, float]:
    """Seconds as the header declares them, and by how much the pictures may fall short of that."""
    if container.format.name == "avi" and stream.frames and stream.average_rate:
        # Without its index, at its end, FFmpeg takes an AVI's duration from what is left of it.
        return float(stream.frames / stream.average_rate), _SHORTFALL
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base), _SHORTFALL
    if container.duration:
        alone = len(container.streams) == 1
        return container.duration / av.time_base, _SHORTFALL if alone else _SHORTFALL_OF_ALL
    return None, 0.0


def _reason(error: Exception) -> str:
    """In one line, without the file name or URL."""
    if isinstance(error, av.InvalidDataError):
        return "not a format that FFmpeg knows, or damaged"
    if isinstance(error, av.FFmpegError) and error.strerror:
        return error.strerror
    return masked(str(error)).replace("\n", " ")
