import pytest
from frames import frame, quad

from stream_ocr.messages import Line, Quad
from stream_ocr.tracking.entry import Entry
from stream_ocr.tracking.evidence import Meaning, at_edge, meaning, same_extent, says_part, stays, steady, went_on
from stream_ocr.tracking.voting import Reading, vote

BOX = quad(100, 170, 240, 210)
FRAME = frame(1.0)


def _entry(text: str = "EXIT 25", at: Quad = BOX, **fields: object) -> Entry:
    """A text that was read in `at`, and looks different since 0.9."""
    entry = Entry(1, 1, 0.0, at, 0.8)
    entry.readings, entry.at, entry.changed_at = [Reading(text, 0.9)], at, 0.9
    entry.outcome = vote(entry.readings)
    for name, value in fields.items():
        setattr(entry, name, value)
    return entry


def _meaning(entry: Entry, says: str, box: Quad = BOX) -> Meaning:
    return meaning(entry, Line(quad=box, score=0.9), Reading(says, 0.9), FRAME)


@pytest.mark.parametrize("says", ["EXIT 25", "TAXI 48", ""])
def test_while_the_picture_is_the_same_so_is_the_text(says: str) -> None:
    assert _meaning(_entry(changed_at=None), says) == "same"


def test_another_picture_of_the_same_text() -> None:
    assert _meaning(_entry(), "EXIT 25") == "same"
    assert _meaning(_entry("DEPARTURES"), "DEPARTURE5") == "same"


def test_another_text() -> None:
    assert _meaning(_entry(), "TAXI 48") == "other"
    assert _meaning(_entry(), "EXIT 26") == "other"
    assert _meaning(_entry(), "") == "other"


@pytest.mark.parametrize(
    ("says", "expected"), [("PLATF0BM 3", "same"), ("TAXI 48", "other")], ids=["half alike", "hardly alike"]
)
def test_a_misreading_of_a_line_that_moves_is_no_other_text(says: str, expected: Meaning) -> None:
    assert _meaning(_entry("PLATFORM 4"), says) == "other"
    assert _meaning(_entry("PLATFORM 4"), says, quad(160, 170, 300, 210)) == expected
    assert _meaning(_entry("PLATFORM 4", usual=0.2), says) == expected


@pytest.mark.parametrize(
    ("says", "box", "expected"),
    [
        ("RTURES", BOX, "part"),
        ("RES", BOX, "other"),
        ("RES", quad(2, 170, 50, 210), "part"),
        ("RES", quad(590, 170, 637, 210), "part"),
        ("RES", quad(100, 0, 150, 40), "part"),
        ("RES", quad(100, 320, 150, 357), "part"),
        ("TAXI 48", quad(0, 170, 50, 210), "other"),
    ],
)
def test_a_part_is_long_or_at_the_edge_of_the_picture(says: str, box: Quad, expected: Meaning) -> None:
    assert _meaning(_entry("DEPARTURES"), says, box) == expected


@pytest.mark.parametrize(
    ("says", "box", "expected"),
    [
        ("EXIT 257", quad(100, 170, 260, 210), "typed"),
        ("EXIT 257", quad(104, 170, 264, 210), "typed"),
        ("EXIT 257", quad(110, 170, 270, 210), "same"),
        ("EXIT 257", quad(100, 170, 244, 210), "same"),
        ("EXIT 25 I", quad(100, 170, 247, 210), "typed"),
        ("EXIT 25 NORTH", BOX, "other"),
        ("EXIT 26 NORTH", quad(100, 170, 360, 210), "entered"),
    ],
    ids=[
        "longer",
        "jitter",
        "begins elsewhere",
        "no room for a digit",
        "narrow",
        "no room for a word",
        "begins otherwise",
    ],
)
def test_typed_text_goes_on_where_it_ended_in_a_longer_box(says: str, box: Quad, expected: Meaning) -> None:
    assert _meaning(_entry(), says, box) == expected


