"""Grey levels of small pictures."""

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["quantile"]


def quantile(levels: npt.NDArray[Any], share: float) -> float:
    """The level, 0 to 255, below which that share of them lies, linear between two: as NumPy's, many times faster.

    `levels`: uint8, at least one.
    """
    counts = np.bincount(levels.ravel(), minlength=256).cumsum()
    place = share * (levels.size - 1)
    before = int(place)
    low, high = np.searchsorted(counts, (before, min(before + 1, levels.size - 1)), side="right").tolist()
    return float(low + (place - before) * (high - low))
