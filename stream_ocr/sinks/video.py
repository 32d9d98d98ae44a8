"""The annotated video: H.264 in an MP4, each frame at its media time.

The file is written in fragments that are turned into an ordinary MP4 at the end, so that a killed run leaves what was
finished until then playable.
"""

import errno
import os
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import cv2
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from stream_ocr.config import VideoSink
from stream_ocr.errors import SinkGoneError, StageError
from stream_ocr.messages import Array, Frame, Image
from stream_ocr.sinks.files import WholeFile
from stream_ocr.transport import Context

__all__ = ["Movie", "Video"]

_TIME_BASE = Fraction(1, 90_000)
_TICKS = _TIME_BASE.denominator
_SMPTE170M, _LIMITED_RANGE = 6, 1
"""How OpenCV's conversion to I420 has to be called for players to show the same colours."""
_MUXER = {
    # delay_moov keeps the start of a recording that does not begin at 0.
    "movflags": "+hybrid_fragmented+delay_moov",
    "frag_duration": "1000000",  # microseconds
    "flush_packets": "1",
}
_ENCODER = {
    # The CPU belongs to the reading: superfast takes some 8 ms of it for a frame of 720p.
    "preset": "superfast",
    "tune": "zerolatency",
}
_KEYFRAME_EVERY = 60
_MAX_SIDE = 4096
_SOURCE = "{source}"
_USUAL_DURATION = _TICKS // 25


class Video:
    """Writes one MP4 per path; `{source}` in the path stands for the name of the source.

    Raises StageError when a file cannot be written there. The file is made with the first frame, whose size it has.
    """

    def __init__(self, settings: VideoSink, context: Context) -> None:
        del context
        self._settings = settings
        self._movies: dict[Path, Movie] = {}
        if _SOURCE not in settings.path:
            _prepare(Path(settings.path))

    def write(self, frame: Frame, drawn: Image) -> None:
        """Appends the picture at the frame's media time; a picture of another size is fitted into the first one's.

        Raises StageError when the file takes no more; what is finished of it stays playable.
        """
        path = Path(self._settings.path.replace(_SOURCE, frame.source))
        if path not in self._movies:
            self._movies[path] = Movie(path, drawn, self._settings.quality)
        self._movies[path].add(drawn, frame.pts, frame.pts - frame.previous_pts)

    def close(self) -> None:
        """Finishes the files. Raises StageError when one cannot be finished."""
        failures = []
        while self._movies:
            _, movie = self._movies.popitem()
            try:
                movie.finish()
            except StageError as error:
                failures.append(error)
        if failures:
            raise failures[0]


def _prepare(path: Path) -> None:
    """Makes the folder and checks what can be checked before there is a frame."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StageError(f"{path}: cannot make the folder {path.parent}: {error.strerror}") from error
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise StageError(f"{path}: cannot write a video there: {error.strerror}") from error


class Movie:
    """One MP4 that is being written. Raises StageError when it cannot be, or takes no more."""

    def __init__(self, path: Path, first: Image, quality: int) -> None:
        """`first`: its first picture, which gives the size; `quality`: the constant rate factor."""
        _prepare(path)
        self._path = path
        self._frames = 0
        self._last = -1
        self._shift = 0
        self._failed = False
        self._size = _even_size(first.shape[1], first.shape[0])
        # Not by PyAV, which would stop the whole process while a hanging folder does not answer.
        self._file = _opened(path)
        self._container = av.open(self._file, "w", format="mp4", options=_MUXER)
        self._stream = _open_stream(self._container, self._size, quality)

    def add(self, drawn: Image, pts: float, duration: float) -> None:
        """Appends a picture, BGR, at its media time in seconds, for so many seconds; 0: as usual."""
        picture = av.VideoFrame.from_ndarray(_yuv(drawn, self._size), format="yuv420p")
        picture.time_base = _TIME_BASE
        ticks = round(duration * _TICKS) or _USUAL_DURATION
        picture.pts = self._forward(round(pts * _TICKS), ticks)
        self._encode(picture, ticks)
        self._frames += 1

    def _forward(self, pts: int, duration: int) -> int:
        """`pts`, moved on so that it comes after the frame before: media time may begin anew after a reconnect."""
        if pts + self._shift <= self._last:
            self._shift = self._last + duration - pts
        self._last = pts + self._shift
        return self._last

    def finish(self) -> None:
        """Writes what the encoder still holds, and the index. After a failure what is there is left as it is."""
        if self._failed:
            return
        self._encode(None, _USUAL_DURATION)
        try:
            self._container.close()
            self._file.close()
        except (FFmpegError, OSError) as error:
            raise self._failure(error) from error

    def _encode(self, picture: av.VideoFrame | None, duration: int) -> None:
        try:
            for packet in self._stream.encode(picture):
                # The gap to the next frame is how long a frame shows; of the last one only its own is known.
                packet.duration = duration
                self._container.mux(packet)
        except (FFmpegError, OSError) as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> SinkGoneError:
        self._failed = True
        with suppress(OSError):
            self._file.close()
        reason = getattr(error, "strerror", None) or str(error)
        return SinkGoneError(f"{self._path}: cannot write the video: {reason}; {self._frames} frames were written")


def _opened(path: Path) -> WholeFile:
    try:
        return WholeFile(path, "wb")
    except OSError as error:
        raise StageError(f"{path}: cannot write a video there: {error.strerror}") from error


def _open_stream(container: OutputContainer, size: tuple[int, int], quality: int) -> VideoStream:
    stream = container.add_stream("libx264", options={**_ENCODER, "crf": str(quality)})
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    stream.time_base = stream.codec_context.time_base = _TIME_BASE
    stream.codec_context.gop_size = _KEYFRAME_EVERY
    stream.codec_context.thread_count = 1
    stream.codec_context.colorspace = _SMPTE170M
    stream.codec_context.color_range = _LIMITED_RANGE
    return stream


def _even_size(width: int, height: int) -> tuple[int, int]:
    """The size of the video for pictures of this size: even, as yuv420p has to be, and not beyond what players show."""
    if max(width, height) > _MAX_SIDE:
        scale = _MAX_SIDE / max(width, height)
        width, height = max(1, round(width * scale)), max(1, round(height * scale))
    return width + width % 2, height + height % 2


def _yuv(drawn: Array, size: tuple[int, int]) -> Array:
    """The picture as I420, shape (3/2 height, width), brought to `size`, which is even."""
    height, width = drawn.shape[:2]
    right, bottom = size[0] - width, size[1] - height
    if right not in (0, 1) or bottom not in (0, 1):
        drawn = cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)
    elif right or bottom:
        drawn = cv2.copyMakeBorder(drawn, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
    return cv2.cvtColor(drawn, cv2.COLOR_BGR2YUV_I420)
