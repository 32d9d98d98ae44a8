import pytest
from frames import quad

from stream_ocr.messages import Quad
from stream_ocr.tracking.boxes import affinity, apart, area, around, fragment, near_size, second_box, wide

SIGN = quad(95, 170, 235, 210)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (SIGN, 1.3),
        (quad(95, 170, 165, 210), 0.8),
        (quad(95, 190, 235, 230), 1 / 3 + 0.15),
        (quad(95, 200, 235, 240), 0.0),
        (quad(300, 170, 400, 210), 0.0),
        (quad(95, 120, 235, 260), 0.0),
        (quad(95, 170, 235, 250), 0.8),
    ],
    ids=["itself", "its half", "half a row lower", "hardly in its row", "beside it", "far higher", "twice as high"],
)
def test_affinity(other: Quad, expected: float) -> None:
    assert affinity(SIGN, other) == pytest.approx(expected)
    assert affinity(other, SIGN) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((100, 170, 160, 210), True),
        ((100, 180, 160, 210), True),
        ((60, 170, 140, 210), False),
        ((54, 170, 192, 210), True),
        ((100, 180, 160, 200), False),
    ],
    ids=["inside", "a little lower", "half outside", "70 % inside", "half as high"],
)
def test_a_fragment_lies_in_its_line_and_has_its_height(box: tuple[int, int, int, int], expected: bool) -> None:
    assert fragment(box, (95, 170, 235, 210)) is expected


def test_a_second_box_covers_half_of_the_lower_one() -> None:
    assert second_box((0, 0, 100, 20), (40, 0, 300, 20))
    assert second_box((0, 0, 10, 10), (0, 0, 100, 100))
    assert not second_box((0, 0, 100, 20), (60, 0, 160, 20))
    assert not second_box((0, 0, 100, 20), (0, 30, 100, 50))


def test_near_size_allows_half_as_much_again() -> None:
    assert near_size((0, 0, 100, 20), (500, 0, 650, 30))
    assert near_size((500, 0, 650, 30), (0, 0, 100, 20))
    assert not near_size((0, 0, 100, 20), (0, 0, 151, 20))
    assert not near_size((0, 0, 100, 20), (0, 0, 100, 31))


def test_distance_is_in_heights_of_the_lower_box() -> None:
    assert apart((0, 0, 100, 20), (30, 40, 130, 60)) == pytest.approx(2.5)
    assert apart((0, 0, 100, 20), (0, 40, 100, 80)) == pytest.approx(2.5)
    assert apart((0, 0, 100, 0), (0, 0, 100, 0)) == 0.0


def test_around_is_the_box_itself_where_it_holds_the_other() -> None:
    leaning: Quad = ((0, 2), (100, 0), (100, 20), (0, 22))
    assert around(leaning, quad(10, 5, 50, 15)) is leaning
    assert around(leaning, quad(90, 5, 130, 15)) == quad(0, 0, 130, 22)


def test_measures() -> None:
    assert area((10, 20, 40, 30)) == 300
    assert area((10, 20, 10, 30)) == 1e-6
    assert wide((10, 20, 40, 30)) == 30
