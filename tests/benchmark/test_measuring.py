"""Measurements of small clips in this process; test_processes has some in processes of their own."""

import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from clips import counting, make_clip

from stream_ocr.benchmark.measurements import Decoding, Kind, Reading, Running, Task
from stream_ocr.benchmark.measuring import measure
from stream_ocr.errors import ConfigError, SourceError, TruthError
from stream_ocr.scene import Scene

SCENE = "test:size=640x360&rate=12&length=2&seed=1"


def _task(kind: Kind, uri: str | Path, **more: Any) -> Task:
    settings = {"ocr": {"precision": "f32"}, **more.pop("settings", {})}
    return Task(kind=kind, uri=str(uri), settings=settings, began=time.monotonic(), **more)


def test_decoding_alone(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", pictures=counting(10))
    began = time.monotonic()
    answer = measure(_task("decode", path))
    took = time.monotonic() - began
    assert isinstance(answer, Decoding)
    assert (answer.size, answer.rate, answer.pace.frames) == ((160, 96), 25.0, 10)
    assert answer.media_s == pytest.approx(9 / 25)
    assert 0 < answer.pace.start_s < answer.pace.start_s + answer.pace.seconds <= took
    assert answer.pace.peak_mb > 10


def test_only_what_the_settings_let_through_is_decoded(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", pictures=counting(50))
    answer = measure(_task("decode", path, settings={"source": {"start": 1.2, "stop": 1.6}}))
    assert isinstance(answer, Decoding)
    assert answer.pace.frames == 10
    assert answer.media_s == pytest.approx(9 / 25)


@pytest.mark.parametrize(
    ("uri", "settings"), [("test:length=0", {}), ("a.mp4", {"source": {"loop": True}})], ids=["scene", "loop"]
)
def test_what_has_no_end_is_refused(
    uri: str, settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_clip(tmp_path / "a.mp4", pictures=counting(2))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match=f"{uri}: expected a clip that ends"):
        measure(_task("decode", uri, settings=settings))


def test_a_whole_run() -> None:
    answer = measure(_task("run", SCENE))
    assert isinstance(answer, Running)
    assert (answer.pace.frames, answer.precision, answer.problem, answer.tally) == (24, "f32", None, None)
    assert 1 <= answer.detections <= answer.passed <= 24
    assert answer.readings >= answer.tracks >= 2
    wall = answer.wall
    assert min(wall.imports_s, wall.load_s, wall.first_s, wall.frames_s) >= 0
    # Start-up is over with the first frame.
    assert answer.pace.start_s == pytest.approx(wall.imports_s + wall.load_s + wall.first_s)
    stages = {share.stage: share for share in answer.stages}
    assert list(stages) == ["capture", "detect", "track", "classify", "recognize", "publish"]
    assert stages["capture"].counts["frames"] == 24
    assert stages["detect"].counts["detections"] == answer.detections
    assert stages["recognize"].counts["readings"] == answer.readings
    assert all(0 <= share.busy_s <= 1.5 * (wall.first_s + wall.frames_s) for share in answer.stages)


def test_a_run_is_scored_if_asked_for(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", scene=Scene((640, 360), 12.0, 2.0, 1))
    beside = path.with_name("a.mp4.gt.json")
    beside.write_text(json.dumps([{"text": "EXIT 25", "first_s": 0.0, "last_s": 1.9}]))
    answer = measure(_task("run", path, scored=True))
    assert isinstance(answer, Running)
    assert answer.tally is not None
    assert (answer.tally.lines, answer.tally.recall, answer.tally.exact) == (1, 1.0, 1.0)
    beside.write_text("{}")
    with pytest.raises(TruthError, match="expected a JSON list"):
        measure(_task("run", path, scored=True))


@pytest.mark.parametrize(("limit", "frames"), [(None, 24), (5, 5)])
def test_every_frame_or_the_first_ones_are_read_with_rapidocr(
    limit: int | None, frames: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes: list[tuple[int, ...]] = []

    def read(image: Any) -> Any:
        shapes.append(image.shape)
        return SimpleNamespace(txts=None)

    # Loading the real one takes seconds, and test_parity reads with it.
    fake = SimpleNamespace(EngineType=SimpleNamespace(OPENVINO="openvino"), RapidOCR=lambda **_: read)
    monkeypatch.setitem(sys.modules, "rapidocr", fake)
    answer = measure(_task("rapidocr", SCENE, max_frames=limit))
    assert isinstance(answer, Reading)
    assert answer.pace.frames == frames
    assert shapes == [(360, 640, 3)] * frames


def test_settings_are_checked() -> None:
    with pytest.raises(ConfigError, match="unknown key detekt"):
        measure(_task("decode", SCENE, settings={"stages": {"detekt": {}}}))
