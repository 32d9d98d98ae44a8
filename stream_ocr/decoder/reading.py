"""Reading with PyAV: one file, stream or device, opened, and its pictures.

Pictures come with media time, upright, their luma as a view and their colours on request. Everything that PyAV
raises becomes a SourceError here. One thread opens, reads and closes.
"""

import time
from collections.abc import Callable, Generator, Iterator
from fractions import Fraction

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from stream_ocr.cores import usable
from stream_ocr.decoder.opening import Location, failure_of, open_video
from stream_ocr.decoder.pixels import Converter, FramePixels, upright_size
from stream_ocr.errors import SourceError
from stream_ocr.media import Decoded, MediaInfo, never
from stream_ocr.mediatime import ArrivalClock, MediaClock
from stream_ocr.reasons import why_broken

__all__ = ["VideoReader"]

_UNTIMED = {"h264", "hevc", "mjpeg", "mpjpeg"}
"""Formats whose frames carry no times, and whose declared rate is FFmpeg's guess."""
_MAX_RATE = 1000.0
"""Frames per second; a container that declares more does not mean it."""
_MAX_THREADS = 16
"""Of one decoder; each holds a frame."""
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


class VideoReader:
    """Anything that FFmpeg opens. Raises SourceError where it cannot be opened or shows no picture."""

    def __init__(self, location: Location) -> None:
        self.corrupt = 0
        self.problem: str | None = None
        self._location = location
        self._converter = Converter()
        self._watched = bool(location.live) or location.kind == "network"
        self._patience = max(location.open, location.stall)
        self._stop: Callable[[], bool] = never
        self._open()
        try:
            first = self._peek()
        except SourceError:
            self.close()
            raise
        self._origin = first.pts
        duration, self._shortfall = _duration(self._container, self._stream)
        self.info = MediaInfo(
            size=upright_size(first),
            rate=None if self._untimed else _rate(self._stream),
            duration=duration,
            live=self._live,
            codec=self._stream.codec_context.name,
        )
        self._clock = self._new_clock(None)
        self._patience = location.stall

    def close(self) -> None:
        """Frees the decoder; in the thread that opened it."""
        self._frames.close()
        self._container.close()

    def pictures(self, start: float, stop: Callable[[], bool] = never) -> Iterator[Decoded]:
        """The pictures from media time `start` on; to be called once.

        `stop` is asked with every packet: when it says so, there are no more pictures.
        Raises SourceError: a live or network source broke off. A file shows what it has, and `problem` tells.
        """
        self._stop = stop
        if start > _SEEK_MARGIN:
            self._seek(start)
        end, shown = 0.0, start
        for frame in self._all_frames():
            pts = self._clock.tick(frame.pts)
            end = pts + self._length(frame)
            if frame.is_corrupt:
                self.corrupt += 1
                if pts - shown < _MAX_CORRUPT:
                    continue
            shown = pts
            if pts >= start:
                yield Decoded(pts, self._wall(frame), FramePixels(frame, self._converter))
        if not stop():
            self._check_end(end)

    def _open(self) -> None:
        self._since = time.monotonic()
        """When it was last asked for a picture."""
        self._container, self._stream = open_video(self._location)
        live = self._location.live
        self._live = _endless(self._container) if live is None else live
        self._untimed = self._live and self._container.format.name in _UNTIMED
        self._stream.thread_type = "SLICE" if self._live else "AUTO"
        self._stream.codec_context.thread_count = _threads(usable())
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
        self._since = time.monotonic()
        for frame in self._frames:
            yield frame
            self._since = time.monotonic()

    def _new_clock(self, origin: int | None) -> MediaClock | ArrivalClock:
        if self._untimed:
            return ArrivalClock(time.monotonic)
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
            self.corrupt += packet.is_corrupt
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
                # Packets of sound are looked at too: they must not hide that no picture comes, nor a wish to stop.
                for packet in self._container.demux():
                    errors = 0
                    if self._stop():
                        return
                    if packet.stream_index == self._stream.index:
                        yield packet  # type: ignore[misc]
                    self._check_patience()
                self._check_over()
                return
            except av.FFmpegError as error:
                reason = why_broken(failure_of(error), self._location.kind)
                errors += 1
                if self._live or self._watched:
                    raise self._broken(reason) from None
                self.corrupt += 1
        self.problem = f"cannot be read to its end: {reason}"

    def _check_over(self) -> None:
        """Raises SourceError: what has come to its end should not have; a broadcast by playlist may."""
        # FFmpeg calls it the end, too, when it waits for a playlist to go on and is interrupted.
        self._check_patience()
        if self._live and self._location.kind == "network" and self._container.format.name != "hls":
            raise self._broken("closed by the other end")

    def _check_patience(self) -> None:
        """Raises SourceError: no picture for too long, whatever came instead."""
        if self._watched and time.monotonic() - self._since >= self._patience:
            raise self._broken(None)

    def _broken(self, reason: str | None) -> SourceError:
        """`reason`: None where nothing came for too long."""
        if reason is None:
            return SourceError(f"{self._location.name}: no frame for {self._patience:g} s")
        return SourceError(f"{self._location.name}: the stream broke off: {reason}")

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


def _threads(cores: int) -> int:
    """One more than there are cores, since they wait for one another: FFmpeg's own choice, which knows no cgroups."""
    return min(cores + 1, _MAX_THREADS) if cores > 1 else 1


def _endless(container: InputContainer) -> bool:
    """Neither does its header tell a duration, nor its server a size (that of a playlist is not meant)."""
    return container.duration is None and (container.format.name == "hls" or container.size <= 0)


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
