"""Which parts of a picture are searched for text: those that changed, each in one of a few shapes.

A network is compiled for each shape, and holds some 40 MB, so there are two: the whole picture, and a band of a quarter
of its height. A band is scaled like the whole picture and lies on the network's own grid of 32 pixels, so that a line
looks to it as it would there.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

import cv2
import numpy as np

from stream_ocr.geometry import Bounds, bounds, box_iou, meet, quad_iou, union
from stream_ocr.messages import Box, Quad, Tiles
from stream_ocr.ocr.detect import Detected, Shape

__all__ = ["Found", "Window", "collected", "in_corner", "whole", "windows"]

_STEP = 32
_BANDS = 4
"""Bands that make up the height of a picture."""
_WIDEST = 0.6
"""Share of the width up to which a change is searched in a band."""
_MARGIN = 32
"""Pixels of the network's input that are searched around what changed."""
_START = 0.05
"""What an inference costs besides its pixels, as a share of one over the whole picture."""
_WORTH = 0.8
"""Share of the cost of the whole picture from which it is searched as a whole."""
_MANY = 8
"""Separate changes from which the whole picture is searched without further thought."""
_EDGE = 3
"""Pixels of the input within which a line that ends at the edge of a window may go on beyond it."""
_SAME = 0.5
"""Overlap (over union) of what two windows saw of one line."""


class Window(NamedTuple):
    """A part of a picture to search, in its pixels, and the input that it is scaled to."""

    box: Box
    shape: Shape
    part: Bounds
    """What changed in it, with all that has to be seen whole."""


class Found(NamedTuple):
    """What the windows of one picture hold."""

    lines: list[Detected]
    cut: bool
    """A line that changed goes on beyond its window: only the whole picture can tell what it is."""


def whole(size: tuple[int, int], shape: Shape) -> Window:
    """The whole picture of `size` (width, height); `shape`: the input for it."""
    return Window((0, 0, *size), shape, (0.0, 0.0, *size))


def in_corner(extent: tuple[float, float], size: tuple[int, int], shape: Shape) -> Window:
    """What to search of a picture of `size` in which all there is lies in the top left corner, up to `extent`."""
    return _window((0.0, 0.0, *extent), size, shape)


def windows(dirty: Tiles, size: tuple[int, int], shape: Shape, known: Iterable[Quad]) -> list[Window]:
    """What to search in a picture of `size` (width, height) where the `dirty` tiles changed; `shape`: its input.

    With a margin, and with the whole of each `known` line that is near. Of all ways to put changes that lie apart into
    windows together, one of little cost. Empty where nothing changed.
    """
    parts = _parts(dirty, size, shape, [bounds(quad) for quad in known])
    if len(parts) > _MANY:
        return [whole(size, shape)]
    chosen = [_window(part, size, shape) for part in parts]
    while True:
        joints = ((_window(union(a.part, b.part), size, shape), a, b) for a, b in combinations(chosen, 2))
        gains = [(_cost(a, shape) + _cost(b, shape) - _cost(joint, shape), joint, a, b) for joint, a, b in joints]
        gain, joint, a, b = max(gains, key=lambda each: each[0], default=(-1.0, None, None, None))
        if joint is None or gain < 0:
            break
        chosen = [*(window for window in chosen if window is not a and window is not b), joint]
    everything = whole(size, shape)
    cheap = sum(_cost(window, shape) for window in chosen) < _WORTH * _cost(everything, shape)
    return chosen if cheap else [everything]


def collected(seen: Iterable[tuple[Window, Sequence[Detected]]], size: tuple[int, int], shape: Shape) -> Found:
    """The lines of the windows of one picture, in pixels of the picture; those that a window cut off are left out."""
    lines: list[Detected] = []
    cut = False
    for window, found in seen:
        for line in found:
            box = bounds(line.quad)
            if _at_inner_edge(box, window.box, size, shape):
                cut = cut or meet(box, window.part)
            elif not any(_same(line.quad, other.quad) for other in lines):
                lines.append(line)
    return Found(lines, cut)


def _same(line: Quad, other: Quad) -> bool:
    """Whether two quads are of one line. The boxes around lines that are aslant overlap though the lines do not."""
    return box_iou(bounds(line), bounds(other)) > _SAME and quad_iou(line, other) > _SAME


def _parts(dirty: Tiles, size: tuple[int, int], shape: Shape, lines: Sequence[Bounds]) -> list[Bounds]:
    """Boxes around what changed, in pixels of the picture, those that meet put together."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(dirty.astype(np.uint8), connectivity=8)
    if count > _MANY + 1:
        return [(0.0, 0.0, *size)]
    across, down = size[0] / dirty.shape[1], size[1] / dirty.shape[0]
    margin = _MARGIN * size[0] / shape[1], _MARGIN * size[1] / shape[0]
    parts: list[Bounds] = []
    for left, top, columns, rows, _ in stats[1:].tolist():
        part = _grown((left * across, top * down, (left + columns) * across, (top + rows) * down), margin)
        for line in lines:
            part = union(part, _grown(line, margin)) if meet(part, line) else part
        for other in [other for other in parts if meet(other, part)]:
            parts.remove(other)
            part = union(part, other)
        parts.append((max(part[0], 0.0), max(part[1], 0.0), min(part[2], size[0]), min(part[3], size[1])))
    return parts


def _grown(box: Bounds, margin: tuple[float, float]) -> Bounds:
    return box[0] - margin[0], box[1] - margin[1], box[2] + margin[0], box[3] + margin[1]


def _window(part: Bounds, size: tuple[int, int], shape: Shape) -> Window:
    """The band that holds a part in its middle, as far as the picture goes; else the whole picture.

    What runs across the picture, such as a ticker, is searched in the whole of it: the network weighs what it sees by
    all that it sees, and in a band of nothing but text it runs neighbouring lines together.
    """
    if part[2] - part[0] > _WIDEST * size[0]:
        return whole(size, shape)
    height, down = _upwards(shape[0] / _BANDS), size[1] / shape[0]
    low, high = part[1] / down, part[3] / down
    for wanted in (round((low + high - height) / 2 / _STEP), int(low // _STEP)):
        top = min(max(wanted * _STEP, 0), shape[0] - height)
        if top <= low and high <= top + height:
            return Window((0, round(top * down), size[0], round((top + height) * down)), (height, shape[1]), part)
    return whole(size, shape)


def _cost(window: Window, shape: Shape) -> float:
    """Of searching it, as a share of what the whole picture costs."""
    height, width = window.shape
    return _START + (1 - _START) * height * width / (shape[0] * shape[1])


def _at_inner_edge(box: Bounds, window: Box, size: tuple[int, int], shape: Shape) -> bool:
    """Whether a line ends at an edge of its window that is no edge of the picture."""
    near = _EDGE * size[1] / shape[0]
    return (window[1] > 0 and box[1] - window[1] < near) or (window[3] < size[1] and window[3] - box[3] < near)


def _upwards(side: float) -> int:
    return -int(-side // _STEP) * _STEP
