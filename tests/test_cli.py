"""The command line as its users meet it: as a process."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import psutil
import pytest
import yaml
from clips import make_clip
from frames import picture
from texts import event, gone

from stream_ocr import __version__
from stream_ocr.config import ZmqSink
from stream_ocr.cores import usable
from stream_ocr.scene import Scene
from stream_ocr.sinks.zmq import ZmqEvents
from stream_ocr.transport import Context

SOON = 60.0
SHORT = "test:size=640x360&rate=12&length=3&seed=1"
ENDLESS = "test:size=640x360&rate=12&length=0&seed=1"
COMMANDS = (
    *("run", "check", "listen", "search", "history", "export", "rules", "subtitles"),
    *("keys", "read", "eval", "bench", "init", "schema"),
)


def _command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "stream_ocr", *map(str, arguments)]


def _run(*arguments: str | Path, cwd: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(*arguments),
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=SOON,
        cwd=cwd,
        env={**os.environ, **environ},
    )


def _complaint(process: subprocess.CompletedProcess[str], code: int) -> str:
    """The one line on standard error of a command that failed with this code."""
    assert process.returncode == code, process.stderr
    assert "Traceback" not in process.stderr
    (line,) = process.stderr.splitlines()
    assert line.startswith("stream-ocr: error: ")
    return line.removeprefix("stream-ocr: error: ")


def _events(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _assert_complete(events: list[dict[str, object]]) -> None:
    """Every text that appeared disappears, once."""
    tracks = {
        kind: sorted((str(each["source"]), str(each["track"])) for each in events if each["kind"] == kind)
        for kind in ("appear", "disappear")
    }
    assert tracks["appear"]
    assert tracks["appear"] == tracks["disappear"]


def _until(process: subprocess.Popen[str], check: Callable[[], bool]) -> None:
    """Waits until something is so; fails when the process ends before."""
    deadline = time.monotonic() + SOON
    while not check():
        assert time.monotonic() < deadline
        try:
            process.wait(0.02)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail(f"ended early with {process.returncode}")


# --- help and usage ---------------------------------------------------------------------------------------------------


def test_help_names_the_commands_and_exit_codes() -> None:
    process = _run("--help")
    assert process.returncode == 0, process.stderr
    assert all(command in process.stdout for command in COMMANDS)
    assert "130" in process.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_an_example(command: str) -> None:
    process = _run(command, "--help")
    assert process.returncode == 0, process.stderr
    assert command == "check" or "Example" in process.stdout
    assert process.stderr == ""


def test_help_needs_no_heavy_library() -> None:
    heavy = "{'av', 'cv2', 'lap', 'numpy', 'openvino', 'zmq'}"
    code = f"import sys, stream_ocr.cli.app; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], encoding="utf-8") == "[]\n"


def test_the_version() -> None:
    assert _run("--version").stdout == f"stream-ocr {__version__}\n"


def test_nothing_to_do_shows_the_help() -> None:
    process = _run()
    assert process.returncode == 2
    assert "Usage" in process.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["walk"], "No such command 'walk'"),
        (["run"], "Missing argument 'CONFIG_OR_MEDIA'"),
        (["run", "a.mp4", "--fast"], "No such option: --fast"),
        (["run", "a.mp4", "--jsonl"], "Option '--jsonl' requires an argument"),
        (["init", "tape"], "Invalid value for 'kind'"),
        (["listen", "tcp://127.0.0.1:1", "--count", "0"], "Invalid value for '--count'"),
    ],
)
def test_wrong_usage_is_one_line(arguments: list[str], complaint: str) -> None:
    assert _complaint(_run(*arguments), 2).startswith(complaint)


def test_debug_shows_the_traceback() -> None:
    for arguments in (["--debug", "run", "missing.mp4"], ["run", "missing.mp4", "--debug"]):
        process = _run(*arguments)
        assert process.returncode == 2
        assert "Traceback" in process.stderr
        assert "stream-ocr: error: missing.mp4: there is no such file or folder" in process.stderr


def test_a_reader_that_goes_away_gets_no_traceback() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.run(_command("schema"), stdout=writing, stderr=subprocess.PIPE, check=False, timeout=SOON)
    os.close(writing)
    assert (process.returncode, process.stderr) == (1, b"")


# --- init, check, schema ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["file", "webcam", "rtsp", "cameras", "archive"])
def test_init_writes_a_config_that_checks(tmp_path: Path, kind: str) -> None:
    process = _run("init", kind, cwd=tmp_path)
    assert process.stdout == f"wrote {kind}.yaml; edit it, then: stream-ocr run {kind}.yaml\n"
    assert (tmp_path / f"{kind}.yaml").read_text(encoding="utf-8").startswith("# stream-ocr: ")
    assert _run("check", f"{kind}.yaml", cwd=tmp_path, CAMERA_PASSWORD="s3cret").returncode == 0


def test_init_replaces_nothing_unless_told_to(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("mine", encoding="utf-8")
    assert _complaint(_run("init", "file", path), 2) == f"{path}: there is such a file already (--force replaces it)"
    assert path.read_text(encoding="utf-8") == "mine"
    assert _run("init", "file", path, "--force").returncode == 0
    assert "sources:" in path.read_text(encoding="utf-8")


def test_init_where_nothing_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "no" / "such" / "folder.yaml"
    assert _complaint(_run("init", "file", path), 2) == f"{path}: cannot write the config: No such file or directory"


def test_check_prints_the_effective_config_and_the_graph(tmp_path: Path) -> None:
    path = tmp_path / "cfg.yaml"
    path.write_text(
        "sources:\n  gate: {uri: 'rtsp://admin:s3cret@cam/1'}\n"
        "sinks: [{jsonl: {path: a.jsonl}}, {video: {path: a.mp4}}]\n",
        encoding="utf-8",
    )
    process = _run("check", path, "--set", "stages.detect.max_side=736")
    assert process.returncode == 0, process.stderr
    config = yaml.safe_load(process.stdout)
    assert config["stages"]["detect"]["max_side"] == 736
    assert config["stages"]["track"]["place_memory"] == 60.0
    assert "s3cret" not in process.stdout
    graph = [line[1:].strip() for line in process.stdout.splitlines() if line.startswith("# ")]
    boxes = [line.split()[0] for line in graph if line[0] not in "│├"]
    assert boxes == ["capture", "detect", "track", "classify", "recognize", "publish", "annotate"]
    assert "├─► jsonl    a.jsonl" in graph
    assert "├─► video    a.mp4" in graph
    assert sum(line.startswith("│") for line in graph) == 6


def test_check_shows_what_a_source_has_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "cfg.yaml"
    path.write_text(
        "sources:\n  desk: {uri: 'test:', stages: {detect: {rate: 10}}}\n"
        "  yard: {uri: 'test:', stages: {gate: {max_gap: 2}, detect: {max_side: 640}}}\n"
        "stages: {detect: {max_side: 736}}\n",
        encoding="utf-8",
    )
    process = _run("check", path, "--set", "sources.yard.stages.detect.rate=5")
    assert process.returncode == 0, process.stderr
    config = yaml.safe_load(process.stdout)
    assert config["sources"]["yard"]["stages"]["detect"]["threshold"] == 0.3
    graph = [line[1:].strip() for line in process.stdout.splitlines() if line.startswith("# ")]
    assert graph[graph.index("│   gate of yard: max_gap 2.0") - 1].startswith("capture")
    assert graph[graph.index("│   yard: rate 5.0, max_side 640") - 1].startswith("detect")
    assert not any("desk:" in line for line in graph)


def test_schema_is_json() -> None:
    process = _run("schema")
    assert json.loads(process.stdout)["title"] == "stream-ocr config"
    assert process.returncode == 0, process.stderr


# --- what is wrong with a config --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("sources: {desk: {uri: 'test:', colour: red}}", "cfg.yaml:1: sources.desk: unknown key colour"),
        ("sources:\n  desk: {uri: 5}", "cfg.yaml:2: sources.desk.uri: expected str, got int"),
        (
            "sources: {desk: {uri: 'test:'}}\nstages:\n  gate: {max_gap: 100}",
            "cfg.yaml:3: stages.gate.max_gap: expected float <= 60.0",
        ),
        (
            "sources: {desk: {uri: '${STREAM_OCR_UNSET}'}}",
            "cfg.yaml:1: the environment variable STREAM_OCR_UNSET is not set"
            " (expected it, or ${STREAM_OCR_UNSET:-default})",
        ),
        ("", "cfg.yaml: expected a mapping with `sources`, got nothing"),
    ],
)
@pytest.mark.parametrize("command", ["run", "check"])
def test_a_config_that_does_not_fit_is_one_line(tmp_path: Path, command: str, text: str, complaint: str) -> None:
    (tmp_path / "cfg.yaml").write_text(text, encoding="utf-8")
    assert _complaint(_run(command, "cfg.yaml", cwd=tmp_path), 2) == complaint


def test_a_config_that_is_not_there() -> None:
    assert _complaint(_run("run", "no.yaml"), 2) == "no.yaml: cannot read the config: No such file or directory"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--set", "stages.detect.max_side"], "--set stages.detect.max_side: expected KEY=VALUE"),
        (["--set", "stages.detect.max_side=wide"], "config: stages.detect.max_side: expected int, got str"),
        (["--set", "stages.detekt.max_side=736"], "config: stages: unknown key detekt"),
        (["--bind", "5557"], "config: sinks[1].zmq.bind: expected str matching regex"),
        (["--health", "9100"], "config: health: expected ADDRESS:PORT, as in 127.0.0.1:9100, got 9100"),
        (["--health", "0.0.0.0:9100"], "config: health: expected a loopback address (127.0.0.1:9100)"),
        (["--set", "source=5"], "--set source: expected settings of the source, as in source.start=60, got 5"),
        (["--set", "sinks=5"], "--set sinks: expected a list, as in sinks=[{console: {}}], got 5"),
        (["--set", "sinks=[5]"], "--set sinks: expected a list, as in sinks=[{console: {}}], got [5]"),
        (["--set", "ocr.model=PP-OCRv1-huge"], ""),
        (["--set", "ocr.device=TPU"], ""),
        (["--set", "cpu.cores=1000"], f"cpu.cores: expected at most {usable()}, which is what this process may use"),
        (["--set", "cpu.cores=-1"], "config: cpu.cores: expected int >= 0"),
        (["--set", "ocr.model={detection: no.onnx, recognition: no.onnx}"], ""),
    ],
)
def test_a_setting_that_does_not_fit_is_one_line(arguments: list[str], complaint: str) -> None:
    assert _complaint(_run("run", SHORT, *arguments), 2).startswith(complaint)


# --- what is wrong with a medium --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["missing.mp4", "no/such/folder", "x" * 5000, "video:file"])
def test_a_medium_that_is_not_there(name: str) -> None:
    assert _complaint(_run("run", name), 2) == f"{name}: there is no such file or folder"


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _text(path: Path) -> None:
    path.write_text("These are words, not pictures.\n" * 100, encoding="utf-8")


def _noise(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 400)


@pytest.mark.parametrize("make", [Path.mkdir, _empty, _text, _noise], ids=["folder", "empty", "text", "noise"])
def test_a_medium_that_is_none_is_one_line(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "video.mp4"
    make(path)
    jsonl = tmp_path / "out.jsonl"
    assert str(path) in _complaint(_run("run", path, "--jsonl", jsonl), 1)
    assert not jsonl.exists() or jsonl.read_bytes() == b""


# --- what is wrong with an output -------------------------------------------------------------------------------------


def test_a_port_in_use_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        endpoint = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        assert _complaint(_run("run", SHORT, "--bind", endpoint), 1) == f"{endpoint}: cannot bind: the port is in use"


def test_a_port_in_use_for_health_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        complaint = _complaint(_run("run", SHORT, "--health", address), 1)
    assert complaint == f"health: {address}: cannot bind: the port is in use"


@pytest.mark.parametrize("option", ["--jsonl", "--video"])
def test_an_output_that_cannot_be_written_is_one_line(tmp_path: Path, option: str) -> None:
    assert _complaint(_run("run", SHORT, option, tmp_path), 1).startswith(f"{tmp_path}: cannot write ")


@pytest.mark.parametrize("option", ["--jsonl", "--video"])
def test_a_full_disk_is_one_line(option: str) -> None:
    complaint = _complaint(_run("run", "test:size=640x360&rate=12&length=8", option, "/dev/full"), 1)
    assert complaint.startswith("/dev/full: cannot write ")
    assert "No space left on device" in complaint


# --- a run ------------------------------------------------------------------------------------------------------------


def test_a_run_prints_events_and_a_summary(tmp_path: Path) -> None:
    jsonl, video = tmp_path / "new" / "a.jsonl", tmp_path / "a.mp4"
    process = _run("run", SHORT, "--jsonl", jsonl, "--video", video)
    assert process.returncode == 0, process.stderr
    assert any("  +  " in line and "EXIT 25" in line for line in process.stdout.splitlines())
    assert any("  -  " in line and "end-of-stream" in line for line in process.stdout.splitlines())
    (summary,) = process.stderr.splitlines()
    assert summary.startswith("stream-ocr: done: 36 frames, ")
    assert summary.endswith(f"events in {jsonl}; video in {video}")
    _assert_complete(_events(jsonl))
    assert all(each["source"] == "test" for each in _events(jsonl))
    assert video.stat().st_size > 10_000


def test_a_quiet_run_says_nothing(tmp_path: Path) -> None:
    process = _run("run", SHORT, "--quiet", "--jsonl", tmp_path / "a.jsonl")
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")
    _assert_complete(_events(tmp_path / "a.jsonl"))


def test_a_truncated_video_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path, jsonl = tmp_path / "half.avi", tmp_path / "a.jsonl"
    make_clip(path, scene=Scene((640, 360), 12.0, 4.0, 1), rate=12)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])
    process = _run("run", path, "--jsonl", jsonl)
    assert process.returncode == 0, process.stderr
    warning, summary = process.stderr.splitlines()
    assert warning.startswith("stream-ocr: warning: half: ends at ")
    assert summary.startswith("stream-ocr: done: ")
    _assert_complete(_events(jsonl))


def test_a_config_is_run_with_what_the_options_add(tmp_path: Path) -> None:
    (tmp_path / "cfg.yaml").write_text(
        f"sources: {{left: {{uri: '{SHORT}'}}, right: {{uri: '{SHORT}'}}}}\nsinks: [{{jsonl: {{path: own.jsonl}}}}]\n",
        encoding="utf-8",
    )
    settings = ["--set", "sources.right.stop=2", "--set", "stages.classify.enabled=false"]
    process = _run("run", "cfg.yaml", "--jsonl", "added.jsonl", *settings, cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    assert process.stdout == ""
    own, added = _events(tmp_path / "own.jsonl"), _events(tmp_path / "added.jsonl")
    assert own == added
    assert {each["source"] for each in own} == {"left", "right"}


def test_what_a_run_keeps_is_found(tmp_path: Path) -> None:
    assert _run("run", SHORT, "--store", tmp_path / "events.db", "--quiet").returncode == 0
    process = _run("search", "exit 2", "--json", "--crops", "found", cwd=tmp_path)
    assert [json.loads(line)["text"] for line in process.stdout.splitlines()] == ["EXIT 25"]
    (found,) = (tmp_path / "found").iterdir()
    image = cv2.imread(str(found))
    assert image is not None
    assert image.std() > 20


def test_a_config_without_sinks_prints_events(tmp_path: Path) -> None:
    (tmp_path / "cfg.yaml").write_text(f"sources: {{desk: {{uri: '{SHORT}'}}}}", encoding="utf-8")
    assert "EXIT 25" in _run("run", "cfg.yaml", cwd=tmp_path).stdout


def test_a_medium_has_settings_of_the_stages_too(tmp_path: Path) -> None:
    settings = ["--set", "source.stages.recognize.min_confidence=1", "--set", "stages.recognize.min_confidence=0"]
    process = _run("run", SHORT, *settings, "--quiet", "--jsonl", tmp_path / "a.jsonl")
    assert process.returncode == 0, process.stderr
    assert _events(tmp_path / "a.jsonl") == []


def test_settings_of_the_source_are_those_of_the_medium(tmp_path: Path) -> None:
    process = _run("run", SHORT, "--set", "source.stop=1", "--quiet", "--jsonl", tmp_path / "a.jsonl")
    assert process.returncode == 0, process.stderr
    events = _events(tmp_path / "a.jsonl")
    _assert_complete(events)
    assert max(float(str(each["at"])) for each in events) <= 1.0


# --- eval -------------------------------------------------------------------------------------------------------------


def _judged_clip(path: Path) -> Path:
    """A clip of the built-in scene with its truth, but for the clock and the ticker."""
    scene = Scene((640, 360), 12.0, 3.0, 1)
    make_clip(path, scene=scene)
    shown = [each for each in scene.truth() if each.kind in ("sign", "plate")]
    truth = [{"text": each.text, "first_s": each.start, "last_s": each.end, "kind": each.kind} for each in shown]
    path.with_name(f"{path.name}.gt.json").write_text(json.dumps(truth), encoding="utf-8")
    return path


def test_eval_scores_what_can_be_scored(tmp_path: Path) -> None:
    path = _judged_clip(tmp_path / "good.mp4")
    bad = _judged_clip(tmp_path / "bad.mp4").with_name("bad.mp4.gt.json")
    bad.write_text('[{"text": "a", "first_s": 5, "last_s": 4}]', encoding="utf-8")
    page = tmp_path / "new" / "report.html"
    process = _run("eval", tmp_path, "--html", page, "--set", "ocr.precision=f32")
    assert _complaint(process, 1) == f"{bad}: entry 1: expected first_s before last_s, got 5 and 4"
    (row,) = [line.split() for line in process.stdout.splitlines() if line.split()[:1] == [path.name]]
    assert row[:4] == [path.name, "2", "1.00", "1.00"]
    assert "Traceback" not in process.stdout
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_eval_gives_one_json_document(tmp_path: Path) -> None:
    process = _run("eval", _judged_clip(tmp_path / "a.mp4"), "--json", "--curve", "--set", "ocr.precision=f32")
    assert (process.returncode, process.stderr) == (0, "")
    result = json.loads(process.stdout)
    (clip,) = result["clips"]
    assert clip["figures"]["recall"] == clip["figures"]["exact"] == 1.0
    assert [each["verdict"] for each in clip["ours"]["score"]["lines"]] == ["exact", "exact"]
    assert {each["verdict"] for each in clip["ours"]["score"]["events"]} <= {"exact", "invented"}
    assert [each["threshold"] for each in result["curve"]][:2] == [0.0, 0.05]
    # Both right, and sure: one of them a little less, because a picture that stays the same is read but twice.
    assert [(each["events"], each["exact"]) for each in result["reliability"][-2:]] == [(1, 1), (1, 1)]


def test_a_signal_ends_an_evaluation_at_once(tmp_path: Path) -> None:
    path, page = _judged_clip(tmp_path / "a.mp4"), tmp_path / "report.html"
    arguments = ("eval", path, path.with_name("missing.mp4"), "--html", page, "--set", "source.loop=true")
    with _running(*arguments) as process:
        _until(process, page.exists)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (130, "")


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["eval"], 2, "Missing argument 'MEDIA|FOLDER...'"),
        (["eval", "a.mp4", "--against", "tesseract"], 2, "Invalid value for '--against'"),
        (["eval", "a.mp4", "--jobs", "0"], 2, "Invalid value for '--jobs'"),
        (["eval", "a.mp4", "--set", "stages.detekt.max_side=736"], 2, "config: stages: unknown key detekt"),
        (["eval", "a.mp4"], 1, "a.mp4: there is no such file or folder"),
    ],
)
def test_eval_of_nothing_is_one_line(arguments: list[str], code: int, complaint: str) -> None:
    assert _complaint(_run(*arguments), code).startswith(complaint)


# --- bench ------------------------------------------------------------------------------------------------------------


def test_bench_measures_what_can_be_measured(tmp_path: Path) -> None:
    path = _judged_clip(tmp_path / "good.mp4")
    process = _run("bench", path, tmp_path / "missing.mp4", "--eval", "--set", "ocr.precision=f32")
    assert "expected a video file or a folder of pictures" in _complaint(process, 1)
    head, row = [line.split() for line in process.stdout.splitlines() if line.split()[:1] in (["clip"], [path.name])][
        :2
    ]
    assert head[-3:] == ["recall", "exact", "dup"]
    assert row[-3:] == ["1.00", "1.00", "0.00"]
    assert "where the time" not in process.stderr


def test_bench_gives_one_json_document(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", scene=Scene((640, 360), 12.0, 1.0, 1))
    process = _run("bench", path, "--json", "--repeat", "2", "--set", "ocr.precision=f32")
    assert (process.returncode, process.stderr) == (0, "")
    result = json.loads(process.stdout)
    assert set(result["machine"]) == {"cpu", "cores", "system", "python", "openvino", "rapidocr"}
    (clip,) = result["clips"]
    assert (clip["clip"], clip["frames"], clip["size"], clip["precision"]) == ("a.mp4", 12, [640, 360], "f32")
    assert len(clip["repetitions"]) == 2
    figures = clip["figures"]
    assert figures["decode_fps"] > figures["fps"] > 0
    assert figures["peak_mb"] > 50
    assert figures["start_s"] > 0.1
    assert (figures["ratio"], figures["recall"]) == (None, None)
    assert [stage["stage"] for stage in clip["stages"]][:2] == ["capture", "detect"]


def test_bench_gives_markdown(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", scene=Scene((640, 360), 12.0, 1.0, 1))
    process = _run("bench", path, "--markdown", "--set", "ocr.precision=f32")
    assert (process.returncode, process.stderr) == (0, "")
    head, rule, row, empty, machine = process.stdout.splitlines()
    assert head.startswith("| clip | decode fps | fps |")
    assert rule.count("|") == row.count("|") == head.count("|")
    assert row.startswith("| a.mp4 | ")
    assert empty == ""
    assert "(f32)" in machine


def test_a_signal_ends_a_benchmark_and_what_it_started(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", scene=Scene((640, 360), 12.0, 2.0, 1))
    with _running("bench", path, "--repeat", "99", "--set", "ocr.precision=f32") as process:
        bench = psutil.Process(process.pid)
        _until(process, lambda: bool(bench.children()))
        (child,) = bench.children()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (130, "")
    # Whoever adopts it may take a while to bury it.
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["a.mp4", "--against", "tesseract"], 2, "Invalid value for '--against'"),
        (["a.mp4", "--repeat", "0"], 2, "Invalid value for '--repeat'"),
        (["a.mp4", "--json", "--markdown"], 2, "Invalid value: --json and --markdown exclude each other"),
        (["made:run"], 2, "made:run: expected one of made:still-1080p"),
        (["a.mp4", "--set", "stages.detekt.max_side=736"], 2, "config: stages: unknown key detekt"),
        (["webcam:0"], 1, "webcam:0: expected a clip that ends, got a live source"),
    ],
)
def test_a_benchmark_of_nothing_is_one_line(arguments: list[str], code: int, complaint: str) -> None:
    assert _complaint(_run("bench", *arguments), code).startswith(complaint)


# --- signals ----------------------------------------------------------------------------------------------------------


@contextmanager
def _running(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(_command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=SOON)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_lets_the_run_finish_what_it_holds(tmp_path: Path, number: signal.Signals) -> None:
    jsonl, video = tmp_path / "a.jsonl", tmp_path / "a.mp4"
    with _running("run", ENDLESS, "--jsonl", jsonl, "--video", video, "--set", "source.pace=realtime") as process:
        _until(process, lambda: jsonl.exists() and b'"appear"' in jsonl.read_bytes())
        process.send_signal(number)
        began = time.monotonic()
        _, errors = process.communicate(timeout=SOON)
        assert time.monotonic() - began < 5
    assert process.returncode == 130
    notice, summary = errors.splitlines()
    assert notice == f"stream-ocr: {number.name}: finishing what is open; once more stops at once"
    assert summary.startswith("stream-ocr: interrupted: ")
    _assert_complete(_events(jsonl))
    assert b"moov" in video.read_bytes()


def test_a_second_signal_stops_at_once(tmp_path: Path) -> None:
    jsonl = tmp_path / "a.jsonl"
    with _running("run", ENDLESS, "--jsonl", jsonl) as process:
        _until(process, lambda: jsonl.exists() and b'"appear"' in jsonl.read_bytes())
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=5)
    assert process.returncode == 130
    assert all(each["kind"] for each in _events(jsonl))


# --- a terminal -------------------------------------------------------------------------------------------------------


def test_progress_is_shown_on_a_terminal_only() -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        _command("run", SHORT), stdout=subprocess.DEVNULL, stderr=theirs, env={**os.environ, "TERM": "xterm"}
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:
        pass  # the other side of the terminal was closed
    os.close(ours)
    assert process.wait(SOON) == 0
    assert b"\x1b[?25l" in shown
    assert b"\x1b[?25h" in shown
    assert b"stream-ocr: done: 36 frames" in shown.rstrip().splitlines()[-1]


# --- listen -----------------------------------------------------------------------------------------------------------


@contextmanager
def _listening(sink: ZmqEvents, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`stream-ocr listen`, which has been sent what the sink knows."""
    command = _command("listen", sink.endpoint, "--timeout", "30", *arguments)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=SOON)


