"""Which parts of a picture are searched."""

import numpy as np
import pytest

from stream_ocr.geometry import bounds
from stream_ocr.messages import Box, Quad, Tiles
from stream_ocr.ocr.detect import Detected
from stream_ocr.ocr.windows import Window, collected, whole, windows

SIZE = 1280, 720
SHAPE = 544, 960
QUARTER, HALF, CORNER = (160, 960), (288, 960), (160, 480)


def tiles(*boxes: Box) -> Tiles:
    """Tiles of 16 pixels, those that meet one of the boxes dirty."""
    dirty = np.zeros((45, 80), np.bool_)
    for left, top, right, bottom in boxes:
        dirty[top // 16 : -(-bottom // 16), left // 16 : -(-right // 16)] = True
    return dirty


def quad(left: float, top: float, right: float, bottom: float) -> Quad:
    return (left, top), (right, top), (right, bottom), (left, bottom)


def line(*box: float) -> Detected:
    left, top, right, bottom = box
    return Detected(quad(left, top, right, bottom), 0.9)


def holds(window: Window, box: Box) -> bool:
    left, top, right, bottom = window.box
    return left <= box[0] and top <= box[1] and box[2] <= right and box[3] <= bottom


def test_nothing_changed() -> None:
    assert windows(tiles(), SIZE, SHAPE, []) == []


def test_everything_changed() -> None:
    assert windows(tiles((0, 0, *SIZE)), SIZE, SHAPE, []) == [whole(SIZE, SHAPE)]


@pytest.mark.parametrize(
    ("box", "shape"),
    [
        ((1168, 16, 1264, 48), CORNER),
        ((0, 640, 1280, 704), QUARTER),
        ((200, 250, 1100, 300), QUARTER),
        ((0, 420, 1280, 700), HALF),
        ((600, 0, 640, 720), SHAPE),
    ],
)
def test_a_change_gets_the_smallest_shape_that_holds_it(box: Box, shape: tuple[int, int]) -> None:
    (window,) = windows(tiles(box), SIZE, SHAPE, [])
    assert window.shape == shape
    assert holds(window, box)


def test_a_window_has_the_scale_of_the_whole_picture_and_lies_on_the_grid() -> None:
    for left in range(0, 1200, 80):
        for top in range(0, 680, 48):
            (window,) = windows(tiles((left, top, left + 64, top + 32)), SIZE, SHAPE, [])
            x, y, right, bottom = window.box
            assert window.shape == CORNER
            assert ((right - x) / 480, (bottom - y) / 160) == pytest.approx((1280 / 960, 720 / 544), abs=0.01)
            # To the nearest pixel of the picture, which is three quarters of one of the network's.
            steps = x * 960 / 1280 / 32, y * 544 / 720 / 32
            assert steps == pytest.approx((round(steps[0]), round(steps[1])), abs=0.02)
            assert holds(window, (left, top, left + 64, top + 32))


def test_changes_that_lie_apart_get_windows_of_their_own() -> None:
    clock, ticker = (1168, 16, 1264, 48), (0, 640, 1280, 704)
    found = windows(tiles(clock, ticker), SIZE, SHAPE, [])
    assert sorted(window.shape for window in found) == [CORNER, QUARTER]
    assert all(any(holds(window, box) for window in found) for box in (clock, ticker))


def test_neighbours_share_a_window() -> None:
    boxes = (100, 100, 164, 132), (400, 100, 464, 132)
    (window,) = windows(tiles(*boxes), SIZE, SHAPE, [])
    assert window.shape == CORNER
    assert all(holds(window, box) for box in boxes)


def test_where_the_parts_cost_as_much_as_the_whole_picture_that_is_searched() -> None:
    corners = [(left, top, left + 500, top + 64) for left in (20, 720) for top in (20, 220, 420, 620)]
    assert windows(tiles(*corners), SIZE, SHAPE, []) == [whole(SIZE, SHAPE)]


def test_where_a_thousand_places_changed_the_whole_picture_is_searched() -> None:
    dirty = np.zeros((45, 80), np.bool_)
    dirty[::2, ::2] = True
    assert windows(dirty, SIZE, SHAPE, []) == [whole(SIZE, SHAPE)]


def test_a_known_line_that_is_touched_is_seen_whole() -> None:
    known = quad(100, 100, 1000, 132)
    (window,) = windows(tiles((960, 96, 1040, 144)), SIZE, SHAPE, [known, quad(100, 600, 900, 640)])
    assert window.shape == QUARTER
    assert holds(window, (100, 100, 1040, 144))


def test_lines_of_the_whole_picture_are_never_cut() -> None:
    found = collected([(whole(SIZE, SHAPE), [line(0, 0, 1279, 40)])], SIZE, SHAPE)
    assert [bounds(one.quad) for one in found.lines] == [(0, 0, 1279, 40)]
    assert not found.cut


def test_what_a_window_cuts_off_is_left_out() -> None:
    (window,) = windows(tiles((96, 96, 160, 128)), SIZE, SHAPE, [])
    edge = window.box[2]
    far, near = line(edge - 90, 180, edge - 1, 205), line(110, 100, edge - 1, 130)
    seen = collected([(window, [line(100, 100, 200, 130), far])], SIZE, SHAPE)
    assert [bounds(one.quad) for one in seen.lines] == [(100, 100, 200, 130)]
    assert not seen.cut, "what did not change is known from before"
    assert collected([(window, [near])], SIZE, SHAPE).cut


def test_at_the_edge_of_the_picture_nothing_is_cut_off() -> None:
    (window,) = windows(tiles((0, 0, 64, 32)), SIZE, SHAPE, [])
    assert collected([(window, [line(0, 0, 60, 30)])], SIZE, SHAPE).lines


def test_what_two_windows_see_is_told_once() -> None:
    one = Window((0, 0, 640, 212), CORNER, (0, 0, 100, 100))
    other = Window((0, 85, 640, 297), CORNER, (0, 200, 100, 250))
    found = collected([(one, [line(50, 100, 200, 140)]), (other, [line(51, 100, 201, 141)])], SIZE, SHAPE)
    assert len(found.lines) == 1
