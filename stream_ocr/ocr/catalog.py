"""The catalogue of weights, `catalog.toml`: which files a model consists of, and where they come from."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta, Struct
from rapidfuzz import process

from stream_ocr.errors import ModelError

__all__ = ["CATALOGUE", "DEFAULT", "Entry", "Model", "Wheel", "named"]

DEFAULT = "PP-OCRv6-small"
"""What is used where nothing else is asked for; its direction network serves weights of one's own, too."""

_ALIKE = 80
"""Of 100: a name that is less like another was hardly meant to be it."""

Sha256 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Url = Annotated[str, Meta(pattern=r"\Ahttps?://")]


class Wheel(Struct, frozen=True, forbid_unknown_fields=True):
    """A file in a wheel of the package index."""

    requirement: Annotated[str, Meta(pattern=r"\A[\w-]+==[\w.]+\Z")]
    """Name and version, as pip takes them."""
    path: str
    """Inside the wheel; its first part is the package that is installed."""

    @property
    def package(self) -> str:
        """The package in which the file lies when the wheel is installed."""
        return PurePosixPath(self.path).parts[0]


class Entry(NamedTuple):
    """One file of the catalogue."""

    name: str
    """Under which it is kept; no other file has it."""
    sha256: str
    size: int | None
    """Bytes."""
    licence: str
    url: str | None
    """Where its makers publish it."""
    wheel: Wheel | None


class Model(NamedTuple):
    """The files of one model of the catalogue."""

    languages: str
    characters: int | None
    """How many it can read; None: not known."""
    detection: Entry
    recognition: Entry
    direction: Entry
    dictionary: Entry | None
    """None: in the metadata of the recognition file."""

    def parts(self) -> Iterator[tuple[str, Entry]]:
        """Its files, each with what it is for."""
        yield "detection", self.detection
        yield "recognition", self.recognition
        yield "direction", self.direction
        if self.dictionary is not None:
            yield "dictionary", self.dictionary


def named(name: str) -> Model:
    """The model of that name.

    Raises ModelError: there is none.
    """
    if name in CATALOGUE:
        return CATALOGUE[name]
    close = process.extractOne(name, CATALOGUE.keys(), processor=str.casefold, score_cutoff=_ALIKE)
    meant = DEFAULT if close is None else close[0]
    raise ModelError(f"expected a model that `stream-ocr models list` shows, such as {meant}, got `{name}`")


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    sha256: Sha256
    size: Annotated[int, Meta(gt=0)] | None = None
    licence: str = "Apache-2.0"
    url: Url | None = None
    wheel: Wheel | None = None

    def __post_init__(self) -> None:
        if self.url is None and self.wheel is None:
            raise ValueError("expected `url` or `wheel`")


class _Model(Struct, frozen=True, forbid_unknown_fields=True):
    languages: str
    detection: str
    recognition: str
    direction: str
    dictionary: str | None = None
    characters: int | None = None


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    models: dict[str, _Model]
    files: dict[str, _File]


def _read(path: Path) -> Mapping[str, Model]:
    table = msgspec.toml.decode(path.read_bytes(), type=_Table)
    entries = {
        name: Entry(name, file.sha256, file.size, file.licence, file.url, file.wheel)
        for name, file in table.files.items()
    }
    models = {
        name: Model(
            languages=model.languages,
            characters=model.characters,
            detection=entries[model.detection],
            recognition=entries[model.recognition],
            direction=entries[model.direction],
            dictionary=None if model.dictionary is None else entries[model.dictionary],
        )
        for name, model in table.models.items()
    }
    return MappingProxyType(models)


CATALOGUE = _read(Path(__file__).with_suffix(".toml"))
"""Every model that can be named in a config."""