@pytest.fixture
def sink() -> Iterator[ZmqEvents]:
    with Context() as context:
        made = ZmqEvents(ZmqSink(bind="tcp://127.0.0.1:*"), context)
        yield made
        made.close()


def _available(process: subprocess.Popen[str]) -> str:
    """What the process has printed since the call before."""
    assert process.stdout is not None
    number = process.stdout.fileno()
    os.set_blocking(number, False)
    try:
        return os.read(number, 65536).decode()
    except BlockingIOError:
        return ""
    finally:
        os.set_blocking(number, True)


def _serve(process: subprocess.Popen[str], sink: ZmqEvents) -> tuple[str, str]:
    """Keeps the publisher going until the listener ends."""
    deadline = time.monotonic() + SOON
    while process.poll() is None and time.monotonic() < deadline:
        sink.poll()
        try:
            process.wait(0.02)
        except subprocess.TimeoutExpired:
            continue
    output, errors = process.communicate(timeout=SOON)
    return output, errors


def test_listen_prints_what_is_visible_and_what_comes(sink: ZmqEvents) -> None:
    sink.write(event(track=1, seq=1))
    sink.write(event(track=2, seq=2, text="Mind the gap"))
    with _listening(sink, "--count", "2") as process:
        output, errors = _serve(process, sink)
    assert (process.returncode, errors) == (0, "")
    assert output.splitlines() == [" 00:12.60  desk  +   97%  EXIT 25", " 00:12.60  desk  +   97%  Mind the gap"]


