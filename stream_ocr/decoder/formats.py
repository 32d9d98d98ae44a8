"""What a webcam can send, as its driver tells FFmpeg."""

import re
from collections.abc import Iterable, Iterator

import av
import av.logging
from msgspec import Struct

from stream_ocr.decoder.opening import failure_of
from stream_ocr.errors import SourceError
from stream_ocr.reasons import why_closed

__all__ = ["CameraFormat", "camera_formats", "parsed"]

_LINE = re.compile(r"(?:Raw|Compressed)\s*:\s*(?P<name>\S+)\s*:\s*(?P<description>.*?) :(?P<sizes>.*)")


class CameraFormat(Struct, frozen=True, kw_only=True):
    """A pixel format or codec that a webcam offers."""

    name: str
    """What `pixel_format` of a source takes."""
    description: str
    """The driver's."""
    sizes: tuple[str, ...] = ()
    """Width x height, as the driver lists them; empty where it tells a range only."""


def camera_formats(path: str) -> list[CameraFormat]:
    """The formats of the webcam at `path`, without taking pictures.

    Raises SourceError with the reason alone: it cannot be opened, or is no webcam.
    """
    level = av.logging.get_level()
    # FFmpeg tells them in its log only.
    av.logging.set_level(av.logging.INFO)
    try:
        with av.logging.Capture() as logs:
            av.open(path, "r", format="v4l2", options={"list_formats": "all"}).close()
    except av.ExitError:
        pass
    except (av.FFmpegError, ValueError) as error:
        raise SourceError(why_closed(failure_of(error), path, "camera", waited=0.0, limit=1.0)) from None
    finally:
        av.logging.set_level(level)
    return list(parsed(message for _, _, message in logs))


def parsed(messages: Iterable[str]) -> Iterator[CameraFormat]:
    """The formats in FFmpeg's log, which tells each of them in several messages."""
    for line in "".join(messages).splitlines():
        found = _LINE.search(line)
        if found is not None and found["name"] != "Unsupported":
            sizes = re.findall(r"(?<!\S)[0-9]+x[0-9]+(?!\S)", found["sizes"])
            yield CameraFormat(name=found["name"], description=found["description"], sizes=tuple(sizes))
