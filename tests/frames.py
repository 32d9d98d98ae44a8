"""Made frames and lines for tests of what works on them."""

from typing import Any

import cv2
import msgspec
import numpy as np

from stream_ocr.messages import Box, Ended, Frame, FrameText, Image, Line, Quad

SIZE = (640, 360)


def quad(left: float, top: float, right: float, bottom: float) -> Quad:
    """An upright box as a quad."""
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def picture(*texts: tuple[str, tuple[int, int]], background: int = 40, size: tuple[int, int] = SIZE) -> Image:
    """A plain picture with white texts, each with the position of its baseline."""
    image = np.full((size[1], size[0], 3), background, np.uint8)
    for text, position in texts:
        cv2.putText(image, text, position, cv2.FONT_HERSHEY_SIMPLEX, 1.0, (255, 255, 255), 2, cv2.LINE_AA)
    return image


def frame(pts: float, image: Image | None = None, *, interval: float = 0.1, dirty: bool = True, **fields: Any) -> Frame:
    """A frame as capture sends it; the luma picture is half the size, one tile covers 16 x 16 of it."""
    image = picture() if image is None else image
    height, width = image.shape[:2]
    luma = np.asarray(cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (width // 2, height // 2)), dtype=np.uint8)
    made = Frame(
        source="desk",
        epoch=0,
        seq=round(pts / interval),
        pts=pts,
        previous_pts=max(0.0, pts - interval),
        captured_at=1000.0 + pts,
        wall=None,
        image=image,
        luma=luma,
        dirty=np.full((-(-luma.shape[0] // 16), -(-luma.shape[1] // 16)), dirty),
        skipped=0,
        dropped=0,
    )
    return msgspec.structs.replace(made, **fields)


def searched(
    made: Frame, *quads: Quad, ended: tuple[Ended, ...] = (), areas: tuple[Box, ...] = ((0, 0, *SIZE),)
) -> FrameText:
    """The frame as detect sends it."""
    return FrameText(frame=made, lines=tuple(Line(quad=box, score=0.9) for box in quads), areas=areas, ended=ended)
