"""Live sources against a real RTSP server and a bad network between."""

import gc
import threading
import time
from collections import Counter
from dataclasses import replace
from urllib.parse import urlsplit

import psutil
import pytest
from broadcasts import MjpegCamera
from cameras import RtspCamera, notice
from faults import FaultProxy
from watching import Watched

from stream_ocr import feed
from stream_ocr.config import Config
from stream_ocr.configfile import build
from stream_ocr.errors import SourceError
from stream_ocr.messages import StageStats, TextEvent
from stream_ocr.transport import Bell, Outbox

GATE_12 = notice("GATE 12", (320, 240), rate=15)
GATE_13 = notice("GATE 13", (480, 272), rate=10, codec="mjpeg")
QUICK = {"stall": 1.0, "first": 0.2, "longest": 1.0, "open": 5.0}
STALL = 5.0


def _config(*uris: str, reconnect: dict[str, float] | None = None, **sections: object) -> Config:
    """A source by URI, named a, b, ..."""
    names = "abcdefgh"
    settings = {"reconnect": reconnect or QUICK, "options": {"analyzeduration": "300000"}}
    sources = {names[index]: {"uri": uri, **settings} for index, uri in enumerate(uris)}
    return build({"sources": sources, "ocr": {"precision": "f32"}, "stats_every": 0.2, **sections})


def _tracks_are_told_apart(events: list[TextEvent]) -> None:
    """No number is used for two tracks, and each that appears disappears once."""
    for kind in ("appear", "disappear"):
        counts = Counter((event.source, event.track) for event in events if event.kind == kind)
        assert set(counts.values()) <= {1}, kind
    assert {event.track for event in events if event.kind == "appear"} == {
        event.track for event in events if event.kind == "disappear"
    }


def _break(fault: str, camera: RtspCamera, proxy: FaultProxy) -> None:
    match fault:
        case "stall":
            proxy.stalled = True
        case "reset":
            proxy.refuse()
            proxy.reset()
        case "close":
            proxy.refuse()
            proxy.hang_up()
        case "gone":
            camera.kill()


def _mend(fault: str, camera: RtspCamera, proxy: FaultProxy) -> None:
    if fault == "gone":
        camera.start()
    proxy.clear()


@pytest.mark.parametrize("fault", ["stall", "reset", "close", "gone"])
def test_a_camera_that_is_lost_comes_back(fault: str) -> None:
    with RtspCamera(GATE_12) as camera, FaultProxy(camera.port) as proxy:
        limits = {"reconnect": {"stall": STALL}}
        with Watched(_config(camera.uri_at(proxy.port), **limits)) as run:
            run.appear("GATE 12")
            broken = time.monotonic()
            _break(fault, camera, proxy)
            lost = run.status("reconnecting", since=broken)
            # A moment for the thread that is to notice it, on a busy machine.
            assert lost - broken <= (STALL + 0.5 if fault == "stall" else 2.0)
            _mend(fault, camera, proxy)
            back = time.monotonic()
            assert run.appear("GATE 12", since=back) - back <= 10.0
    events = run.notes.events
    _tracks_are_told_apart(events)
    first, second = [event for event in events if event.kind == "disappear"]
    assert (first.reason, second.reason) == ("source-lost", "end-of-stream")
    assert (first.epoch, second.epoch) == (0, 1)
    assert first.end is not None
    assert second.start > first.end
    assert first.place == second.place


def test_statuses_tell_the_story() -> None:
    with RtspCamera(GATE_12) as camera, Watched(_config(camera.uri)) as run:
        online = run.status("online")
        camera.kill()
        lost = run.status("reconnecting", since=online)
        run.notes.wait_for(lambda item: "refused" in str(getattr(item, "cause", "")), 10, since=lost)
        camera.start()
        run.status("online", since=lost)
    told = [(status.state, status.epoch) for status in run.notes.statuses]
    assert told[0] == ("online", 0)
    assert set(told[1:-2]) == {("reconnecting", 0)}
    assert told[-2:] == [("online", 1), ("offline", 1)]
    assert all(status.retry_in for status in run.notes.statuses if status.state == "reconnecting")


