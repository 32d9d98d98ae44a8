import pytest

from stream_ocr.config import NumberConfig
from stream_ocr.rules.numbers import Numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("34", 34.0),
        (" 36.5 %", 36.5),
        ("-3,5", -3.5),
        ("−3", -3.0),
        ("+7", 7.0),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1 234 567", 1234567.0),
        ("1,234,567", 1234567.0),
        ("３４", 34.0),
        ("Flow: 12 l", 12.0),
        ("007", 7.0),
        ("3S", None),
        ("l2", None),
        ("12 34", None),
        ("00:05", None),
        ("mmHg", None),
        ("", None),
        ("1" * 16, None),
    ],
)
def test_the_one_number_of_a_text(text: str, number: float | None) -> None:
    assert Numbers(NumberConfig()).find(text) == number


def test_only_its_unit_may_touch_a_number() -> None:
    numbers = Numbers(NumberConfig(unit="mmHg"))
    assert [numbers.find(text) for text in ("34mmHg", "34 MMHG", "34kPa")] == [34.0, 34.0, None]


@pytest.mark.parametrize(
    ("text", "decimals", "number"),
    [
        ("36.5", 1, 36.5),
        ("365", 1, 36.5),
        ("-5", 1, -0.5),
        ("5", 2, 0.05),
        ("36.52", 1, None),
        ("36.", 1, 3.6),
        ("1,234", 0, 1234.0),
        ("1,234", 3, 1.234),
        ("1,234", None, 1.234),
    ],
)
def test_decimals_that_a_display_always_shows(text: str, decimals: int | None, number: float | None) -> None:
    assert Numbers(NumberConfig(decimals=decimals)).find(text) == number


@pytest.mark.parametrize(
    ("pattern", "number"),
    [(r"SpO2 (\d+)", 98.0), (r"\d+$", 61.0), (r"HR (\d+)", None), ("(x)?98", None)],
    ids=["group", "all", "absent", "empty group"],
)
def test_where_the_number_is(pattern: str, number: float | None) -> None:
    assert Numbers(NumberConfig(pattern=pattern)).find("SpO2 98 PR 61") == number
