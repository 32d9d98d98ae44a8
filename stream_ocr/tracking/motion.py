"""How the whole picture moved between two frames: a camera that pans or shakes, a page that scrolls."""

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from stream_ocr.messages import Luma, Point

__all__ = ["Motion"]

_SIDE = 320
"""Longer side of the pictures that are compared, in pixels."""
_MIN_SURPLUS = 0.9
"""A shift is believed if it leaves less than this share of the difference between the two pictures."""
_MIN_DIFFERENCE = 1.0
"""Mean difference in grey levels below which nothing moved."""
_MAX_SHARE = 0.4
"""Share of the picture that it may have moved."""


@dataclass
class Motion:
    """The global shift of one source, by phase correlation (Kuglin and Hines, 1975)."""

    _before: npt.NDArray[np.float32] | None = None
    _window: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    def see(self, luma: Luma) -> Point:
        """How far the picture moved since the one before, in pixels of `luma`, across and down; (0, 0) if unclear."""
        factor = min(1.0, _SIDE / max(luma.shape))
        now = cv2.resize(luma, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA).astype(np.float32)
        before, self._before = self._before, now
        if before is None or before.shape != now.shape or min(now.shape) < 16:
            return 0.0, 0.0
        if self._window.shape != now.shape:
            self._window = cv2.createHanningWindow(now.shape[::-1], cv2.CV_32F)  # type: ignore[assignment]
        still = float(np.abs(now - before).mean())
        if still < _MIN_DIFFERENCE:
            return 0.0, 0.0
        # OpenCV lays the window over the very pictures it is given where their size suits its transform.
        (dx, dy), _ = cv2.phaseCorrelate(before.copy(), now.copy(), self._window)
        if _left_over(before, now, round(dx), round(dy)) > _MIN_SURPLUS * still:
            return 0.0, 0.0
        return dx * luma.shape[1] / now.shape[1], dy * luma.shape[0] / now.shape[0]


def _left_over(before: npt.NDArray[np.float32], now: npt.NDArray[np.float32], dx: int, dy: int) -> float:
    """Mean difference where both pictures overlap after the shift; infinite where too little is left."""
    rows, columns = now.shape
    if (dx == 0 and dy == 0) or abs(dx) > _MAX_SHARE * columns or abs(dy) > _MAX_SHARE * rows:
        return float("inf")
    old = before[max(0, -dy) : rows - max(0, dy), max(0, -dx) : columns - max(0, dx)]
    new = now[max(0, dy) : rows - max(0, -dy), max(0, dx) : columns - max(0, -dx)]
    return float(np.abs(new - old).mean())
