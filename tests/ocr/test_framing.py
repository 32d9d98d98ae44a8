"""Pictures brought into bounds, and back."""

import numpy as np
import pytest
from frames import quad

from stream_ocr.geometry import bounds
from stream_ocr.ocr.framing import barred, framed


def _grey(width: int, height: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    return np.full((height, width, 3), 90, np.uint8)


@pytest.mark.parametrize(
    ("size", "framed_size"),
    [
        ((640, 480), (640, 480)),
        ((2000, 1000), (2000, 1000)),
        ((3312, 2550), (1984, 1536)),
        ((65, 11), (192, 32)),
        ((1, 1), (32, 32)),
        ((1000, 125), (1000, 125)),
        ((1001, 125), (1001, 249)),
        ((1167, 54), (1167, 290)),
        ((100, 30), (100, 60)),
        ((125, 1001), (249, 1001)),
        ((2000, 1), (1984, 496)),
        ((2500, 12), (1984, 496)),
        ((12, 2500), (496, 1984)),
    ],
)
def test_size_within_bounds(size: tuple[int, int], framed_size: tuple[int, int]) -> None:
    image = framed(_grey(*size)).image
    assert (image.shape[1], image.shape[0]) == framed_size
    assert max(image.shape) <= 2016


def test_a_picture_within_bounds_is_taken_as_it_is() -> None:
    image = _grey(640, 480)
    frame = framed(image)
    assert frame.image is image
    assert frame.in_source(quad(1, 2, 3, 4)) == quad(1, 2, 3, 4)


def test_bars_are_black_and_the_picture_is_in_the_middle() -> None:
    image = framed(_grey(1000, 100)).image
    assert image.shape == (250, 1000, 3)
    assert not image[:75].any()
    assert (image[75:175] == 90).all()
    assert not image[175:].any()


@pytest.mark.parametrize("size", [(3312, 2550), (65, 11), (1000, 100), (100, 1000), (5, 3)])
def test_the_whole_picture_is_found_back(size: tuple[int, int]) -> None:
    frame = framed(_grey(*size))
    rows, columns = np.nonzero(frame.image[..., 0])
    seen = quad(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert bounds(frame.in_source(seen)) == pytest.approx((0, 0, *size))


def test_quads_are_kept_inside_the_source() -> None:
    frame = framed(_grey(1000, 100))
    assert frame.in_source(quad(-5, 0, 1005, 250)) == quad(0, 0, 1000, 100)


@pytest.mark.parametrize(
    ("size", "barred_size", "left", "top"),
    [((1280, 100), (1280, 736), 0, 318), ((99, 1280), (737, 1280), 319, 0), ((5, 5), (737, 737), 366, 366)],
)
def test_bars_bring_both_sides_to_a_length(
    size: tuple[int, int], barred_size: tuple[int, int], left: int, top: int
) -> None:
    frame = barred(_grey(*size), 1.0, 736)
    assert (frame.image.shape[1], frame.image.shape[0]) == barred_size
    assert frame.bars == (left, top)
    assert frame.in_source(quad(left, top, left + size[0], top + size[1])) == quad(0, 0, *size)


def test_such_bars_have_the_middle_colour() -> None:
    paper = _grey(800, 60)
    paper[20:40, 100:300] = 0
    image = barred(paper, 1.0, 736).image
    assert (image[:338] == 90).all()
    assert (image[398:] == 90).all()
    assert np.array_equal(image[338:398], paper)


def test_such_bars_are_not_added_where_they_are_not_needed() -> None:
    image = _grey(800, 740)
    assert barred(image, 1.0, 736).image is image


@pytest.mark.parametrize(("factor", "scaled"), [(0.5, (400, 370)), (2.0, (1600, 1480)), (1.84, (1472, 1362))])
def test_a_scaled_picture_is_found_back(factor: float, scaled: tuple[int, int]) -> None:
    frame = barred(_grey(800, 740), factor, 32)
    assert (frame.image.shape[1], frame.image.shape[0]) == scaled
    assert bounds(frame.in_source(quad(0, 0, *scaled))) == pytest.approx((0, 0, 800, 740))


def test_what_is_scaled_down_keeps_a_pixel() -> None:
    assert barred(_grey(800, 1), 0.5, 32).image.shape == (33, 400, 3)