def test_listen_prints_json(sink: ZmqEvents) -> None:
    sink.write(event(track=1, seq=1))
    with _listening(sink, "--count", "1", "--json") as process:
        output, _ = _serve(process, sink)
    assert json.loads(output)["text"] == "EXIT 25"
    assert process.returncode == 0, process.stderr


def test_listen_prints_no_repetition(sink: ZmqEvents) -> None:
    sink.write(event(track=1, seq=1))
    with _listening(sink, "--count", "2") as process:
        printed: list[str] = []

        def first_line() -> bool:
            sink.poll()
            printed.append(_available(process))
            return "".join(printed).endswith("\n")

        _until(process, first_line)
        with _listening(sink, "--count", "1") as other:
            _serve(other, sink)
        sink.write(gone(track=1, seq=2))
        output, _ = _serve(process, sink)
    assert "".join(printed) == " 00:12.60  desk  +   97%  EXIT 25\n"
    assert output.splitlines() == [" 00:15.00  desk  -   97%  EXIT 25  (2.32 s, left)"]


def test_listen_to_other_topics(sink: ZmqEvents) -> None:
    sink.write(event(track=1, seq=1))
    sink.write(event(track=1, seq=2, source="gate"))
    with _listening(sink, "--count", "1", "--topic", "event/gate/", "--topic", "stats") as process:
        output, _ = _serve(process, sink)
    assert output.splitlines() == [" 00:12.60  gate  +   97%  EXIT 25"]


