"""A consumer that does not keep up, beside a graph that does not notice: a live source, real models, real outputs."""

import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from blocked import disk_of, full_pipe
from clips import make_clip
from takers import Kept, Stuck, eventually

import stream_ocr
from stream_ocr import api
from stream_ocr.configfile import build
from stream_ocr.errors import StageError
from stream_ocr.messages import SinkStatus, StageStats, TextEvent
from stream_ocr.pipeline import Pipeline, Report
from stream_ocr.scene import Scene
from stream_ocr.sinks import EventSink, Item, outlets
from stream_ocr.transport import Context, Subscriber

SOON = 60.0
PROMPTLY = 8.0
"""Seconds from SIGTERM to the end: two on a machine that has nothing else to do. What is stuck would take for ever."""
RATE = 8
LIGHT: dict[str, Any] = {"detect": {"max_side": 480, "rate": 4}}


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A source that sets its own pace, and shows texts that come and go."""
    path = make_clip(tmp_path_factory.mktemp("camera") / "a.mp4", scene=Scene((480, 270), RATE, 6.0, 1), rate=RATE)
    return {"uri": f"movie={path}:loop=0,setpts=N/({RATE}*TB)", "format": "lavfi"}


class Watch(Kept):
    """Keeps everything, and ends the run when the source has shown some seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.end: Callable[[], None] | None = None
        self._seconds = seconds

    def write(self, item: Item) -> None:
        super().write(item)
        if isinstance(item, StageStats) and item.counts.get("position", 0.0) >= self._seconds and self.end is not None:
            self.end()

    @property
    def events(self) -> list[TextEvent]:
        return [item for item in self.items if isinstance(item, TextEvent)]

    def told(self, sink: str) -> list[str]:
        """The states of a sink that were said."""
        return [item.state for item in self.items if isinstance(item, SinkStatus) and item.sink == sink]

    def last(self, stage: str) -> StageStats:
        return [item for item in self.items if isinstance(item, StageStats) and item.stage == stage][-1]


def _watched(camera: dict[str, Any], *own: EventSink, seconds: float = 6.0, **sections: Any) -> tuple[Watch, Report]:
    watch = Watch(seconds)
    content = {"sources": {"cam": camera}, "ocr": {"precision": "f32"}, "stages": LIGHT, "stats_every": 0.5}
    pipeline = Pipeline(build({**content, **sections}), sinks=[*own, watch])
    watch.end = pipeline.stop
    return watch, pipeline.run()


def _complete(events: list[TextEvent]) -> bool:
    appeared, gone = (Counter(e.track for e in events if e.kind == kind) for kind in ("appear", "disappear"))
    return bool(appeared) and appeared == gone and [event.seq for event in events] == list(range(1, len(events) + 1))


def test_the_graph_is_the_same_beside_a_sink_that_takes_nothing(
    camera: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlets, "_EVENTS", 10)
    alone, _ = _watched(camera, seconds=8.0)
    stuck = Stuck()
    beside, report = _watched(camera, stuck, seconds=8.0)
    assert stuck.entered.is_set()
    assert report.sinks["Stuck"].lost == report.lost["Stuck"] == len(beside.events)
    assert report.sinks["Stuck"].failed == "did not finish in time"
    assert beside.told("Stuck") == ["behind"]
    assert report.lost.keys() == {"Stuck"}
    for run in (alone, beside):
        assert _complete(run.events)
    frames = [run.last("publish").counts["frames"] for run in (alone, beside)]
    assert min(frames) > 0.6 * max(frames)
    ages = [
        statistics.median(event.age_ms for event in run.events if event.kind == "appear") for run in (alone, beside)
    ]
    assert max(ages) < 3000
    stats = beside.last("sink:Stuck")
    assert stats.counts["lost"] > 0
    assert stats.queue >= 10
    stuck.released.set()


