"""Widths, strips and the joining of long lines."""

import numpy as np
import pytest

from stream_ocr.messages import Image
from stream_ocr.ocr.alphabet import Alphabet, Steps
from stream_ocr.ocr.recognize import WIDTHS, grouped, joined, prepare, snapped

ABC = Alphabet.of("a\nb\nc")
STEPS = 400


def _crop(width: int) -> Image:
    return np.zeros((48, width, 3), np.uint8)


@pytest.mark.parametrize(
    ("width", "expected"),
    [(1, 224), (225, 320), (320, 320), (321, 400), (641, 800), (2241, 3200), (3200, 3200), (9000, 3200)],
)
def test_snapped_takes_the_next_width_of_the_set(width: int, expected: int) -> None:
    assert snapped([_crop(width)]) == [expected]


def test_snapped_never_leaves_the_set() -> None:
    assert {snapped([_crop(width)])[0] for width in range(1, 4000, 7)} == set(WIDTHS)
    assert snapped([]) == []


def test_grouped_takes_the_longest_of_six_sorted_by_aspect() -> None:
    crops = [_crop(width) for width in (900, 100, 500, 340, 330, 350, 360, 1000)]
    assert grouped(crops) == [1000, 500, 500, 500, 500, 500, 500, 1000]


def test_grouped_is_at_least_320_and_at_most_3200() -> None:
    assert grouped([_crop(50), _crop(60)]) == [320, 320]
    assert grouped([_crop(5000)]) == [3200]
    assert grouped([]) == []


def test_a_line_of_one_strip() -> None:
    (only,) = prepare(_crop(100), 320)
    assert only.shape == (1, 3, 48, 320)


def test_a_long_line_is_cut_into_pieces_that_share_640_columns() -> None:
    crop = _crop(7000)
    crop[:, 2560:] = 255
    crop[:, 5120:] = 102
    first, second, third = prepare(crop, 3200)
    assert first.shape == second.shape == third.shape == (1, 3, 48, 3200)
    assert (first[..., :2560] == -1).all()
    assert (first[..., 2560:] == 1).all()
    assert (second[..., :2560] == 1).all()
    assert not third[..., 1880:].any()


def test_a_hairline_is_squeezed() -> None:
    assert len(prepare(np.zeros((1, 20_000, 3), np.uint8), 3200)) == 25


def _steps(**characters: int) -> Steps:
    """400 blanks but for the characters a, b, c at the steps given."""
    classes = np.zeros(STEPS, np.int32)
    for character, step in characters.items():
        classes[step] = "abc".index(character) + 1
    return Steps(classes, np.full(STEPS, 0.5, np.float32))


def test_one_piece_is_left_as_it_is() -> None:
    only = _steps(a=10)
    assert joined([only]) is only


def test_pieces_are_joined_where_both_see_a_gap() -> None:
    left, right = _steps(a=10, b=355), _steps(b=36, c=60)
    whole = joined([left, right])
    assert ABC.decode(whole).text == "abc"
    assert len(whole.classes) == len(whole.probabilities) == 2 * STEPS - 80


def test_a_character_seen_a_step_apart_is_kept_once() -> None:
    for offset in range(-2, 3):
        whole = joined([_steps(a=10, b=360), _steps(b=40 + offset, c=300)])
        assert ABC.decode(whole).text == "abc"


def test_a_character_cut_in_two_at_the_end_of_a_piece_does_not_count() -> None:
    left, right = _steps(a=330, c=399), _steps(a=10, b=79)
    assert ABC.decode(joined([left, right])).text == "ab"


def test_three_pieces_without_characters() -> None:
    whole = joined([_steps(), _steps(), _steps()])
    assert ABC.decode(whole).text == ""
    assert len(whole.classes) == 3 * STEPS - 160