@pytest.mark.parametrize(
    ("says", "box", "came_whole", "expected"),
    [
        ("DEPARTURES 9", quad(40, 170, 240, 210), True, "entered"),
        ("DEPARTURES", quad(40, 170, 240, 210), False, "entered"),
        ("DEPARTURES", BOX, False, "entered"),
        ("DEPARTURES", BOX, True, "other"),
        ("SPARTURES", quad(40, 170, 240, 210), True, "same"),
        ("TAXI 48 NORTH", quad(40, 170, 240, 210), True, "other"),
        ("TAXI 48 NORTH", quad(40, 170, 240, 210), False, "entered"),
    ],
)
def test_text_that_comes_out_from_behind_something_or_over_the_edge(
    says: str, box: Quad, came_whole: bool, expected: Meaning
) -> None:
    assert _meaning(_entry("PARTURES" if says == "SPARTURES" else "ARTURES", came_whole=came_whole), says, box) == (
        expected
    )


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (quad(100, 170, 246, 210), True),
        (quad(100, 170, 400, 210), True),
        (quad(94.1, 170, 246, 210), True),
        (quad(105.9, 170, 246, 210), True),
        (quad(100, 170, 245.9, 210), False),
        (quad(94, 170, 246, 210), False),
        (quad(106, 170, 246, 210), False),
        (quad(100, 170, 230, 210), False),
    ],
    ids=["narrow", "long", "left jitters", "right jitters", "no letter", "from the left", "moved", "shorter"],
)
def test_a_line_went_on_where_a_narrow_letter_has_room_behind_it(box: Quad, expected: bool) -> None:
    assert went_on(_entry(), Line(quad=box, score=0.9)) is expected


def test_a_line_went_on_only_where_it_was_found_anew_in_a_calm_picture_after_a_reading() -> None:
    longer = quad(100, 170, 260, 210)
    assert not went_on(_entry(), Line(quad=longer, score=0.9, carried=True))
    assert not went_on(_entry(usual=0.2), Line(quad=longer, score=0.9))
    assert not went_on(_entry(at=None), Line(quad=longer, score=0.9))  # type: ignore[arg-type]


def test_a_space_needs_no_room() -> None:
    assert _meaning(_entry("EXIT"), "EXIT I", quad(100, 170, 246, 210)) == "typed"
    assert _meaning(_entry("EXIT"), "EXIT ", quad(100, 170, 260, 210)) == "same"


def test_what_was_read_at_the_edge_where_it_came_in_goes_on_however_little() -> None:
    box = quad(90, 170, 246, 210)
    entry = _entry("EXIT 2", came_whole=False, whole_from=0.5, cut=True)
    assert _meaning(entry, "EXIT 25", box) == "entered"
    entry.cut = False
    assert _meaning(entry, "EXIT 25", box) != "entered"


def test_what_was_read_before_it_seemed_to_go_on_is_no_part_of_it() -> None:
    entry = _entry("TODAY NEW PLATES")
    assert _meaning(entry, "NEW PLATES", BOX) == "part"
    entry.readings.append(Reading("NEW PLATES", 0.9))
    assert _meaning(entry, "NEW PLATES", BOX) == "same"


def test_a_part_at_the_edge_is_one_even_if_the_line_goes_on() -> None:
    assert _meaning(_entry("DEPARTURES", came_whole=False), "DEPART", quad(2, 170, 300, 210)) == "part"


def test_steady_is_where_it_was_read() -> None:
    assert steady(_entry(), Line(quad=quad(104, 172, 244, 212), score=0.9))
    assert not steady(_entry(), Line(quad=quad(160, 170, 300, 210), score=0.9))
    assert not steady(_entry(at=None), Line(quad=BOX, score=0.9))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (quad(100, 170, 400, 210), True),
        (quad(50, 170, 290, 210), True),
        (quad(113, 170, 400, 210), False),
        (quad(100, 183, 240, 223), False),
    ],
    ids=["same left", "same middle", "neither", "lower"],
)
def test_a_box_stays_by_its_left_end_or_its_middle(now: Quad, expected: bool) -> None:
    assert stays(BOX, now) is expected


def test_same_extent_is_less_than_a_character() -> None:
    assert same_extent(BOX, quad(300, 20, 454, 60))
    assert not same_extent(BOX, quad(300, 20, 455, 60))
    assert not same_extent(BOX, quad(300, 20, 440, 70.1))


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (quad(5, 5, 635, 355), False),
        (quad(4, 5, 635, 355), True),
        (quad(5, 4, 635, 355), True),
        (quad(5, 5, 636, 355), True),
        (quad(5, 5, 635, 356), True),
    ],
)
def test_the_edge_is_four_pixels_wide(box: Quad, expected: bool) -> None:
    assert at_edge(Line(quad=box, score=0.9), FRAME) is expected


def test_says_part() -> None:
    assert says_part(_entry("DEPARTURES"), _entry("DEPARTURE5"))
    assert says_part(_entry("ARTURES"), _entry("DEPARTURES"))
    assert not says_part(_entry("DEPARTURES"), _entry("ARTURES"))
    assert not says_part(_entry("TAXI 48"), _entry("EXIT 25"))
