import numpy as np
import pytest
from frames import quad

from stream_ocr.tracking.appearance import Look
from stream_ocr.tracking.entry import Entry
from stream_ocr.tracking.voting import Reading

BOX = quad(100, 170, 240, 210)


def _look(shade: int = 0, columns: int = 120, height: float = 40.0) -> Look:
    """Black and white stripes; `shade` lifts the black in the middle, so that the look differs by shade / 255."""
    stripes = np.zeros((24, columns), np.uint8)
    stripes[:, ::12] = stripes[:, 1::12] = stripes[:, 2::12] = 255
    stripes[:, 50:70] = np.maximum(stripes[:, 50:70], shade)
    return Look(stripes, 10.0, height)


def _entry(*says: str, confidence: float = 0.9) -> Entry:
    entry = Entry(1, 1, 0.0, BOX, 0.0)
    for text in says:
        entry.believe(Reading(text, confidence), _look())
    entry.looked = entry.latest = _look()
    return entry


def test_a_picture_that_stays_has_not_changed() -> None:
    entry = _entry("EXIT 25")
    assert not entry.notice(_look(), 0.2, 0.1)
    assert (entry.changed_at, entry.broke_at, entry.pending) == (None, None, False)


def test_a_sudden_change_has_its_frame_and_the_one_before() -> None:
    entry = _entry("EXIT 25")
    assert entry.notice(_look(200), 0.2, 0.1)
    assert (entry.changed_at, entry.unchanged_until, entry.broke_at, entry.pending) == (0.2, 0.1, 0.2, True)


def test_a_change_that_stands_is_the_same_change() -> None:
    entry = _entry("EXIT 25")
    entry.notice(_look(200), 0.2, 0.1)
    assert entry.notice(_look(200), 0.3, 0.2)
    assert (entry.changed_at, entry.unchanged_until, entry.broke_at) == (0.2, 0.1, 0.2)


def test_a_slow_change_is_noticed_when_it_differs_from_the_last_reading() -> None:
    entry = _entry("EXIT 25")
    changed = [entry.notice(_look(shade), 0.1 * n, 0.1 * (n - 1)) for n, shade in enumerate((20, 40, 60, 80), 1)]
    assert changed == [False, False, True, True]
    assert entry.changed_at == pytest.approx(0.3)
    assert entry.broke_at is None


def test_a_slow_change_that_goes_back_is_none() -> None:
    entry = _entry("EXIT 25")
    for n, shade in enumerate((20, 40, 60, 40, 20), 1):
        entry.notice(_look(shade), 0.1 * n, 0.1 * (n - 1))
    assert entry.changed_at is None


def test_another_length_is_a_change() -> None:
    entry = _entry("EXIT 25")
    assert entry.notice(_look(columns=126), 0.2, 0.1)
    assert entry.broke_at == 0.2
    assert not entry.grown(_look(columns=126))
    assert entry.grown(_look(columns=150))


def test_a_picture_that_stirs_all_the_time_is_not_calm_and_needs_more_to_change() -> None:
    entry = _entry("EXIT 25")
    entry.tolerance = 1.0
    for n in range(20):
        entry.notice(_look(50 * (n % 2)), 0.1 * n, 0.1 * (n - 1))
    assert not entry.calm
    assert entry.broke_at is not None and entry.broke_at < 1.0
    assert entry.notice(_look(230), 3.0, 2.9)
    assert entry.broke_at == 3.0


def test_one_change_makes_no_restless_picture() -> None:
    entry = _entry("EXIT 25")
    entry.notice(_look(250), 0.2, 0.1)
    assert entry.calm


def test_a_line_that_was_not_read_yet_has_not_grown() -> None:
    assert not Entry(1, 1, 0.0, BOX, 0.0).grown(_look())


def test_readings_are_spaced_further_and_further_once_the_text_is_said() -> None:
    entry = _entry("EXIT 25")
    waits = [entry.wait]
    for said in (False, False, True, True, True, True):
        entry.said = said
        entry.believe(Reading("EXIT 25", 0.9), _look())
        waits.append(entry.wait)
    assert waits == [0.1, 0.2, 0.2, 0.4, 0.8, 1.6, 2.0]