def test_listen_gives_up_after_silence() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        endpoint = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    process = _run("listen", endpoint, "--timeout", "0.3")
    assert _complaint(process, 1) == f"{endpoint}: nothing came for 0.3 s"


def test_listen_to_what_is_no_endpoint() -> None:
    expected = "localhost:5557: expected an endpoint, tcp://HOST:PORT or ipc://PATH"
    assert _complaint(_run("listen", "localhost:5557"), 2) == expected


def test_listen_ends_with_ctrl_c(sink: ZmqEvents) -> None:
    sink.write(event(track=1, seq=1))
    with _listening(sink) as process:

        def heard() -> bool:
            sink.poll()
            return _available(process) != ""

        _until(process, heard)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=SOON)
    assert (process.returncode, errors) == (130, "")


# --- read -------------------------------------------------------------------------------------------------------------


def _page(path: Path, *words: str) -> Path:
    made = picture(*((word, (40, 80 + 90 * number)) for number, word in enumerate(words)))
    assert cv2.imwrite(str(path), made)
    return path


def test_read_prints_lines(tmp_path: Path) -> None:
    process = _run("read", _page(tmp_path / "a.png", "EXIT 25", "Platform"))
    assert (process.returncode, process.stderr) == (0, "")
    assert process.stdout == "EXIT 25\nPlatform\n"


