"""One sink in its thread: real threads, real files, a FIFO that nobody reads."""

import json
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from blocked import disk_of
from frames import frame
from takers import Kept, Stuck, eventually
from texts import ONLINE, STATS, event

from stream_ocr.config import JsonlSink
from stream_ocr.errors import SinkGoneError, StageError
from stream_ocr.messages import Frame, FrameText, Image, SinkStatus, TextEvent
from stream_ocr.sinks import EventSink, Item
from stream_ocr.sinks import outlet as module
from stream_ocr.sinks.account import Account
from stream_ocr.sinks.backlog import Backlog
from stream_ocr.sinks.jsonl import Jsonl
from stream_ocr.sinks.outlet import Outlet, SinkDesk
from stream_ocr.sinks.pictures import Pictures
from stream_ocr.sinks.studio import Shown, Studio, Style
from stream_ocr.transport import Audience, Context


@pytest.fixture
def desk() -> SinkDesk:
    return SinkDesk(threading.Event())


@pytest.fixture
def live() -> SinkDesk:
    return SinkDesk(threading.Event(), live=True)


def _outlet(desk: SinkDesk, make: Callable[[], EventSink], room: int = 100) -> Outlet[Item]:
    account = Account("jsonl events.jsonl", "events", period=math.inf, now=time.monotonic())
    made: Outlet[Item] = Outlet(account, desk, make, Backlog(room, lambda item: isinstance(item, TextEvent)))
    made.start()
    return made


def _of(desk: SinkDesk, sink: EventSink, room: int = 100) -> Outlet[Item]:
    return _outlet(desk, lambda: sink, room)


def _status(outlet: Outlet[Item]) -> list[SinkStatus]:
    news = outlet.news(time.monotonic(), time.time())
    return [said for said in news if isinstance(said, SinkStatus)]


def _finished(outlet: Outlet[Item]) -> bool:
    outlet.finish()
    return outlet.join(20.0)


# --- a sink that is well ----------------------------------------------------------------------------------------------


def test_everything_is_written_in_order_then_the_sink_is_closed(desk: SinkDesk) -> None:
    sink = Kept()
    outlet = _of(desk, sink)
    items: list[Item] = [ONLINE, *(event(seq=seq) for seq in range(50)), STATS]
    for item in items:
        outlet.put(item)
    assert _finished(outlet)
    assert (sink.items, sink.closed) == (items, 1)
    assert (outlet.account.written, outlet.account.lost, outlet.error) == (50, 0, None)


def test_a_sink_is_opened_written_polled_and_closed_in_one_thread_that_is_not_ours(desk: SinkDesk) -> None:
    threads = set()

    class Where(Kept):
        def write(self, item: Item) -> None:
            threads.add(threading.current_thread())
            super().write(item)

        def poll(self) -> None:
            threads.add(threading.current_thread())

        def close(self) -> None:
            threads.add(threading.current_thread())

    def make() -> EventSink:
        threads.add(threading.current_thread())
        return Where()

    outlet = _outlet(desk, make)
    outlet.put(event())
    assert _finished(outlet)
    (thread,) = threads
    assert thread is not threading.current_thread()
    assert thread.daemon, "one that is stuck for ever must not keep the process from ending"


def test_a_sink_is_polled_several_times_a_second(desk: SinkDesk) -> None:
    sink = Kept()
    outlet = _of(desk, sink)
    began = time.monotonic()
    eventually(lambda: sink.polls >= 5)
    assert time.monotonic() - began < 5.0
    assert _finished(outlet)


def test_what_cannot_be_opened_is_an_error(desk: SinkDesk, tmp_path: Path) -> None:
    outlet = _outlet(desk, partial(Jsonl, JsonlSink(path=str(tmp_path)), Context.instance()))
    outlet.await_open(20.0)
    assert isinstance(outlet.error, StageError)
    assert str(outlet.error) == f"{tmp_path}: cannot write events there: Is a directory"


def test_frames_and_their_pictures_go_the_same_way(live: SinkDesk) -> None:
    shown: list[tuple[Frame, Image]] = []
    closed = []

    class Screen:
        audience = Audience(overruns=3)

        def write(self, frame: Frame, drawn: Image) -> None:
            shown.append((frame, drawn))

        def close(self) -> None:
            closed.append(True)

    account = Account("screen", "frames", period=math.inf, now=time.monotonic())
    room = Backlog[Shown](4, lambda _: True)
    outlet = Outlet(account, live, lambda: Pictures(Screen(), Studio(Style(), annotate=False)), room)
    outlet.start()
    sent = frame(1.0)
    outlet.put(FrameText(frame=sent))
    outlet.finish()
    assert outlet.join(20.0)
    ((received, drawn),) = shown
    assert received is sent
    assert drawn is sent.image
    assert closed == [True]
    assert account.report().overruns == 3


def test_what_a_sink_leaves_out_by_itself_is_lost(desk: SinkDesk) -> None:
    class Choosing(Kept):
        def left_out(self) -> int:
            return 2

    outlet = _of(desk, Choosing())
    outlet.put(event())
    outlet.finish()
    assert outlet.join(20.0)
    assert outlet.account.report().lost == 2


