"""Which parts of a picture are searched."""

import numpy as np
import pytest

from stream_ocr.geometry import bounds
from stream_ocr.messages import Box, Quad, Tiles
from stream_ocr.ocr.detect import Detected
from stream_ocr.ocr.windows import Window, collected, whole, windows

SIZE = 1280, 720
SHAPE = 544, 960
BAND = (160, 960)


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
        ((1168, 16, 1264, 48), BAND),
        ((0, 640, 600, 704), BAND),
        ((300, 250, 900, 300), BAND),
        ((0, 640, 1280, 704), SHAPE),
        ((0, 420, 1280, 700), SHAPE),
        ((600, 0, 640, 720), SHAPE),
    ],
)
def test_a_change_gets_the_smallest_shape_that_holds_it(box: Box, shape: tuple[int, int]) -> None:
    (window,) = windows(tiles(box), SIZE, SHAPE, [])
    assert window.shape == shape
    assert holds(window, box)


def test_a_band_has_the_scale_of_the_whole_picture_and_lies_on_the_grid() -> None:
    for top in range(0, 680, 16):
        (window,) = windows(tiles((400, top, 464, top + 32)), SIZE, SHAPE, [])
        left, upper, right, lower = window.box
        assert (left, right, window.shape) == (0, 1280, BAND)
        assert (lower - upper) / 160 == pytest.approx(720 / 544, abs=0.01)
        # To the nearest pixel of the picture, which is three quarters of one of the network's.
        assert upper * 544 / 720 / 32 == pytest.approx(round(upper * 544 / 720 / 32), abs=0.02)
        assert holds(window, (400, top, 464, top + 32))


def test_changes_that_lie_apart_get_windows_of_their_own() -> None:
    clock, score = (1168, 16, 1264, 48), (64, 640, 320, 704)
    found = windows(tiles(clock, score), SIZE, SHAPE, [])
    assert [window.shape for window in found] == [BAND, BAND]
    assert all(any(holds(window, box) for window in found) for box in (clock, score))


def test_neighbours_share_a_window() -> None:
    boxes = (100, 100, 164, 132), (400, 100, 464, 132)
    (window,) = windows(tiles(*boxes), SIZE, SHAPE, [])
    assert window.shape == BAND
    assert all(holds(window, box) for box in boxes)


def test_where_the_parts_cost_as_much_as_the_whole_picture_that_is_searched() -> None:
    rows = [(20, top, 520, top + 64) for top in (20, 220, 420, 620)]
    assert windows(tiles(*rows), SIZE, SHAPE, []) == [whole(SIZE, SHAPE)]


def test_where_a_thousand_places_changed_the_whole_picture_is_searched() -> None:
    dirty = np.zeros((45, 80), np.bool_)
    dirty[::2, ::2] = True
    assert windows(dirty, SIZE, SHAPE, []) == [whole(SIZE, SHAPE)]


def test_a_known_line_that_is_touched_is_seen_whole() -> None:
    tilted: Quad = (500, 60), (1000, 100), (1000, 140), (500, 100)
    (window,) = windows(tiles((960, 96, 1040, 128)), SIZE, SHAPE, [tilted, quad(100, 600, 900, 640)])
    assert window.shape == BAND
    assert holds(window, (500, 60, 1040, 140))


def test_lines_of_the_whole_picture_are_never_cut() -> None:
    found = collected([(whole(SIZE, SHAPE), [line(0, 0, 1279, 40)])], SIZE, SHAPE)
    assert [bounds(one.quad) for one in found.lines] == [(0, 0, 1279, 40)]
    assert not found.cut


def test_what_a_window_cuts_off_is_left_out() -> None:
    (window,) = windows(tiles((96, 300, 160, 332)), SIZE, SHAPE, [])
    edge = window.box[3]
    far, near = line(700, edge - 25, 900, edge - 1), line(110, 310, 200, edge - 1)
    seen = collected([(window, [line(100, 300, 200, 330), far])], SIZE, SHAPE)
    assert [bounds(one.quad) for one in seen.lines] == [(100, 300, 200, 330)]
    assert not seen.cut, "what did not change is known from before"
    assert collected([(window, [near])], SIZE, SHAPE).cut


def test_at_the_edge_of_the_picture_nothing_is_cut_off() -> None:
    (window,) = windows(tiles((0, 0, 64, 32)), SIZE, SHAPE, [])
    assert collected([(window, [line(0, 0, 60, 30)])], SIZE, SHAPE).lines


def test_what_two_windows_see_is_told_once() -> None:
    one = Window((0, 0, 1280, 212), BAND, (0, 0, 100, 100))
    other = Window((0, 85, 1280, 297), BAND, (0, 200, 100, 250))
    found = collected([(one, [line(50, 100, 200, 140)]), (other, [line(51, 100, 201, 141)])], SIZE, SHAPE)
    assert len(found.lines) == 1


def test_lines_aslant_side_by_side_are_two_though_the_boxes_around_them_overlap() -> None:
    upper = ((100.0, 100.0), (380.0, 340.0), (355.0, 370.0), (75.0, 130.0))
    lower = ((70.0, 135.0), (350.0, 375.0), (325.0, 405.0), (45.0, 165.0))
    seen = [(whole(SIZE, SHAPE), [Detected(upper, 0.9), Detected(lower, 0.9)])]
    assert [line.quad for line in collected(seen, SIZE, SHAPE).lines] == [upper, lower]
