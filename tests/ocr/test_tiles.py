"""Tiles, and lines that several of them saw."""

from itertools import pairwise

import pytest
from frames import quad

from stream_ocr.geometry import bounds
from stream_ocr.messages import Box, Quad
from stream_ocr.ocr.detect import Detected
from stream_ocr.ocr.tiles import merged, tiles

LEFT: Box = (0, 0, 1200, 800)
RIGHT: Box = (900, 0, 2100, 800)
BELOW: Box = (0, 500, 1200, 1300)


def _found(box: Box, *quads: Quad) -> tuple[Box, list[Detected]]:
    return box, [Detected(one, 0.9) for one in quads]


@pytest.mark.parametrize(
    ("size", "number", "factor"),
    [
        ((12_119, 810), 12, 1.0),
        ((20_000, 400), 36, 1.84),
        ((400, 20_000), 36, 1.84),
        ((20_000, 20), 39, 2.0),
        ((4032, 3024), 4, 0.5),
        ((9000, 9000), 25, 0.5),
    ],
)
def test_tiles_cover_the_picture_and_overlap(size: tuple[int, int], number: int, factor: float) -> None:
    boxes, by = tiles(size)
    assert (len(boxes), by) == (number, factor)
    columns, rows = sorted({(box[0], box[2]) for box in boxes}), sorted({(box[1], box[3]) for box in boxes})
    assert len(columns) * len(rows) == number
    for spans, length in [(columns, size[0]), (rows, size[1])]:
        assert (spans[0][0], spans[-1][1]) == (0, length)
        assert max(end - start for start, end in spans) <= 1280 / factor
        assert all(end - start >= int(256 / factor) for (_, end), (start, _) in pairwise(spans))


def test_lines_of_one_tile_stay_as_they_are() -> None:
    lines = [quad(10, 10, 500, 40), quad(10, 36, 500, 66)]
    assert [one.quad for one in merged([_found(LEFT, *lines)])] == lines


def test_a_line_cut_by_the_border_becomes_one() -> None:
    (line,) = merged([_found(LEFT, quad(100, 10, 1199, 40)), _found(RIGHT, quad(900, 12, 1700, 42))])
    assert bounds(line.quad) == pytest.approx((100, 10, 1700, 42), abs=2)
    assert line.score == 0.9


def test_the_end_of_a_line_beyond_the_border_is_not_lost() -> None:
    (line,) = merged([_found(LEFT, quad(100, 10, 1199, 40)), _found(RIGHT, quad(900, 10, 1210, 40))])
    assert bounds(line.quad) == pytest.approx((100, 10, 1210, 40), abs=1)


def test_a_line_that_both_see_whole_is_there_once() -> None:
    (line,) = merged([_found(LEFT, quad(950, 10, 1150, 40)), _found(RIGHT, quad(951, 11, 1150, 40))])
    assert bounds(line.quad) == pytest.approx((950, 10, 1150, 40), abs=1)


def test_words_on_one_side_and_their_line_on_the_other_become_one() -> None:
    words = quad(920, 10, 1000, 40), quad(1050, 10, 1150, 40)
    (line,) = merged([_found(LEFT, *words), _found(RIGHT, quad(915, 10, 1400, 40))])
    assert bounds(line.quad) == pytest.approx((915, 10, 1400, 40), abs=1)


def test_a_line_cut_lengthwise_is_whole_in_the_next_tile() -> None:
    (line,) = merged([_found(LEFT, quad(100, 780, 600, 799)), _found(BELOW, quad(100, 780, 600, 815))])
    assert bounds(line.quad) == pytest.approx((100, 780, 600, 815), abs=1)


def test_neighbouring_rows_stay_apart() -> None:
    rows = [quad(100, top, 1199, top + 33) for top in range(10, 400, 30)]
    others = [quad(900, top, 1700, top + 33) for top in range(10, 400, 30)]
    assert len(merged([_found(LEFT, *rows), _found(RIGHT, *others)])) == len(rows)


def test_lines_that_only_share_a_corner_of_the_overlap_stay_apart() -> None:
    lines = merged([_found(LEFT, quad(100, 10, 950, 40)), _found(RIGHT, quad(960, 10, 1700, 40))])
    assert len(lines) == 2


def test_slanted_neighbours_stay_apart() -> None:
    def slanted(top: float, left: float, right: float) -> Quad:
        return (
            (left, top + left / 2),
            (right, top + right / 2),
            (right, top + 30 + right / 2),
            (left, top + 30 + left / 2),
        )

    rows = [slanted(top, 500, 1199) for top in (0, 40, 80)]
    others = [slanted(top, 900, 1500) for top in (0, 40, 80)]
    assert len(merged([_found(LEFT, *rows), _found(RIGHT, *others)])) == 3


def test_a_line_across_three_tiles() -> None:
    third: Box = (1800, 0, 3000, 800)
    found = [
        _found(LEFT, quad(50, 10, 1199, 40)),
        _found(RIGHT, quad(900, 10, 2099, 40)),
        _found(third, quad(1800, 10, 2500, 40)),
    ]
    (line,) = merged(found)
    assert bounds(line.quad) == pytest.approx((50, 10, 2500, 40), abs=2)


def test_nothing_found() -> None:
    assert merged([(LEFT, []), (RIGHT, [])]) == []
