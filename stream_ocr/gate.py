"""The gate: does a frame show anything that the frames which passed before did not show?

The luma plane is reduced and cut into tiles of 8 x 8 pixels, about the size of one small character. Each tile is
compared with what it looked like when it was last reported as changed, not with the frame before: a slow fade adds
up until it is seen. The measure is the mean squared difference, because it adds up faint text and small dots alike.
A tile has changed when it differs more than the noise of this camera explains. Only tiles in the regions of the
source let a frame pass; a frame that passes names all that changed.
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from stream_ocr.config import GateConfig
from stream_ocr.messages import Luma, Tiles
from stream_ocr.regions import WHOLE_PICTURE, Regions

__all__ = ["LONG_SIDE", "TILE", "Gate", "Passed", "reduce"]

TILE = 8
"""Side of a tile in pixels of the reduced picture."""
LONG_SIDE = 640
"""Longer side of the reduced picture at most, in pixels."""

_FLOOR = 32.0
"""Mean squared difference that counts as change in a picture without noise, in grey levels squared. Text 15 grey
levels from its ground gives 43 or more; what H.264 does to a still picture with little noise stays below 30."""
_NOISE_FACTOR = 3.0
"""The loudest of some thousand tiles of pure noise stays below this multiple of the quantile below."""
_NOISE_QUANTILE = 0.4
"""Moving things may fill three fifths of the picture and the rest still tells the noise."""
_NOISE_LIMIT = 50.0
"""Noise is never taken for more than this (5 grey levels per reduced pixel), so that motion does not deafen."""
_NOISE_LAG = 8
"""Frames between the two pictures that tell the noise: encoders smooth it away between neighbouring frames."""
_NOISE_RISE = 0.25
"""Share of a rise that is believed at once; a fall is believed entirely."""
_ECHO = 0.2
"""Seconds after the last change at which one more frame passes: what changed has come to rest and can be confirmed. The
next one passes twice as long after that, and so on up to `max_gap`: a text may need a third look, and be gone soon."""
_SLACK = 1e-6
"""Seconds; rounding in media times must not cost a frame."""


class Passed(NamedTuple):
    """What the gate says of a frame that passes."""

    luma: Luma
    """The reduced picture, contiguous and read-only; sides are multiples of `TILE`, so scale x and y separately."""
    dirty: Tiles
    """One per tile of `luma`: it differs from what it was when it was last reported as changed."""
    skipped: int
    """Frames passed over since the one before that passed."""


class Gate:
    """The gate of one source: its frames, in order, go through `look`."""

    def __init__(self, config: GateConfig, regions: Regions = WHOLE_PICTURE) -> None:
        self._config = config
        self._regions = regions
        self._scale = config.sensitivity**-2.0
        self._noise = _Noise()
        self._size = (0, 0)
        self._watched: Tiles = np.zeros((0, 0), np.bool_)
        self._reference: Luma = np.zeros((0, 0), np.uint8)
        self._last_pts = 0.0
        self._gap = config.max_gap
        """Seconds after which a frame passes, changed or not."""
        self._skipped = 0

    @property
    def noise(self) -> float:
        """Mean squared difference between pictures of an unchanged scene, in grey levels squared."""
        return self._noise.level

    def look(self, luma: Luma, pts: float) -> Passed | None:
        """Judges one frame; None: nothing to watch changed, and no rest since one that passed is over.

        `luma` is the full picture and may be a view; it is neither kept nor written to. `pts` are media seconds.
        """
        reduced = reduce(luma)
        if luma.shape != self._size:
            return self._start(reduced, luma.shape, pts)
        self._noise.see(reduced)
        if not self._config.enabled:
            return self._pass(reduced, _all_tiles(reduced), pts)
        change = _change(reduced, self._reference)
        allowed = self._noise.level * _NOISE_FACTOR
        due = pts - self._last_pts >= self._gap - _SLACK
        if not due and (change * self._watched).max() <= (allowed + _FLOOR) * self._scale:
            self._skipped += 1
            return None
        # Tiles that are close to it go along, so that a drift over the whole picture does not pass tile by tile.
        return self._pass(reduced, change > (allowed + _FLOOR / 2) * self._scale, pts)

    def _start(self, reduced: Luma, size: tuple[int, ...], pts: float) -> Passed:
        """The first frame, or the first of a new size."""
        self._size = (size[0], size[1])
        self._reference = np.empty_like(reduced)
        self._watched = self._regions.tiles(reduced.shape[0] // TILE, reduced.shape[1] // TILE)
        self._noise = _Noise()
        self._noise.see(reduced)
        return self._pass(reduced, _all_tiles(reduced), pts)

    def _pass(self, reduced: Luma, dirty: Tiles, pts: float) -> Passed:
        mask = cv2.resize(dirty.view(np.uint8), reduced.shape[::-1], interpolation=cv2.INTER_NEAREST)
        cv2.copyTo(reduced, mask, self._reference)
        reduced.flags.writeable = False
        passed = Passed(reduced, dirty, self._skipped)
        self._last_pts = pts
        self._gap = min(_ECHO if (dirty & self._watched).any() else 2 * self._gap, self._config.max_gap)
        self._skipped = 0
        return passed


class _Noise:
    """What an unchanged tile differs by, told by the quiet tiles of pictures some frames apart."""

    def __init__(self) -> None:
        self.level = 0.0
        self._older: Luma | None = None
        self._frames = 0
        self._told = False

    def see(self, reduced: Luma) -> None:
        """Takes the next picture; all have one size."""
        self._frames += 1
        if self._older is None:
            self._older = reduced
        elif not self._told or self._frames > _NOISE_LAG:
            self._learn(_change(reduced, self._older))
            self._older = reduced
            self._frames = 0

    def _learn(self, change: npt.NDArray[np.uint16]) -> None:
        level = min(float(np.quantile(change, _NOISE_QUANTILE)), _NOISE_LIMIT)
        rise = max(level - self.level, 0.0)
        believed = _NOISE_RISE if self._told else 1.0
        self.level = self.level + believed * rise if rise else level
        self._told = True


def reduce(luma: Luma) -> Luma:
    """A reduced copy, shape in multiples of `TILE`, the longer side `LONG_SIDE` at most.

    Halved by areas while that stays at or above the limit, then brought to size linearly: about five times faster
    than one resize by areas with a ratio that is not whole, and as free of aliasing for ratios below two.
    """
    while max(luma.shape) >= 2 * LONG_SIDE and min(luma.shape) >= 2:
        height, width = luma.shape[0] // 2, luma.shape[1] // 2
        luma = cv2.resize(luma[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    ratio = min(1.0, LONG_SIDE / max(luma.shape))
    height, width = (max(TILE, round(side * ratio / TILE) * TILE) for side in luma.shape)
    if luma.shape == (height, width):
        return luma.copy()
    return cv2.resize(luma, (width, height), interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]


def _change(picture: Luma, other: Luma) -> npt.NDArray[np.uint16]:
    """Mean squared difference per tile, rounded."""
    difference = cv2.absdiff(picture, other)
    squares = np.multiply(difference, difference, dtype=np.uint16)
    height, width = picture.shape
    return cv2.resize(squares, (width // TILE, height // TILE), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _all_tiles(picture: Luma) -> Tiles:
    return np.ones((picture.shape[0] // TILE, picture.shape[1] // TILE), np.bool_)
