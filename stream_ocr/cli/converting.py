"""`stream-ocr models convert`: what came out, on standard output."""

from pathlib import Path

import typer

from stream_ocr.errors import ConfigError
from stream_ocr.inference import Conversion, Converted, convert

__all__ = ["convert_weights", "shape_of"]

_DIMENSIONS = 4


def convert_weights(source: Path, target: Path, wanted: Conversion) -> None:
    """Converts, and says what came out. Raises ConfigError, ModelError, WeightsError."""
    converted = convert(source, target, wanted)
    size = (_weight(source), _weight(target))
    typer.echo(_told(target, converted, "f16" if wanted.half else "f32", size))


def shape_of(text: str | None) -> tuple[int, ...] | None:
    """The shape of `1,3,48,?`: -1 for any. Raises ConfigError."""
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != _DIMENSIONS or not all(part == "?" or (part.isdecimal() and int(part) > 0) for part in parts):
        raise ConfigError(f"--shape {text}: expected four numbers as in 1,3,48,320, ? for any")
    return tuple(-1 if part == "?" else int(part) for part in parts)


def _weight(network: Path) -> int:
    """Bytes of a network and of the file beside it that holds its weights, if there is one."""
    files = (network, network.with_suffix(".bin"), network.with_suffix(".pdiparams"))
    return sum(file.stat().st_size for file in files if file.is_file())


def _told(target: Path, converted: Converted, precision: str, size: tuple[int, int]) -> str:
    before, after = size
    pictures = ", ".join("x".join(map(str, shape)) for shape in converted.compared)
    lines = [
        f"wrote {target} and {target.with_suffix('.bin').name}: {precision}, input {converted.shape}, "
        f"{after / 1e6:.1f} MB ({before / 1e6:.1f} MB before)",
        f"differs from the original by {converted.greatest:.2g} at most, {converted.mean:.1g} on average "
        f"(probabilities, at {pictures})",
    ]
    if converted.characters is not None:
        lines.append(f"has its dictionary of {converted.characters} characters in its metadata")
    elif converted.recognises:
        lines.append(
            "has no dictionary in its metadata, and neither had the original: name one in ocr.model.dictionary"
        )
    return "\n".join(lines)