def test_read_goes_on_after_a_bad_picture(tmp_path: Path) -> None:
    good, other = _page(tmp_path / "a.png", "EXIT 25"), _page(tmp_path / "b.png", "Platform")
    bad = tmp_path / "bad.png"
    bad.write_text("no picture", encoding="utf-8")
    process = _run("read", good, bad, tmp_path / "missing.png", other)
    assert process.returncode == 1
    assert process.stdout == f"==> {good} <==\nEXIT 25\n\n==> {other} <==\nPlatform\n"
    first, second = process.stderr.splitlines()
    assert first.startswith("stream-ocr: error: ")
    assert str(bad) in first
    assert str(tmp_path / "missing.png") in second


def test_read_prints_json(tmp_path: Path) -> None:
    page, empty = _page(tmp_path / "a.png", "EXIT 25"), _page(tmp_path / "b.png")
    process = _run("read", page, empty, "--json")
    first, second = (json.loads(line) for line in process.stdout.splitlines())
    assert second == {"image": str(empty), "lines": []}
    (line,) = first["lines"]
    assert first["image"] == str(page)
    assert (line["text"], line["direction"]) == ("EXIT 25", 0)
    assert 0.8 < line["confidence"] <= 1
    assert len(line["quad"]) == 4
    assert process.returncode == 0, process.stderr


