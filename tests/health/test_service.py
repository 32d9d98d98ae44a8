"""Health and metrics of real runs, as somebody asks for them over HTTP."""

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from frames import frame
from prometheus_client.parser import text_string_to_metric_families
from texts import ONLINE
from watching import Watched

from stream_ocr.api import media_config
from stream_ocr.configfile import build
from stream_ocr.errors import WireError
from stream_ocr.health import Health
from stream_ocr.messages import EndOfStream, Frame, Message
from stream_ocr.pipeline import Pipeline
from stream_ocr.pulse import Pulse
from stream_ocr.runner import Control, Node, run_stage
from stream_ocr.stages import Stage
from stream_ocr.transport import Context, Outbox

SOON = 20.0
PAGES = ("/health/live", "/health/ready", "/metrics")


def _free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def _ask(address: str, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=SOON) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def _verdict(address: str, path: str) -> tuple[int, dict[str, Any]]:
    status, body = _ask(address, path)
    return status, json.loads(body)


def _metrics(address: str) -> dict[str, float]:
    """Values by name, those that differ in their labels added up."""
    status, body = _ask(address, "/metrics")
    assert status == 200
    values: dict[str, float] = {}
    for family in text_string_to_metric_families(body):
        for sample in family.samples:
            values[sample.name] = values.get(sample.name, 0.0) + sample.value
    return values


def _eventually(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not check():
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)


# --- a run ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running() -> Iterator[str]:
    """Where a run with a live source answers."""
    address = _free_address()
    source = {"format": "lavfi"}
    ocr = {"precision": "f32"}
    config = media_config(
        "testsrc2=size=320x240:rate=15", {"source": source, "ocr": ocr, "health": address, "stats_every": 0.2}
    )
    with Watched(config) as run:
        run.status("online")
        yield address


def test_a_run_is_alive(running: str) -> None:
    status, verdict = _verdict(running, "/health/live")
    assert (status, verdict["live"], verdict["stuck"]) == (200, True, [])
    assert set(verdict["stages"]) == {"detect", "track", "classify", "recognize", "publish"}


def test_a_run_becomes_ready(running: str) -> None:
    def figure(name: str) -> float:
        (source,) = _verdict(running, "/health/ready")[1]["sources"].values()
        return float(source[name])

    _eventually(lambda: figure("fps") > 5)
    _eventually(lambda: figure("age_p95_ms") > 1)
    status, verdict = _verdict(running, "/health/ready")
    assert (status, verdict["ready"], verdict["loaded"]) == (200, True, True)
    (source,) = verdict["sources"].values()
    assert (source["state"], source["cause"], source["epoch"]) == ("online", None, 0)


def _source(address: str) -> str:
    """The name of the only source."""
    (name,) = _verdict(address, "/health/ready")[1]["sources"]
    return str(name)


def test_one_source_is_asked_for_by_name(running: str) -> None:
    name = _source(running)
    assert _verdict(running, f"/health/ready?source={name}")[0] == 200
    assert _ask(running, "/health/ready?source=nobody") == (404, f"expected a source of {name}\n")


def test_the_figures_move(running: str) -> None:
    # The clock in the picture is read, and so is what else changes.
    moving = ["stream_ocr_frames_total", "stream_ocr_frames_passed_total", "stream_ocr_detections_total"]
    moving += ["stream_ocr_readings_total", "stream_ocr_frame_age_seconds_count", "stream_ocr_frame_age_seconds_sum"]
    moving += ["stream_ocr_stage_latency_seconds_count", "stream_ocr_source_position_seconds"]
    _eventually(lambda: _metrics(running).get("stream_ocr_frame_age_seconds_count", 0) > 0)
    before = _metrics(running)
    _eventually(lambda: all(_metrics(running)[name] > before[name] for name in moving))
    after = _metrics(running)
    assert after["stream_ocr_source_up"] == 1
    assert after["stream_ocr_rejected_messages_total"] == after["stream_ocr_refused_peers_total"] == 0
    assert after["stream_ocr_frames_total"] >= after["stream_ocr_frames_passed_total"]
    assert 0 < after["stream_ocr_stage_busy_ratio"] <= 6
    assert after["process_resident_memory_bytes"] > 1e8


