import pytest

from stream_ocr.rules.watchlist import Watchlist


@pytest.mark.parametrize(
    ("distance", "text", "found"),
    [
        (0, "SYSTEM ERROR 25", True),
        (0, "System  Error", True),
        (0, "SYSTEM ERR0R 25", False),
        (1, "SYSTEM ERR0R 25", True),
        (1, "SYSTEM ERR 25", False),
        (2, "SYSTEM ERR 25", True),
        (1, "ERRROR", True),
        (1, "EROR", True),
        (1, "ERR", False),
        (2, "ERR", True),
        (1, "", False),
        (0, "ＥＲＲＯＲ", True),
    ],
)
def test_how_near_what_is_in_a_text_must_be(distance: int, text: str, found: bool) -> None:
    assert Watchlist(["fault", "error"], distance).found_in(text) is found


def test_a_phrase_in_a_script_without_spaces() -> None:
    assert Watchlist(["出口"], 0).found_in("前方出口25")
