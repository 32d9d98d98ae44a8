import resource
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from frames import frame
from texts import APPEAR, BEHIND, ONLINE, SOURCE_STATS, STATS, event, gone

from stream_ocr.config import ZmqSink
from stream_ocr.errors import StageError, WireError
from stream_ocr.messages import SourceStats, TextEvent
from stream_ocr.sinks import open_event_sink, open_frame_sink
from stream_ocr.sinks import zmq as sink_module
from stream_ocr.sinks.zmq import ZmqEvents, ZmqFrames
from stream_ocr.transport import Context, Subscriber

SOON = 5.0
ANY_PORT = "tcp://127.0.0.1:*"


@pytest.fixture
def context() -> Iterator[Context]:
    with Context() as made:
        yield made


@pytest.fixture
def events(context: Context) -> Iterator[ZmqEvents]:
    sink = open_event_sink(ZmqSink(bind=ANY_PORT), context)
    assert isinstance(sink, ZmqEvents)
    yield sink
    sink.close()


def _heard(subscriber: Subscriber, sink: ZmqEvents, count: int) -> list[tuple[str, int | str]]:
    """Topic and `seq` (or state) of the next messages, as somebody hears them who has just subscribed."""
    heard: list[tuple[str, int | str]] = []
    deadline = time.monotonic() + SOON
    while len(heard) < count and time.monotonic() < deadline:
        sink.poll()
        message = subscriber.receive(0.02)
        if message is not None:
            content = msgspec.json.decode(message[1][0])
            heard.append((message[0], content.get("seq", content.get("state"))))
    assert subscriber.receive(0.05) is None
    return heard


def _subscribe(context: Context, sink: ZmqEvents, *topics: str) -> Subscriber:
    """A subscriber that the sink knows of."""
    subscriber = Subscriber(context, sink.endpoint, [*topics, "stats"])
    deadline = time.monotonic() + SOON
    while subscriber.receive(0.02) is None:
        assert time.monotonic() < deadline
        sink.write(STATS)
    while subscriber.receive(0.05) is not None:
        pass
    return subscriber


def test_what_happens_is_published_under_its_topic(context: Context, events: ZmqEvents) -> None:
    with _subscribe(context, events, "") as subscriber:
        for item in (ONLINE, APPEAR, STATS, SOURCE_STATS, gone()):
            events.write(item)
        messages = [subscriber.receive(SOON) for _ in range(5)]
    topics = [message[0] for message in messages if message is not None]
    assert topics == ["status/desk", "event/desk/appear", "stats", "stats/desk", "event/desk/disappear"]
    parts = [message[1] for message in messages if message is not None]
    assert [len(each) for each in parts] == [1, 1, 1, 1, 1]
    assert msgspec.json.decode(parts[1][0], type=TextEvent) == APPEAR
    assert msgspec.json.decode(parts[0][0])["state"] == "online"
    assert msgspec.json.decode(parts[2][0])["counts"] == {"frames": 12, "position": 0.5}
    assert msgspec.json.decode(parts[3][0], type=SourceStats) == SOURCE_STATS


def test_a_late_subscriber_first_gets_what_is_visible_now(context: Context, events: ZmqEvents) -> None:
    events.write(ONLINE)
    events.write(event(track=1, seq=1))
    events.write(event(track=2, seq=2))
    events.write(event(track=3, seq=3))
    events.write(event(track=1, seq=4, kind="update"))
    events.write(gone(track=2, seq=5))
    with Subscriber(context, events.endpoint, [""]) as subscriber:
        heard = _heard(subscriber, events, 3)
        assert heard == [("status/desk", "online"), ("event/desk/appear", 3), ("event/desk/update", 4)]


def test_it_gets_what_matches_its_topics_only(context: Context, events: ZmqEvents) -> None:
    events.write(ONLINE)
    events.write(event(track=1, seq=1))
    events.write(event(track=1, seq=2, source="gate"))
    with Subscriber(context, events.endpoint, ["event/gate/"]) as subscriber:
        assert _heard(subscriber, events, 1) == [("event/gate/appear", 2)]


