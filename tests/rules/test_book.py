from typing import Any

import pytest

from stream_ocr.config import NumberConfig, RuleConfig
from stream_ocr.rules.book import Rulebook, Verdict


def _judged(text: str, *rules: dict[str, Any], region: str | None = None) -> Verdict:
    book = Rulebook([RuleConfig(**{"name": f"rule-{index}", **rule}) for index, rule in enumerate(rules)])
    return book.judge("desk", region, text)


@pytest.mark.parametrize(
    ("rule", "fits", "not_so"),
    [
        ({"regex": r"^EXIT \d+$"}, "EXIT 25", "EXIT"),
        ({"watch": ["exit"], "distance": 1}, "NEXT EXlT", "ENTRANCE"),
        ({"format": ["AA-99"]}, " XY 12 ", "XY 1"),
        ({"clock": True}, "12:34:56", "EXIT"),
        ({"number": NumberConfig()}, "34", "EXIT"),
        ({}, "anything", ""),
    ],
    ids=["regex", "watch", "format", "clock", "number", "no matcher"],
)
def test_each_matcher_fits_some_texts(rule: dict[str, Any], fits: str, not_so: str) -> None:
    assert _judged(fits, {"tag": "seen", **rule})[1:3] == (("rule-0",), ("seen",))
    if not_so:
        assert _judged(not_so, {"tag": "seen", **rule}) == Verdict(not_so)


def test_a_rule_is_for_its_sources_and_regions() -> None:
    assert _judged("a", {"sources": ["yard"], "tag": "t"}).rules == ()
    assert _judged("a", {"sources": ["yard", "desk"], "tag": "t"}).rules == ("rule-0",)
    assert _judged("a", {"regions": ["top"], "tag": "t"}).rules == ()
    assert _judged("a", {"regions": ["top"], "tag": "t"}, region="top").rules == ("rule-0",)


def test_what_a_rule_replaces_is_replaced_if_it_fits_then() -> None:
    digits = {"replace": {"[Oo]": "0", "[Il]": "1"}, "number": NumberConfig(unit="bar")}
    verdict = _judged("lO.5", digits, {"regex": r"^10\.5$", "tag": "ten"})
    assert (verdict.text, verdict.tags) == ("10.5", ("ten",))
    assert verdict.figure is not None
    assert (verdict.figure.value, verdict.figure.unit) == (10.5, "bar")
    assert _judged("OIL", digits) == Verdict("OIL")


def test_a_text_never_becomes_empty() -> None:
    assert _judged("...", {"replace": {r"\.": ""}}).text == "..."


def test_a_drop_ends_it() -> None:
    dropped = _judged("12:34", {"tag": "first"}, {"clock": True, "drop": True}, {"tag": "later"})
    assert (dropped.dropped, dropped.rules) == (True, ("rule-0", "rule-1"))


def test_a_word_may_stand_for_a_value_and_the_first_rule_with_one_has_it() -> None:
    verdict = _judged("ON", {"watch": ["ON"], "value": 1.0}, {"value": 2.0})
    assert verdict.figure is not None
    assert (verdict.figure.rule, verdict.figure.value, verdict.figure.unit) == ("rule-0", 1.0, None)


def test_a_rule_whose_pattern_runs_away_is_named() -> None:
    book = Rulebook([RuleConfig(name="slow", regex="(a|aa)+$", tag="t"), RuleConfig(name="quick", regex="a", tag="t")])
    for _ in range(3):
        assert book.judge("desk", None, "a" * 200 + "!").rules == ("quick",)
    assert book.given_up == ["slow"]