@pytest.mark.parametrize("setting", ["stages.detect.max_side=736", "ocr=fast"])
def test_read_takes_settings_of_ocr_and_cpu_only(tmp_path: Path, setting: str) -> None:
    expected = "--set: expected settings of `ocr` and `cpu` only, as in ocr.device=CPU"
    assert _complaint(_run("read", tmp_path / "a.png", "--set", setting), 2) == expected


def test_read_on_fewer_cores(tmp_path: Path) -> None:
    page = _page(tmp_path / "a.png", "EXIT 25")
    assert _run("read", page, "--set", "cpu.cores=1").stdout == "EXIT 25\n"
    expected = f"cpu.cores: expected at most {usable()}, which is what this process may use, got 999"
    assert _complaint(_run("read", page, "--set", "cpu.cores=999"), 2) == expected


@pytest.mark.parametrize("command", ["check", "stage"])
def test_more_cores_than_there_are(tmp_path: Path, command: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("sources: {a: {uri: 'test:'}}\ncpu: {cores: 999}\n", encoding="utf-8")
    more = ("track", "--connect", "ipc:///tmp/nobody", "--config") if command == "stage" else ()
    expected = f"cpu.cores: expected at most {usable()}, which is what this process may use, got 999"
    assert _complaint(_run(command, *more, path), 2) == expected
