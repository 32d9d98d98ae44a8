import msgspec
import numpy as np
import pytest
from frames import SIZE, frame, picture, quad, searched

from stream_ocr.config import TrackConfig
from stream_ocr.geometry import shift
from stream_ocr.messages import FrameText, Image
from stream_ocr.tracking.association import Tracker

SIGN = quad(95, 170, 235, 210)
OTHER = quad(395, 170, 535, 210)
EMPTY = picture()


def _sign(x: int = 100) -> Image:
    return picture(("EXIT 25", (x, 200)))


def _tracks(text: FrameText) -> list[int]:
    return [line.track for line in text.lines]


def _wall(size: tuple[int, int] = SIZE) -> Image:
    """A dim wall on which no two places look alike."""
    cells = np.random.default_rng(1).integers(20, 80, (-(-size[1] // 8), -(-size[0] // 8)), dtype=np.uint8)
    grey = np.repeat(np.repeat(cells, 8, 0), 8, 1)[: size[1], : size[0]]
    return np.repeat(grey[..., None], 3, 2)


def _on(wall: Image, *texts: tuple[str, tuple[int, int]]) -> Image:
    return np.maximum(wall, picture(*texts, background=0, size=(wall.shape[1], wall.shape[0])))


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
    text = tracker.update(searched(frame(1.0, _sign(), dirty=False), areas=()))
    assert _tracks(text) == [1]
    assert text.lines[0].carried
    assert text.lines[0].quad == SIGN


def test_a_moving_line_is_followed_without_a_search() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, _sign()), SIGN))
    text = tracker.update(searched(frame(0.1, _sign(x=112)), areas=()))
    assert text.lines[0].quad == quad(107, 170, 247, 210)
    assert text.lines[0].carried


def test_a_line_that_looks_unchanged_is_there_however_often_the_detector_misses_it() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, _sign()), SIGN))
    seen = [_tracks(tracker.update(searched(frame(0.1 * n, _sign())))) for n in range(1, 20)]
    assert seen == [[1]] * 19


def test_a_line_that_looks_much_as_before_may_be_missed_five_times() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, _sign()), SIGN))
    scratched = _sign().copy()
    scratched[175:205, 180:186] = 255
    seen = [_tracks(tracker.update(searched(frame(0.1 * n, scratched)))) for n in range(1, 8)]
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


def _after_a_gap(word: str, *empty: float) -> list[int]:
    """The tracks when a word is found at the place of a sign 0.4 s later; searches in between find the place empty."""
    tracker = Tracker(TrackConfig(max_gap=0.6))
    tracker.update(searched(frame(0.0, _sign()), SIGN))
    for n in range(1, 4):
        passed = frame(0.1 * n, EMPTY)
        tracker.update(searched(passed) if n in empty else FrameText(frame=passed))
    right = {"TAXI": 170, "TAXI 48": 235}[word]
    return _tracks(tracker.update(searched(frame(0.4, picture((word, (100, 200)))), quad(95, 170, right, 210))))


def test_a_shorter_box_after_searches_that_found_nothing_is_another_line() -> None:
    assert _after_a_gap("TAXI", 1, 2, 3) == [2]


def test_one_search_that_finds_nothing_does_not_make_it_another_line() -> None:
    assert _after_a_gap("TAXI", 1) == [1]


def test_a_shorter_box_where_nothing_was_looked_for_meanwhile_is_the_track_that_was_there() -> None:
    assert _after_a_gap("TAXI") == [1]


def test_a_box_of_the_same_size_after_a_gap_is_the_track_that_was_there() -> None:
    assert _after_a_gap("TAXI 48", 1, 2, 3) == [1]


def test_since_when_another_text_stands_there_is_looked_up() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, _sign()), SIGN))
    for n in range(1, 4):
        tracker.update(FrameText(frame=frame(0.1 * n, _sign() if n < 2 else picture(("TAXI 48", (100, 200))))))
    (line,) = tracker.update(searched(frame(0.4, picture(("TAXI 48", (100, 200)))), SIGN)).lines
    assert (line.track, line.seen, line.since) == (1, 0.1, 0.2)


