"""Words that detection found one by one, put together into their line."""

import math
from itertools import permutations

import pytest
from frames import quad

from stream_ocr.geometry import corners
from stream_ocr.messages import Point, Quad
from stream_ocr.ocr.detect import Detected
from stream_ocr.ocr.rows import joined

FIRST, SECOND, THIRD = quad(100, 50, 160, 70), quad(166, 50, 240, 70), quad(245, 50, 300, 70)


def _quads(*boxes: Quad) -> list[Quad]:
    return [line.quad for line in joined([Detected(box, 0.9) for box in boxes])]


def _near(box: Quad) -> object:
    return pytest.approx(corners(box), abs=0.01)


@pytest.mark.parametrize("boxes", [(FIRST, SECOND), (SECOND, FIRST)], ids=["as read", "the other way round"])
def test_two_words_of_one_line_become_one_quad(boxes: tuple[Quad, Quad]) -> None:
    (line,) = _quads(*boxes)
    assert corners(line) == _near(quad(100, 50, 240, 70))


def test_a_line_has_the_mean_score_of_its_words() -> None:
    (line,) = joined([Detected(FIRST, 0.9), Detected(SECOND, 0.6)])
    assert line.score == pytest.approx(0.75)


@pytest.mark.parametrize("boxes", [*permutations((FIRST, SECOND, THIRD))])
def test_three_pieces_become_one_in_whatever_order_they_were_found(boxes: tuple[Quad, ...]) -> None:
    (line,) = _quads(*boxes)
    assert corners(line) == _near(quad(100, 50, 300, 70))


@pytest.mark.parametrize(
    "other",
    [
        quad(160, 50, 240, 70),
        quad(155, 50, 240, 70),
        quad(167, 50, 240, 70),
        quad(166, 54, 240, 74),
        quad(164, 47, 240, 73),
    ],
    ids=["next to it", "a little over it", "a third of a height off", "a little lower", "a little higher letters"],
)
def test_what_goes_on_in_the_row_is_joined(other: Quad) -> None:
    assert len(_quads(FIRST, other)) == 1


@pytest.mark.parametrize(
    "other",
    [
        quad(169, 50, 240, 70),
        quad(153, 50, 240, 70),
        quad(164, 56, 240, 76),
        quad(164, 44, 240, 64),
        quad(164, 46, 240, 73),
        quad(164, 50, 240, 76),
        quad(100, 72, 160, 92),
        quad(110, 52, 150, 68),
        quad(164, 50, 177, 70),
    ],
    ids=[
        "a wide gap",
        "far over it",
        "lower",
        "higher up",
        "larger letters",
        "another lower edge",
        "the next row",
        "inside",
        "tall",
    ],
)
def test_what_is_no_piece_of_the_line_is_left(other: Quad) -> None:
    assert _quads(FIRST, other) == [FIRST, other]


def test_a_tall_line_is_not_gone_on_with() -> None:
    tall = quad(140, 50, 153, 70)
    assert _quads(tall, quad(155, 50, 240, 70)) == [tall, quad(155, 50, 240, 70)]


def test_lines_that_are_left_come_from_left_to_right() -> None:
    assert _quads(quad(400, 50, 500, 70), quad(20, 200, 80, 220), FIRST) == [
        quad(20, 200, 80, 220),
        FIRST,
        quad(400, 50, 500, 70),
    ]


def test_rows_are_joined_each_for_itself() -> None:
    lower = [quad(100, 80, 150, 100), quad(156, 80, 230, 100)]
    upper, below = _quads(FIRST, lower[0], SECOND, lower[1])
    assert corners(upper) == _near(quad(100, 50, 240, 70))
    assert corners(below) == _near(quad(100, 80, 230, 100))


@pytest.mark.parametrize("degrees", [-10, 3, 10])
def test_words_of_a_line_that_is_slightly_rotated_become_its_quad(degrees: int) -> None:
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))

    def turned(box: Quad) -> Quad:
        def corner(x: float, y: float) -> Point:
            return 200 + cosine * x - sine * y, 100 + sine * x + cosine * y

        a, b, c, d = (corner(*point) for point in box)
        return a, b, c, d

    (line,) = _quads(turned(SECOND), turned(FIRST))
    assert corners(line) == pytest.approx(corners(turned(quad(100, 50, 240, 70))), abs=0.05)


def test_nothing_is_joined_of_nothing() -> None:
    assert joined([]) == []
