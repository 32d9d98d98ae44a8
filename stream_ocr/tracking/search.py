"""Where in the luma picture a box is expected, and where near that place it is."""

from collections.abc import Sequence

from stream_ocr.geometry import Bounds
from stream_ocr.messages import Box, Frame, Luma, Point
from stream_ocr.tracking.appearance import followed

__all__ = ["by", "distinct", "in_luma", "luma_scale", "sought"]

_SEARCH = 10
"""Pixels of the luma picture that a box may be off the place where it is expected."""


def sought(template: Luma, luma: Luma, box: Box, expected: Point) -> tuple[float, float, float]:
    """Likeness to the template where it fits best near `box` moved as expected, and how far from `box` that is."""
    across, down = round(expected[0]), round(expected[1])
    dx, dy, likeness = followed(template, luma, by(box, across, down), _SEARCH)
    return likeness, across + dx, down + dy


def distinct(shifts: Sequence[Point]) -> list[Point]:
    """Those that are not within the search around one before."""
    kept: list[Point] = []
    for across, down in shifts:
        if not any(max(abs(across - x), abs(down - y)) < _SEARCH / 2 for x, y in kept):
            kept.append((across, down))
    return kept


def by(box: Box, dx: float, dy: float) -> Box:
    """The box moved by whole pixels."""
    across, down = round(dx), round(dy)
    return box[0] + across, box[1] + down, box[2] + across, box[3] + down


def luma_scale(frame: Frame) -> Point:
    """Pixels of the luma picture per pixel of the frame, across and down."""
    return frame.luma.shape[1] / frame.size[0], frame.luma.shape[0] / frame.size[1]


def in_luma(box: Bounds, scale: Point) -> Box:
    """A box of the frame in the luma picture, at least one pixel wide and high; `scale`: see `luma_scale`."""
    left, right = round(box[0] * scale[0]), round(box[2] * scale[0])
    top, bottom = round(box[1] * scale[1]), round(box[3] * scale[1])
    return left, top, max(right, left + 1), max(bottom, top + 1)
