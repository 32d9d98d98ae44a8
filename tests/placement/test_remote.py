"""What stands in for a stage: order, losses and ends, with a worker that does what the test says."""

import msgspec
import numpy as np
import pytest
from doors import eventually
from frames import frame, quad, searched
from placement.workers import Stand, standing
from texts import ONLINE, STATS

from stream_ocr.messages import Ended, EndOfStream, Frame, FrameText, Line, Message, StageStats
from stream_ocr.placement import remote as module

END = EndOfStream(source="desk", pts=9.0)
BACK_SOON = EndOfStream(source="desk", reason="source-lost", pts=9.0, final=False)
LIVE = msgspec.structs.replace(ONLINE, live=True)
OVER = Ended(track=3, end=0.2, reason="left")


def _frames(count: int, **fields: object) -> list[Frame]:
    return [frame(0.1 * number, seq=number, **fields) for number in range(count)]  # type: ignore[arg-type]


def _line(track: int) -> Line:
    return Line(quad=quad(95, 170, 235, 210), score=0.9, track=track)


def _numbers(messages: list[Message]) -> list[int]:
    return [message.frame.seq for message in messages if isinstance(message, FrameText)]


def test_a_frame_comes_back_with_what_was_found_in_it_and_its_own_picture() -> None:
    sent = frame(0.5)
    with standing("detect") as stand, stand.worker() as hand:
        stand.work(sent)
        given = hand.answer(_line(0))
        (came,) = stand.until(1)
    assert isinstance(given, Frame)
    assert np.array_equal(given.image, sent.image)
    assert isinstance(came, FrameText)
    assert came.frame is sent
    assert came.lines == (_line(0),)


def test_what_is_no_frame_keeps_its_place() -> None:
    first, second = _frames(2)
    with standing("detect") as stand, stand.worker() as hand:
        stand.work(first)
        stand.sent += stand.remote.relay(ONLINE)
        stand.sent += stand.remote.relay(STATS)
        stand.work(second)
        assert hand.take().number == 1
        assert hand.bench.take(1.0) == (0, ONLINE)
        stand.settle()
        assert stand.sent == []
        hand.bench.give(1, FrameText(frame=first))
        hand.bench.done(1)
        stand.until(3)
        hand.answer()
        stand.finish(END)
        hand.answer()
        one, status, stats, two, end = stand.until(5)
    assert (status, stats, end) == (ONLINE, STATS, END)
    assert _numbers([one, two]) == [0, 1]


def test_a_tracker_gets_no_picture() -> None:
    with standing("track") as stand, stand.worker() as hand:
        sent = searched(frame(0.0))
        stand.work(sent)
        given = hand.answer(_line(1))
        (came,) = stand.until(1)
    assert isinstance(given, FrameText)
    assert given.frame.size == (640, 360)
    assert not given.frame.image.any()
    assert np.array_equal(given.frame.luma, sent.frame.luma)
    assert isinstance(came, FrameText)
    assert came.frame is sent.frame


def test_pictures_may_travel_as_jpeg() -> None:
    with standing("detect", transfer="jpeg") as stand, stand.worker() as hand:
        sent = frame(0.0, np.random.default_rng(1).integers(0, 255, (90, 160, 3), np.uint8))
        stand.work(sent)
        given = hand.answer()
    assert isinstance(given, Frame)
    assert given.image.shape == (90, 160, 3)
    assert not np.array_equal(given.image, sent.image)


def test_no_more_is_taken_than_the_worker_takes_in() -> None:
    frames = _frames(4)
    with standing("detect") as stand:
        assert stand.remote.accepts
        stand.work(*frames[:2])
        # Nobody is there.
        assert (stand.settled().accepts, stand.settled().busy) == (False, False)
        with stand.worker() as hand:
            assert (stand.settled().accepts, stand.settled().busy, stand.remote.held) == (False, True, 2)
            number, _ = hand.take()
            # It has taken it in, and finds something later: it can do more at the same time.
            hand.bench.done(number)
            eventually(lambda: stand.settled().accepts)
            stand.work(frames[2])
            assert (stand.settled().accepts, stand.remote.held) == (False, 3)
            hand.bench.give(number, FrameText(frame=frames[0]))
            hand.answer()
            hand.answer()
            assert _numbers(stand.until(3)) == [0, 1, 2]
            assert (stand.settled().accepts, stand.remote.held) == (True, 0)


