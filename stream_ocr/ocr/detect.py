"""DB text detection: the picture that the network takes, and from its probability map to quads.

The method is differentiable binarisation (Liao et al., 2020); steps and parameters are those of RapidOCR 3.10.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import pyclipper

from stream_ocr.config import DetectConfig
from stream_ocr.geometry import Corners, clockwise, quad_of
from stream_ocr.messages import Image, Quad

__all__ = [
    "SHORT_SIDE",
    "Detected",
    "Probability",
    "Shape",
    "boxes",
    "input_shape",
    "prepare",
    "reading_order",
    "stream_shape",
]

Shape = tuple[int, int]
"""Height and width of the network's input, both multiples of 32."""
Probability = npt.NDArray[np.float32]
"""Per pixel how likely it is text, 0 to 1, shape (height, width)."""

SHORT_SIDE = 736
"""Pixels to which the short side of a single picture is enlarged."""
_STEP = 32
_MAX_ENLARGEMENT = 3.0
_KERNEL = np.ones((2, 2), np.uint8)
_MIN_SIDE = 3
"""Sides, in pixels of the map, below which a contour is a speck; in source pixels, up to which a box is."""
_GROWN_SIDE = 5
_SAME_ROW = 10
"""Source pixels between the tops of two lines from which the lower one begins a row of its own."""


class Detected(NamedTuple):
    """A line of text: its quad in source pixels, clockwise as it lies, and the mean probability inside."""

    quad: Quad
    score: float


def input_shape(size: tuple[int, int]) -> Shape:
    """The input for a single picture of `size` (width, height): enlarged until its short side has 736 pixels."""
    width, height = size
    ratio = max(1.0, SHORT_SIDE / min(width, height))
    return _nearest(int(height * ratio)), _nearest(int(width * ratio))


def stream_shape(size: tuple[int, int], max_side: int) -> Shape:
    """The input for a stream of `size` (width, height): the longer side becomes `max_side`, a multiple of 32.

    The other side follows and is rounded up, so that nothing is squeezed; small pictures grow threefold at most.
    """
    width, height = size
    ratio = min(max_side / max(width, height), _MAX_ENLARGEMENT)
    return _upwards(height * ratio), _upwards(width * ratio)


def prepare(image: Image, shape: Shape) -> npt.NDArray[np.uint8]:
    """The picture as the network takes it: shape (1, height, width, 3), uint8, BGR; the graph normalises."""
    height, width = shape
    return np.asarray(cv2.resize(image, (width, height)), np.uint8)[np.newaxis]


def boxes(probability: Probability, size: tuple[int, int], parameters: DetectConfig) -> list[Detected]:
    """The lines in a probability map of a picture of `size` (width, height), in no particular order.

    Where there are more than `max_boxes` contours, the largest are looked at.
    """
    mask = cv2.dilate((probability > parameters.threshold).astype(np.uint8), _KERNEL)
    contours: Sequence[npt.NDArray[Any]] = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]
    if len(contours) > parameters.max_boxes:
        contours = sorted(contours, key=cv2.contourArea, reverse=True)[: parameters.max_boxes]
    found = [_box(contour, probability, parameters) for contour in contours]
    kept = [box for box in found if box is not None]
    if not kept:
        return []
    rows, columns = probability.shape
    grown = np.stack([corners for corners, _ in kept])
    return _placed(grown, [score for _, score in kept], (columns, rows), size)


def reading_order(detected: Sequence[Detected]) -> list[Detected]:
    """Top to bottom, and left to right within a row; rows are parted where tops are 10 pixels apart."""
    by_top = sorted(detected, key=lambda line: line.quad[0][1])
    ordered: list[Detected] = []
    row: list[Detected] = []
    for line in by_top:
        if row and line.quad[0][1] - row[-1].quad[0][1] >= _SAME_ROW:
            ordered += sorted(row, key=lambda line: line.quad[0][0])
            row = []
        row.append(line)
    return ordered + sorted(row, key=lambda line: line.quad[0][0])


def _box(contour: npt.NDArray[Any], probability: Probability, parameters: DetectConfig) -> tuple[Corners, float] | None:
    """The grown rectangle of a contour in pixels of the map, and its score; None where it is no text."""
    rectangle = cv2.minAreaRect(contour)
    if min(rectangle[1]) < _MIN_SIDE:
        return None
    corners = np.asarray(cv2.boxPoints(rectangle), np.float32)
    score = _mean_inside(probability, corners)
    if score < parameters.box_threshold:
        return None
    grown = cv2.minAreaRect(_unclipped(corners, parameters.unclip_ratio))
    if min(grown[1]) < _GROWN_SIDE:
        return None
    return np.asarray(cv2.boxPoints(grown), np.float32), score


def _mean_inside(probability: Probability, corners: Corners) -> float:
    """Mean probability inside a quad."""
    rows, columns = probability.shape
    left, top = (max(math.floor(edge), 0) for edge in corners.min(axis=0))
    right, bottom = (math.ceil(edge) + 1 for edge in corners.max(axis=0))
    window = probability[min(top, rows - 1) : bottom, min(left, columns - 1) : right]
    inside = np.zeros(window.shape, np.uint8)
    cv2.fillPoly(inside, [(corners - (left, top)).astype(np.int32)], (1,))
    return float(cv2.mean(window, inside)[0])


def _unclipped(corners: Corners, ratio: float) -> npt.NDArray[np.int32]:
    """The quad grown on all sides by area x ratio / circumference, with round corners."""
    distance = cv2.contourArea(corners) * ratio / cv2.arcLength(corners, closed=True)
    offset = pyclipper.PyclipperOffset()
    offset.AddPath(corners.tolist(), pyclipper.JT_ROUND, pyclipper.ET_CLOSEDPOLYGON)
    return np.array(offset.Execute(distance)[0], np.int32)


def _placed(grown: Corners, scores: Sequence[float], seen: tuple[int, int], size: tuple[int, int]) -> list[Detected]:
    """From pixels of the map (`seen`: width, height) to whole pixels of the source, inside it, specks left out."""
    edge = np.array(size, np.float32)
    whole = np.clip(np.round(clockwise(grown) / np.array(seen, np.float32) * edge), 0, edge)
    # Rounding can change which corners are the leftmost ones: RapidOCR orders them before and after it.
    quads = np.minimum(clockwise(whole), edge - 1)
    across = np.linalg.norm(quads[:, 0] - quads[:, 1], axis=1).astype(int)
    down = np.linalg.norm(quads[:, 0] - quads[:, 3], axis=1).astype(int)
    large = (across > _MIN_SIDE) & (down > _MIN_SIDE)
    return [Detected(quad_of(quads[index]), scores[index]) for index in np.flatnonzero(large).tolist()]


def _nearest(side: float) -> int:
    return max(round(side / _STEP) * _STEP, _STEP)


def _upwards(side: float) -> int:
    # 539.9999 of a division that should be 540 must not become another step.
    return max(math.ceil(round(side, 3) / _STEP) * _STEP, _STEP)