def test_another_size_codec_and_text_after_a_reconnect() -> None:
    with RtspCamera(GATE_12) as camera, Watched(_config(camera.uri)) as run:
        run.appear("GATE 12")
        camera.kill()
        camera.start(GATE_13)
        run.appear("GATE 13")
    _tracks_are_told_apart(run.notes.events)
    assert {event.text: event.size for event in run.notes.events} == {"GATE 12": (320, 240), "GATE 13": (480, 272)}


def test_a_camera_that_is_absent_at_first_holds_up_nobody() -> None:
    with RtspCamera(GATE_12) as present, RtspCamera(GATE_13) as absent:
        absent.kill()
        with Watched(_config(present.uri, absent.uri)) as run:
            run.appear("GATE 12", source="a")
            assert run.status("reconnecting", source="b")
            absent.start()
            run.appear("GATE 13", source="b")
    assert not any(status.state == "reconnecting" and status.source == "a" for status in run.notes.statuses)


def test_video_that_stops_under_sound_that_goes_on_is_noticed() -> None:
    with RtspCamera(replace(GATE_12, sound=True)) as camera, Watched(_config(camera.uri)) as run:
        run.appear("GATE 12")
        camera.hold()
        held = time.monotonic()
        assert run.status("reconnecting", since=held) - held < 3
        camera.flow()
        run.appear("GATE 12", since=held)


@pytest.mark.parametrize("spoiling", ["flip", "cut"])
def test_a_spoiled_stream_goes_on(spoiling: str) -> None:
    with (
        RtspCamera(GATE_12) as camera,
        FaultProxy(camera.port) as proxy,
        Watched(_config(camera.uri_at(proxy.port))) as run,
    ):
        run.appear("GATE 12")
        setattr(proxy, spoiling, 0.003 if spoiling == "flip" else 0.05)
        threading.Event().wait(4.0)
        proxy.clear()
        mended = time.monotonic()

        def frames_go_on(item: object) -> bool:
            return isinstance(item, StageStats) and item.stage == "capture" and item.counts["frames"] > before

        before = _captured(run)
        run.notes.wait_for(frames_go_on, 10, since=mended)
    _tracks_are_told_apart(run.notes.events)
    lost = sum(status.state == "reconnecting" for status in run.notes.statuses)
    assert _count(run, "corrupt") + lost > 0


def _captured(run: Watched) -> float:
    return _count(run, "frames")


def _count(run: Watched, name: str) -> float:
    stats = [item for _, item in run.notes.items if isinstance(item, StageStats) and item.stage == "capture"]
    return stats[-1].counts.get(name, 0)


def test_it_is_given_up_where_that_is_asked_for() -> None:
    with RtspCamera(GATE_12) as camera:
        camera.kill()
        config = _config(camera.uri, reconnect={**QUICK, "attempts": 1})
        with pytest.raises(SourceError, match="refused"), Watched(config) as run:
            run.result()
    assert [status.state for status in run.notes.statuses] == ["reconnecting", "offline"]


def test_stop_while_a_camera_is_silent() -> None:
    with (
        RtspCamera(GATE_12) as camera,
        FaultProxy(camera.port) as proxy,
        Watched(_config(camera.uri_at(proxy.port), reconnect={"stall": 30.0})) as run,
    ):
        run.appear("GATE 12")
        proxy.stalled = True
        asked = time.monotonic()
        run.stop()
        run.result()
        assert time.monotonic() - asked < 2.0
    _tracks_are_told_apart(run.notes.events)