def test_a_text_that_cannot_be_said_after_eight_readings_is_read_less_and_less_often() -> None:
    entry = _entry("EXIT 25")
    waits = []
    for _ in range(11):
        entry.believe(Reading("EXIT 25", 0.3), _look())
        waits.append(entry.wait)
    assert waits == [*[0.2] * 6, 0.4, 0.8, 1.6, 2.0, 2.0]


def test_a_change_that_changes_nothing_is_remembered_until_the_text_grows() -> None:
    entry = _entry("EXIT 25")
    alarmed = [entry.alarmed]
    entry.changed_at = 1.0
    entry.believe(Reading("EXIT 25", 0.9), _look())
    alarmed.append(entry.alarmed)
    entry.begin_again(Reading("EXIT 25 NORTH", 0.9), _look(), None)
    assert [*alarmed, entry.alarmed] == [False, True, False]


def test_readings_are_counted_but_only_the_last_sixteen_are_kept() -> None:
    entry = _entry("TAXI 48", *["EXIT 25"] * 16)
    assert (entry.reads, len(entry.readings), entry.undisputed) == (17, 16, True)


def test_an_entry_is_undisputed_while_its_readings_say_the_same() -> None:
    assert not _entry().undisputed
    assert _entry("EXIT 25", "exit25").undisputed
    assert _entry("EXIT 25", "").undisputed
    assert not _entry("EXIT 25", "EXIT 25", "EXIT 26").undisputed


def test_a_line_that_looks_different_and_says_the_same_may_look_so() -> None:
    entry = _entry("EXIT 25")
    assert entry.notice(_look(100), 0.2, 0.1)
    entry.believe(Reading("EXIT 25", 0.9), _look(100))
    assert entry.tolerance == pytest.approx(1.2 * 100 / 255, abs=0.02)
    assert entry.changed_at is None
    entry.latest = _look(80)
    assert not entry.notice(_look(80), 0.4, 0.3)


def test_however_different_it_looks_some_difference_is_a_change() -> None:
    entry = _entry("EXIT 25")
    entry.notice(_look(250), 0.2, 0.1)
    entry.believe(Reading("EXIT 25", 0.9), _look(250))
    assert entry.tolerance == 0.8


def test_a_surer_reading_of_a_changed_picture_outdoes_the_unsure_ones_before_it() -> None:
    entry = _entry("EX1T Z5", confidence=0.5)
    entry.notice(_look(200), 0.2, 0.1)
    entry.reconsider(Reading("TAXI 48", 0.9, pts=0.3), _look(200))
    assert [reading.text for reading in entry.readings] == ["TAXI 48"]
    assert entry.start == 0.2


def test_a_reading_that_is_not_surer_is_one_vote_more() -> None:
    entry = _entry("EXIT 25", "EXIT 25", confidence=0.8)
    entry.reconsider(Reading("TAXI 48", 0.89, pts=0.3), _look())
    assert entry.outcome is not None
    assert (entry.outcome.text, entry.outcome.readings, entry.start) == ("EXIT 25", 3, 0.0)


def test_a_text_that_is_read_better_without_a_change_was_there_from_the_beginning() -> None:
    entry = _entry("EX1T Z5", confidence=0.5)
    entry.reconsider(Reading("TAXI 48", 0.9, pts=0.3), _look(height=46))
    assert entry.start == 0.0


def test_a_text_that_came_near_enough_to_be_read_begins_with_its_reading() -> None:
    entry = _entry("EX1T Z5", confidence=0.5)
    entry.reconsider(Reading("TAXI 48", 0.9, pts=0.3), _look(height=46.1))
    assert (entry.start, entry.first_height) == (0.3, 40.0)


def test_a_text_that_is_said_keeps_its_beginning_whatever_the_vote_says_now() -> None:
    entry = _entry("EX1T Z5", confidence=0.5)
    entry.said = True
    entry.reconsider(Reading("TAXI 48", 0.9, pts=0.3), _look(height=80))
    assert entry.start == 0.0


def test_a_text_whose_picture_changed_begins_when_it_looked_as_it_was_read() -> None:
    entry = _entry("EX1T Z5", confidence=0.5)
    for n, shade in enumerate((100, 250, 250, 250), 2):
        entry.notice(_look(shade), 0.1 * n, 0.1 * (n - 1))
    entry.reconsider(Reading("TAXI 48", 0.9, pts=0.5), _look(250))
    assert entry.start == pytest.approx(0.3)


