"""Which weights run where."""

from typing import Annotated

from msgspec import Meta, Struct

from stream_ocr.config.fields import FilePath, Precision

__all__ = ["ModelFiles", "OcrConfig"]


class ModelFiles(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Weights of one's own: ONNX (.onnx), OpenVINO IR (.xml) or Paddle (.pdmodel, .json) files."""

    detection: FilePath
    recognition: FilePath
    direction: FilePath | None = None
    """None: the catalogue's direction classifier."""
    dictionary: FilePath | None = None
    """Text file, one character a line; None: from the metadata of the recognition file."""


class OcrConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which weights run where."""

    model: str | ModelFiles = "PP-OCRv6-small"
    """A name of the catalogue (models/README.md) or files."""
    device: str = "CPU"
    """An OpenVINO device."""
    precision: Precision = "auto"
    """Of the arithmetic; auto: the fastest (bf16, f16 or f32) that reads what f32 on the CPU reads, by trial."""
    threads: Annotated[int, Meta(ge=0, le=1024)] = 0
    """Threads of one network; 0, or more than there are cores: one per core that this process may use."""
    cache: str | None = None
    """Folder of compiled models and the outcomes of trials; None: the user's cache folder; empty: no cache."""
