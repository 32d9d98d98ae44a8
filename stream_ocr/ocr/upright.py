"""Something flat that is seen from aside, such as a tilted display, looked at as if from the front."""

from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from stream_ocr.geometry import corners, height, quad_of, width
from stream_ocr.messages import Image, Quad
from stream_ocr.ocr.detect import Detected, Shape
from stream_ocr.ocr.windows import Window, in_corner

__all__ = ["Upright", "upright"]


class Upright(NamedTuple):
    """What is inside an outline, set upright into the top left corner of an empty picture."""

    picture: Image
    window: Window
    """What of the picture is to be searched."""
    back: npt.NDArray[Any]
    """From pixels of it to pixels of the frame: shape (3, 3)."""

    def placed(self, lines: list[Detected]) -> list[Detected]:
        """Lines found in the picture as they are in the frame, each beginning at the text's own top left."""
        return [Detected(self._placed(line.quad), line.score) for line in lines]

    def _placed(self, quad: Quad) -> Quad:
        return quad_of(cv2.perspectiveTransform(corners(quad)[np.newaxis], self.back)[0])


def upright(frame: Image, outline: Quad, shape: Shape) -> Upright:
    """Sets what is inside an outline upright, as large as it is in the frame, or as there is room.

    `outline` begins at its own top left corner, and `shape` is the input for a whole frame: no other one is needed.
    """
    size = (frame.shape[1], frame.shape[0])
    scale = min(1.0, size[0] / width(outline), size[1] / height(outline))
    columns, rows = max(scale * width(outline), 1.0), max(scale * height(outline), 1.0)
    window = in_corner((columns, rows), size, shape)
    target = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], np.float32)
    there = cv2.getPerspectiveTransform(corners(outline), target)
    picture = cv2.warpPerspective(frame, there, (size[0], window.box[3]), flags=cv2.INTER_CUBIC)
    # What is around it in the frame is no part of it.
    picture[:, round(columns) :] = 0
    picture[round(rows) :] = 0
    return Upright(np.asarray(picture, np.uint8), window, np.linalg.inv(there))
