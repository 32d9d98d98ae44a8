"""The sinks of a stage together."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from frames import frame
from takers import Kept, Stuck, eventually
from texts import ONLINE, event

from stream_ocr.config import ConsoleSink, JsonlSink, SinkConfig, VideoSink, ZmqSink
from stream_ocr.errors import SinkGoneError, StageError
from stream_ocr.messages import FrameText, SinkStatus
from stream_ocr.sinks import EventSink, Said
from stream_ocr.sinks import outlets as module
from stream_ocr.sinks.outlet import SinkDesk
from stream_ocr.sinks.outlets import Outlets, event_outlets, frame_outlets
from stream_ocr.sinks.studio import Style
from stream_ocr.transport import Context

LIVE_SOURCE = msgspec.structs.replace(ONLINE, source="gate", live=True)


@pytest.fixture
def context() -> Iterator[Context]:
    with Context() as made:
        yield made


def _own(*sinks: EventSink, live: bool = False) -> Outlets[Said]:
    return event_outlets([], sinks, Context.instance(), SinkDesk(threading.Event(), live=live))


def test_each_sink_of_a_config_has_its_name_and_backlog(tmp_path: Path, context: Context) -> None:
    endpoints = [f"ipc://{tmp_path}/{name}" for name in ("events", "frames")]
    config = [
        SinkConfig(jsonl=JsonlSink(path=str(tmp_path / "a.jsonl"), backlog=2)),
        SinkConfig(jsonl=JsonlSink(path=str(tmp_path / "a.jsonl"))),
        SinkConfig(console=ConsoleSink()),
        SinkConfig(video=VideoSink(path=str(tmp_path / "a.mp4"))),
        SinkConfig(zmq=ZmqSink(bind=endpoints[0], frames=endpoints[1])),
    ]
    desk = SinkDesk(threading.Event())
    events = event_outlets(config, [Kept(), Kept()], context, desk)
    frames = frame_outlets(config, Style(), context, desk)
    assert list(events.report()) == [
        f"jsonl {tmp_path}/a.jsonl",
        f"jsonl {tmp_path}/a.jsonl (2)",
        "console",
        f"zmq {endpoints[0]}",
        "Kept",
        "Kept (2)",
    ]
    assert list(frames.report()) == [f"video {tmp_path}/a.mp4", f"zmq {endpoints[1]}"]
    frames.put(FrameText(frame=frame(0.0)))
    for outlets in (events, frames):
        outlets.close()
    assert [sink.written for sink in frames.report().values()] == [1, 1]
    assert {sink.takes for sink in frames.report().values()} == {"frames"}


def test_the_backlog_is_that_of_the_config(tmp_path: Path, context: Context) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    desk = SinkDesk(threading.Event(), live=True)
    config = [SinkConfig(jsonl=JsonlSink(path=str(fifo), backlog=7))]
    outlets = event_outlets(config, [], context, desk)
    for _ in range(10):
        outlets.put(event())
    (report,) = outlets.report().values()
    assert report.lost == 3
    os.close(os.open(fifo, os.O_RDONLY | os.O_NONBLOCK))
    outlets.close()


def test_one_that_cannot_be_opened_closes_the_others(tmp_path: Path, context: Context) -> None:
    good, own = tmp_path / "good.jsonl", Kept()
    config = [SinkConfig(jsonl=JsonlSink(path=str(path))) for path in (good, tmp_path)]
    with pytest.raises(StageError, match=f"^{tmp_path}: cannot write events there: Is a directory$"):
        event_outlets(config, [own], context, SinkDesk(threading.Event()))
    assert own.closed == 1
    assert good.read_bytes() == b""


def test_a_run_begins_without_a_sink_that_does_not_open(tmp_path: Path, context: Context) -> None:
    fifo, own = tmp_path / "fifo", Kept()
    os.mkfifo(fifo)
    began = time.monotonic()
    desk = SinkDesk(threading.Event(), live=True)
    outlets = event_outlets([SinkConfig(jsonl=JsonlSink(path=str(fifo)))], [own], context, desk)
    assert 1.9 < time.monotonic() - began < 5.0
    told = [said for said in outlets.news() if isinstance(said, SinkStatus)]
    assert [(said.sink, said.state, said.cause) for said in told] == [(f"jsonl {fifo}", "behind", "is not open yet")]
    outlets.put(event())
    eventually(lambda: own.items == [event()])
    os.close(os.open(fifo, os.O_RDONLY | os.O_NONBLOCK))
    outlets.close()


def test_the_others_go_on_when_one_fails_in_a_live_run() -> None:
    bad, good = Kept(SinkGoneError("no")), Kept()
    outlets = _own(bad, good, live=True)
    for seq in range(20):
        outlets.put(event(seq=seq))
    eventually(lambda: len(good.items) == 20)
    assert outlets.failure() is None
    assert [said.state for said in outlets.news() if isinstance(said, SinkStatus)] == ["failed"]
    outlets.close()
    assert outlets.failure(ending=True) is None
    assert [(sink.written, sink.lost) for sink in outlets.report().values()] == [(0, 20), (20, 0)]


def test_one_that_fails_ends_a_run_of_files_and_is_said_by_that() -> None:
    bad, good = Kept(StageError("no")), Kept()
    outlets = _own(bad, good)
    outlets.put(event())
    eventually(lambda: outlets.failure() is bad.problem)
    assert [said for said in outlets.news() if isinstance(said, SinkStatus)] == []
    outlets.close()
    assert good.items == [event()]


def test_a_bug_in_a_sink_shows_when_a_live_run_is_over() -> None:
    bad = Kept(ZeroDivisionError("by zero"))
    outlets = _own(bad, live=True)
    outlets.put(event())
    eventually(lambda: bad.closed == 1)
    assert outlets.failure() is None
    outlets.close()
    assert outlets.failure(ending=True) is bad.problem


def test_a_run_is_live_once_a_source_is() -> None:
    outlets = _own(Kept())
    heard = []
    for status in (ONLINE, LIVE_SOURCE, ONLINE):
        outlets.hear(status)
        heard.append(outlets.desk.live)
    outlets.close()
    assert heard == [False, True, True]


def test_closing_takes_less_than_a_second_however_many_are_stuck() -> None:
    stuck, good = [Stuck() for _ in range(4)], Kept()
    outlets = _own(*stuck, good, live=True)
    for _ in range(3):
        outlets.put(event())
    began = time.monotonic()
    outlets.close()
    assert 0.7 < time.monotonic() - began < 2.0
    reports = list(outlets.report().values())
    assert [(sink.lost, sink.failed) for sink in reports] == [(3, "did not finish in time")] * 4 + [(0, None)]
    assert good.closed == 1
    for sink in stuck:
        sink.released.set()
    eventually(lambda: all(sink.closed for sink in stuck))


def test_a_run_of_files_waits_for_a_slow_sink_until_it_is_told_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_GLANCE", 0.01)
    sink, stop = Stuck(), threading.Event()
    outlets = event_outlets([], [sink], Context.instance(), SinkDesk(stop))
    outlets.put(event())
    closing = threading.Thread(target=outlets.close)
    closing.start()
    closing.join(1.5)
    assert closing.is_alive()
    stop.set()
    closing.join(2.0)
    assert not closing.is_alive()
    (report,) = outlets.report().values()
    assert report.lost == 1
    sink.released.set()


def test_a_run_of_files_waits_for_a_slow_sink_to_finish() -> None:
    sink = Stuck()
    outlets = _own(sink)
    for seq in range(5):
        outlets.put(event(seq=seq))
    closing = threading.Thread(target=outlets.close)
    closing.start()
    closing.join(1.3)
    assert closing.is_alive()
    sink.released.set()
    closing.join(20.0)
    assert sink.items == [event(seq=seq) for seq in range(5)]
    assert sink.closed == 1