def test_who_only_wants_appearances_gets_that_of_an_updated_text(context: Context, events: ZmqEvents) -> None:
    events.write(event(track=1, seq=1))
    events.write(event(track=1, seq=2, kind="update"))
    events.write(event(track=1, seq=3, kind="update"))
    with Subscriber(context, events.endpoint, ["event/desk/appear"]) as subscriber:
        assert _heard(subscriber, events, 1) == [("event/desk/appear", 1)]


def test_the_last_status_of_each_source_is_kept(context: Context, events: ZmqEvents) -> None:
    events.write(ONLINE)
    events.write(msgspec.structs.replace(ONLINE, source="gate"))
    events.write(msgspec.structs.replace(ONLINE, state="reconnecting"))
    with Subscriber(context, events.endpoint, ["status/"]) as subscriber:
        assert _heard(subscriber, events, 2) == [("status/desk", "reconnecting"), ("status/gate", "online")]


def test_what_is_known_comes_before_what_is_new(context: Context, events: ZmqEvents) -> None:
    events.write(event(track=1, seq=1))
    with Subscriber(context, events.endpoint, ["event/"]) as subscriber:
        assert _heard(subscriber, events, 1) == [("event/desk/appear", 1)]
        events.write(event(track=2, seq=2))
        events.write(gone(track=1, seq=3))
        assert _heard(subscriber, events, 2) == [("event/desk/appear", 2), ("event/desk/disappear", 3)]


def test_a_second_subscriber_gets_it_too(context: Context, events: ZmqEvents) -> None:
    events.write(event(track=1, seq=1))
    for _ in range(2):
        with Subscriber(context, events.endpoint, ["event/"]) as subscriber:
            assert _heard(subscriber, events, 1) == [("event/desk/appear", 1)]


def test_what_is_remembered_has_a_limit(context: Context, events: ZmqEvents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sink_module, "_MAX_VISIBLE", 3)
    for number in range(6):
        events.write(event(track=number, seq=number))
    with Subscriber(context, events.endpoint, ["event/"]) as subscriber:
        assert [seq for _, seq in _heard(subscriber, events, 3)] == [3, 4, 5]


def test_the_status_of_a_sink_has_its_topic_and_is_kept_by_name(context: Context, events: ZmqEvents) -> None:
    events.write(msgspec.structs.replace(ONLINE, source="console"))
    for sink, state in (("jsonl a.jsonl", "behind"), ("jsonl b.jsonl", "failing"), ("console", "behind")):
        events.write(msgspec.structs.replace(BEHIND, sink=sink, state=state))
    events.write(msgspec.structs.replace(BEHIND, state="ok"))
    with Subscriber(context, events.endpoint, ["sink/", "status/"]) as subscriber:
        heard = _heard(subscriber, events, 4)
    assert heard == [
        ("status/console", "online"),
        ("sink/jsonl", "ok"),
        ("sink/jsonl", "failing"),
        ("sink/console", "behind"),
    ]


def _resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


def test_a_subscriber_that_never_reads_costs_neither_memory_nor_the_others(events: ZmqEvents) -> None:
    number = 100_000
    with (
        Context() as others,
        _subscribe(others, events, "event/") as slow,
        _subscribe(others, events, "event/") as fast,
    ):
        before, heard, slowest = _resident(), 0, 0.0
        for seq in range(number):
            began = time.monotonic()
            events.write(gone(seq=seq))
            slowest = max(slowest, time.monotonic() - began)
            while fast.receive(0.0 if seq - heard < 500 else SOON) is not None:
                heard += 1
        while fast.receive(0.5) is not None:
            heard += 1
        assert heard == number
        assert _resident() - before < 40_000_000
        assert slowest < 1.0
        # That it lost some is noticed once, not for each of them.
        assert 1 <= events.audience.overruns < 10
        kept = 0
        while slow.receive(0.2) is not None:
            kept += 1
        assert 0 < kept < number


def test_events_go_out_before_the_socket_is_closed(context: Context) -> None:
    sink = ZmqEvents(ZmqSink(bind=ANY_PORT), context)
    with _subscribe(context, sink, "event/") as subscriber:
        for number in range(100):
            sink.write(event(seq=number))
        sink.close()
        came = [subscriber.receive(SOON) for _ in range(100)]
    assert None not in came


def test_a_port_in_use_is_one_clear_line(context: Context, events: ZmqEvents) -> None:
    with pytest.raises(WireError, match=f"^{events.endpoint}: cannot bind: the port is in use$"):
        open_event_sink(ZmqSink(bind=events.endpoint), context)