# --- a run with a live source -----------------------------------------------------------------------------------------


def test_a_stuck_sink_holds_up_nobody_and_loses_the_oldest(live: SinkDesk) -> None:
    sink = Stuck()
    outlet = _of(live, sink, room=10)
    outlet.put(event(seq=0))
    assert sink.entered.wait(20.0)
    began = time.monotonic()
    for seq in range(1, 1001):
        outlet.put(event(seq=seq))
    assert time.monotonic() - began < 2.0
    assert outlet.account.lost == 990
    (status,) = _status(outlet)
    assert (status.sink, status.state, status.takes, status.lost, status.waiting) == (
        "jsonl events.jsonl",
        "behind",
        "events",
        990,
        11,
    )
    sink.released.set()
    assert _finished(outlet)
    assert [item.seq for item in sink.items if isinstance(item, TextEvent)] == [0, *range(991, 1001)]
    assert (outlet.account.written, outlet.account.lost) == (11, 990)


def test_how_long_a_stuck_sink_took_nothing_is_the_cause(live: SinkDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_STUCK", 0.0)
    sink = Stuck()
    outlet = _of(live, sink, room=1)
    outlet.put(event())
    assert sink.entered.wait(20.0)
    outlet.put(event())
    outlet.put(event())
    (status,) = _status(outlet)
    assert status.cause == "has taken nothing for 0 s; the oldest are lost"
    sink.released.set()
    assert _finished(outlet)


def test_a_sink_that_fails_is_tried_again_with_the_same_item(live: SinkDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RETRY", 0.02)
    sink = Kept(StageError("events.jsonl: cannot write: No space left on device"))
    outlet = _of(live, sink)
    for seq in range(5):
        outlet.put(event(seq=seq))
    eventually(lambda: sink.attempts >= 4)
    (status,) = _status(outlet)
    assert (status.state, status.cause, status.lost) == ("failing", "cannot write: No space left on device", 0)
    eventually(lambda: sink.attempts >= 8)
    assert _status(outlet) == []
    sink.problem = None
    assert _finished(outlet)
    assert sink.items == [event(seq=seq) for seq in range(5)]
    assert (outlet.account.lost, outlet.error) == (0, None)


def test_it_is_tried_about_once_a_second(live: SinkDesk) -> None:
    sink = Kept(StageError("no"))
    outlet = _of(live, sink)
    outlet.put(event())
    began = time.monotonic()
    eventually(lambda: sink.attempts >= 3)
    assert 1.8 < time.monotonic() - began < 10.0
    sink.problem = None
    assert _finished(outlet)


def test_a_sink_that_is_gone_is_closed_and_everything_after_is_lost(live: SinkDesk) -> None:
    sink = Kept(SinkGoneError("events.jsonl: the reader has gone"))
    outlet = _of(live, sink)
    outlet.put(event(seq=0))
    eventually(lambda: outlet.error is not None)
    for seq in range(1, 4):
        outlet.put(event(seq=seq))
    assert (sink.attempts, sink.closed, outlet.account.lost) == (1, 1, 4)
    (status,) = _status(outlet)
    assert (status.state, status.cause, status.lost) == ("failed", "the reader has gone", 4)
    assert outlet.join(20.0)


def test_a_bug_in_a_sink_is_kept(live: SinkDesk) -> None:
    sink = Kept(ZeroDivisionError("by zero"))
    outlet = _of(live, sink)
    outlet.put(event())
    eventually(lambda: outlet.error is sink.problem)
    assert outlet.account.report().failed == "ZeroDivisionError: by zero"
    assert sink.closed == 1


def test_what_fails_in_the_end_is_tried_once_more_then_lost(live: SinkDesk) -> None:
    sink = Kept(StageError("no"))
    outlet = _of(live, sink)
    for _ in range(3):
        outlet.put(event())
    eventually(lambda: sink.attempts == 1)
    began = time.monotonic()
    assert _finished(outlet)
    assert time.monotonic() - began < 0.9
    assert (sink.attempts, outlet.account.lost, sink.closed) == (2, 3, 1)


def test_who_is_abandoned_loses_what_waits_and_takes_nothing_later(live: SinkDesk) -> None:
    sink = Stuck()
    outlet = _of(live, sink)
    for _ in range(3):
        outlet.put(event())
    assert sink.entered.wait(20.0)
    outlet.finish()
    assert not outlet.join(0.0)
    outlet.abandon()
    assert outlet.account.report().lost == 3
    assert outlet.account.report().failed == "did not finish in time"
    sink.released.set()
    assert outlet.join(20.0)
    # What it was about cannot be taken back, but nothing more is counted or written, and it is closed.
    assert (len(sink.items), sink.closed, outlet.account.written, outlet.account.lost) == (1, 1, 0, 3)


@pytest.mark.parametrize("room", [1, 200, 500])
def test_a_full_disk_costs_no_event_while_the_backlog_lasts(live: SinkDesk, tmp_path: Path, room: int) -> None:
    path = tmp_path / "events.jsonl"
    outlet = _outlet(live, partial(Jsonl, JsonlSink(path=str(path)), Context.instance()))
    for seq in range(3):
        outlet.put(event(seq=seq))
    eventually(lambda: outlet.account.written == 3)
    with disk_of(path.stat().st_size + room):
        for seq in range(3, 20):
            outlet.put(event(seq=seq))
        eventually(lambda: [status.state for status in _status(outlet)] == ["failing"])
        content = path.read_bytes()
        assert [json.loads(line)["seq"] for line in content.splitlines()] == list(range(content.count(b"\n")))
    eventually(lambda: outlet.account.written == 20)
    assert _finished(outlet)
    assert [json.loads(line)["seq"] for line in path.read_text(encoding="utf-8").splitlines()] == list(range(20))
    assert outlet.account.lost == 0


@pytest.fixture
def fifo(tmp_path: Path) -> Iterator[Path]:
    """A FIFO that nobody reads; in the end it is read, so that no thread of ours waits in it for ever."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    yield path
    os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))


def test_a_fifo_that_nobody_reads_is_opened_for_ever_and_nobody_waits(live: SinkDesk, fifo: Path) -> None:
    outlet = _outlet(live, partial(Jsonl, JsonlSink(path=str(fifo)), Context.instance()), room=2)
    outlet.await_open(0.1)
    (status,) = _status(outlet)
    assert (status.state, status.cause, status.lost) == ("behind", "is not open yet", 0)
    began = time.monotonic()
    for seq in range(5):
        outlet.put(event(seq=seq))
    assert time.monotonic() - began < 1.0
    assert outlet.account.lost == 3
    with fifo.open(encoding="utf-8") as reader:
        assert [json.loads(reader.readline())["seq"] for _ in range(2)] == [3, 4]
        assert _finished(outlet)
        assert reader.read() == ""


# --- a run of files ---------------------------------------------------------------------------------------------------


def test_files_wait_for_their_sinks(desk: SinkDesk) -> None:
    sink = Stuck()
    outlet = _of(desk, sink, room=2)

    def fill() -> None:
        for seq in range(10):
            outlet.put(event(seq=seq))

    filling = threading.Thread(target=fill)
    filling.start()
    assert sink.entered.wait(20.0)
    filling.join(0.3)
    assert filling.is_alive()
    sink.released.set()
    filling.join(20.0)
    assert _finished(outlet)
    assert sink.items == [event(seq=seq) for seq in range(10)]
    assert outlet.account.lost == 0


def test_a_sink_that_fails_is_not_tried_again(desk: SinkDesk) -> None:
    sink = Kept(StageError("no"))
    outlet = _of(desk, sink)
    outlet.put(event())
    eventually(lambda: outlet.error is sink.problem)
    assert (sink.attempts, sink.closed) == (1, 1)


def test_what_fails_first_is_what_counts(desk: SinkDesk) -> None:
    class Worse(Kept):
        def close(self) -> None:
            raise StageError("cannot be closed either")

    sink = Worse(StageError("no"))
    outlet = _of(desk, sink)
    outlet.put(event())
    eventually(lambda: outlet.error is sink.problem)


def test_what_fails_in_closing_counts_too(desk: SinkDesk) -> None:
    class Unfinished(Kept):
        def close(self) -> None:
            raise StageError("cannot be finished")

    outlet = _of(desk, Unfinished())
    outlet.put(event())
    assert _finished(outlet)
    assert str(outlet.error) == "cannot be finished"
    assert outlet.account.report().failed == "cannot be finished"


def test_a_run_that_is_to_end_waits_once_for_all_sinks_together(desk: SinkDesk) -> None:
    sinks = [Stuck() for _ in range(3)]
    outlets = [_of(desk, sink, room=1) for sink in sinks]
    desk.stop.set()
    began = time.monotonic()
    for outlet in outlets:
        for _ in range(5):
            outlet.put(event())
    assert 0.7 < time.monotonic() - began < 3.0
    assert [outlet.account.lost >= 3 for outlet in outlets] == [True] * 3
    for sink, outlet in zip(sinks, outlets, strict=True):
        sink.released.set()
        assert _finished(outlet)


# --- how long sinks are waited for ------------------------------------------------------------------------------------


def test_files_are_waited_for_without_end_and_cameras_not_at_all(desk: SinkDesk, live: SinkDesk) -> None:
    now = time.monotonic()
    assert (desk.patience(), live.patience()) == (math.inf, 0.0)
    assert desk.respite(now) == math.inf
    assert 0.4 < live.respite(now) <= 0.8
    assert live.respite(now - 5.0) < 0


def test_a_run_that_is_to_end_has_one_deadline(desk: SinkDesk) -> None:
    desk.stop.set()
    first = desk.patience()
    assert 0.7 < first <= 0.8
    assert desk.patience() <= first
    assert desk.respite(time.monotonic()) <= first


def test_who_waited_that_long_before_the_end_has_a_moment_to_close(
    desk: SinkDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FLUSH", 0.0)
    desk.stop.set()
    assert desk.patience() == 0.0
    assert 0.1 < desk.respite(time.monotonic()) <= 0.25
