"""Which way up a line is: what the direction network takes, and what it says.

Short lines are shown as RapidOCR 3.10 shows them. A long one, which RapidOCR squeezes into the network's 192 columns
until one upright line in two looks upside down, is shown by its two ends.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stream_ocr.messages import Direction, Image
from stream_ocr.ocr.strip import Strip, strip

__all__ = ["WIDTH", "Turn", "decode", "prepare"]

WIDTH = 192
"""Columns of the network's input."""
_MAX_ASPECT = 5
"""Width over height up to which a crop is shown whole; 4, which would fill the network's input, tells less."""


class Turn(NamedTuple):
    """How a crop stands, and how sure that is, 0.5 to 1."""

    direction: Direction
    probability: float


def prepare(crop: Image) -> list[Strip]:
    """The crop as the network takes it: strips of shape (1, 3, 48, 192), two for a long line."""
    end = _MAX_ASPECT * crop.shape[0]
    if crop.shape[1] <= end:
        return [strip(crop, WIDTH)]
    return [strip(crop[:, :end], WIDTH), strip(crop[:, -end:], WIDTH)]


def decode(probabilities: Sequence[npt.NDArray[Any]]) -> Turn:
    """The likelier direction, from the probabilities of 0 and 180 degrees, shape (2,), of each strip."""
    upright, upside_down = np.mean(probabilities, axis=0).tolist()
    return Turn(180, upside_down) if upside_down > upright else Turn(0, upright)
