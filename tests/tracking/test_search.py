import numpy as np
import pytest
from frames import frame

from stream_ocr.messages import Luma
from stream_ocr.tracking.appearance import patch
from stream_ocr.tracking.search import by, distinct, in_luma, luma_scale, sought

BOX = (60, 40, 100, 52)


def _scene() -> Luma:
    return np.random.default_rng(1).integers(0, 255, (120, 200), dtype=np.uint8)


def _sought(dx: int, dy: int, expected: tuple[float, float]) -> tuple[float, float, float]:
    """A box of a scene looked for when the scene has moved."""
    return sought(patch(_scene(), BOX), np.roll(_scene(), (dy, dx), axis=(0, 1)), BOX, expected)


@pytest.mark.parametrize("expected", [(0.0, 0.0), (10.0, -4.0), (-2.4, 9.6)])
def test_what_moved_is_found_near_where_it_is_expected(expected: tuple[float, float]) -> None:
    assert _sought(6, 3, expected) == pytest.approx((1.0, 6, 3), abs=1e-3)


def test_ten_pixels_off_the_place_are_searched() -> None:
    assert _sought(10, -10, (0, 0)) == pytest.approx((1.0, 10, -10), abs=1e-3)
    assert _sought(11, 0, (0, 0))[0] < 0.5
    assert _sought(31, 0, (21, 0)) == pytest.approx((1.0, 31, 0), abs=1e-3)


def test_expected_places_are_searched_once() -> None:
    assert distinct([(4.0, 0.0), (0.0, 0.0), (0.0, 5.0)]) == [(4.0, 0.0), (0.0, 5.0)]
    assert distinct([(5.0, 0.0), (0.0, 0.0)]) == [(5.0, 0.0), (0.0, 0.0)]
    assert distinct([]) == []


def test_a_box_moves_by_whole_pixels() -> None:
    assert by((10, 20, 30, 40), 2.6, -3.4) == (13, 17, 33, 37)


def test_a_box_of_the_frame_in_the_luma_picture() -> None:
    scale = luma_scale(frame(0.0))
    assert scale == (0.5, 0.5)
    assert in_luma((95.0, 170.0, 235.0, 210.0), scale) == (48, 85, 118, 105)
    assert in_luma((100.0, 170.0, 100.4, 170.4), scale) == (50, 85, 51, 86)
