"""DB detection before and after the network, on made probability maps."""

import numpy as np
import pytest
from frames import quad

from stream_ocr.config import DetectConfig
from stream_ocr.geometry import bounds
from stream_ocr.ocr.detect import Detected, Probability, boxes, input_shape, prepare, reading_order, stream_shape

CONFIG = DetectConfig()


def _map(*blocks: tuple[int, int, int, int], value: float = 0.8, shape: tuple[int, int] = (128, 320)) -> Probability:
    """A map that is 0 but for blocks: left, top, right, bottom."""
    made = np.zeros(shape, np.float32)
    for left, top, right, bottom in blocks:
        made[top:bottom, left:right] = value
    return made


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ((1280, 720), (736, 1312)),
        ((640, 360), (736, 1312)),
        ((1920, 1080), (1088, 1920)),
        ((480, 640), (992, 736)),
        ((736, 736), (736, 736)),
        ((32, 32), (736, 736)),
    ],
)
def test_input_shape_brings_the_short_side_to_736(size: tuple[int, int], shape: tuple[int, int]) -> None:
    assert input_shape(size) == shape


@pytest.mark.parametrize(
    ("size", "max_side", "shape"),
    [
        ((1280, 720), 960, (544, 960)),
        ((1920, 1080), 960, (544, 960)),
        ((678, 360), 960, (512, 960)),
        ((720, 1280), 960, (960, 544)),
        ((640, 480), 960, (736, 960)),
        ((1120, 90), 960, (96, 960)),
        ((100, 50), 960, (160, 320)),
        ((20_000, 20), 960, (32, 960)),
        ((1, 1), 960, (32, 32)),
        ((1280, 720), 64, (64, 64)),
    ],
)
def test_stream_shape_brings_the_long_side_to_max_side(
    size: tuple[int, int], max_side: int, shape: tuple[int, int]
) -> None:
    assert stream_shape(size, max_side) == shape


def test_prepare_scales_and_leaves_the_picture_alone() -> None:
    image = np.arange(6 * 4 * 3, dtype=np.uint8).reshape(6, 4, 3)
    image.flags.writeable = False
    made = prepare(image, (64, 32))
    assert made.shape == (1, 64, 32, 3)
    assert made.dtype == np.uint8
    assert np.array_equal(prepare(image, (6, 4))[0], image)


def test_a_block_becomes_its_grown_box_in_source_pixels() -> None:
    (found,) = boxes(_map((40, 50, 240, 70)), (640, 256), CONFIG)
    # Contour 40..240 x 50..70 after dilation; grown by 200 * 20 * 1.6 / 440 = 14.5 on each side, then doubled.
    assert found.quad == quad(50, 70, 510, 170)
    assert found.score == pytest.approx(0.8, abs=0.05)


def test_a_larger_unclip_ratio_grows_more() -> None:
    narrow = boxes(_map((40, 50, 240, 70)), (320, 128), DetectConfig(unclip_ratio=1.0))[0]
    wide = boxes(_map((40, 50, 240, 70)), (320, 128), DetectConfig(unclip_ratio=2.0))[0]
    assert bounds(wide.quad)[0] == pytest.approx(bounds(narrow.quad)[0] - 9, abs=1)


def test_boxes_stay_inside_the_picture() -> None:
    (found,) = boxes(_map((0, 0, 320, 128)), (640, 256), CONFIG)
    assert found.quad == quad(0, 0, 639, 255)


def test_a_slanted_block_becomes_a_slanted_quad() -> None:
    made = np.zeros((200, 320), np.float32)
    for x in range(60, 260):
        made[60 + x // 4 : 80 + x // 4, x] = 0.9
    (found,) = boxes(made, (320, 200), CONFIG)
    (left, top), (right, right_top), _, _ = found.quad
    assert (right_top - top) / (right - left) == pytest.approx(0.25, abs=0.03)


def test_two_blocks_are_two_boxes() -> None:
    assert len(boxes(_map((20, 20, 100, 40), (180, 80, 300, 100)), (320, 128), CONFIG)) == 2


def test_what_is_no_text() -> None:
    assert boxes(_map(), (320, 128), CONFIG) == []
    assert boxes(_map((40, 50, 240, 70), value=0.29), (320, 128), CONFIG) == []
    assert boxes(_map((40, 50, 240, 70), value=0.45), (320, 128), CONFIG) == []
    assert boxes(_map((40, 50, 42, 51)), (320, 128), CONFIG) == []


def test_thresholds_are_settings() -> None:
    faint = _map((40, 50, 240, 70), value=0.2)
    assert len(boxes(faint, (320, 128), DetectConfig(threshold=0.1, box_threshold=0.1))) == 1
    assert boxes(faint, (320, 128), DetectConfig(threshold=0.1, box_threshold=0.3)) == []


def test_a_speck_that_does_not_grow_enough_is_left_out() -> None:
    speck = _map((40, 50, 43, 53), value=1.0)
    assert boxes(speck, (320, 128), DetectConfig(unclip_ratio=0.5)) == []
    assert len(boxes(speck, (320, 128), DetectConfig(unclip_ratio=3.0))) == 1


def test_boxes_of_three_source_pixels_are_left_out() -> None:
    assert boxes(_map((40, 50, 60, 60)), (32, 12), CONFIG) == []


def test_of_too_many_contours_the_largest_are_looked_at() -> None:
    specks = [(x, y, x + 4, y + 4) for x in range(4, 300, 12) for y in range(4, 40, 12)]
    made = _map(*specks, (40, 80, 240, 100))
    (found,) = boxes(made, (320, 128), DetectConfig(max_boxes=1))
    assert bounds(found.quad)[1] > 50


def _detected(left: float, top: float) -> Detected:
    return Detected(quad(left, top, left + 50, top + 20), 0.9)


def test_reading_order_goes_by_rows_then_by_columns() -> None:
    lines = [_detected(200, 104), _detected(10, 100), _detected(10, 10), _detected(100, 19), _detected(50, 300)]
    assert reading_order(lines) == [lines[2], lines[3], lines[1], lines[0], lines[4]]


def test_rows_are_parted_where_tops_are_ten_pixels_apart() -> None:
    lines = [_detected(100, 0), _detected(50, 9), _detected(0, 18), _detected(0, 28)]
    assert reading_order(lines) == [lines[2], lines[1], lines[0], lines[3]]


def test_reading_order_of_nothing() -> None:
    assert reading_order([]) == []