def test_a_frame_of_a_camera_does_not_wait_behind_another() -> None:
    with standing("detect") as stand:
        stand.sent += stand.remote.relay(LIVE)
        stand.work(frame(0.0))
        assert not stand.remote.accepts


def test_a_new_worker_is_told_of_the_sources() -> None:
    with standing("detect") as stand:
        stand.sent += stand.remote.relay(LIVE)
        for _ in range(2):
            with stand.worker() as hand:
                assert hand.take() == (0, LIVE)
                hand.die()


def _lost(stand: Stand) -> None:
    eventually(lambda: not stand.settled()._post.desk.ready)


def test_frames_that_a_worker_had_are_lost_with_it_and_no_others() -> None:
    one, two, three = (msgspec.structs.replace(each, skipped=2) for each in _frames(3, dirty=False))
    one.dirty[0, 0] = two.dirty[1, 1] = three.dirty[2, 2] = True
    with standing("detect") as stand:
        with stand.worker() as hand:
            stand.work(one, two)
            stand.sent += stand.remote.relay(ONLINE)
            hand.die()
            _lost(stand)
        assert stand.sent == [ONLINE]
        assert stand.gone == [("desk", 0), ("desk", 1)]
        stand.work(three)
        with stand.worker() as hand:
            assert hand.welcome.generation == 1
            assert hand.take() == (0, ONLINE)
            given = hand.answer()
            came = stand.until(2)[-1]
    assert isinstance(given, Frame)
    assert isinstance(came, FrameText)
    for told in (given, came.frame):
        assert (told.seq, told.dropped, told.skipped) == (2, 2, 6)
        assert np.argwhere(told.dirty).tolist() == [[0, 0], [1, 1], [2, 2]]
    assert stand.remote.counts["lost"] == 2
    assert stand.remote.counts["restarts"] == 1


@pytest.mark.parametrize("then", ["frame", "end"])
def test_what_a_lost_frame_said_of_ended_tracks_is_said_with_the_next(then: str) -> None:
    with standing("classify") as stand:
        with stand.worker() as hand:
            stand.work(searched(frame(0.0), ended=(OVER,)))
            hand.die()
            _lost(stand)
        if then == "frame":
            stand.work(searched(frame(0.1)))
        else:
            stand.finish(END)
        with stand.worker() as hand:
            hand.answer()
            (came,) = stand.until(1)
    assert isinstance(came, FrameText | EndOfStream)
    assert came.ended == (OVER,)


def test_an_end_is_handed_out_again() -> None:
    first, second = _frames(2)
    with standing("detect") as stand:
        with stand.worker() as hand:
            stand.work(first)
            stand.finish(BACK_SOON)
            hand.answer()
            stand.until(1)
            stand.work(second)
            hand.die()
            _lost(stand)
        with stand.worker() as hand:
            assert hand.answer() == BACK_SOON
            assert hand.idle()
            stand.finish(END)
            assert hand.answer() == END
            messages = stand.until(3)
    assert messages[1:] == [BACK_SOON, END]


def test_tracks_end_with_the_tracker_that_knew_them() -> None:
    made = [searched(each) for each in _frames(3)]
    with standing("track") as stand:
        with stand.worker() as hand:
            stand.work(*made[:2])
            hand.answer(_line(1), _line(2))
            number, message = hand.take()
            assert isinstance(message, FrameText)
            over = Ended(track=1, end=0.0, reason="left")
            hand.bench.give(number, msgspec.structs.replace(message, lines=(_line(2), _line(3)), ended=(over,)))
            hand.bench.done(number)
            stand.until(2)
            stand.work(made[2])
            hand.die()
            _lost(stand)
        ended = tuple(Ended(track=track, end=0.1, reason="source-lost") for track in (2, 3))
        closing = EndOfStream(source="desk", reason="source-lost", pts=0.1, ended=ended, final=False)
        assert stand.sent[2] == closing
        with stand.worker() as hand:
            hand.die()
            _lost(stand)
    # What is closed is not closed again.
    assert len(stand.sent) == 3