def test_a_text_that_never_looked_as_it_was_read_begins_with_its_reading() -> None:
    entry = _entry("EX1T Z5", confidence=0.5)
    entry.notice(_look(100), 0.2, 0.1)
    entry.reconsider(Reading("TAXI 48", 0.9, pts=0.5), _look(250))
    assert entry.start == 0.5


def _watched(*shades: int) -> Entry:
    """A text that was looked at every 0.1 s, from 0.1 on."""
    entry = _entry("EXIT 25")
    for n, shade in enumerate(shades, 1):
        entry.notice(_look(shade), 0.1 * n, 0.1 * (n - 1))
    return entry


@pytest.mark.parametrize(
    ("shades", "shade", "earliest", "since"),
    [
        ((0, 0, 0), 0, 0.0, 0.1),
        ((0, 200, 200), 200, 0.0, 0.2),
        ((200, 0, 200), 200, 0.0, 0.3),
        ((0, 0, 0), 0, 0.15, 0.2),
        ((0, 0, 0), 200, 0.0, None),
        ((0, 0, 0), 0, 0.35, None),
        ((), 0, 0.0, None),
    ],
    ids=["always", "after a change", "again", "from the earliest on", "never", "too long ago", "not looked at"],
)
def test_since_is_the_first_frame_that_looked_so_without_a_break(
    shades: tuple[int, ...], shade: int, earliest: float, since: float | None
) -> None:
    assert _watched(*shades).since(_look(shade), earliest) == (None if since is None else pytest.approx(since))


def test_a_box_of_another_length_does_not_look_so() -> None:
    assert _watched(0, 0).since(_look(columns=126), 0.0) is None


def test_where_the_picture_stirs_more_difference_is_the_same_look() -> None:
    entry = _watched(0, 0)
    assert entry.since(_look(100), 0.0) is None
    entry.usual = 0.2
    assert entry.since(_look(100), 0.0) == pytest.approx(0.1)


def test_a_beginning_is_looked_for_in_the_last_64_frames() -> None:
    assert _watched(*[0] * 80).since(_look(), 0.0) == pytest.approx(1.7)


def test_a_doubt_holds_since_the_first_frame_of_the_change_that_looked_as_it_was_read() -> None:
    entry = _entry("EXIT 25")
    entry.notice(_look(90), 0.2, 0.1)
    entry.doubt(Reading("TAXI 48", 0.9, pts=0.2), _look(90))
    entry.notice(_look(250), 0.5, 0.4)
    entry.notice(_look(250), 0.6, 0.5)
    entry.doubt(Reading("TAXI 49", 0.9, pts=0.6), _look(250))
    assert [(doubt.text, doubt.since) for doubt in entry.doubts] == [("TAXI 48", 0.2), ("TAXI 49", 0.5)]
    assert entry.pending


def test_a_doubt_does_not_hold_since_before_the_change() -> None:
    entry = _watched(60, 60, 60)
    entry.changed_at = 0.2
    assert entry.since_change(_look(60), 0.3) == pytest.approx(0.2)


def test_without_a_change_or_a_look_like_it_a_doubt_holds_since_its_reading() -> None:
    assert _watched(0, 0).since_change(_look(), 0.3) == 0.3
    assert _watched(200).since_change(_look(), 0.3) == 0.3


def test_a_doubted_change_is_not_taken_back_by_the_picture() -> None:
    entry = _entry("EXIT 25")
    entry.changed_at = 0.2
    entry.doubt(Reading("TAXI 48", 0.9), _look(200))
    assert entry.notice(_look(), 0.4, 0.3)
    assert entry.changed_at == 0.2


def test_a_line_that_looks_otherwise_than_it_was_read_has_drifted() -> None:
    entry = _entry("EXIT 25")
    drifted = []
    for shade in (20, 40, 60, 40, 20):
        entry.notice(_look(shade), 0.1, 0.0)
        drifted.append(entry.drifted)
    assert drifted == [False, False, True, False, False]
    entry.notice(_look(columns=126), 0.2, 0.1)
    assert entry.drifted


