from itertools import pairwise

import msgspec
import pytest

from stream_ocr.tracking.confidence import confidence
from stream_ocr.tracking.voting import Vote

TWICE = Vote(text="EXIT 25", confidence=0.9, agreeing=2, readings=3, agreement=0.8, alternatives=())


@pytest.mark.parametrize(
    ("text", "said", "agreeing", "readings", "agreement", "expected"),
    [
        ("EXIT 25", 0.99, 1, 1, 1.0, 0.909),
        ("EXIT 25", 0.99, 2, 2, 1.0, 0.955),
        ("EXIT 25", 0.8, 1, 1, 1.0, 0.227),
        ("EXIT 25", 0.8, 4, 4, 1.0, 0.736),
        ("EXIT 25", 0.95, 1, 4, 0.4, 0.282),
        ("7", 0.99, 1, 1, 1.0, 0.333),
    ],
)
def test_literal_values(
    text: str, said: float, agreeing: int, readings: int, agreement: float, expected: float
) -> None:
    vote = Vote(text=text, confidence=said, agreeing=agreeing, readings=readings, agreement=agreement, alternatives=())
    assert confidence(vote) == pytest.approx(expected, abs=0.0005)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("confidence", (0.1, 0.5, 0.9, 0.99)),
        ("agreeing", (1, 2, 3)),
        ("agreement", (0.3, 0.6, 1.0)),
        ("text", ("A", "AB", "ABC", "A-B-C-D")),
    ],
)
def test_more_evidence_is_more_confidence(name: str, values: tuple[object, ...]) -> None:
    rising = [confidence(msgspec.structs.replace(TWICE, **{name: value})) for value in values]
    assert all(before < after for before, after in pairwise(rising))


def test_readings_that_say_otherwise_are_less_confidence() -> None:
    falling = [confidence(msgspec.structs.replace(TWICE, readings=readings)) for readings in (2, 3, 5, 9)]
    assert all(before > after for before, after in pairwise(falling))


def test_from_four_readings_or_four_letters_on_more_tell_nothing_new() -> None:
    often = msgspec.structs.replace(TWICE, agreeing=4, readings=4)
    assert confidence(msgspec.structs.replace(often, agreeing=8, readings=8)) == confidence(often)
    assert confidence(msgspec.structs.replace(TWICE, text="EXIT")) == confidence(TWICE)


def test_a_single_unsure_character_is_unlikely() -> None:
    single = Vote(text="I", confidence=0.85, agreeing=1, readings=1, agreement=1.0, alternatives=())
    assert confidence(single) < 0.05


def test_without_letter_and_digit_there_is_nothing_to_be_right() -> None:
    assert confidence(msgspec.structs.replace(TWICE, text="---")) == 0.0
    assert confidence(msgspec.structs.replace(TWICE, text="")) == 0.0


@pytest.mark.parametrize("said", [0.0, 1.0])
def test_the_recogniser_is_never_taken_as_quite_sure(said: float) -> None:
    assert 0.0 < confidence(msgspec.structs.replace(TWICE, confidence=said)) < 1.0
