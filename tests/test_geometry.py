"""Quads and boxes on literal values."""

import numpy as np
import pytest
from frames import quad

from stream_ocr import geometry
from stream_ocr.messages import Quad

BOX = quad(10, 20, 110, 50)
TALL = quad(10, 20, 40, 120)
SLANTED: Quad = ((0.0, 3.0), (4.0, 0.0), (10.0, 8.0), (6.0, 11.0))
DIAMOND: Quad = ((5.0, 0.0), (10.0, 5.0), (5.0, 10.0), (0.0, 5.0))


def _ramp(width: int, height: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Every pixel tells where it is: (x, y, 7)."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack([x, y, np.full_like(x, 7)], axis=2).astype(np.uint8)


def test_an_array_and_back() -> None:
    assert geometry.quad_of(geometry.corners(SLANTED)) == SLANTED
    assert geometry.corners(SLANTED).shape == (4, 2)


@pytest.mark.parametrize("turns", range(4))
def test_clockwise_begins_at_the_top_left_of_the_left_edge(turns: int) -> None:
    shuffled = np.roll(geometry.corners(BOX), turns, axis=0)[np.newaxis]
    assert geometry.quad_of(geometry.clockwise(shuffled)[0]) == BOX


def test_clockwise_turns_the_order_round() -> None:
    backwards = geometry.corners(SLANTED)[::-1][np.newaxis]
    assert geometry.quad_of(geometry.clockwise(backwards)[0]) == ((4.0, 0.0), (10.0, 8.0), (6.0, 11.0), (0.0, 3.0))


def test_clockwise_orders_many_at_once() -> None:
    ordered = geometry.clockwise(np.stack([geometry.corners(BOX)[::-1], geometry.corners(TALL)[[2, 0, 3, 1]]]))
    assert [geometry.quad_of(one) for one in ordered] == [BOX, TALL]


def test_bounds_and_centre() -> None:
    assert geometry.bounds(SLANTED) == (0.0, 0.0, 10.0, 11.0)
    assert geometry.centre(SLANTED) == (5.0, 5.5)


def test_width_and_height_follow_the_edges() -> None:
    assert (geometry.width(SLANTED), geometry.height(SLANTED)) == (5.0, 10.0)
    assert (geometry.width(BOX), geometry.height(BOX)) == (100.0, 30.0)


def test_the_longer_one_of_two_edges_counts() -> None:
    trapezium: Quad = ((0.0, 0.0), (10.0, 0.0), (14.0, 3.0), (0.0, 3.0))
    assert geometry.width(trapezium) == 14.0
    assert geometry.height(trapezium) == 5.0


def test_area() -> None:
    assert geometry.area(BOX) == 3000.0
    assert geometry.area(SLANTED) == 50.0
    assert geometry.area(DIAMOND) == 50.0


def test_shift_and_scale() -> None:
    assert geometry.shift(BOX, -10, 5) == quad(0, 25, 100, 55)
    assert geometry.scale(BOX, 2, 0.5) == quad(20, 10, 220, 25)


def test_turned_begins_at_the_opposite_corner() -> None:
    assert geometry.turned(SLANTED) == ((10.0, 8.0), (6.0, 11.0), (0.0, 3.0), (4.0, 0.0))
    assert geometry.turned(geometry.turned(SLANTED)) == SLANTED


def test_as_read_of_a_flat_quad() -> None:
    assert geometry.as_read(BOX, 0) == BOX
    assert geometry.as_read(BOX, 180) == geometry.turned(BOX)


def test_as_read_of_a_tall_quad_begins_at_its_top_right() -> None:
    assert geometry.as_read(TALL, 0) == ((40, 20), (40, 120), (10, 120), (10, 20))
    assert geometry.as_read(TALL, 180) == ((10, 120), (10, 20), (40, 20), (40, 120))
    assert geometry.width(geometry.as_read(TALL, 0)) == 100.0


@pytest.mark.parametrize(("height", "tall"), [(149, False), (150, True), (151, True)])
def test_tall_is_one_and_a_half_times_as_high_as_wide(height: int, tall: bool) -> None:
    assert geometry.is_tall(quad(0, 0, 100, height)) is tall


def test_box_iou() -> None:
    assert geometry.box_iou((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert geometry.box_iou((0, 0, 10, 10), (0, 0, 10, 10)) == 1.0
    assert geometry.box_iou((0, 0, 10, 10), (10, 0, 20, 10)) == 0.0
    assert geometry.box_iou((0, 0, 10, 10), (0, 11, 10, 20)) == 0.0
    assert geometry.box_iou((0, 0, 0, 0), (0, 0, 0, 0)) == 0.0


def test_quad_iou() -> None:
    assert geometry.quad_iou(quad(0, 0, 10, 10), quad(5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert geometry.quad_iou(DIAMOND, quad(0, 0, 10, 10)) == pytest.approx(0.5)
    assert geometry.quad_iou(DIAMOND, quad(0, 0, 2, 2)) == 0.0
    assert geometry.quad_iou(quad(3, 3, 3, 3), quad(3, 3, 3, 3)) == 0.0


def test_crop_of_an_upright_box_is_the_pixels_themselves() -> None:
    image = _ramp(200, 100)
    cut = geometry.crop(image, BOX)
    assert np.array_equal(cut, image[20:50, 10:110])
    assert cut.flags.c_contiguous


def test_crop_lays_a_tall_box_down_counter_clockwise() -> None:
    image = _ramp(200, 150)
    cut = geometry.crop(image, TALL)
    assert cut.shape == (30, 100, 3)
    assert np.array_equal(cut, np.rot90(image[20:120, 10:40]))
    assert cut[0, 0].tolist() == [39, 20, 7]


def test_crop_straightens_a_slanted_quad() -> None:
    image = _ramp(200, 200)
    cut = geometry.crop(image, geometry.shift(geometry.scale(SLANTED, 10, 10), 20, 30))
    assert cut.shape == (50, 100, 3)
    assert cut[0, 0].tolist() == pytest.approx([60, 30, 7], abs=1)


def test_crop_replicates_the_border() -> None:
    image = np.full((20, 20, 3), 90, np.uint8)
    assert (geometry.crop(image, quad(-10, -10, 30, 30)) == 90).all()


def test_crop_is_never_empty_and_leaves_the_picture_alone() -> None:
    image = _ramp(30, 30)
    before = image.copy()
    assert geometry.crop(image, quad(5, 5, 5, 5)).shape == (1, 1, 3)
    assert geometry.crop(image, quad(5, 5, 9, 5)).shape == (1, 4, 3)
    assert np.array_equal(image, before)
