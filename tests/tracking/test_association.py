import msgspec
import numpy as np
import pytest
from frames import frame, picture, quad, searched

from stream_ocr.config import TrackConfig
from stream_ocr.messages import FrameText, Image
from stream_ocr.tracking.association import Tracker, affinity

SIGN = quad(95, 170, 235, 210)
OTHER = quad(395, 170, 535, 210)
EMPTY = picture()


def _sign(x: int = 100) -> Image:
    return picture(("EXIT 25", (x, 200)))


def _tracks(text: FrameText) -> list[int]:
    return [line.track for line in text.lines]


@pytest.mark.parametrize(
    ("other", "least", "most"),
    [
        (SIGN, 1.29, 1.31),
        (quad(95, 170, 165, 210), 0.79, 0.81),
        (quad(95, 210, 235, 250), 0.0, 0.0),
        (quad(95, 120, 235, 260), 0.0, 0.0),
        (quad(300, 170, 400, 210), 0.0, 0.0),
    ],
)
def test_affinity(other: tuple[tuple[float, float], ...], least: float, most: float) -> None:
    assert least <= affinity(SIGN, other) <= most  # type: ignore[arg-type]
    assert least <= affinity(other, SIGN) <= most  # type: ignore[arg-type]


def test_a_box_that_stays_is_one_track() -> None:
    tracker = Tracker(TrackConfig())
    first = tracker.update(searched(frame(0.0, _sign()), SIGN))
    second = tracker.update(searched(frame(0.1, _sign()), quad(96, 171, 236, 211)))
    assert _tracks(first) == _tracks(second) == [1]
    assert second.lines[0].start == 0.0
    assert second.lines[0].place == 1
    assert second.lines[0].quad == quad(96, 171, 236, 211)
    assert not second.lines[0].carried


def test_two_boxes_do_not_swap() -> None:
    tracker = Tracker(TrackConfig())
    image = picture(("EXIT 25", (100, 200)), ("EXIT 25", (400, 200)))
    tracker.update(searched(frame(0.0, image), SIGN, OTHER))
    text = tracker.update(searched(frame(0.1, image), OTHER, SIGN))
    assert {line.track: line.quad for line in text.lines} == {1: SIGN, 2: OTHER}


def test_a_still_frame_that_was_not_searched_carries_the_lines() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, _sign()), SIGN))
    text = tracker.update(searched(frame(1.0, _sign(), dirty=False), area=None))
    assert _tracks(text) == [1]
    assert text.lines[0].carried
    assert text.lines[0].quad == SIGN


def test_a_moving_line_is_followed_without_a_search() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, _sign()), SIGN))
    text = tracker.update(searched(frame(0.1, _sign(x=112)), area=None))
    assert text.lines[0].quad == quad(107, 170, 247, 210)
    assert text.lines[0].carried


def test_a_line_that_the_detector_misses_is_still_there_if_it_looks_the_same() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, _sign()), SIGN))
    seen = [_tracks(tracker.update(searched(frame(0.1 * n, _sign())))) for n in range(1, 8)]
    assert seen == [[1]] * 5 + [[]] * 2


def test_a_line_that_is_gone_ends_after_the_gap_when_it_was_last_seen() -> None:
    tracker = Tracker(TrackConfig(max_gap=0.55))
    tracker.update(searched(frame(0.0, _sign()), SIGN))
    tracker.update(searched(frame(0.1, _sign()), SIGN))
    gone = [tracker.update(searched(frame(0.1 * n, EMPTY))) for n in range(2, 8)]
    assert [text.lines for text in gone] == [()] * 6
    assert [len(text.ended) for text in gone] == [0, 0, 0, 0, 0, 1]
    over = gone[-1].ended[0]
    assert (over.track, over.end, over.reason) == (1, 0.1, "left")


def test_a_short_gap_is_survived() -> None:
    tracker = Tracker(TrackConfig(max_gap=0.5))
    tracker.update(searched(frame(0.0, _sign()), SIGN))
    assert _tracks(tracker.update(searched(frame(0.1, EMPTY)))) == []
    text = tracker.update(searched(frame(0.3, _sign()), SIGN))
    assert _tracks(text) == [1]
    assert text.ended == ()


