"""The webcams of this machine."""

import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from stream_ocr.decoder import CameraFormat, Location, VideoReader, camera_formats
from stream_ocr.errors import SourceError

__all__ = ["Webcam", "webcams"]

_SYSFS = Path("/sys/class/video4linux")


class Webcam(Struct, frozen=True, kw_only=True):
    """One device of Video4Linux."""

    path: str
    name: str
    """The driver's."""
    problem: str | None
    """Why no picture can be had of it; None: it shows some."""
    size: tuple[int, int] | None = None
    """Of the pictures that it sends unless asked otherwise."""
    rate: float | None = None
    codec: str | None = None
    formats: tuple[CameraFormat, ...] = ()


def webcams(
    sysfs: Path = _SYSFS,
    devices: Path = Path("/dev"),
    look: Callable[[str, str], Webcam] | None = None,
) -> list[Webcam]:
    """All of them, by number; each is opened for a picture.

    `look` opens the device of a path and name. Raises SourceError: this system is not Linux.
    """
    if sys.platform != "linux":
        raise SourceError(f"webcams are listed on Linux only, and this is {sys.platform}")
    folders = sysfs.glob("video*") if sysfs.is_dir() else iter(())
    numbers = sorted(int(number) for folder in folders if (number := folder.name.removeprefix("video")).isdecimal())
    return [(look or _look)(str(devices / f"video{number}"), _name(sysfs / f"video{number}")) for number in numbers]


def _name(folder: Path) -> str:
    try:
        return (folder / "name").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:  # unplugged meanwhile
        return ""


def _look(path: str, name: str) -> Webcam:
    try:
        formats = tuple(camera_formats(path))
    except SourceError as error:
        return Webcam(path=path, name=name, problem=str(error))
    try:
        with closing(VideoReader(Location("", path, "v4l2", live=True, kind="camera"))) as reader:
            info = reader.info
    except SourceError as error:
        return Webcam(path=path, name=name, problem=str(error).removeprefix(": "), formats=formats)
    return Webcam(path=path, name=name, problem=None, size=info.size, rate=info.rate, codec=info.codec, formats=formats)