def test_since_when_a_line_is_longer_is_looked_up() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, picture(("EXIT", (100, 200)))), quad(95, 170, 170, 210)))
    for n in range(1, 4):
        tracker.update(FrameText(frame=frame(0.1 * n, picture(("EXIT", (100, 200))) if n < 3 else _sign())))
    (line,) = tracker.update(searched(frame(0.4, _sign()), SIGN)).lines
    assert line.track == 1
    assert line.since == pytest.approx(0.3)


def test_of_a_line_that_stands_there_nothing_is_looked_up() -> None:
    tracker = Tracker(TrackConfig())
    lines = [tracker.update(searched(frame(0.1 * n, _sign()), SIGN)).lines[0] for n in range(4)]
    assert [line.since for line in lines] == [None] * 4


def test_a_line_that_was_there_in_the_frame_before_may_grow_however_few_frames_there_are() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, picture(("EXIT", (100, 200)))), quad(95, 170, 170, 210)))
    text = tracker.update(searched(frame(0.5, _sign(), interval=0.5), SIGN))
    assert [(line.track, line.quad) for line in text.lines] == [(1, SIGN)]


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


def test_a_fragment_alone_of_a_line_that_looks_the_same_does_not_shrink_it() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, _sign()), SIGN))
    text = tracker.update(searched(frame(0.1, _sign()), quad(95, 170, 180, 210)))
    assert [(line.track, line.quad, line.carried) for line in text.lines] == [(1, SIGN, True)]
    grown = tracker.update(searched(frame(0.2, _sign()), quad(95, 170, 200, 210)))
    assert [(line.track, line.quad, line.carried) for line in grown.lines] == [(1, quad(95, 170, 200, 210), False)]


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
    tracker.update(searched(frame(0.04, EMPTY), areas=()))
    tracker.update(searched(frame(0.08, _sign(x=94)), areas=()))
    tracker.update(searched(frame(0.12, _sign(x=97)), areas=()))
    (line,) = tracker.update(searched(frame(0.16, _sign()), SIGN)).lines
    assert line.start == 0.08


def test_a_track_does_not_begin_in_pictures_of_another_size() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, EMPTY)))
    tracker.update(searched(frame(0.04, picture(("EXIT 25", (100, 200)), size=(800, 360))), areas=()))
    tracker.update(searched(frame(0.08, _sign()), areas=()))
    (line,) = tracker.update(searched(frame(0.12, _sign()), SIGN)).lines
    assert line.start == 0.08


def test_a_track_begins_before_the_searches_that_did_not_find_it_though_it_was_there() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, EMPTY)))
    tracker.update(searched(frame(0.04, _sign()), areas=()))
    tracker.update(searched(frame(0.08, _sign())))
    (line,) = tracker.update(searched(frame(0.12, _sign()), SIGN)).lines
    assert line.start == 0.04


def test_the_beginning_is_looked_for_in_the_last_32_frames() -> None:
    tracker = Tracker(TrackConfig())
    for n in range(40):
        tracker.update(searched(frame(n / 25, _sign()), areas=()))
    (line,) = tracker.update(searched(frame(40 / 25, _sign()), SIGN)).lines
    assert line.start == 8 / 25


def test_the_beginning_of_a_track_is_found_across_a_pan() -> None:
    tracker = Tracker(TrackConfig())
    scene = _on(_wall((1200, 360)), ("EXIT 25", (500, 200)))
    for n in range(5):
        tracker.update(searched(frame(0.1 * n, scene[:, 48 * n : 48 * n + 640]), areas=()))
    (line,) = tracker.update(searched(frame(0.5, scene[:, 240:880]), shift(SIGN, 160, 0))).lines
    assert line.start == 0.0


def test_the_number_of_tracks_is_bounded() -> None:
    tracker = Tracker(TrackConfig(max_tracks=1))
    text = tracker.update(searched(frame(0.0, _sign()), SIGN, OTHER))
    assert _tracks(text) == [1]


