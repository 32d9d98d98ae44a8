from collections import deque

import numpy as np
import pytest
from frames import quad

from stream_ocr.tracking.appearance import Look
from stream_ocr.tracking.entry import Entry
from stream_ocr.tracking.policy import worth_reading
from stream_ocr.tracking.voting import Reading, vote

LOOK = Look(np.zeros((24, 100), np.uint8), 10.0)
TWICE = [Reading("EXIT 25", 0.9), Reading("EXIT 25", 0.9)]


def _entry(**fields: object) -> Entry:
    """A text that is said, was read twice, last at 10.0, looks a little different now, and is left alone for 0.4 s."""
    entry = Entry(1, 1, 0.0, quad(0, 0, 100, 24), 10.0)
    entry.readings, entry.outcome, entry.reads = TWICE, vote(TWICE), 2
    entry.looked, entry.quality, entry.said = LOOK, 10.0, True
    entry.read_at, entry.wait, entry.drift = 10.0, 0.4, 0.15
    for name, value in fields.items():
        setattr(entry, name, value)
    return entry


def _worth(entry: Entry, pts: float, look: Look = LOOK, *, changed: bool = False) -> bool:
    return worth_reading(entry, look, pts, 6, changed=changed)


def test_an_undisputed_text_is_checked_when_it_has_waited() -> None:
    assert not _worth(_entry(), 10.3)
    assert _worth(_entry(), 10.4)


def test_an_undisputed_text_is_read_four_times() -> None:
    assert _worth(_entry(reads=3), 20.0)
    assert not _worth(_entry(reads=4), 20.0)


def test_the_same_picture_of_a_text_that_is_said_is_not_read_again() -> None:
    assert not _worth(_entry(drift=0.05), 20.0)
    assert _worth(_entry(drift=0.05, said=False), 20.0)
    assert _worth(_entry(drift=0.05, reads=1), 20.0)


def test_where_a_change_turned_out_to_be_none_the_next_one_waits_a_little() -> None:
    assert not _worth(_entry(changed_at=10.02, alarmed=True), 10.02, changed=True)
    assert _worth(_entry(changed_at=10.1, alarmed=True), 10.1, changed=True)


def test_a_look_that_is_half_as_good_again_is_read_all_the_same() -> None:
    assert not _worth(_entry(reads=4), 20.0, Look(LOOK.thumbnail, 15.0))
    assert _worth(_entry(reads=4), 20.0, Look(LOOK.thumbnail, 15.1))
    assert not _worth(_entry(reads=4), 10.3, Look(LOOK.thumbnail, 15.1))


@pytest.mark.parametrize(
    "unsettled",
    [{"said": False}, {"outcome": vote([*TWICE, Reading("EXIT 26", 0.5)]), "readings": [*TWICE, Reading("X", 0.5)]}],
    ids=["not said", "disputed"],
)
def test_an_unsettled_text_is_read_up_to_the_limit(unsettled: dict[str, object]) -> None:
    assert _worth(_entry(reads=5, **unsettled), 20.0)
    assert not _worth(_entry(reads=6, **unsettled), 20.0)


def test_a_change_in_a_calm_picture_is_read_at_once() -> None:
    now = {"changed_at": 10.02, "recent": deque([(10.02, LOOK)])}
    assert _worth(_entry(**now), 10.02, changed=True)
    assert not _worth(_entry(**now, usual=0.2), 10.02, changed=True)


def test_a_change_that_goes_on_in_a_calm_picture_is_read_ten_times_a_second() -> None:
    assert not _worth(_entry(changed_at=9.9), 10.09, changed=True)
    assert _worth(_entry(changed_at=9.9), 10.1, changed=True)


def test_a_change_in_a_restless_picture_waits() -> None:
    assert not _worth(_entry(usual=0.2, reads=6), 10.3, changed=True)
    assert _worth(_entry(usual=0.2, reads=6), 10.4, changed=True)


def test_a_line_that_drifted_is_read_again_soon_however_long_it_was_to_be_left_alone() -> None:
    settled = _entry(usual=0.2, reads=6, wait=2.0)
    assert not _worth(settled, 11.9, changed=True)
    settled.drifted = True
    assert not _worth(settled, 10.7, changed=True)
    assert _worth(settled, 10.8, changed=True)


def test_a_line_that_drifted_waits_no_longer_than_others() -> None:
    assert not _worth(_entry(usual=0.2, wait=0.2, drifted=True), 10.1, changed=True)
    assert _worth(_entry(usual=0.2, wait=0.2, drifted=True), 10.2, changed=True)


def test_a_box_that_grew_is_read_soon_in_a_restless_picture_too() -> None:
    wide = Look(np.zeros((24, 130), np.uint8), 10.0)
    assert _worth(_entry(usual=0.2), 10.1, wide, changed=True)
    assert not _worth(_entry(usual=0.2), 10.1, wide)


def test_a_doubt_is_followed_up_soon() -> None:
    doubted = _entry(doubts=[Reading("TAXI 48", 0.9)], usual=0.2, reads=12)
    assert not _worth(doubted, 10.09)
    assert _worth(doubted, 10.1)


def test_a_part_that_stays_hidden_waits_until_something_stirs() -> None:
    hidden = _entry(changed_at=9.0, broke_at=9.0, hidden_from=8.9, wait=1.6)
    assert not _worth(hidden, 11.5, changed=True)
    assert _worth(hidden, 11.6, changed=True)
    hidden.broke_at = 10.5
    assert _worth(hidden, 10.5, changed=True)