def _frames(context: Context, **settings: float) -> ZmqFrames:
    content = {"bind": ANY_PORT, "frames": ANY_PORT, **settings}
    sink = open_frame_sink(msgspec.convert(content, ZmqSink), context)
    assert isinstance(sink, ZmqFrames)
    return sink


def _watching(context: Context, sink: ZmqFrames) -> Subscriber:
    subscriber = Subscriber(context, sink.endpoint, ["frame/"])
    number = 0
    while subscriber.receive(0.02) is None:
        number += 1
        assert number < 200
        sink.write(frame(0.0, source="probe", epoch=number), np.zeros((8, 8, 3), np.uint8))
    while subscriber.receive(0.05) is not None:
        pass
    return subscriber


def test_a_frame_is_a_header_and_a_jpeg(context: Context) -> None:
    sink = _frames(context)
    with _watching(context, sink) as subscriber:
        drawn = np.full((360, 640, 3), (200, 100, 50), np.uint8)
        sent = frame(1.5, captured_at=time.time() - 0.25, wall=1795331318.123, seq=45, epoch=2)
        sink.write(sent, drawn)
        message = subscriber.receive(SOON)
    sink.close()
    assert message is not None
    topic, (header, jpeg) = message
    fields = msgspec.json.decode(header)
    assert topic == "frame/desk"
    assert 250 <= fields.pop("age_ms") < 5000
    assert fields == {
        "v": 1,
        "source": "desk",
        "epoch": 2,
        "seq": 45,
        "pts": 1.5,
        "size": [640, 360],
        "wall": 1795331318.123,
    }
    shown = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert np.abs(shown.astype(int) - drawn).max() <= 4


def test_frames_are_limited_by_media_time_per_source(context: Context) -> None:
    sink = _frames(context, frame_rate=5)
    drawn = np.zeros((36, 64, 3), np.uint8)
    with _watching(context, sink) as subscriber:
        came = []
        for number in range(10):
            for source in ("desk", "gate"):
                sink.write(frame(0.1 * number, source=source), drawn)
                message = subscriber.receive(0.1)
                if message is not None:
                    came.append((source, number))
    sink.close()
    assert came == [(source, number) for number in range(0, 10, 2) for source in ("desk", "gate")]


def test_a_source_that_begins_anew_is_shown_at_once(context: Context) -> None:
    sink = _frames(context, frame_rate=1)
    drawn = np.zeros((36, 64, 3), np.uint8)
    with _watching(context, sink) as subscriber:
        for sent in (frame(9.0), frame(9.1, epoch=1), frame(0.0, epoch=1)):
            sink.write(sent, drawn)
            assert subscriber.receive(SOON) is not None
    sink.close()


def test_quality_is_that_of_the_config(context: Context) -> None:
    drawn = np.random.default_rng(1).integers(0, 255, (360, 640, 3), np.uint8)
    sizes = []
    for quality in (10, 95):
        sink = _frames(context, jpeg_quality=quality)
        with _watching(context, sink) as subscriber:
            sink.write(frame(1.0), drawn)
            message = subscriber.receive(SOON)
            assert message is not None
            sizes.append(len(message[1][1]))
        sink.close()
    assert sizes[0] < sizes[1] / 2


def test_nobody_watching_holds_up_nobody(context: Context) -> None:
    sink = _frames(context, frame_rate=120)
    began = time.monotonic()
    for number in range(20):
        sink.write(frame(0.1 * number), np.zeros((36, 64, 3), np.uint8))
    sink.close()
    assert time.monotonic() - began < SOON


def test_a_picture_that_is_too_large_for_a_jpeg_is_one_clear_line(context: Context) -> None:
    sink = _frames(context)
    with pytest.raises(StageError, match="as JPEG") as caught:
        sink.write(frame(0.0), np.zeros((1, 70_000, 3), np.uint8))
    assert "\n" not in str(caught.value)
    sink.close()


def test_without_an_endpoint_there_are_no_frames(context: Context) -> None:
    assert open_frame_sink(ZmqSink(bind=ANY_PORT), context) is None
    with pytest.raises(StageError, match=r"sinks\.zmq\.frames: expected an endpoint"):
        ZmqFrames(ZmqSink(bind=ANY_PORT), context)
