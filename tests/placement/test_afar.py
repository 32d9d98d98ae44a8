"""Stages and sources on another machine, as far as one machine can be two: the commands, over TCP."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from doors import free_endpoint
from strangers import RUBBISH
from watching import Watched

from stream_ocr.configfile import build
from stream_ocr.messages import StageStats

SOON = 30.0
TICKING = "test:size=640x360&rate=8&length=2&seed=1"


def _content(source: dict[str, Any], **sections: Any) -> dict[str, Any]:
    return {"sources": {"desk": source}, "ocr": {"precision": "f32"}, "stats_every": 0.1, **sections}


def _live(clip: Path, **settings: Any) -> dict[str, Any]:
    return {"uri": f"movie=filename={clip}:loop=0,setpts=N/(FRAME_RATE*TB)", "format": "lavfi", **settings}


@contextmanager
def _worker(folder: Path, content: dict[str, Any], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`stream-ocr stage` or `source`, as somebody on the other machine starts it."""
    config = folder / "run.yaml"
    config.write_text(yaml.safe_dump(content), encoding="utf-8")
    command = [sys.executable, "-m", "stream_ocr", *arguments, "--config", str(config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as process:
        try:
            yield process
        finally:
            process.kill()


def _ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code, and the last line that it said."""
    _, said = process.communicate(timeout=SOON)
    assert "Traceback" not in said
    return process.returncode, said.splitlines()[-1]


def test_a_worker_dials_in_late_and_may_be_restarted(tmp_path: Path, clip: Path) -> None:
    endpoint = free_endpoint()
    content = _content(_live(clip), stages={"track": {"run": endpoint}})
    with Watched(build(content)) as run:
        run.status("online")
        with _worker(tmp_path, content, "stage", "track") as worker:
            run.appear("EXIT 25", SOON)
            worker.kill()
            killed = time.monotonic()
        with _worker(tmp_path, content, "stage", "track") as worker:
            run.appear("EXIT 25", SOON, since=killed)
            worker.send_signal(signal.SIGTERM)
            assert _ended(worker)[0] == 130
    came = Counter(event.track for event in run.notes.events if event.kind == "appear")
    assert came == Counter(event.track for event in run.notes.events if event.kind == "disappear")
    assert set(came.values()) == {1}


def test_a_worker_waits_for_the_next_run(tmp_path: Path) -> None:
    content = _content({"uri": TICKING}, stages={"classify": {"run": free_endpoint(), "transfer": "jpeg"}})
    said = []
    with _worker(tmp_path, content, "stage", "classify") as worker:
        for _ in range(2):
            with Watched(build(content)) as run:
                run.result(timeout=60)
            said.append([(event.kind, event.text, event.track) for event in run.notes.events])
        assert worker.poll() is None
    assert said[0] == said[1]
    assert ("appear", "EXIT 25", 1) in said[0]


def test_a_source_on_another_machine(tmp_path: Path, clip: Path) -> None:
    endpoint = free_endpoint()
    content = _content(_live(clip, run=endpoint, transfer="jpeg"))
    with Watched(build(content)) as run:
        run.status("reconnecting")
        with _worker(tmp_path, content, "source", "desk") as worker:
            run.appear("EXIT 25", SOON)
            stopped = time.monotonic()
            worker.send_signal(signal.SIGTERM)
            assert _ended(worker)[0] == 130
            run.status("reconnecting", since=stopped)
        with _worker(tmp_path, content, "source", "desk"):
            run.appear("EXIT 25", SOON, since=stopped)
            began = time.monotonic()
            run.stop()
            assert run.result().sources == {"desk": None}
            assert time.monotonic() - began < 4.0
    assert [status.cause for status in run.notes.statuses if status.state == "reconnecting"] == [
        "nobody has dialled in yet",
        "it was told to end",
    ]
    assert {event.epoch for event in run.notes.events} == {0, 1}


def test_with_keys_who_has_none_does_not_get_in(tmp_path: Path) -> None:
    for name in ("box", "laptop", "stranger"):
        subprocess.run([sys.executable, "-m", "stream_ocr", "keys", "new", name], cwd=tmp_path, check=True)
    (tmp_path / "clients").mkdir()
    (tmp_path / "laptop.pub").rename(tmp_path / "clients" / "laptop.pub")
    endpoint = free_endpoint()
    security = {"key": str(tmp_path / "box.key"), "clients": str(tmp_path / "clients")}
    content = _content({"uri": TICKING}, stages={"track": {"run": endpoint}}, security=security)
    box = ("--server", str(tmp_path / "box.pub"))
    with _worker(tmp_path, content, "stage", "track") as worker:
        code, line = _ended(worker)
    assert (code, line.startswith(f"stream-ocr: error: {endpoint}: expected --key and --server")) == (2, True)
    with Watched(build(content)) as run:
        with _worker(tmp_path, content, "stage", "track", "--key", str(tmp_path / "stranger.key"), *box):
            run.notes.wait_for(
                lambda item: isinstance(item, StageStats) and item.stage == "track" and item.counts["refused"] > 0, SOON
            )
        with _worker(tmp_path, content, "stage", "track", "--key", str(tmp_path / "laptop.key"), *box):
            run.result(timeout=60)
    assert "EXIT 25" in {event.text for event in run.notes.events}


def test_a_worker_for_another_stage_is_refused(tmp_path: Path) -> None:
    endpoint = free_endpoint()
    content = _content({"uri": TICKING}, stages={"track": {"run": endpoint}})
    with Watched(build(content)), _worker(tmp_path, content, "stage", "detect", "--connect", endpoint) as worker:
        code, line = _ended(worker)
    assert code == 1
    expected = f"{endpoint}: refused: expected a worker for stage track, got one for stage detect"
    assert line == f"stream-ocr: error: {expected}"


@pytest.mark.parametrize("source", [{"uri": TICKING}, {"uri": "testsrc2=size=320x180:rate=10", "format": "lavfi"}])
def test_a_run_whose_worker_never_came_ends_when_it_is_told_to(source: dict[str, Any]) -> None:
    content = _content(source, stages={"track": {"run": free_endpoint()}})
    with Watched(build(content)) as run:
        online = run.status("online")
        # By then detect has found something, and nobody takes it.
        run.notes.wait_for(
            lambda item: isinstance(item, StageStats) and item.stage == "publish", SOON, since=online + 1
        )
        began = time.monotonic()
        run.stop()
        run.result()
        assert time.monotonic() - began < 1.5
    assert run.notes.events == []


def test_rubbish_at_the_desk_disturbs_nobody(tmp_path: Path) -> None:
    endpoint = free_endpoint()
    content = _content({"uri": TICKING, "pace": "realtime"}, stages={"track": {"run": endpoint}})
    with Watched(build(content)) as run:
        run.status("online")
        for stranger in RUBBISH.values():
            with stranger(endpoint):
                pass
        with _worker(tmp_path, content, "stage", "track"):
            run.result(timeout=60)
    (last,) = [item for _, item in run.notes.items if isinstance(item, StageStats) and item.stage == "track"][-1:]
    assert last.counts["refused"] == len(RUBBISH)
    assert "EXIT 25" in {event.text for event in run.notes.events}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["stage", "track"], "stages.track.run: expected tcp://HOST:PORT to dial, or --connect ENDPOINT, got thread"),
        (["source", "desk"], "sources.desk.run: expected tcp://HOST:PORT to dial, or --connect ENDPOINT, got process"),
        (
            ["stage", "publish"],
            "expected a stage that can run elsewhere (detect, track, classify, recognize), got publish; publish and "
            "annotate stay in the main process, where the sinks are",
        ),
        (["source", "shed"], "expected a source that can run elsewhere (desk), got shed"),
    ],
)
def test_what_cannot_run_elsewhere_is_one_line(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    with _worker(tmp_path, _content({"uri": TICKING, "run": "process"}), *arguments) as worker:
        assert _ended(worker) == (2, f"stream-ocr: error: {complaint}")


def test_a_place_that_everybody_has_is_no_address(tmp_path: Path) -> None:
    stages = {"track": {"run": "tcp://*:6001"}}
    with _worker(
        tmp_path, _content({"uri": TICKING}, stages=stages, security={"insecure": True}), "stage", "track"
    ) as it:
        code, line = _ended(it)
    assert (code, line.endswith("to dial, or --connect ENDPOINT, got tcp://*:6001")) == (2, True)


def test_signals_for_all_processes_of_a_run_let_it_finish(tmp_path: Path, clip: Path) -> None:
    events = tmp_path / "events.jsonl"
    content = _content(_live(clip), stages={"track": {"run": "process"}}, sinks=[{"jsonl": {"path": str(events)}}])
    config = tmp_path / "run.yaml"
    config.write_text(yaml.safe_dump(content), encoding="utf-8")
    command = [sys.executable, "-m", "stream_ocr", "run", str(config), "--quiet"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True) as process:
        _until_written(events, process)
        # As Ctrl-C does, and as a service manager does.
        os.killpg(process.pid, signal.SIGINT)
        code, _ = process.wait(SOON), process.stderr
    kinds = Counter(msgspec.json.decode(line)["kind"] for line in events.read_text(encoding="utf-8").splitlines())
    assert code == 130
    assert kinds["appear"] == kinds["disappear"] > 0


def _until_written(path: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + SOON
    while not (path.exists() and path.stat().st_size):
        assert time.monotonic() < deadline
        assert process.poll() is None
        os.sched_yield()
