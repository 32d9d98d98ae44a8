import pytest

from stream_ocr.durations import seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [("30s", 30), ("15m", 900), ("2h", 7200), ("1.5h", 5400), ("30d", 2_592_000), ("4w", 2_419_200)],
)
def test_a_duration_has_seconds(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "1 d", "1d\n", "1y", "٣d", "1.d", "2h30m"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="expected a duration, as in 30s"):
        seconds(text)