@pytest.fixture
def fifo(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Makes FIFOs that nobody reads; in the end they are read, so that no thread waits in them for ever."""
    made: list[Path] = []

    def make(name: str) -> Path:
        made.append(tmp_path / name)
        os.mkfifo(made[-1])
        return made[-1]

    yield make
    for path in made:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))


def test_all_kinds_of_consumers_that_take_nothing_at_once(
    camera: dict[str, Any], tmp_path: Path, fifo: Callable[[str], Path]
) -> None:
    events, frames = (f"ipc://{tmp_path}/{name}" for name in ("events", "frames"))
    sinks = [
        {"jsonl": {"path": str(fifo("events.jsonl")), "backlog": 2}},
        {"video": {"path": str(fifo("annotated.mp4"))}},
        {"zmq": {"bind": events, "frames": frames, "backlog": 1}},
        {"jsonl": {"path": str(tmp_path / "good.jsonl")}},
    ]
    with Context() as context, Subscriber(context, events, ["event/"]), Subscriber(context, frames, ["frame/"]):
        began = time.monotonic()
        watch, report = _watched(camera, sinks=sinks, seconds=4.0)
        took = time.monotonic() - began
    assert took < 30.0
    assert _complete(watch.events)
    lines = (tmp_path / "good.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [event.seq for event in watch.events]
    assert report.lost == {f"jsonl {tmp_path}/events.jsonl": len(watch.events)}
    video = report.sinks[f"video {tmp_path}/annotated.mp4"]
    assert (video.written, video.failed) == (0, "did not finish in time")
    assert video.lost > 4
    assert report.sinks[f"zmq {events}"].lost == 0
    assert watch.told(f"jsonl {tmp_path}/events.jsonl")[0] == "behind"


def test_a_video_that_fails_ends_by_itself(camera: dict[str, Any], tmp_path: Path) -> None:
    sinks = [{"video": {"path": "/dev/full"}}, {"video": {"path": str(tmp_path / "good.mp4")}}]
    watch, report = _watched(camera, sinks=sinks, seconds=4.0)
    assert watch.told("video /dev/full") == ["failed"]
    assert "No space left on device" in str(report.sinks["video /dev/full"].failed)
    assert report.sinks[f"video {tmp_path}/good.mp4"].failed is None
    assert report.lost == {}
    assert _complete(watch.events)


class Broken(Kept):
    def write(self, item: Item) -> None:
        if isinstance(item, TextEvent):
            raise ZeroDivisionError("by zero")


def test_a_bug_in_a_sink_does_not_end_a_live_run_but_is_raised_after_it(camera: dict[str, Any]) -> None:
    watch = Watch(3.0)
    content = {"sources": {"cam": camera}, "ocr": {"precision": "f32"}, "stages": LIGHT, "stats_every": 0.5}
    pipeline = Pipeline(build(content), sinks=[Broken(), watch])
    watch.end = pipeline.stop
    with pytest.raises(ZeroDivisionError, match="by zero"):
        pipeline.run()
    assert watch.told("Broken") == ["failed"]
    assert _complete(watch.events)


def test_a_reader_of_a_camera_that_is_too_slow_loses_the_oldest_events(
    camera: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlets, "_EVENTS", 4)
    monkeypatch.setattr(api, "_BACKLOG", 2)
    source = {key: value for key, value in camera.items() if key != "uri"}
    reader = stream_ocr.events(camera["uri"], source=source, stages=LIGHT, ocr={"precision": "f32"})
    first = next(reader)
    began = time.monotonic()
    eventually(lambda: time.monotonic() - began > 8.0)
    # One in hand, two and four that wait; then come the newest, of which the camera has shown many more.
    later = list(islice(reader, 8))
    reader.close()  # type: ignore[attr-defined]
    gaps = [after.seq - before.seq for before, after in zip([first, *later], later, strict=False)]
    assert max(gaps) > 5
    assert later[-1].at > first.at + 5


def test_a_full_disk_ends_a_run_of_files() -> None:
    source = {"uri": f"test:size=480x270&rate={RATE}&length=0&seed=1"}
    with pytest.raises(StageError, match=r"^/dev/full: cannot write an event: .*; the 0 events before it are kept$"):
        _watched(source, seconds=600, sinks=[{"jsonl": {"path": "/dev/full"}}])


# --- as a process -----------------------------------------------------------------------------------------------------


@contextmanager
def _running(
    tmp_path: Path, camera: dict[str, Any], sinks: list[dict[str, Any]], *options: str, **streams: Any
) -> Iterator[subprocess.Popen[str]]:
    config = tmp_path / "run.yaml"
    config.write_text(json.dumps({"sources": {"cam": camera}, "stages": LIGHT, "sinks": sinks}), encoding="utf-8")
    command = [sys.executable, "-m", "stream_ocr", "run", str(config), *options]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    process = subprocess.Popen(command, encoding="utf-8", **streams)
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=SOON)


def _ended(process: subprocess.Popen[str]) -> tuple[float, list[str]]:
    """Seconds from SIGTERM to the end, and what was said on standard error."""
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    _, errors = process.communicate(timeout=SOON)
    return time.monotonic() - began, (errors or "").splitlines()


def _count(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_a_process_with_outputs_that_take_nothing_ends_promptly(
    tmp_path: Path, camera: dict[str, Any], fifo: Callable[[str], Path]
) -> None:
    good, unread = tmp_path / "good.jsonl", fifo("unread.jsonl")
    sinks: list[dict[str, Any]] = [
        {"console": {"backlog": 1}},
        {"jsonl": {"path": str(unread)}},
        {"jsonl": {"path": str(good)}},
        {"video": {"path": str(fifo("unread.mp4"))}},
    ]
    with full_pipe() as (_, stuffed), _running(tmp_path, camera, sinks, stdout=stuffed) as process:
        eventually(lambda: _count(good) >= 12, SOON)
        seconds, said = _ended(process)
    assert process.returncode == 130
    assert seconds < PROMPTLY
    assert not [line for line in said if "Traceback" in line or "Fatal" in line]
    warnings = Counter(line.split(": ")[2] for line in said if line.startswith("stream-ocr: warning: "))
    assert warnings == {"console": 1, f"jsonl {unread}": 1, f"video {tmp_path}/unread.mp4": 1}
    assert f"console lost {_count(good)} events (did not finish in time)" in said[-1]


def test_a_process_whose_every_stream_is_stuffed_ends_too(tmp_path: Path, camera: dict[str, Any]) -> None:
    good = tmp_path / "good.jsonl"
    sinks: list[dict[str, Any]] = [{"console": {"backlog": 1}}, {"jsonl": {"path": str(good)}}]
    with (
        full_pipe() as (_, stuffed),
        _running(tmp_path, camera, sinks, stdout=stuffed, stderr=stuffed) as process,
    ):
        eventually(lambda: _count(good) >= 4, SOON)
        seconds, _ = _ended(process)
    assert process.returncode == 130
    assert seconds < PROMPTLY


def test_a_run_of_files_with_an_output_that_takes_nothing_ends_when_told_to(tmp_path: Path) -> None:
    source = {"uri": f"test:size=480x270&rate={RATE}&length=0&seed=1"}
    good = tmp_path / "good.jsonl"
    sinks: list[dict[str, Any]] = [{"console": {"backlog": 1}}, {"jsonl": {"path": str(good)}}]
    with full_pipe() as (_, stuffed), _running(tmp_path, source, sinks, stdout=stuffed) as process:
        eventually(lambda: _count(good) >= 2, SOON)
        # It waits: the file is as far as its slowest sink.
        waiting = _count(good)
        with suppress(subprocess.TimeoutExpired):
            process.wait(2.0)
        assert _count(good) <= waiting + 3
        seconds, _ = _ended(process)
    assert process.returncode == 130
    assert seconds < PROMPTLY


def test_a_disk_that_was_full_for_a_while_costs_no_event(tmp_path: Path, camera: dict[str, Any]) -> None:
    full, good = tmp_path / "full.jsonl", tmp_path / "good.jsonl"
    sinks = [{"jsonl": {"path": str(path)}} for path in (full, good)]
    with _running(tmp_path, camera, sinks, "--set", "stats_every=3600") as process:
        eventually(lambda: _count(full) >= 2, SOON)
        # It is that of the process, so the other file stops growing too.
        with disk_of(full.stat().st_size + 100, process.pid):
            before = _count(good)
            with suppress(subprocess.TimeoutExpired):
                process.wait(4.0)
            content = full.read_bytes()
            assert content.endswith(b"\n")
            assert _count(full) <= before + 1
        eventually(lambda: _count(full) >= before + 6, SOON)
        _, said = _ended(process)
    assert process.returncode == 130
    seqs = [json.loads(line)["seq"] for line in full.read_text(encoding="utf-8").splitlines()]
    assert seqs == list(range(1, len(seqs) + 1))
    mine = [line for line in said if f"warning: jsonl {full}: " in line]
    assert mine[0].endswith("events before it are kept; tried again until it works")
    assert "File too large" in mine[0]
    assert len(mine) <= 2
    assert "lost" not in said[-1]


def test_events_that_were_lost_are_exit_code_1(tmp_path: Path, camera: dict[str, Any]) -> None:
    sinks = [{"jsonl": {"path": "/dev/full"}}, {"jsonl": {"path": str(tmp_path / "good.jsonl")}}]
    with _running(tmp_path, {**camera, "stop": 4.0}, sinks) as process:
        _, errors = process.communicate(timeout=SOON)
    assert process.returncode == 1
    number = _count(tmp_path / "good.jsonl")
    *warnings, summary = errors.splitlines()
    assert len([line for line in warnings if "jsonl /dev/full" in line]) == 1
    assert summary.startswith("stream-ocr: done: ")
    assert f"jsonl /dev/full lost {number} events (cannot write an event: No space left on device; " in summary


def test_a_quiet_run_names_what_was_lost_too(tmp_path: Path, camera: dict[str, Any]) -> None:
    sinks = [{"jsonl": {"path": "/dev/full"}}]
    with _running(tmp_path, {**camera, "stop": 3.0}, sinks, "--quiet") as process:
        _, errors = process.communicate(timeout=SOON)
    assert process.returncode == 1
    failing, lost = errors.splitlines()
    assert failing.endswith("tried again until it works")
    assert lost.startswith("stream-ocr: warning: jsonl /dev/full lost ")


@pytest.mark.parametrize("goes_on", [False, True])
def test_a_run_ends_when_its_last_listener_has_gone(tmp_path: Path, camera: dict[str, Any], goes_on: bool) -> None:
    good = tmp_path / "good.jsonl"
    sinks: list[dict[str, Any]] = [{"console": {}}, *([{"jsonl": {"path": str(good)}}] if goes_on else [])]
    with _running(tmp_path, camera, sinks) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        if goes_on:
            before = _count(good)
            eventually(lambda: _count(good) >= before + 6, SOON)
            process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        said = process.stderr.read().splitlines()
        assert process.wait(SOON) == (130 if goes_on else 1)
    gone = "stream-ocr: warning: console: cannot write to standard output: Broken pipe; given up; "
    assert len([line for line in said if line.startswith(gone)]) == 1
