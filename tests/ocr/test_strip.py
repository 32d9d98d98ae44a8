"""The strip of 48 rows on literal values."""

import numpy as np
import pytest

from stream_ocr.ocr.strip import natural_width, scaled, strip


@pytest.mark.parametrize(
    ("rows", "columns", "expected"), [(48, 100, 100), (24, 100, 200), (96, 101, 51), (1, 1, 48), (60, 1, 1)]
)
def test_natural_width(rows: int, columns: int, expected: int) -> None:
    assert natural_width(np.zeros((rows, columns, 3), np.uint8)) == expected


def test_scaled() -> None:
    assert scaled(np.full((10, 20, 3), 9, np.uint8), 70).shape == (48, 70, 3)


def test_a_strip_is_normalised_and_padded_with_zeros_on_the_right() -> None:
    crop = np.zeros((48, 100, 3), np.uint8)
    crop[..., 1] = 255
    crop[..., 2] = 51
    made = strip(crop, 160)
    assert made.shape == (1, 3, 48, 160)
    assert made.dtype == np.float32
    assert made[0, :, 10, 99] == pytest.approx([-1.0, 1.0, -0.6])
    assert not made[..., 100:].any()


def test_a_longer_crop_is_squeezed() -> None:
    crop = np.full((48, 400, 3), 255, np.uint8)
    assert (strip(crop, 192) == 1.0).all()