def test_giving_in_makes_votes_of_the_doubts_and_leaves_the_picture_restless() -> None:
    entry = _entry("EXIT 25", "EXIT 25")
    entry.changed_at = 0.2
    for text in ("A1B2C3", "D4E5F6"):
        entry.doubt(Reading(text, 0.4), _look(200))
    entry.give_in(_look(200))
    assert entry.outcome is not None
    assert (entry.outcome.text, entry.outcome.readings, entry.reads) == ("EXIT 25", 4, 4)
    assert not entry.pending
    assert not entry.calm


def test_a_text_that_grew_is_voted_on_anew() -> None:
    entry = _entry("EX", "EX")
    entry.tolerance = 0.7
    entry.begin_again(Reading("EXIT", 0.9, pts=0.5), _look(columns=150), 0.4)
    assert entry.outcome is not None
    assert (entry.outcome.text, entry.outcome.readings, entry.reads) == ("EXIT", 1, 3)
    assert (entry.start, entry.grown_at, entry.tolerance) == (0.4, 0.5, 0.22)


def test_a_text_that_grew_begins_as_before_if_nobody_knows_when() -> None:
    entry = _entry("EX")
    entry.start = 0.3
    entry.begin_again(Reading("EXIT", 0.9, pts=0.5), _look(), None)
    assert entry.start == 0.3
    entry.begin_again(Reading("EXIT 25", 0.9, pts=0.7), _look(), 0.2)
    assert entry.start == 0.3


def test_a_text_that_was_partly_hidden_ended_before_that() -> None:
    entry = _entry("DEPARTURES")
    entry.unchanged_until = 0.4
    entry.glimpse()
    entry.unchanged_until = 0.6
    entry.glimpse()
    assert (entry.glimpses, entry.hidden_from, entry.ended(1.0)) == (2, 0.4, 0.4)
    assert entry.wait == 0.4


def test_a_text_that_is_whole_again_was_never_hidden() -> None:
    entry = _entry("DEPARTURES")
    entry.unchanged_until = 0.4
    entry.glimpse()
    entry.believe(Reading("DEPARTURES", 0.9), _look())
    assert (entry.hidden_from, entry.ended(1.0)) == (None, 1.0)


def _passed(*clear: bool | None) -> Entry:
    """Seen once a second, from 0 on."""
    entry = Entry(1, 1, 0.0, BOX, 0.0)
    for n, edges in enumerate(clear):
        entry.see(BOX, float(n), clear=edges)
    return entry


@pytest.mark.parametrize(
    ("clear", "began", "ended"),
    [
        ((True, True, True, True), 0.0, 3.0),
        ((False, False, True, True), 2.0, 3.0),
        ((True, True, False, False), 0.0, 1.0),
        ((False, True, True, False), 1.0, 2.0),
        ((True, False, True, True), 0.0, 3.0),
        ((False, False, False, False), 0.0, 3.0),
        ((True, None, None, False), 0.0, 2.0),
        ((False, None, True, None), 2.0, 3.0),
        ((None, None, True, True), 0.0, 3.0),
    ],
    ids=["never", "came in", "went out", "passed through", "touched", "stayed", "out late", "in late", "unknown"],
)
def test_a_text_counts_from_when_it_is_clear_of_the_edges(
    clear: tuple[bool | None, ...], began: float, ended: float
) -> None:
    entry = _passed(*clear)
    assert (entry.began(), entry.ended(3.0)) == (began, ended)


def test_a_text_does_not_end_before_it_began() -> None:
    entry = _passed(False, False, True)
    assert entry.ended(1.0) == 2.0


def test_a_text_that_turns_up_again_goes_on_with_all_its_readings() -> None:
    gone, back = _entry("EXIT 25", "EXIT 25"), _entry("EXIT 26", "EXIT 25")
    gone.start, back.start = 1.0, 3.0
    gone.changed_at, gone.broke_at = 2.0, 2.0
    gone.doubt(Reading("TAXI 48", 0.9), _look())
    back.see(quad(300, 170, 440, 210), 3.5, clear=True)
    back.quality, back.read_at = 5.0, 3.4
    gone.take_over(back)
    assert gone.outcome is not None
    assert (gone.outcome.text, gone.outcome.agreeing, gone.reads) == ("EXIT 25", 3, 4)
    assert (gone.start, gone.seen, gone.quad, gone.read_at) == (1.0, 3.5, quad(300, 170, 440, 210), 3.4)
    assert (gone.quality, gone.pending) == (10.0, False)
