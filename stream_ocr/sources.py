"""From a source's settings to an open reader: videos of any kind, folders of pictures, the built-in scene."""

import itertools
import math
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from stream_ocr.config import SourceConfig
from stream_ocr.decoder import Location, VideoReader
from stream_ocr.errors import SourceError
from stream_ocr.locating import location_of, path_of
from stream_ocr.masking import masked
from stream_ocr.media import ArrayPixels, Decoded, MediaInfo, Reader, never
from stream_ocr.scene import Scene

__all__ = ["FolderReader", "SceneReader", "is_live", "is_waited_for", "open_reader"]

_PICTURES = frozenset(
    {"avif", "bmp", "gif", "jp2", "jpeg", "jpg", "pbm", "pcx", "pgm", "png", "pnm", "ppm", "tga", "tif", "tiff", "webp"}
)
"""File name endings of pictures that FFmpeg decodes."""
_MAX_SIDE = 4096
"""Of the built-in scene, in pixels."""
_MIN_SIDE = 64


def is_waited_for(config: SourceConfig) -> bool:
    """Whether it is a camera or a stream, which may be away and come back; a file either is there or is not."""
    if config.uri.startswith("test:") and config.format is None:
        return False
    return path_of(config) is None and config.format != "lavfi"


def is_live(config: SourceConfig) -> bool:
    """Whether it may set its own pace, so that a thread of its own has to read it."""
    return is_waited_for(config) or (config.format == "lavfi" and config.pace != "max")


def open_reader(name: str, config: SourceConfig) -> Reader:
    """Opens the source and decodes its first picture; `name` stands in error lines.

    Raises SourceError: it does not exist, is not video, shows nothing, or its options are wrong.
    """
    title = f"{name}: {masked(config.uri)}"
    if config.format is None and config.uri.startswith("test:"):
        return SceneReader(_scene(title, config.uri.removeprefix("test:")))
    path = path_of(config)
    if path is not None and config.format is None and _is_folder(title, path):
        return FolderReader(title, path, config.rate or 1.0)
    return VideoReader(location_of(title, config))


def _is_folder(title: str, path: Path) -> bool:
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SourceError(f"{title}: expected a video file or a folder of pictures, got: {reason}") from error
    if stat.S_ISREG(found.st_mode) and found.st_size == 0:
        raise SourceError(f"{title}: expected a video, but the file is empty")
    return stat.S_ISDIR(found.st_mode)


class FolderReader:
    """The pictures of a folder in natural order, `rate` per second; sizes and formats may differ.

    A picture that cannot be decoded is counted, passed over, and keeps its time.
    """

    def __init__(self, title: str, folder: Path, rate: float) -> None:
        """`title` stands in error lines; `rate`: pictures per second of media time.

        Raises SourceError: there are no pictures, or none can be decoded.
        """
        files = [path for path in _listed(title, folder) if path.is_file() and not path.name.startswith(".")]
        self._files = [path for path in files if path.suffix.lower().lstrip(".") in _PICTURES]
        self._title = title
        self._rate = rate
        self.corrupt = 0
        ignored = len(files) - len(self._files)
        self.problem = f"{ignored} of {len(files)} files are no pictures and were passed over" if ignored else None
        if not self._files:
            raise SourceError(f"{title}: expected a folder with pictures, found none among {len(files)} files")
        first = next(filter(None, map(self._decode, self._files)), None)
        if first is None:
            raise SourceError(f"{title}: expected pictures, but none of the {len(self._files)} can be decoded")
        self.info = replace(first[0], rate=rate, duration=len(self._files) / rate, live=False)
        self.corrupt = 0

    def pictures(self, start: float, stop: Callable[[], bool] = never) -> Iterator[Decoded]:
        """The pictures from media time `start` on, until `stop` says so."""
        for index in range(_first_index(start, self._rate), len(self._files)):
            if stop():
                return
            found = self._decode(self._files[index])
            if found is not None:
                yield replace(found[1], pts=index / self._rate)

    def close(self) -> None:
        """Nothing stays open between two pictures."""

    def _decode(self, path: Path) -> tuple[MediaInfo, Decoded] | None:
        picture = None
        with suppress(SourceError), closing(VideoReader(Location(self._title, f"file:{path}"))) as reader:
            picture = next(reader.pictures(0.0), None)
        if picture is None:
            self.corrupt += 1
            return None
        return reader.info, picture


def _listed(title: str, folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir(), key=lambda path: _natural(path.name))
    except OSError as error:
        raise SourceError(f"{title}: cannot list the folder: {error.strerror}") from error


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts page2 before page10."""
    parts = re.split(r"([0-9]+)", name.lower())
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]


def _first_index(start: float, rate: float) -> int:
    """Number of the first picture at or after `start`; rounding in the times must not cost one."""
    return max(0, math.ceil(start * rate - 1e-6))


class SceneReader:
    """The built-in scene as a source."""

    def __init__(self, scene: Scene) -> None:
        """`scene`: what is shown."""
        self.corrupt = 0
        self.problem: str | None = None
        duration = None if scene.frames is None else scene.frames / scene.rate
        self.info = MediaInfo(scene.size, scene.rate, duration, live=False, codec="test")
        self._scene = scene

    def pictures(self, start: float, stop: Callable[[], bool] = never) -> Iterator[Decoded]:
        """The pictures from media time `start` on, until `stop` says so."""
        for index in itertools.count(_first_index(start, self._scene.rate)):
            if stop() or (self._scene.frames is not None and index >= self._scene.frames):
                return
            pts = index / self._scene.rate
            yield Decoded(pts, None, ArrayPixels(self._scene.picture(pts)))

    def close(self) -> None:
        """Nothing is open."""


class _SceneOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may stand after `test:`."""

    size: Annotated[str, Meta(pattern=r"^[0-9]{1,4}x[0-9]{1,4}$")] = "1280x720"
    rate: Annotated[float, Meta(ge=0.1, le=240.0)] = 30.0
    length: Annotated[float, Meta(ge=0.0, le=86_400.0)] = 20.0
    seed: Annotated[int, Meta(ge=0)] = 1


def _scene(title: str, options: str) -> Scene:
    """The scene of `size=1280x720&rate=30&length=20&seed=1`, each of them optional; length 0 is endless."""
    pairs = dict(option.partition("=")[::2] for option in options.split("&") if option)
    try:
        chosen = msgspec.convert(pairs, _SceneOptions, strict=False)
    except msgspec.ValidationError as error:
        reason = str(error).replace("`", "").replace("$.", "")
        expected = ", ".join(_SceneOptions.__struct_fields__)
        raise SourceError(f"{title}: {reason[0].lower()}{reason[1:]} (options: {expected})") from None
    width, height = map(int, chosen.size.split("x"))
    if not _MIN_SIDE <= min(width, height) <= max(width, height) <= _MAX_SIDE:
        raise SourceError(f"{title}: expected a size from {_MIN_SIDE} to {_MAX_SIDE} pixels, got {chosen.size}")
    return Scene((width, height), chosen.rate, chosen.length, chosen.seed)