def test_fifty_reconnects_leave_nothing_behind() -> None:
    process = psutil.Process()
    with MjpegCamera(GATE_12) as camera, FaultProxy(urlsplit(camera.uri).port or 0) as proxy:
        uri = f"http://127.0.0.1:{proxy.port}/video"
        config = _config(uri, reconnect={**QUICK, "first": 0.1, "longest": 0.1})
        with Watched(config) as run:
            counts = []
            since = 0.0
            for cycle in range(50):
                since = run.status("online", since=since)
                run.notes.wait_for(lambda item: isinstance(item, StageStats), 5, since=since)
                if cycle % 10 == 9:
                    gc.collect()
                    counts.append((threading.active_count(), process.num_fds(), process.memory_info().rss))
                proxy.reset()
                since = run.status("reconnecting", since=since)
    _tracks_are_told_apart(run.notes.events)
    threads, fds, memory = zip(*counts, strict=True)
    assert max(threads[1:]) <= threads[0]
    assert max(fds[1:]) <= fds[0] + 1
    # Memory grows in steps; a decoder or a scaler left behind each time would be hundreds of MB.
    assert memory[-1] - memory[1] < 32 << 20


def _synthetic(graph: str) -> dict[str, object]:
    return {"uri": graph, "format": "lavfi"}


def test_a_synthetic_camera_that_ends_is_not_tried_again() -> None:
    config = build({"sources": {"a": _synthetic("testsrc2=size=160x120:rate=25:duration=1")}})
    with Watched(config) as run:
        report = run.result()
    assert [status.state for status in run.notes.statuses] == ["online", "offline"]
    assert report.sources == {"a": None}
    assert _count(run, "frames") == 25


def test_a_camera_in_which_nothing_happens_is_waited_for_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    class CountingOutbox(Outbox):
        def wait(self, bell: Bell, timeout: float) -> None:
            waits.append(timeout)
            super().wait(bell, timeout)

    monkeypatch.setattr(feed, "Outbox", CountingOutbox)
    with Watched(build({"sources": {"a": _synthetic("color=size=160x120:rate=25:duration=2")}})) as run:
        run.result()
    assert _count(run, "frames") == 50
    # A tenth of a second each, unless there is something new to see.
    assert 10 <= len(waits) < 100


def test_a_synthetic_camera_that_cannot_be_made_is_an_error() -> None:
    config = build({"sources": {"a": _synthetic("nosuchfilter=3")}})
    with pytest.raises(SourceError, match="nosuchfilter"), Watched(config) as run:
        run.result()


def test_a_source_that_is_given_up_ends_alone() -> None:
    with RtspCamera(GATE_12) as camera:
        gone = {"uri": "rtsp://127.0.0.1:9/live", "reconnect": {"attempts": 0}}
        config = build({"sources": {"a": gone, "b": {"uri": camera.uri}}, "ocr": {"precision": "f32"}})
        with pytest.raises(SourceError, match="a: "), Watched(config) as run:
            given_up = run.status("offline", source="a")
            run.appear("GATE 12", since=given_up, source="b")
            run.stop()
            run.result()


def test_frames_that_carry_no_times_have_that_of_their_arrival() -> None:
    with MjpegCamera(notice("GATE 12", (320, 240), rate=10)) as camera, Watched(_config(camera.uri)) as run:

        def two_seconds(item: object) -> bool:
            return isinstance(item, StageStats) and item.stage == "capture" and item.counts.get("frames", 0) >= 20

        _, stats = run.notes.wait_for(two_seconds, 10)
    assert isinstance(stats, StageStats)
    # FFmpeg takes such a stream for one of 25 frames a second.
    assert 0.07 < stats.counts["position"] / stats.counts["frames"] < 0.15


def test_a_wrong_password_is_said_and_not_tried_often() -> None:
    with RtspCamera(GATE_12, login=("user", "right")) as camera:
        config = _config(camera.uri_at(camera.port, login=("user", "wrong")), reconnect={"longest": 40.0})
        run = Watched(config)
        with run:
            run.status("reconnecting")
    (status,) = [status for status in run.notes.statuses if status.state == "reconnecting"]
    assert (status.cause, status.retry_in) == ("wrong user or password (401)", 40.0)
