import pytest
from frames import quad

from stream_ocr.config import RedactConfig
from stream_ocr.messages import Line
from stream_ocr.redaction.policy import Policy, Verdict

PLATES = Policy(RedactConfig(match=r"\d\d-[A-Z]{3}-\d"))
ALL_BUT_EXIT = Policy(RedactConfig(but="^EXIT"))


def _line(text: str, *, settled: bool = True, alternatives: tuple[str, ...] = ()) -> Line:
    return Line(quad=quad(0, 0, 9, 9), score=1.0, text=text, settled=settled, alternatives=alternatives)


@pytest.mark.parametrize(
    ("line", "plates", "all_but_exit"),
    [
        (_line(""), "unknown", "unknown"),
        (_line("EXIT 25", settled=False), "unknown", "unknown"),
        (_line("EXIT 25"), "show", "show"),
        (_line("98-THD-4", settled=False), "hide", "unknown"),
        (_line("98-THD-4"), "hide", "hide"),
        (_line("98-TH0-4", alternatives=("98-THD-4",)), "hide", "hide"),
    ],
)
def test_a_line_is_hidden_shown_or_unknown(line: Line, plates: Verdict, all_but_exit: Verdict) -> None:
    assert PLATES.verdict(line) == plates
    assert ALL_BUT_EXIT.verdict(line) == all_but_exit


def test_what_matched_once_stays_hidden_but_what_is_let_through_may_be_read_better() -> None:
    assert PLATES.verdict(_line("98-TH0-4"), "hide") == "hide"
    assert ALL_BUT_EXIT.verdict(_line("EXIT 25"), "hide") == "show"