def test_finish_ends_every_track_with_the_last_frame_of_the_source() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, _sign()), SIGN, OTHER))
    ended = tracker.finish("source-lost", 0.4)
    assert [(over.track, over.end, over.reason) for over in ended] == [(1, 0.4, "source-lost"), (2, 0.4, "source-lost")]
    assert tracker.finish("source-lost", 0.4) == ()


def test_what_was_out_of_sight_at_the_end_had_left() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, _sign()), SIGN))
    tracker.update(searched(frame(0.1, EMPTY)))
    (over,) = tracker.finish("end-of-stream", 0.4)
    assert (over.track, over.end, over.reason) == (1, 0.0, "left")


def test_a_fast_pan_keeps_the_tracks_searched_or_not() -> None:
    tracker = Tracker(TrackConfig())
    scene = _on(_wall((1200, 360)), ("EXIT 25", (500, 200)), ("TAXI 48", (800, 300)))
    boxes = quad(495, 170, 635, 210), quad(795, 270, 935, 310)
    tracker.update(searched(frame(0.0, scene[:, 300:940]), *(shift(box, -300, 0) for box in boxes)))
    for n in range(1, 5):
        across = 300 + 48 * n
        found = [shift(box, -across, 0) for box in boxes]
        made = frame(0.1 * n, scene[:, across : across + 640])
        text = tracker.update(searched(made, *found) if n % 2 == 0 else searched(made, areas=()))
        assert [(line.track, line.quad) for line in text.lines] == [(1, found[0]), (2, found[1])]
        assert [line.carried for line in text.lines] == [n % 2 == 1] * 2


def test_rows_that_look_alike_keep_their_tracks_when_the_page_scrolls_by_one() -> None:
    tracker = Tracker(TrackConfig())
    rows = [(f"ITEM {100 + n}", (100, 60 + 48 * n)) for n in range(12)]
    page = _on(_wall((640, 700)), *rows)
    boxes = [quad(95, 30 + 48 * n, 260, 70 + 48 * n) for n in range(12)]
    tracker.update(searched(frame(0.0, page[:360]), *boxes[:6]))
    text = tracker.update(searched(frame(0.1, page[48:408]), *(shift(box, 0, -48) for box in boxes[1:7])))
    assert {line.track: line.quad for line in text.lines} == {
        track: shift(boxes[track - 1], 0, -48) for track in range(2, 8)
    }


def test_a_line_that_jumps_is_known_again_by_its_looks() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, _on(_wall(), ("EXIT 25", (100, 200)))), SIGN))
    jumped = _on(_wall(), ("EXIT 25", (120, 270)))
    text = tracker.update(searched(frame(0.1, jumped), shift(SIGN, 20, 70)))
    assert [(line.track, line.quad) for line in text.lines] == [(1, shift(SIGN, 20, 70))]


def test_a_line_that_looks_otherwise_or_is_far_off_is_another_one() -> None:
    for word, across, down in (("TAXI 48", 20, 70), ("EXIT 25", 20, 130)):
        tracker = Tracker(TrackConfig())
        tracker.update(searched(frame(0.0, _on(_wall(), ("EXIT 25", (100, 200)))), SIGN))
        image = _on(_wall(), (word, (100 + across, 200 + down)))
        assert _tracks(tracker.update(searched(frame(0.1, image), shift(SIGN, across, down)))) == [2]


def test_a_box_of_another_size_is_not_compared_by_its_looks() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.0, _on(_wall(), ("EXIT 25", (100, 200)))), SIGN))
    image = _on(_wall(), ("EXIT 25", (120, 270)))
    assert _tracks(tracker.update(searched(frame(0.1, image), quad(115, 240, 355, 280)))) == [2]


def test_a_line_is_looked_for_where_its_speed_would_put_it() -> None:
    tracker = Tracker(TrackConfig())
    for n in range(2):
        image = _on(_wall(), ("EXIT 25", (100 + 32 * n, 200)))
        tracker.update(searched(frame(0.1 * n, image), shift(SIGN, 32 * n, 0)))
    text = tracker.update(searched(frame(0.2, _on(_wall(), ("EXIT 25", (164, 200)))), areas=()))
    assert [(line.track, line.quad) for line in text.lines] == [(1, shift(SIGN, 64, 0))]


