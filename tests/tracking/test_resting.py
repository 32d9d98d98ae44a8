import numpy as np
import pytest
from frames import quad

from stream_ocr.messages import Ended, Line, Luma, Quad
from stream_ocr.tracking.entry import Entry
from stream_ocr.tracking.resting import Resting, moved_by_cut, sure_after_all
from stream_ocr.tracking.voting import Reading, vote

BOX = quad(100, 170, 240, 210)
ELSEWHERE = quad(400, 20, 540, 60)
HERE, THERE = np.random.default_rng(1).integers(0, 255, (2, 18, 32), dtype=np.uint8)


def _entry(
    text: str = "EXIT 25",
    start: float = 0.0,
    *,
    number: int = 1,
    reads: int = 2,
    confidence: float = 0.95,
    box: Quad = BOX,
    scene: Luma | None = HERE,
) -> Entry:
    """A text that was read, and seen until now."""
    entry = Entry(number, 1, start, box, start)
    entry.readings = [Reading(text, confidence)] * reads
    entry.outcome, entry.reads, entry.scene = vote(entry.readings), reads, scene
    entry.line = Line(quad=box, score=0.9, text=text)
    return entry


def _resting(*entries: Entry, end: float = 1.0, patience: float = 1.0) -> Resting:
    resting = Resting(patience, 0.4)
    for entry in entries:
        resting.add(entry, Ended(track=70 + entry.number, end=end, reason="left"))
    return resting


def _recalled(resting: Resting, back: Entry, box: Quad = BOX, scene: Luma = HERE) -> Entry | None:
    return resting.recall(back, Line(quad=box, score=0.9), scene, ())


def test_a_text_rests_for_its_patience_and_is_given_up_once() -> None:
    entry = _entry()
    entry.said = True
    resting = _resting(entry)
    assert resting.given_up(2.0) == []
    assert resting.given_up(2.01) == [Ended(track=1, end=1.0, reason="left", line=entry.line)]
    assert resting.given_up(9.0) == []


def test_a_text_that_was_never_known_well_enough_is_not_said_at_its_end() -> None:
    assert _resting(_entry(confidence=0.5)).given_up(9.0) == [Ended(track=1, end=1.0, reason="left")]
    assert _resting(_entry()).given_up(9.0)[0].line == _entry().line


@pytest.mark.parametrize(
    ("text", "reads", "confidence", "end", "expected"),
    [
        ("EXIT 25", 2, 0.95, 1.0, True),
        ("EXIT 25", 2, 0.95, 0.05, False),
        ("EXIT 25", 2, 0.5, 1.0, False),
        ("EXIT 25", 1, 0.95, 1.0, False),
        ("EXIT 25", 1, 0.995, 1.0, True),
        ("EXIT", 2, 0.99, 1.0, False),
        ("", 2, 0.99, 1.0, False),
    ],
    ids=["sure", "too short a time", "unsure", "once", "once and quite sure", "few characters", "nothing"],
)
def test_sure_after_all(text: str, reads: int, confidence: float, end: float, expected: bool) -> None:
    assert sure_after_all(_entry(text, reads=reads, confidence=confidence), end, 0.4) is expected


def test_a_glimpse_of_a_part_confirms_a_single_reading() -> None:
    entry = _entry(reads=1, confidence=0.95)
    entry.glimpses = 1
    assert sure_after_all(entry, 1.0, 0.4)


@pytest.mark.parametrize(
    ("says", "start", "box", "expected"),
    [
        ("EXIT 25", 1.5, BOX, True),
        ("EX1T 25", 1.5, BOX, True),
        ("EXIT 2", 1.5, BOX, True),
        ("EXIT", 1.5, BOX, False),
        ("TAXI 48", 1.5, BOX, False),
        ("EXIT 25", 2.01, BOX, False),
        ("EXIT 25", 1.5, quad(100, 270, 240, 310), True),
        ("EXIT 25", 1.5, quad(100, 295, 240, 335), False),
        ("EXIT 25", 1.5, quad(100, 270, 340, 310), False),
        ("EXIT 25", 1.5, ELSEWHERE, False),
    ],
    ids=[
        "the same",
        "misread",
        "most of it",
        "half of it",
        "another",
        "too late",
        "near",
        "not near",
        "near and wider",
        "far",
    ],
)
def test_the_same_text_near_its_place_and_soon_is_the_one_it_was(
    says: str, start: float, box: Quad, expected: bool
) -> None:
    gone = _entry()
    found = _recalled(_resting(gone), _entry(says, start, number=2), box)
    assert found is (gone if expected else None)


def test_a_text_that_was_recalled_rests_no_more() -> None:
    gone = _entry()
    resting = _resting(gone)
    assert _recalled(resting, _entry(start=1.5, number=2)) is gone
    assert gone.reads == 4
    assert resting.given_up(9.0) == []


def test_the_one_that_was_seen_last_is_recalled() -> None:
    early, late = _entry(number=1), _entry(number=2)
    resting = Resting(1.0, 0.4)
    resting.add(late, Ended(track=2, end=1.2, reason="left"))
    resting.add(early, Ended(track=1, end=1.0, reason="left"))
    assert _recalled(resting, _entry(start=1.5, number=3)) is late


def test_a_text_whose_track_is_open_but_out_of_sight_is_recalled_too() -> None:
    lost = _entry()
    back = _entry(start=0.5, number=2)
    assert Resting(1.0, 0.4).recall(back, Line(quad=BOX, score=0.9), HERE, [lost]) is lost


def test_what_was_never_read_is_not_recalled() -> None:
    unread = Entry(1, 1, 0.0, BOX, 0.0)
    assert _recalled(_resting(unread), _entry(start=1.5, number=2)) is None


def test_after_a_cut_a_text_is_the_same_anywhere() -> None:
    gone = _entry()
    assert _recalled(_resting(gone), _entry(start=1.5, number=2), ELSEWHERE, THERE) is gone


@pytest.mark.parametrize(
    ("one", "other", "scene", "expected"),
    [
        ("EXIT 25 NORTH", "EXIT 25 NORTH", THERE, True),
        ("EXIT 25 NORTH", "EXIT 25 N0RTH", THERE, True),
        ("EXIT 25 NORTH", "EXIT 25 NO", THERE, False),
        ("EXIT 25 NORTH", "EXIT 25 NORTH", HERE, False),
        ("EXIT", "EXIT", THERE, False),
    ],
    ids=["the same", "misread", "a part", "no cut", "few characters"],
)
def test_moved_by_cut(one: str, other: str, scene: Luma, expected: bool) -> None:
    assert moved_by_cut(_entry(one), _entry(other), scene) is expected


def test_without_a_picture_or_a_reading_there_is_no_cut() -> None:
    assert not moved_by_cut(_entry(scene=None), _entry(), THERE)
    assert not moved_by_cut(Entry(1, 1, 0.0, BOX, 0.0), _entry(), THERE)
    assert not moved_by_cut(_entry(), Entry(1, 1, 0.0, BOX, 0.0), THERE)
