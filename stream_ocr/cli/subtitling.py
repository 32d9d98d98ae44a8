"""`stream-ocr subtitles`: from its options to a config, and to an exit code."""

import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from stream_ocr.cli.asking import is_there, set_sections
from stream_ocr.cli.speech import warn
from stream_ocr.config import THIRDS, Config, SourceConfig
from stream_ocr.errors import ConfigError
from stream_ocr.geometry import Bounds
from stream_ocr.messages import TextEvent
from stream_ocr.ocr.languages import LANGUAGES
from stream_ocr.sinks import Item
from stream_ocr.subtitles.formats import FORMATS
from stream_ocr.subtitles.spans import wants

__all__ = ["Asked", "write_subtitles"]

_STDOUT = "-"


@dataclass(frozen=True)
class Asked:
    """The options of `subtitles`."""

    media: str
    output: str
    form: str | None = None
    crop: str | None = None
    lang: str | None = None
    region: str = "whole"
    min_duration: float | None = None
    max_gap: float | None = None
    settings: tuple[str, ...] = ()
    force: bool = False
    quiet: bool = False


def write_subtitles(asked: Asked) -> int:
    """Reads the medium and writes its subtitles; returns the exit code. Raises what a run raises."""
    config = _config(asked)
    # It knows the stages, and with them everything heavy.
    from stream_ocr.cli.running import run_config

    tally = _Tally(asked.region)
    # On a terminal, cues would be written into the line that shows how far it is.
    shown = asked.output == _STDOUT and sys.stdout.isatty()
    status = run_config(config, quiet=asked.quiet or shown, also=[tally])
    if not tally.texts:
        where = "" if asked.region == "whole" and asked.crop is None else " where it was looked for"
        warn(f"{asked.output}: has no cue, because no text was found{where}")
    return status


class _Tally:
    """An event sink that counts the texts of a region."""

    def __init__(self, region: str) -> None:
        self.texts = 0
        self._region = region

    def write(self, item: Item) -> None:
        if isinstance(item, TextEvent) and item.kind == "disappear" and wants(self._region, item):
            self.texts += 1

    def poll(self) -> None:
        pass

    def close(self) -> None:
        pass


def _config(asked: Asked) -> Config:
    """What is to be run. Raises ConfigError for an option that does not fit, SourceError."""
    kind = _form(asked)
    _check_free(asked)
    content = set_sections(asked.settings)
    if not is_there(asked.media, content):
        raise ConfigError(f"{asked.media}: there is no such file or folder")
    if asked.lang is not None:
        weights, ocr = _weights(asked.lang), content.setdefault("ocr", {})
        if isinstance(ocr, dict):
            ocr.setdefault("model", weights)
    timing = {"min_duration": asked.min_duration, "max_gap": asked.max_gap}
    given = {name: value for name, value in timing.items() if value is not None}
    content["sinks"].append({kind: {"path": asked.output, "region": asked.region, **given}})
    from stream_ocr.api import media_config

    config = media_config(asked.media, content)
    area = _area(asked, config)
    if area == (0.0, 0.0, 1.0, 1.0):
        return config
    if content["source"].get("include"):
        raise ConfigError("--set source.include: expected either that, or --crop and --region")
    left, top, right, bottom = area
    # What is outside is not even read.
    include = [[(left, top), (right, top), (right, bottom), (left, bottom)]]
    return media_config(asked.media, {**content, "source": {**content["source"], "include": include}})


def _weights(language: str) -> str:
    """The name of the model that reads the language."""
    if language.lower() not in LANGUAGES:
        raise ConfigError(
            f"--lang {language}: expected the code of a language, such as zh, ja, en, ko, ru or ar; any weights that "
            "`stream-ocr models list` shows can be had with --set ocr.model=NAME"
        )
    return LANGUAGES[language.lower()]


def _form(asked: Asked) -> str:
    """The format: as asked for, or by the ending of the file."""
    if asked.form is not None:
        return asked.form
    suffix = "srt" if asked.output == _STDOUT else Path(asked.output).suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        raise ConfigError(f"{asked.output}: expected a file that ends in .srt, .vtt or .ass, or --format")
    return suffix


def _check_free(asked: Asked) -> None:
    if asked.output != _STDOUT and not asked.force and Path(asked.output).is_file():
        raise ConfigError(f"{asked.output}: there is such a file already (--force replaces it)")


def _area(asked: Asked, config: Config) -> Bounds:
    """What of the picture is read: what the crop and the region have in common."""
    above, below = THIRDS.get(asked.region, THIRDS["whole"])
    band = (0.0, above, 1.0, below)
    if asked.crop is None:
        return band
    ((name, source),) = config.sources.items()
    crop = _crop(asked.crop, name, source)
    left, top, right, bottom = (
        max(crop[0], band[0]),
        max(crop[1], band[1]),
        min(crop[2], band[2]),
        min(crop[3], band[3]),
    )
    if left >= right or top >= bottom:
        raise ConfigError(f"--crop {asked.crop}: expected some of the region {asked.region} in it, got nothing of it")
    return left, top, right, bottom


def _crop(text: str, name: str, source: SourceConfig) -> Bounds:
    """The rectangle of `x,y,w,h` in fractions of the picture, in which it is given, or in pixels.

    Raises ConfigError, and SourceError where the size of the picture is needed and cannot be found out.
    """
    try:
        x, y, wide, high = (float(part) for part in text.split(","))
    except ValueError:
        raise ConfigError(f"--crop {text}: expected x,y,w,h in pixels, or in fractions of the picture") from None
    size = (1.0, 1.0) if max(x, y, wide, high) <= 1 else _size(name, source)
    inside = x >= 0 and y >= 0 and wide > 0 and high > 0 and x + wide <= size[0] and y + high <= size[1]
    if not inside:
        shown = "1 (fractions of the picture)" if size == (1.0, 1.0) else f"{size[0]:g}x{size[1]:g} pixels"
        raise ConfigError(f"--crop {text}: expected a rectangle inside the picture of {shown}")
    return x / size[0], y / size[1], (x + wide) / size[0], (y + high) / size[1]


def _size(name: str, source: SourceConfig) -> tuple[float, float]:
    from stream_ocr.sources import open_reader

    with closing(open_reader(name, source)) as reader:
        return reader.info.size
