from typing import Any

from frames import quad
from texts import event, gone

from stream_ocr.messages import TextEvent
from stream_ocr.subtitles.cutting import Cue
from stream_ocr.subtitles.gathering import Gatherer, Timing, cues_of

TIMING = Timing(delay=3.0, patience=10.0)
HIGH, LOW = quad(100, 20, 300, 50), quad(100, 320, 300, 350)


def _appear(track: int, text: str, start: float, *, at: float | None = None, **fields: Any) -> TextEvent:
    return event(track=track, text=text, start=start, at=start + 0.1 if at is None else at, **{"quad": LOW, **fields})


def _gone(track: int, text: str, start: float, end: float, *, at: float | None = None, **fields: Any) -> TextEvent:
    fields = {"quad": LOW, **fields}
    return gone(track=track, text=text, start=start, end=end, at=end + 1.0 if at is None else at, **fields)


def _told(cues: list[Cue]) -> list[tuple[float, float, str]]:
    return [(round(cue.start, 3), round(cue.end, 3), "|".join(cue.rows)) for cue in cues]


def test_a_text_is_written_as_it_was_read_in_the_end() -> None:
    gatherer = Gatherer(TIMING)
    gatherer.frame = 0.04
    for each in (
        _appear(1, "HELL0", 1.0),
        _appear(1, "HELLO", 1.0, kind="update", at=1.5),
        _gone(1, "HELLO!", 1.0, 3.0),
    ):
        gatherer.hear(each)
    assert _told(gatherer.finish()) == [(1.0, 3.04, "HELLO!")]
    assert gatherer.finish() == []


def test_it_is_settled_when_nothing_more_is_to_be_expected_and_said_once() -> None:
    gatherer = Gatherer(TIMING)
    gatherer.hear(_gone(1, "a", 1.0, 2.0))
    assert gatherer.settled() == []
    assert _told(gatherer.pending()) == [(1.0, 2.0, "a")]
    gatherer.reach(5.2)
    assert _told(gatherer.settled()) == [(1.0, 2.0, "a")]
    assert gatherer.settled() == gatherer.pending() == gatherer.finish() == []


def test_what_is_still_there_holds_up_what_it_stands_with() -> None:
    gatherer = Gatherer(TIMING)
    gatherer.hear(_appear(1, "sign", 0.0, quad=HIGH))
    gatherer.hear(_gone(2, "a", 1.0, 2.0))
    gatherer.reach(9.0)
    assert gatherer.settled() == []
    assert _told(gatherer.pending()) == [(0.0, 1.0, "sign"), (1.0, 2.0, "sign|a")]
    gatherer.hear(_gone(1, "SIGN", 0.0, 8.0, at=9.0, quad=HIGH))
    gatherer.reach(12.0)
    assert _told(gatherer.settled()) == [(0.0, 1.0, "SIGN"), (1.0, 2.0, "SIGN|a"), (2.0, 8.0, "SIGN")]


def test_but_not_for_ever() -> None:
    gatherer = Gatherer(TIMING)
    gatherer.hear(_appear(1, "sign", 0.0, quad=HIGH))
    gatherer.hear(_gone(2, "a", 1.0, 2.0))
    gatherer.reach(10.0)
    assert _told(gatherer.settled()) == [(0.0, 1.0, "sign"), (1.0, 2.0, "sign|a")]
    gatherer.hear(_gone(1, "SIGN", 0.0, 20.0, quad=HIGH))
    assert _told(gatherer.finish()) == [(2.0, 20.0, "SIGN")]


def test_what_comes_too_late_begins_where_the_cues_end() -> None:
    gatherer = Gatherer(TIMING)
    gatherer.hear(_gone(1, "a", 1.0, 3.0))
    gatherer.reach(9.0)
    assert _told(gatherer.settled()) == [(1.0, 3.0, "a")]
    gatherer.hear(_gone(2, "b", 2.0, 8.0))
    assert _told(gatherer.finish()) == [(5.9, 8.0, "b")]


def test_where_frames_come_slowly_more_time_is_given() -> None:
    gatherer = Gatherer(TIMING)
    gatherer.frame = 1.0
    gatherer.hear(_gone(1, "a", 1.0, 3.0))
    gatherer.reach(20.0)
    assert gatherer.settled() == []
    gatherer.reach(24.2)
    assert _told(gatherer.settled()) == [(1.0, 4.0, "a")]


def test_an_event_that_comes_twice_counts_once() -> None:
    gatherer = Gatherer(TIMING)
    for _ in range(2):
        gatherer.hear(_gone(1, "a", 1.0, 2.0))
    assert _told(gatherer.finish()) == [(1.0, 2.0, "a")]


def test_what_is_outside_of_the_region_is_passed_over() -> None:
    gatherer = Gatherer(TIMING, "bottom")
    gatherer.hear(_gone(1, "logo", 0.0, 3.0, quad=HIGH))
    gatherer.hear(_gone(2, "a", 1.0, 2.0))
    gatherer.hear(_appear(3, "moves out", 1.0))
    gatherer.hear(_gone(3, "moves out", 1.0, 3.0, quad=HIGH))
    assert _told(gatherer.finish()) == [(1.0, 2.0, "a")]


def test_what_never_made_a_cue_is_forgotten() -> None:
    gatherer = Gatherer(TIMING)
    for track in range(1000):
        gatherer.hear(_gone(track, f"{track}", float(track), track + 0.1))
        assert gatherer.settled() == []
    assert len(gatherer._over) < 10


def test_a_live_segment_takes_what_goes_on_as_two() -> None:
    gatherer = Gatherer(Timing(delay=3.0, patience=3.0))
    gatherer.hear(_gone(1, "a", 4.0, 7.0))
    gatherer.hear(_appear(2, "b", 7.5))
    gatherer.reach(9.0)
    assert _told(gatherer.until(6.0)) == [(4.0, 7.0, "a")]
    gatherer.reach(15.0)
    assert _told(gatherer.until(12.0)) == [(7.5, 12.0, "b")]
    gatherer.hear(_gone(2, "b", 7.5, 13.0))
    assert _told(gatherer.until(18.0)) == [(12.0, 13.0, "b")]


def test_stored_texts_come_in_any_order_and_some_have_no_end() -> None:
    stored = [_gone(1, "sign", 0.0, 60.0, quad=HIGH), _gone(3, "b", 30.0, 31.0), _gone(2, "a", 10.0, 12.0)]
    stored.append(_appear(4, "c", 70.0, at=71.5))
    assert _told([*cues_of(stored, Timing())]) == [
        (0.0, 10.0, "sign"),
        (10.0, 12.0, "sign|a"),
        (12.0, 30.0, "sign"),
        (30.0, 31.0, "sign|b"),
        (31.0, 60.0, "sign"),
        (70.0, 71.5, "c"),
    ]
    assert _told([*cues_of(stored, Timing(), "bottom")])[0] == (10.0, 12.0, "a")
