"""Pictures to lines on standard output."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import typer

from stream_ocr import api
from stream_ocr.cli.speech import complain
from stream_ocr.config import OcrConfig
from stream_ocr.configfile import build, override
from stream_ocr.errors import ConfigError, SourceError
from stream_ocr.messages import Line

__all__ = ["read_pictures"]


def read_pictures(images: Sequence[str], *, as_json: bool, settings: Iterable[str]) -> int:
    """Reads and prints each picture; returns how many could not be read, which is said on standard error.

    Raises ConfigError, ModelError.
    """
    ocr, cores = _asked(settings)
    failures = 0
    for number, image in enumerate(images):
        try:
            lines = api.read(image, ocr=ocr, cores=cores)
        except SourceError as error:
            complain(str(error))
            failures += 1
            continue
        if as_json:
            typer.echo(_as_json(image, lines))
        else:
            typer.echo(_as_text(image if len(images) > 1 else None, lines, first=number == 0), nl=False)
    return failures


def _asked(settings: Iterable[str]) -> tuple[OcrConfig, int]:
    """The section `ocr` that `settings` make, and how many cores may be used."""
    content: dict[str, Any] = {}
    for setting in settings:
        override(content, setting)
    if not content.keys() <= {"ocr", "cpu"} or not all(isinstance(section, dict) for section in content.values()):
        raise ConfigError("--set: expected settings of `ocr` and `cpu` only, as in ocr.device=CPU")
    config = build({"sources": {"read": {"uri": "-"}}, **content})
    return config.ocr, config.cpu.cores


def _as_json(image: str, lines: Iterable[Line]) -> str:
    found = [
        {
            "text": line.text,
            "confidence": round(line.confidence, 4),
            "quad": [[round(x, 1), round(y, 1)] for x, y in line.quad],
            "direction": line.direction,
        }
        for line in lines
    ]
    return msgspec.json.encode({"image": image, "lines": found}).decode()


def _as_text(title: str | None, lines: Iterable[Line], *, first: bool) -> str:
    header = "" if title is None else f"{'' if first else chr(10)}==> {title} <==\n"
    return header + "".join(f"{line.text}\n" for line in lines)
