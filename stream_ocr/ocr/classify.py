"""Which way up a line is: what the direction network takes, and what it says.

Short lines are shown as RapidOCR 3.10 shows them. A long one, which RapidOCR squeezes into the network's 192 columns
until one upright line in two looks upside down, is shown by its two ends.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stream_ocr.messages import Direction, Image
from stream_ocr.ocr.strip import Strip, natural_width, scaled, strip

__all__ = ["WIDTH", "Turn", "decode", "prepare"]

WIDTH = 192
"""Columns of the network's input."""
_SQUEEZED = 288
"""Columns up to which a line is squeezed."""


class Turn(NamedTuple):
    """How a crop stands, and how sure that is, 0.5 to 1."""

    direction: Direction
    probability: float


def prepare(crop: Image) -> list[Strip]:
    """The crop as the network takes it: strips of shape (1, 3, 48, 192), two for a long line."""
    columns = natural_width(crop)
    if columns <= _SQUEEZED:
        return [strip(crop, WIDTH)]
    whole = scaled(crop, columns)
    return [strip(whole[:, :WIDTH], WIDTH), strip(whole[:, -WIDTH:], WIDTH)]


def decode(probabilities: Sequence[npt.NDArray[Any]]) -> Turn:
    """The likelier direction, from the probabilities of 0 and 180 degrees, shape (2,), of each strip."""
    upright, upside_down = np.mean(probabilities, axis=0).tolist()
    return Turn(180, upside_down) if upside_down > upright else Turn(0, upright)
