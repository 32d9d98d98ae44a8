import pytest

from stream_ocr.tracking.voting import Reading, alike, extends, likeness, normalised, part_of, says_same, vote


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("EXIT 25", "exit25"),
        ("ＡＢＣ１２", "abc12"),
        ("It's two, right?", "itstworight"),
        ("一个还是两个？", "一个还是两个"),
        ("---", "---"),
        ("", ""),
    ],
)
def test_normalised(text: str, expected: str) -> None:
    assert normalised(text) == expected


def test_likeness_is_one_minus_distance_over_length() -> None:
    assert likeness("abcde", "abXde") == pytest.approx(0.8)
    assert likeness("ABCDE", "a b c d e") == 1.0


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("PATENTES NUEVAS", "PATENTES NUEVA5", True),
        ("34", "35", False),
        ("34", "3 4", True),
        ("98-THD-4", "98-THO-4", True),
        ("COFFEE", "TOFFEES", False),
        ("09:19:00", "09:19:01", False),
        ("EXIT 25 NORTH", "EXIT Z5 NORTH", True),
    ],
)
def test_alike(one: str, other: str, expected: bool) -> None:
    assert alike(one, other) is expected
    assert alike(other, one) is expected


def test_typed_text_extends() -> None:
    assert extends("> gh issue list", "> gh iss")
    assert not extends("> gh iss", "> gh issue list")
    assert extends("Mind the gap", "M")
    assert not extends("36", "3")
    assert not extends("same", "same")


@pytest.mark.parametrize(
    ("piece", "whole", "expected"),
    [
        ("车", "欢迎乘车", True),
        ("17 DEPARTS IN", "BUS 17 DEPARTS IN 5 MINUTES", True),
        ("I7 DEPARTS IN 5", "BUS 17 DEPARTS IN 5 MINUTES", True),
        ("6", "36", False),
        ("whole", "whole", False),
        ("ARRIVALS", "BUS 17 DEPARTS IN 5 MINUTES", False),
    ],
)
def test_part_of(piece: str, whole: str, expected: bool) -> None:
    assert part_of(piece, whole) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("EXIT 25", "exit-25.", True),
        ("EXIT 25", "EXIT Z5", False),
        ("---", "---", True),
        ("---", "...", False),
        ("", "", False),
    ],
)
def test_says_same_but_for_spaces_punctuation_and_case(one: str, other: str, expected: bool) -> None:
    assert says_same(one, other) is expected


def test_no_readings_no_vote() -> None:
    assert vote([]) is None
    assert vote([Reading("", 0.0)]) is None


def test_heaviest_cluster_wins_over_the_surest_reading() -> None:
    outcome = vote([Reading("OTHERWISE", 0.99), Reading("EXIT 25 NORTH", 0.8), Reading("EXIT 25 NORTH", 0.7)])
    assert outcome is not None
    assert outcome.text == "EXIT 25 NORTH"
    assert outcome.agreeing == 2
    assert outcome.confidence == pytest.approx(0.75)
    assert outcome.agreement == pytest.approx(1.5 / 2.49)
    assert outcome.alternatives == ("OTHERWISE",)


def test_medoid_is_a_whole_reading_that_was_made() -> None:
    readings = [Reading("98-THD-4", 0.9), Reading("98-THO-4", 0.8), Reading("98-THD-4", 0.7), Reading("98-7HD-4", 0.6)]
    outcome = vote(readings)
    assert outcome is not None
    assert outcome.text == "98-THD-4"
    assert outcome.agreement == 1.0
    assert outcome.alternatives == ("98-THO-4", "98-7HD-4")


def test_alternatives_are_few_and_the_best_ones() -> None:
    readings = [Reading("A1", 0.9), Reading("B2", 0.2), Reading("C3", 0.3), Reading("D4", 0.4), Reading("E5", 0.5)]
    outcome = vote(readings)
    assert outcome is not None
    assert outcome.alternatives == ("E5", "D4", "C3")


def test_a_reading_of_a_line_that_was_seen_well_outweighs_two_that_were_not() -> None:
    readings = [
        Reading("EX1T Z5", 0.9, weight=10),
        Reading("EX1T Z5", 0.9, weight=10),
        Reading("TAXI 48", 0.9, weight=20),
    ]
    outcome = vote(readings)
    assert outcome is not None
    assert (outcome.text, outcome.agreeing, outcome.readings) == ("TAXI 48", 1, 3)
    assert outcome.agreement == pytest.approx(1 / 1.5)


def test_a_reading_that_was_seen_badly_keeps_some_weight() -> None:
    outcome = vote([Reading("EXIT 25", 0.9, weight=100), Reading("TAXI 48", 0.9, weight=0)])
    assert outcome is not None
    assert outcome.agreement == pytest.approx(1 / 1.09)


def test_readings_that_were_all_seen_badly_are_equal() -> None:
    outcome = vote(
        [Reading("EXIT 25", 0.9, weight=0), Reading("EXIT 25", 0.9, weight=0), Reading("TAXI 48", 0.9, weight=0)]
    )
    assert outcome is not None
    assert outcome.agreement == pytest.approx(2 / 3)


def test_readings_without_any_confidence_give_a_text_without_any() -> None:
    outcome = vote([Reading("EXIT 25", 0.0)])
    assert outcome is not None
    assert (outcome.text, outcome.confidence, outcome.agreement) == ("EXIT 25", 0.0, 0.0)


def test_agreeing_readings_say_the_text_exactly() -> None:
    outcome = vote([Reading("EXIT 25 NORTH", 0.9), Reading("Exit 25 north.", 0.7), Reading("EXIT 25 N0RTH", 0.6)])
    assert outcome is not None
    assert (outcome.text, outcome.agreeing, outcome.readings, outcome.agreement) == ("EXIT 25 NORTH", 2, 3, 1.0)
    assert outcome.confidence == pytest.approx(0.8)
