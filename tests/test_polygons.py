import pytest

from stream_ocr.polygons import Area, Polygon, check, is_outline, overlap

LEFT: Polygon = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
TOP: Polygon = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5))
RIGHT: Polygon = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
TRIANGLE: Polygon = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))


@pytest.mark.parametrize(
    "polygon",
    [
        TRIANGLE,
        LEFT,
        tuple(reversed(LEFT)),
        (*LEFT, LEFT[0]),
        ((0.0, 0.0), (0.0, 0.0), (1.0, 0.0), (1.0, 1.0)),
        ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.1), (0.0, 1.0)),
    ],
    ids=["triangle", "clockwise", "counter-clockwise", "closed", "a point twice", "a notch"],
)
def test_what_is_a_polygon(polygon: Polygon) -> None:
    check(polygon, "exclude[0]")


@pytest.mark.parametrize(
    ("polygon", "complaint"),
    [
        ((), ": expected at least three points, got 0"),
        (((0, 0), (1, 1)), ": expected at least three points, got 2"),
        (((0, 0), (1, 0), (640, 360)), "[2]: expected x and y as fractions of the picture, 0 to 1, got [640, 360]"),
        (((0, -0.1), (1, 0), (1, 1)), "[0]: expected x and y as fractions of the picture, 0 to 1, got [0, -0.1]"),
        (
            ((0, 0), (float("nan"), 0), (1, 1)),
            "[1]: expected x and y as fractions of the picture, 0 to 1, got [nan, 0]",
        ),
        (((0.1, 0.1), (0.2, 0.2), (0.3, 0.3)), ": expected a polygon with an area, got points on one line"),
        (((0.5, 0.5), (0.5, 0.5), (0.5, 0.5)), ": expected a polygon with an area, got points on one line"),
        (
            ((0, 0), (1, 1), (1, 0), (0, 1)),
            ": expected a polygon that does not meet itself, got one that does at [0.5, 0.5]",
        ),
        (
            ((0, 0), (1, 0), (1, 1), (0.5, 0), (0, 1)),
            ": expected a polygon that does not meet itself, got one that does at [0.5, 0]",
        ),
    ],
)
def test_what_is_none_is_one_line_that_says_why(polygon: Polygon, complaint: str) -> None:
    with pytest.raises(ValueError, match="exclude") as caught:
        check(polygon, "exclude[0]")
    assert str(caught.value) == f"exclude[0]{complaint}"


@pytest.mark.parametrize(
    ("include", "exclude", "cells"),
    [
        ([], [], [[1, 1, 1, 1], [1, 1, 1, 1]]),
        ([LEFT], [], [[1, 1, 0, 0], [1, 1, 0, 0]]),
        ([], [TOP], [[0, 0, 0, 0], [1, 1, 1, 1]]),
        ([LEFT], [TOP], [[0, 0, 0, 0], [1, 1, 0, 0]]),
        ([LEFT, TOP], [], [[1, 1, 1, 1], [1, 1, 0, 0]]),
        ([TRIANGLE], [], [[1, 1, 1, 1], [1, 1, 0, 0]]),
        ([], [TRIANGLE], [[0, 0, 1, 1], [1, 1, 1, 1]]),
    ],
    ids=["all", "half", "less a half", "half less half", "two", "cut by a side", "less what a side cuts"],
)
def test_a_cell_counts_where_any_of_it_is_inside(
    include: list[Polygon], exclude: list[Polygon], cells: list[list[int]]
) -> None:
    assert Area(include, exclude).cells(2, 4).astype(int).tolist() == cells


def test_sides_on_the_grid_do_not_let_in_the_cell_beyond() -> None:
    thirds = ((0.0, 0.0), (1 / 3, 0.0), (1 / 3, 1.0), (0.0, 1.0))
    assert Area([thirds], []).cells(1, 90).sum() == 30


@pytest.mark.parametrize(
    ("x", "y", "inside"), [(0.2, 0.7, True), (0.2, 0.3, False), (0.7, 0.7, False), (0.0, 1.0, True), (0.5, 0.8, True)]
)
def test_a_point_is_inside_or_not(x: float, y: float, inside: bool) -> None:
    assert Area([LEFT], [TOP]).holds(x, y) is inside


def test_an_area_is_empty_where_nothing_is_left() -> None:
    assert Area([LEFT], [LEFT]).empty
    assert Area([], [LEFT, RIGHT]).empty
    assert not Area([LEFT], [TOP]).empty


@pytest.mark.parametrize(
    ("polygon", "outline"),
    [
        (LEFT, True),
        (((0.9, 0.1), (0.9, 0.8), (0.5, 0.9), (0.4, 0.2)), True),
        (tuple(reversed(LEFT)), False),
        (TRIANGLE, False),
        ((*LEFT, LEFT[0]), False),
        (((0.0, 0.0), (1.0, 0.0), (0.2, 0.2), (0.0, 1.0)), False),
        (((0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (0.0, 1.0)), False),
    ],
    ids=["upright", "on its side", "counter-clockwise", "triangle", "closed", "notched", "a corner on a side"],
)
def test_what_may_outline_something_flat(polygon: Polygon, outline: bool) -> None:
    assert is_outline(polygon) is outline


def test_to_touch_is_not_to_overlap() -> None:
    assert not overlap(LEFT, [RIGHT])
    assert overlap(TOP, [RIGHT, LEFT])
    assert not overlap(LEFT, [])