def test_a_line_that_passes_behind_something_is_found_where_it_comes_out() -> None:
    tracker = Tracker(TrackConfig())
    for n in range(4):
        image = _on(_wall(), ("EXIT 25", (100 + 32 * n, 200)))
        tracker.update(searched(frame(0.1 * n, image), shift(SIGN, 32 * n, 0)))
    hidden = [tracker.update(searched(frame(0.1 * n, _wall()))) for n in range(4, 8)]
    assert [text.lines for text in hidden] == [()] * 4
    image = _on(_wall(), ("EXIT 25", (356, 200)))
    assert _tracks(tracker.update(searched(frame(0.8, image), shift(SIGN, 256, 0)))) == [1]


def test_a_line_that_is_hidden_during_a_pan_is_found_where_the_picture_went() -> None:
    tracker = Tracker(TrackConfig())
    wall = _wall((1200, 360))
    scene = _on(wall, ("EXIT 25", (500, 200)))
    tracker.update(searched(frame(0.0, scene[:, 300:940]), shift(SIGN, 100, 0)))
    for n in (1, 2):
        across = 300 + 48 * n
        assert tracker.update(searched(frame(0.1 * n, wall[:, across : across + 640]))).lines == ()
    text = tracker.update(searched(frame(0.3, scene[:, 444:1084]), shift(SIGN, -44, 0)))
    assert [(line.track, line.quad) for line in text.lines] == [(1, shift(SIGN, -44, 0))]


def test_two_searches_at_one_time_give_no_speed() -> None:
    tracker = Tracker(TrackConfig())
    tracker.update(searched(frame(0.1, _sign()), SIGN))
    text = tracker.update(searched(frame(0.1, _sign(104)), shift(SIGN, 4, 0)))
    assert [(line.track, line.quad) for line in text.lines] == [(1, shift(SIGN, 4, 0))]


def test_a_part_that_was_a_track_of_its_own_goes_into_the_whole_line_and_stays_there() -> None:
    tracker = Tracker(TrackConfig(max_gap=0.2))
    parts = quad(95, 170, 170, 210), quad(180, 170, 235, 210)
    assert _tracks(tracker.update(searched(frame(0.0, _sign()), *parts))) == [1, 2]
    assert _tracks(tracker.update(searched(frame(0.1, _sign()), SIGN))) == [1]
    still = [tracker.update(searched(frame(0.1 * n, _sign(), dirty=False), areas=())) for n in range(2, 5)]
    assert [_tracks(text) for text in still] == [[1]] * 3
    assert [(over.track, over.end, over.reason) for text in still for over in text.ended] == [(2, 0.0, "left")]


def test_a_part_that_is_found_by_itself_again_is_the_track_it_was() -> None:
    tracker = Tracker(TrackConfig())
    parts = quad(95, 170, 170, 210), quad(180, 170, 235, 210)
    tracker.update(searched(frame(0.0, _sign()), *parts))
    tracker.update(searched(frame(0.1, _sign()), SIGN))
    moved = [shift(part, 0, 4) for part in parts]
    text = tracker.update(searched(frame(0.2, picture(("EXIT", (100, 204)))), *moved))
    assert _tracks(text) == [1, 2]


def test_frames_are_not_written_to() -> None:
    tracker = Tracker(TrackConfig())
    made = frame(0.0, _sign())
    for array in (made.image, made.luma, made.dirty):
        array.flags.writeable = False
    tracker.update(searched(made, SIGN))
    copied = msgspec.structs.replace(made, pts=0.1)
    assert np.array_equal(tracker.update(searched(copied, SIGN)).frame.image, _sign())


def test_tracks_and_places_are_numbered_from_where_it_is_told() -> None:
    (line,) = Tracker(TrackConfig(), 1_000_001).update(searched(frame(0.0), quad(95, 170, 235, 210))).lines
    assert (line.track, line.place) == (1_000_001, 1_000_001)
