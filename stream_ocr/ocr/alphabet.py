"""The alphabet of a recognition network, and CTC: from classes per step to text."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stream_ocr.errors import ModelError
from stream_ocr.ocr.bidi import logical, right_to_left

__all__ = ["BLANK", "Alphabet", "Reading", "Steps"]

BLANK = 0
"""The class that stands for no character."""


class Reading(NamedTuple):
    """What a crop says, and the mean probability of its characters, 0 to 1."""

    text: str
    confidence: float


class Steps(NamedTuple):
    """The likeliest class at each step across the picture and its probability, both of shape (steps,)."""

    classes: npt.NDArray[np.integer[Any]]
    probabilities: npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Alphabet:
    """What the classes of a network mean: the blank, then these characters, the last of them a space."""

    characters: tuple[str, ...]

    @classmethod
    def of(cls, listing: str) -> "Alphabet":
        """From a listing of one character a line, as in ONNX metadata and dictionary files; the space is added.

        Only line feeds part lines: Unicode's other line separators are characters that can be read.
        """
        lines = [line.removesuffix("\r") for line in listing.removesuffix("\n").split("\n")]
        return cls((*lines, " "))

    @classmethod
    def load(cls, path: Path) -> "Alphabet":
        """From a dictionary file, UTF-8.

        Raises ModelError: it cannot be read.
        """
        try:
            return cls.of(path.read_bytes().decode("utf-8"))
        except OSError as error:
            raise ModelError(f"{path}: cannot read the dictionary: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ModelError(f"{path}: expected a dictionary of one character a line in UTF-8") from error

    def check(self, classes: int, name: str) -> None:
        """Raises ModelError where the network `name` has another number of classes."""
        expected = len(self.characters) + 1
        if classes != expected:
            raise ModelError(
                f"{name}: the dictionary of {expected - 2} characters asks for {expected} classes "
                f"(blank, characters, space), got {classes}"
            )

    @cached_property
    def right_to_left(self) -> bool:
        """Whether texts in it may have to be put into their logical order."""
        return right_to_left("".join(self.characters))

    def decode(self, steps: Steps) -> Reading:
        """Greedy CTC: repeats fall together, blanks fall out; confidence 0 where nothing is left."""
        classes = steps.classes
        kept = classes != BLANK
        kept[1:] &= classes[1:] != classes[:-1]
        if not kept.any():
            return Reading("", 0.0)
        text = "".join(self.characters[index - 1] for index in classes[kept].tolist())
        if self.right_to_left:
            text = logical(text)
        return Reading(text, float(steps.probabilities[kept].mean()))
