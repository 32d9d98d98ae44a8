"""CTC text recognition: from the crop of a line to what the network takes, and from its steps to text.

A network that may take any width is shown a closed set of them (`snapped`): every new width costs time and memory.
Only the reader of single pictures, which is to agree with RapidOCR letter for letter, uses its widths (`grouped`),
because on unclear lines the width of the padding alone can change a letter.

A line longer than the longest width is cut into overlapping pieces; their steps are joined where both see a gap.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from stream_ocr.messages import Image
from stream_ocr.ocr.alphabet import BLANK, Steps
from stream_ocr.ocr.strip import HEIGHT, Strip, natural_width, scaled, strip

__all__ = ["WIDTHS", "grouped", "joined", "prepare", "snapped"]

WIDTHS = (224, 320, 400, 480, 640, 800, 960, 1280, 1600, 2240, 3200)
"""Columns. 320 is what the weights were trained and scored with, 3200 the most that they are published for; short words
read as well in 224, a third faster."""

_LONGEST = WIDTHS[-1]
_ABSURD = 64_000
"""Columns beyond which a crop, such as a hairline across a picture, is squeezed."""
_GROUP = 6
_RAPIDOCR = 320
"""Columns that RapidOCR shows at least."""
_OVERLAP = 640
"""Columns that neighbouring pieces of a long line share: a dozen characters."""


def snapped(crops: Sequence[Image]) -> list[int]:
    """For each crop the smallest of `WIDTHS` that holds it, else the largest."""
    return [WIDTHS[bisect_left(WIDTHS, min(natural_width(crop), _LONGEST))] for crop in crops]


def grouped(crops: Sequence[Image]) -> list[int]:
    """For each crop the width at which RapidOCR 3.10 reads it: that of the longest in a group of six like it.

    Groups are cut from the crops sorted by aspect; a width is at least 320.
    """
    aspects = np.array([crop.shape[1] / crop.shape[0] for crop in crops])
    order = np.argsort(aspects).tolist()
    widths = [0] * len(crops)
    for start in range(0, len(order), _GROUP):
        group = order[start : start + _GROUP]
        longest = max(_RAPIDOCR / HEIGHT, *(float(aspects[index]) for index in group))
        for index in group:
            widths[index] = min(int(HEIGHT * longest), _LONGEST)
    return widths


def prepare(crop: Image, width: int) -> list[Strip]:
    """The crop as the network takes it, mostly one strip of shape (1, 3, 48, width).

    A crop longer than the longest width becomes several strips, each sharing 640 columns with the one before.
    """
    columns = min(natural_width(crop), _ABSURD)
    if columns <= _LONGEST:
        return [strip(crop, width)]
    whole = scaled(crop, columns)
    starts = range(0, columns - _OVERLAP, _LONGEST - _OVERLAP)
    return [strip(whole[:, start : start + _LONGEST], _LONGEST) for start in starts]


def joined(pieces: Sequence[Steps]) -> Steps:
    """The steps of a whole line from those of its strips, each cut where it and its neighbour see a gap."""
    if len(pieces) == 1:
        return pieces[0]
    shared = len(pieces[0].classes) * _OVERLAP // _LONGEST
    cuts = [_gap(left.classes[-shared:], right.classes[:shared]) for left, right in pairwise(pieces)]
    starts = [0, *cuts]
    stops = [len(left.classes) - shared + cut for left, cut in zip(pieces, cuts, strict=False)]
    parts = [slice(start, stop) for start, stop in zip(starts, [*stops, None], strict=True)]
    return Steps(
        np.concatenate([piece.classes[part] for piece, part in zip(pieces, parts, strict=True)]),
        np.concatenate([piece.probabilities[part] for piece, part in zip(pieces, parts, strict=True)]),
    )


def _gap(left: npt.NDArray[np.integer[Any]], right: npt.NDArray[np.integer[Any]]) -> int:
    """The step farthest from every character that either side sees in the middle half of their common part.

    At its own end each side may see a character cut in two, so the outer quarters do not count.
    """
    steps = len(left)
    candidates = np.arange(steps // 4, steps - steps // 4)
    characters = np.flatnonzero((left != BLANK) | (right != BLANK))
    if not characters.size:
        return steps // 2
    return int(candidates[np.abs(candidates[:, None] - characters).min(axis=1).argmax()])