def test_nothing_else_is_served(running: str) -> None:
    assert _ask(running, "/") == (404, "expected one of /health/live, /health/ready, /metrics\n")


# --- what is not well -------------------------------------------------------------------------------------------------


def test_a_camera_that_is_not_there_is_told_without_its_password() -> None:
    address, camera = _free_address(), _free_address()
    uri = f"rtsp://admin:s3cret@{camera}/1?password=s3cret"
    there = {"uri": "testsrc2=size=160x120:rate=5", "format": "lavfi"}
    config = build({"sources": {"gate": {"uri": uri}, "desk": there}, "ocr": {"precision": "f32"}, "health": address})
    with Watched(config) as run:
        run.status("reconnecting", source="gate")
        run.status("online", source="desk")
        _eventually(lambda: _verdict(address, "/health/ready?source=desk")[0] == 200)
        status, verdict = _verdict(address, "/health/ready")
        assert (status, verdict["ready"], verdict["loaded"]) == (503, False, True)
        assert verdict["sources"]["gate"]["state"] == "reconnecting"
        assert verdict["sources"]["gate"]["cause"]
        assert _verdict(address, "/health/ready?source=gate")[0] == 503
        assert _verdict(address, "/health/live")[0] == 200
        _eventually(lambda: 'stream_ocr_frames_total{source="gate"}' in _ask(address, "/metrics")[1])
        assert not any("s3cret" in _ask(address, page)[1] for page in PAGES)


class _Stuck(Stage[Frame]):
    """Does not come back from its work until it is let go."""

    name = "detect"

    def __init__(self, go: threading.Event) -> None:
        super().__init__()
        self._go = go

    def work(self, message: Frame) -> Iterable[Message]:
        del message
        assert self._go.wait(SOON)
        return ()


def test_a_stage_that_is_stuck_is_named() -> None:
    go, control, address = threading.Event(), Control(), _free_address()
    run = partial(run_stage, Node("detect", "inproc://detect", None), lambda: _Stuck(go), {"desk"})
    health = Health(address, ["desk"], control.pulse, lambda: True, patience=1.0)
    with Context() as context, ThreadPoolExecutor(1) as pool, health:
        ended = pool.submit(run, context, control, lambda: None)
        with Outbox(context, "inproc://detect") as outbox:
            outbox.put(ONLINE)
            _eventually(lambda: "detect" in _verdict(address, "/health/live")[1]["stages"])
            assert _verdict(address, "/health/live")[0] == 200
            outbox.put(frame(0.0))
            _eventually(lambda: _verdict(address, "/health/live")[0] == 503)
            _, verdict = _verdict(address, "/health/live")
            assert (verdict["live"], verdict["stuck"]) == (False, ["detect"])
            assert verdict["stages"]["detect"]["doing"] == "work"
            assert verdict["stages"]["detect"]["seconds"] > 1.0
            go.set()
            _eventually(lambda: _verdict(address, "/health/live")[0] == 200)
            outbox.put(EndOfStream(source="desk"))
            ended.result(SOON)
        assert _verdict(address, "/health/live") == (200, {"live": True, "stuck": [], "stages": {}})


def test_a_run_that_is_loading_is_alive_and_not_ready() -> None:
    address = _free_address()
    with Health(address, ["desk"], Pulse(), lambda: False) as health:
        health.write(ONLINE)
        assert _verdict(address, "/health/live")[0] == 200
        status, verdict = _verdict(address, "/health/ready")
        assert (status, verdict["ready"], verdict["loaded"]) == (503, False, False)
        assert verdict["sources"]["desk"]["state"] == "online"
        health.poll()
        health.close()
        assert _verdict(address, "/health/live")[0] == 200


def test_a_port_in_use_ends_the_run_before_it_begins() -> None:
    address = _free_address()
    with (
        Health(address, [], Pulse(), lambda: True),
        pytest.raises(WireError, match=f"^health: {address}: cannot bind: the port is in use$"),
    ):
        Pipeline(media_config("test:", {"health": address})).run()
