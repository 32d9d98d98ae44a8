import msgspec
import pytest
from frames import quad
from texts import event

from stream_ocr.config import RedactConfig, RegionConfig, RuleConfig, SourceConfig
from stream_ocr.messages import Line
from stream_ocr.redaction.policy import Policy, Verdict, View
from stream_ocr.regions import Regions

VIEW = View("desk", (640, 360))
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
    assert PLATES.verdict(line, VIEW) == plates
    assert ALL_BUT_EXIT.verdict(line, VIEW) == all_but_exit


def test_what_matched_once_stays_hidden_but_what_is_let_through_may_be_read_better() -> None:
    assert PLATES.verdict(_line("98-TH0-4"), VIEW, "hide") == "hide"
    assert ALL_BUT_EXIT.verdict(_line("EXIT 25"), VIEW, "hide") == "show"


def test_tags_of_rules_say_what_is_hidden() -> None:
    yard = SourceConfig(
        uri="test:", regions={"gate": RegionConfig(polygon=((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))}
    )
    rules = [RuleConfig(name="plates", format=["99-AAA-9"], regions=["gate"], tag="plate")]
    policy = Policy(RedactConfig(tags=["plate"]), rules, {"yard": Regions.of(yard)})
    inside, outside = _line("98-THD-4"), msgspec.structs.replace(_line("98-THD-4"), quad=quad(600, 0, 640, 20))
    seen = View("yard", (640, 360))
    assert [policy.verdict(line, seen) for line in (inside, outside, _line("EXIT 25"))] == ["hide", "show", "show"]
    assert policy.verdict(inside, VIEW) == "show", "another source"


def test_a_pattern_that_takes_too_long_hides_everything() -> None:
    policy = Policy(RedactConfig(match=r"(a|aa)+$"))
    assert policy.verdict(_line("a" * 60 + "!"), VIEW) == "hide"


def test_a_store_is_told_where_a_hidden_text_was_but_not_what_it_says() -> None:
    shown, hidden = event(text="EXIT 25"), event(text="98-THD-4", alternatives=("98-THO-4",))
    assert PLATES.masked(shown) is shown
    masked = PLATES.masked(hidden)
    assert (masked.text, masked.alternatives) == ("[redacted]", ())
    assert (masked.quad, masked.start, masked.track) == (hidden.quad, hidden.start, hidden.track)