def test_texts_end_with_the_reader_that_knew_them() -> None:
    with standing("recognize") as stand, stand.worker() as hand:
        stand.work(searched(frame(0.5)))
        hand.answer(_line(1))
        stand.until(1)
        hand.die()
        _lost(stand)
    assert stand.sent[1:] == [EndOfStream(source="desk", reason="source-lost", pts=0.5, final=False)]


@pytest.mark.parametrize("stage", ["detect", "classify"])
def test_tracks_survive_the_loss_of_who_knows_nothing_of_them(stage: str) -> None:
    made = frame(0.5)
    with standing(stage) as stand, stand.worker() as hand:
        stand.work(made if stage == "detect" else searched(made))
        hand.answer()
        stand.until(1)
        hand.die()
        _lost(stand)
    assert len(stand.sent) == 1


def test_a_source_that_has_ended_is_not_closed() -> None:
    with standing("recognize") as stand, stand.worker() as hand:
        stand.work(searched(frame(0.5)))
        hand.answer()
        stand.finish(END)
        hand.answer()
        stand.until(2)
        hand.die()
        _lost(stand)
    assert stand.sent[1:] == [END]


def test_when_nobody_will_come_ends_are_answered_at_once() -> None:
    with standing("detect") as stand:
        stand.work(*_frames(2))
        stand.stop.set()
        stand.settle()
        assert stand.gone == [("desk", 0), ("desk", 1)]
        assert stand.remote.accepts
        stand.work(frame(0.2))
        stand.finish(END)
        assert stand.sent == [END]


def test_an_end_that_is_answered_here_ends_the_tracks() -> None:
    with standing("track") as stand, stand.worker() as hand:
        stand.work(searched(frame(0.5)))
        hand.answer(_line(7))
        stand.until(1)
        hand.die()
        stand.stop.set()
        _lost(stand)
        stand.finish(END)
    closing, end = stand.sent[1:]
    assert isinstance(closing, EndOfStream)
    assert [over.track for over in closing.ended] == [7]
    assert end == END


def test_an_end_that_is_answered_here_has_no_numbers_of_others() -> None:
    with standing("recognize") as stand:
        stand.stop.set()
        stand.finish(msgspec.structs.replace(END, ended=(OVER,)))
    assert stand.sent == [END]


def test_an_answer_that_nobody_asked_for_ends_the_worker() -> None:
    with standing("detect") as stand, stand.worker() as hand:
        stand.work(frame(0.0))
        number, _ = hand.take()
        hand.bench.give(number, FrameText(frame=frame(0.3, seq=99)))
        _lost(stand)
    assert stand.sent == []
    assert stand.gone == [("desk", 0)]


def test_a_worker_that_gets_nowhere_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONGEST", 0.2)
    with standing("detect") as stand, stand.worker() as hand:
        stand.work(frame(0.0))
        hand.take()

        def replaced() -> bool:
            # It lives, and says so.
            assert hand.idle()
            stand.settle()
            return stand.gone == [("desk", 0)]

        eventually(replaced)


def test_what_the_workers_did_is_told_as_if_they_were_one() -> None:
    mine = StageStats(
        stage="detect",
        source=None,
        wall=5.0,
        period=1.0,
        busy=0.01,
        latency_p50_ms=0.0,
        latency_p95_ms=0.0,
        counts={"frames": 9.0, "rejected": 0.0},
    )
    theirs = msgspec.structs.replace(
        mine,
        busy=0.7,
        latency_p50_ms=40.0,
        counts={"frames": 5.0, "detections": 4.0},
        latencies=(1, 5),
        latency_sum=0.2,
        by_source={"desk": {"detections": 4.0}},
    )
    with standing("detect") as stand:
        assert stand.remote.report(mine)[0].counts["frames"] == 9.0  # type: ignore[union-attr]
        for _ in range(2):
            with stand.worker() as hand:
                hand.bench.tell(theirs)
                eventually(lambda: stand.settled()._accounts._now == theirs)
                (told,) = stand.remote.report(mine)
                hand.die()
                _lost(stand)
    assert isinstance(told, StageStats)
    assert (told.busy, told.latency_p50_ms, told.latencies, told.latency_sum) == (0.7, 40.0, (2, 10), 0.4)
    assert told.counts == {"frames": 9.0, "detections": 8.0, "rejected": 0.0, "refused": 0.0}
    assert told.by_source == {"desk": {"detections": 8.0}}
