import pytest

from stream_ocr.rules.forms import is_clock, pattern_of


@pytest.mark.parametrize(
    ("form", "text", "fits"),
    [
        ("99-AAA-9", "12-ABC-3", True),
        ("99-AAA-9", "12abc3", True),
        ("99-AAA-9", "12·ABC 3", True),
        ("99-AAA-9", "12-ABC-3 NL", False),
        ("99-AAA-9", "1O-ABC-3", False),
        ("XX.9", "A7.1", True),
        ("XX.9", "A7x1", False),
        ("京A-99999", "京B·12345", True),
    ],
)
def test_a_form_is_of_the_whole_text(form: str, text: str, fits: bool) -> None:
    assert (pattern_of([form]).fullmatch(text) is not None) is fits


def test_one_of_several_forms_is_enough() -> None:
    assert pattern_of(["9-AAA-99", "AA-99"]).fullmatch("XY-12")


@pytest.mark.parametrize(
    "text",
    [
        "00:05",
        "-04:14",
        "12:34:56",
        "1:02:03.250",
        "12.34.56",
        "9:05 PM",
        "2026-11-25 20:05:36",
        "2026-11-25T20:05:36Z",
        "25/11/2026 Wed 20:05",
        "Wed 25.11.26, 20:05:36",
        "Nov 25 2026 08:05:36 AM",
        "25-NOV-2026",
        "2026年11月25日 星期三 20:05:36",
        "20:05:36 2026/11/25",
        "12:34:56 UTC+1",
    ],
)
def test_what_is_a_clock(text: str) -> None:
    assert is_clock(text)


@pytest.mark.parametrize(
    "text", ["34", "36.5", "1.234,5", "EXIT 25", "Opens at 9:05", "12 34", "12:34 EXIT", "192.168.1.10", "Wed", ""]
)
def test_what_is_none(text: str) -> None:
    assert not is_clock(text)
