"""Quantiles of grey levels."""

import numpy as np
import pytest

from stream_ocr.greys import quantile


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.8, 0.95, 1.0])
@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_quantiles_are_those_of_numpy(size: int, share: float) -> None:
    levels = np.random.default_rng(size).integers(0, 256, (size, 3), np.uint8)
    assert quantile(levels, share) == pytest.approx(float(np.quantile(levels, share)))


def test_levels_that_are_all_the_same() -> None:
    assert quantile(np.full((24, 480), 255, np.uint8), 0.3) == 255.0
