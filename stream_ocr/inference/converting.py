"""Converting weights to OpenVINO IR, and showing that what comes out computes the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import starmap
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import openvino as ov

from stream_ocr.config import OcrConfig
from stream_ocr.errors import ConfigError, ModelError, WeightsError
from stream_ocr.inference.device import Device
from stream_ocr.inference.networks import characters
from stream_ocr.inference.ring import Array
from stream_ocr.inference.trouble import translated
from stream_ocr.ocr import specimens
from stream_ocr.ocr.weights import KINDS, WeightFile

__all__ = ["Conversion", "Converted", "convert"]


@dataclass(frozen=True)
class Conversion:
    """What is wanted."""

    half: bool = True
    """Weights as f16, which halves the file; else f32."""
    shape: Sequence[int] | None = None
    """Of the input: number, channels, height, width, -1 for any; None: as the original has it."""
    tolerance: float = 0.25
    """Greatest difference between a probability before and after.

    Measured with f16: 0.13 in detection, at the edges of text, which moves them by less than a pixel; 0.17 in
    recognition, where two classes are about as likely, and 8 of 8,160 steps took the other one.
    """
    replace: bool = False
    """Whether a file that is there may be overwritten."""


class Converted(NamedTuple):
    """What came out."""

    shape: str
    """Of its input, as OpenVINO writes it."""
    compared: tuple[tuple[int, ...], ...]
    """Shapes of the inputs on which original and result were compared."""
    greatest: float
    mean: float
    """Differences of probabilities."""
    characters: int | None
    """Lines of the dictionary in its metadata; None: there is none."""
    recognises: bool
    """Whether it is a recognition network, which needs a dictionary."""


class _Task(NamedTuple):
    """What networks with outputs of one rank are for."""

    draw: Callable[[int, int], Array]
    sizes: tuple[tuple[int, int], ...]
    """Heights and widths to compare at."""


_TASKS = {
    2: _Task(specimens.line, ((48, 192),)),
    3: _Task(specimens.line, ((48, 320), (48, 480), (48, 800))),
    4: _Task(specimens.page, ((192, 320), (384, 640), (416, 416))),
}
"""Direction, recognition and detection, by the rank of their outputs."""


def convert(source: Path, target: Path, wanted: Conversion) -> Converted:
    """Writes the network of `source` to `target`, an .xml, with its .bin beside it.

    Raises ModelError: `source` is no network of ours, or does not take the shape. ConfigError: `target` is not usable.
    WeightsError: the result does not compute the same, or cannot be written; nothing is left of it then.
    """
    _check_names(source, target, replace=wanted.replace)
    device = Device(OcrConfig(precision="f32", cache=""))
    original = device.read(WeightFile(source), rank=None)
    rank = original.outputs[0].partial_shape.rank
    task = _TASKS.get(rank.get_length()) if rank.is_static else None
    if task is None:
        raise ModelError(f"{source}: expected a network for detection, direction or recognition")
    shaped = _reshaped(original, wanted.shape, source)
    inputs = _inputs(task, shaped)
    try:
        with TemporaryDirectory(dir=target.parent, prefix=".convert-") as folder:
            draft = Path(folder, target.name)
            _write(device, shaped, draft, half=wanted.half)
            result = device.read(WeightFile(draft), rank=None)
            converted = _compared(device, original, result, inputs)
            _check(converted, wanted.tolerance, source)
            if characters(result) != characters(original):
                raise WeightsError(f"{source}: its dictionary does not survive: nothing written")
            draft.with_suffix(".bin").replace(target.with_suffix(".bin"))
            draft.replace(target)
    except OSError as error:
        raise WeightsError(f"{target}: cannot be written: {error.strerror}") from error
    return converted


def _write(device: Device, model: ov.Model, path: Path, *, half: bool) -> None:
    try:
        device.write(model, path, half=half)
    except ModelError as error:
        raise WeightsError(str(error)) from error


def _check_names(source: Path, target: Path, *, replace: bool) -> None:
    if not source.is_file():
        raise ConfigError(f"{source}: {'not a file' if source.exists() else 'no such file'}")
    if source.suffix not in KINDS:
        raise ConfigError(f"{source}: expected a file ending in {', '.join(KINDS)}")
    if target.suffix != ".xml":
        raise ConfigError(f"{target}: expected a name ending in .xml")
    for path in (target, target.with_suffix(".bin")):
        if path.exists() and not replace:
            raise ConfigError(f"{path}: there is such a file already (--force replaces it)")
    if not target.parent.is_dir():
        raise ConfigError(f"{target}: there is no such folder")


def _reshaped(original: ov.Model, shape: Sequence[int] | None, source: Path) -> ov.Model:
    if shape is None:
        return original
    with translated(f"{source}: does not take the shape {','.join(map(str, shape))}"):
        shaped = original.clone()
        shaped.reshape(list(shape))
        return shaped


def _inputs(task: _Task, model: ov.Model) -> list[Array]:
    """Pictures of several sizes, of one where the network takes no other."""
    dimensions = list(model.inputs[0].partial_shape)
    count, _, height, width = (each.get_length() if each.is_static else None for each in dimensions)
    sizes = dict.fromkeys((height or high, width or wide) for high, wide in task.sizes)
    return [np.repeat(each, count or 1, axis=0) for each in starmap(task.draw, sizes)]


def _compared(device: Device, original: ov.Model, result: ov.Model, inputs: Sequence[Array]) -> Converted:
    before, after = device.ring(original, "the original"), device.ring(result, "the result")
    batch = [(each, number) for number, each in enumerate(inputs)]
    pairs = zip(before.run(batch), after.run(batch), strict=True)
    differences = [np.abs(old[0] - new[0]) for (_, old), (_, new) in pairs]
    listing = characters(result)
    return Converted(
        shape=str(result.inputs[0].partial_shape),
        compared=tuple(each.shape for each in inputs),
        greatest=max(float(each.max()) for each in differences),
        mean=float(np.mean([each.mean() for each in differences])),
        characters=None if listing is None else listing.count("\n") + 1,
        recognises=len(result.outputs[0].partial_shape) == 3,
    )


def _check(converted: Converted, tolerance: float, source: Path) -> None:
    # Not a number is no agreement either.
    if not converted.greatest <= tolerance:
        raise WeightsError(
            f"{source}: the result differs by {converted.greatest:.2g}, expected at most {tolerance:g}: nothing written"
        )
