"""Lines that are several: cells of a table, columns of a listing, which detection took for one line.

What tells is the ink: where a line has a gap that is much wider than those between its words, it ends and another one
begins. A busy ground has no gaps, and its lines are left as they are.
"""

from collections.abc import Iterable, Sequence
from statistics import median_low

import cv2
import numpy as np
import numpy.typing as npt

from stream_ocr.geometry import crop, height, is_tall, width
from stream_ocr.greys import quantile
from stream_ocr.messages import Image, Point, Quad
from stream_ocr.ocr.detect import Detected

__all__ = ["parted"]

_LONG = 6.0
"""Length of a line, in heights, from which it may be several."""
_HEIGHT = 24
_INK = 0.35
"""Share of the usual range of grey levels in a column of pixels from which it has ink."""
_WORDS = 0.2
"""Length, in heights, from which a gap is one between words."""
_WIDE = 0.9
"""Length, in heights, from which a gap may part a line."""
_WIDER = 1.85
"""How many times as wide as the usual gap between words it must be."""
_MARGIN = 4
"""Columns of a gap that stay with the part beside it."""
_ALONE = 1.5
"""Length, in heights, that is wide enough whatever the other gaps are."""


def parted(image: Image, lines: Iterable[Detected]) -> list[Detected]:
    """The lines found in `image` (BGR), each with a wide gap replaced by its parts, in reading order."""
    return [part for line in lines for part in _parts(image, line)]


def _parts(image: Image, line: Detected) -> list[Detected]:
    if is_tall(line.quad) or width(line.quad) < _LONG * height(line.quad):
        return [line]
    ink = _ink(crop(image, line.quad))
    edges = [0]
    for start, stop in _wide(_gaps(ink)):
        edges += [start + _MARGIN, stop - _MARGIN]
    spans = zip(edges[::2], [*edges[1::2], len(ink)], strict=True)
    return [Detected(_span(line.quad, begin / len(ink), end / len(ink)), line.score) for begin, end in spans]


def _span(quad: Quad, begin: float, end: float) -> Quad:
    """The part of a quad between two shares of its length."""

    def at(one: Point, other: Point, share: float) -> Point:
        return one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])

    a, b, c, d = quad
    return at(a, b, begin), at(a, b, end), at(d, c, end), at(d, c, begin)


def _ink(picture: Image) -> npt.NDArray[np.bool_]:
    """Per column of the line, scaled to a height of 24, whether it has ink."""
    columns = max(1, round(picture.shape[1] * _HEIGHT / picture.shape[0]))
    grey = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (columns, _HEIGHT), interpolation=cv2.INTER_AREA)
    ranges = (cv2.reduce(grey, 0, cv2.REDUCE_MAX) - cv2.reduce(grey, 0, cv2.REDUCE_MIN))[0]
    return np.asarray(ranges >= _INK * quantile(ranges, 0.8))


def _gaps(ink: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs of columns without ink between columns with ink: first column and the one after the last."""
    inked = np.flatnonzero(ink)
    starts, stops = inked[:-1] + 1, inked[1:]
    return [(int(start), int(stop)) for start, stop in zip(starts, stops, strict=True) if stop > start]


def _wide(gaps: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The gaps that part a line."""
    lengths = [(stop - start) / _HEIGHT for start, stop in gaps]
    words = [length for length in lengths if length >= _WORDS]
    usual = median_low(words) if len(words) > 1 else _ALONE
    least = min(_ALONE, max(_WIDE, _WIDER * usual))
    return [gap for gap, length in zip(gaps, lengths, strict=True) if length >= least]
