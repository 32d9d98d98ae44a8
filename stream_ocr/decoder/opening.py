"""Opening what FFmpeg reads: where it is, within what time, and what is wrong where it fails."""

import time
from collections.abc import Mapping
from typing import NamedTuple

import av
from av.container import InputContainer
from av.stream import Discard, Disposition, Stream
from av.video.stream import VideoStream

from stream_ocr.errors import LoginError, SourceError
from stream_ocr.reasons import Failure, Kind, is_login, why_closed

__all__ = ["Location", "failure_of", "open_video"]

_TEXT = {"tty", "bin", "xbin", "idf", "adf"}
"""Formats in which FFmpeg renders plain text as moving pictures."""


class Location(NamedTuple):
    """What FFmpeg is asked to open."""

    name: str
    """For error lines; carries no credentials."""
    url: str
    format: str | None = None
    options: Mapping[str, str] = {}
    live: bool | None = False
    """Sets its own pace and never waits: a camera, a device, a broadcast. None: if its header tells no duration."""
    kind: Kind = "file"
    open: float = 10.0
    """Seconds until it must have answered, and until it must have shown its first picture."""
    stall: float = 5.0
    """Seconds without a new picture, after the first, after which a live or network source has failed."""


def open_video(location: Location) -> tuple[InputContainer, VideoStream]:
    """The container, and the largest of its videos, which is the only stream that is read.

    Raises SourceError.
    """
    began = time.monotonic()
    try:
        container = av.open(
            location.url,
            "r",
            format=location.format,
            options=dict(location.options),
            metadata_errors="replace",
            timeout=(location.open, location.stall) if location.kind == "network" else None,
        )
    except (av.FFmpegError, ValueError) as error:
        waited = time.monotonic() - began
        failure = failure_of(error)
        reason = why_closed(failure, location.url, location.kind, waited=waited, limit=location.open)
        prefix = "cannot be opened as video: " if location.kind == "file" else ""
        # Not chained: PyAV's own message carries the whole URL.
        kind = LoginError if is_login(failure) else SourceError
        raise kind(f"{location.name}: {prefix}{reason}") from None
    streams = [stream for stream in container.streams.video if _shows_video(stream)]
    rendered = location.format is None and container.format.name in _TEXT
    if not streams or rendered:
        kinds = {"text"} if rendered else {_described(stream) for stream in container.streams}
        found = ", ".join(sorted(kinds)) or "nothing"
        container.close()
        raise SourceError(f"{location.name}: expected video, found {found}")
    chosen = max(streams, key=lambda stream: stream.width * stream.height)
    for stream in container.streams:
        if stream.index != chosen.index:
            # Of several renditions of a broadcast only one is fetched then.
            stream.discard = Discard.all
    return container, chosen


def _shows_video(stream: VideoStream) -> bool:
    """It can be decoded, and is no picture of a cover."""
    return stream.codec_context is not None and not stream.disposition & Disposition.attached_pic


def _described(stream: Stream) -> str:
    unknown = stream.type == "video" and stream.codec_context is None
    return f"{stream.type} of an unknown codec" if unknown else stream.type


def failure_of(error: Exception) -> Failure:
    """What FFmpeg says, without the file name or URL."""
    if isinstance(error, av.FFmpegError):
        return Failure(error.errno or 0, error.strerror or type(error).__name__)
    return Failure(0, str(error))
