import pytest

from stream_ocr.patterns import LONGEST, Pattern, check, check_replacement

RUNAWAY = "(a|aa)+$"
"""Its time doubles with every other letter of a text that it does not fit."""


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("(a+", r"rules\[0\]\.regex: expected a regular expression, got \(a\+: missing \) at position 3$"),
        ("a[z-a]", r"got a\[z-a\]: bad character range at position 5$"),
        ("a" * (LONGEST + 1), "expected a pattern of at most 1000 characters, got 1001$"),
    ],
    ids=["open group", "range", "long"],
)
def test_what_is_no_pattern(pattern: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        check(pattern, "rules[0].regex")


@pytest.mark.parametrize(
    ("replacement", "complaint"),
    [
        (r"\2", "a group that the pattern has not"),
        (r"\g<unit>", "a group that"),
        (r"\q", r"bad escape \\q at position 2"),
    ],
)
def test_what_replaces_nothing(replacement: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        check_replacement("(a)", replacement, "replace")


def test_what_is_both() -> None:
    check(r"(?i)^\p{Lu}{2}(?P<number>\d+)", "regex")
    check_replacement(r"(?i)a(?P<number>\d+)", r"\g<number> \1 \\", "replace")


def test_a_pattern_finds_fits_and_replaces() -> None:
    pattern = Pattern("[o0]", ignore_case=True)
    match = pattern.search("EXO")
    assert match is not None
    assert match.start() == 2
    assert pattern.fullmatch("OO") is None
    assert pattern.replace("0", "O2O") == "020"
    assert len(Pattern("a").replace("aaaa", "a" * LONGEST)) == LONGEST


def test_one_that_runs_away_is_stopped_each_time_and_then_given_up() -> None:
    pattern = Pattern(RUNAWAY)
    text = "a" * 200 + "!"
    assert pattern.search("aaa") is not None
    assert [pattern.search(text), pattern.fullmatch(text), pattern.replace("", text)] == [None, None, text]
    assert pattern.given_up
    assert pattern.search("aaa") is None


def test_more_than_the_bound_of_a_text_is_not_looked_at() -> None:
    assert Pattern("b").search("a" * LONGEST + "b") is None
    assert Pattern("a+").fullmatch("a" * (LONGEST + 1)) is None