def test_skipped_frames_still_showed_the_line() -> None:
    tracker = Tracker(TrackConfig(max_gap=0.0))
    tracker.update(searched(frame(0.0, _sign()), SIGN))
    skipped = frame(1.0, EMPTY, skipped=9, previous_pts=0.9)
    assert tracker.update(searched(skipped)).ended[0].end == 0.9


def test_dropped_frames_may_not_have_shown_it() -> None:
    tracker = Tracker(TrackConfig(max_gap=0.0))
    tracker.update(searched(frame(0.0, _sign()), SIGN))
    dropped = frame(1.0, EMPTY, skipped=5, dropped=4, previous_pts=0.9)
    assert tracker.update(searched(dropped)).ended[0].end == 0.0


def test_a_fragment_of_a_line_that_looks_the_same_neither_shrinks_nor_doubles_it() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, _sign()), SIGN))
    text = tracker.update(searched(frame(0.1, _sign()), quad(95, 170, 180, 210), quad(185, 170, 235, 210)))
    assert [(line.track, line.quad) for line in text.lines] == [(1, SIGN)]


def test_a_line_that_grows_takes_its_new_box() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, picture(("EXIT", (100, 200)))), quad(95, 170, 170, 210)))
    text = tracker.update(searched(frame(0.1, _sign()), SIGN))
    assert [(line.track, line.quad) for line in text.lines] == [(1, SIGN)]


def test_the_next_text_at_a_place_is_a_new_track_with_the_same_place() -> None:
    tracker = Tracker(TrackConfig(max_gap=0.2))
    tracker.update(searched(frame(0.0, _sign()), SIGN))
    for pts in (0.1, 0.2, 0.3, 0.4):
        tracker.update(searched(frame(pts, EMPTY)))
    text = tracker.update(searched(frame(2.0, _sign()), SIGN))
    assert [(line.track, line.place, line.start) for line in text.lines] == [(2, 1, 2.0)]


def test_a_track_begins_in_the_first_frame_that_shows_it_not_in_the_one_that_was_searched() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, EMPTY)))
    tracker.update(searched(frame(0.04, EMPTY), area=None))
    tracker.update(searched(frame(0.08, _sign(x=94)), area=None))
    tracker.update(searched(frame(0.12, _sign(x=97)), area=None))
    (line,) = tracker.update(searched(frame(0.16, _sign()), SIGN)).lines
    assert line.start == 0.08


def test_a_track_does_not_begin_in_pictures_of_another_size() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, EMPTY)))
    tracker.update(searched(frame(0.04, picture(("EXIT 25", (100, 200)), size=(800, 360))), area=None))
    tracker.update(searched(frame(0.08, _sign()), area=None))
    (line,) = tracker.update(searched(frame(0.12, _sign()), SIGN)).lines
    assert line.start == 0.08


def test_a_track_does_not_begin_before_the_search_that_did_not_find_it() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, _sign()), area=None))
    tracker.update(searched(frame(0.04, _sign())))
    (line,) = tracker.update(searched(frame(0.08, _sign()), SIGN)).lines
    assert line.start == 0.04


def test_the_number_of_tracks_is_bounded() -> None:
    tracker = Tracker(TrackConfig(max_tracks=1))
    text = tracker.update(searched(frame(0.0, _sign()), SIGN, OTHER))
    assert _tracks(text) == [1]


def test_finish_ends_every_track() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, _sign()), SIGN, OTHER))
    ended = tracker.finish("source-lost")
    assert [(over.track, over.end, over.reason) for over in ended] == [(1, 0.0, "source-lost"), (2, 0.0, "source-lost")]
    assert tracker.finish("source-lost") == ()


def test_frames_are_not_written_to() -> None:
    tracker = Tracker(TrackConfig())
    made = frame(0.0, _sign())
    for array in (made.image, made.luma, made.dirty):
        array.flags.writeable = False
    tracker.update(searched(made, SIGN))
    copied = msgspec.structs.replace(made, pts=0.1)
    assert np.array_equal(tracker.update(searched(copied, SIGN)).frame.image, _sign())
