"""The commands that look into a store, in this process."""

import csv
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from frames import quad
from texts import RUN, event, gone

from stream_ocr.cli.app import status
from stream_ocr.cli.records import local
from stream_ocr.store import CropFile, Store

JPEG = b"\xff\xd8 a picture"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store where it is looked for."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "events.db"
    with Store(path) as opened:
        opened.add(event(seq=1, track=1))
        opened.add(CropFile(run=RUN, source="desk", track=1, quality=1.0, jpeg=JPEG))
        opened.add(gone(seq=2, track=1, wall="2026-11-22T07:08:40.523Z"))
        opened.add(event(seq=3, track=2, text='出口,\n"25"\x1b[31m', confidence=0.5))
    return path


def _said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert status(arguments) == code
    return capsys.readouterr().out


def _complaint(capsys: pytest.CaptureFixture[str], *arguments: str, code: int) -> str:
    assert status(arguments) == code
    (line,) = capsys.readouterr().err.splitlines()
    return line.removeprefix("stream-ocr: error: ")


@pytest.mark.usefixtures("store")
def test_search_prints_where_and_when(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [" ".join(line.split()) for line in _said(capsys, "search", "25").splitlines()]
    assert lines[1] == "when source place media lasted sure text"
    when = f"{local(1795331318.003):%Y-%m-%d %H:%M:%S}"
    assert lines[3:5] == [
        f'{when} desk 4 00:12.48 there 50% 出口, "25" [31m',
        f"{when} desk 4 00:12.48 2.32 s 97% EXIT 25",
    ]


@pytest.mark.usefixtures("store")
def test_a_fuzzy_search_says_how_alike(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _said(capsys, "search", "EX1T 25", "--fuzzy").splitlines()
    assert "alike" in lines[1]
    assert "86%" in lines[3]


@pytest.mark.usefixtures("store")
def test_search_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = map(json.loads, _said(capsys, "search", "25", "--json").splitlines())
    assert (first["text"], first["ended"]) == ('出口,\n"25"\x1b[31m', None)
    expected = msgspec.to_builtins(gone(seq=2, track=1, wall="2026-11-22T07:08:40.523Z"))
    times = {"began": "2026-11-22T07:08:38.003Z", "ended": "2026-11-22T07:08:40.323Z"}
    assert second == json.loads(json.dumps({**expected, **times}))
    (alike,) = map(json.loads, _said(capsys, "search", "EX1T 25", "--fuzzy", "--json").splitlines())
    assert alike["likeness"] == 0.857


def test_the_pictures_of_what_was_found(store: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert status(["search", "25", "--crops", "found/here"]) == 0
    assert capsys.readouterr().err == "stream-ocr: found/here: 1 picture\n"
    (picture,) = (tmp_path / "found" / "here").iterdir()
    assert (picture.name, picture.read_bytes()) == ("desk-1.jpg", JPEG)
    complaint = _complaint(capsys, "search", "25", "--crops", str(store), code=1)
    assert complaint.startswith(f"{store}: cannot write pictures there: ")


@pytest.mark.usefixtures("store")
def test_nothing_found_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["search", "nowhere"]) == 0
    assert tuple(capsys.readouterr()) == ("", "stream-ocr: events.db: nothing found\n")
    assert _said(capsys, "search", "nowhere", "--json") == ""


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        (["--since", "2026-11-22T07:08:40.400Z"], 1),
        (["--since", "2026-11-22T07:08:40.300Z"], 2),
        (["--until", "2026-11-21"], 0),
        (["--until", "9000d"], 0),
        (["--source", "desk", "--limit", "1"], 1),
        (["--source", "hall"], 0),
    ],
)
@pytest.mark.usefixtures("store")
def test_some_of_it_only(capsys: pytest.CaptureFixture[str], limits: list[str], found: int) -> None:
    assert len(_said(capsys, "search", "25", "--json", *limits).splitlines()) == found


@pytest.mark.usefixtures("store")
def test_history_lists_the_values_of_a_place(capsys: pytest.CaptureFixture[str]) -> None:
    texts = [json.loads(line)["text"] for line in _said(capsys, "history", "--place", "4", "--json").splitlines()]
    assert texts == ["EXIT 25", '出口,\n"25"\x1b[31m']
    assert "EXIT 25" in _said(capsys, "history", "--place", "4", "--source", "desk")


def test_history_of_a_region_has_its_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "events.db"
    with Store(path) as store:
        for run, value in (("aaaaaaaaaaaa", 96.5), ("bbbbbbbbbbbb", 97.0)):
            fields = {"id": f"{run}-1", "region": "pulse", "value": value, "unit": "bpm", "tags": ("vital", "high")}
            store.add(event(text=f"HR {value:g}", **fields))
    printed = _said(capsys, "history", "--region", "pulse", "--store", str(path))
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    assert lines[1] == "when source place region media lasted sure value text"
    assert [line.partition("% ")[2] for line in lines[3:5]] == ["96.5 bpm HR 96.5", "97 bpm HR 97"]
    exported = _said(capsys, "export", "--format", "csv", "--store", str(path)).splitlines()
    assert exported[1].endswith("HR 96.5,0.97,pulse,96.5,bpm,vital high,aaaaaaaaaaaa-1")


@pytest.mark.usefixtures("store")
def test_export_as_csv(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert status(["export", "--format", "csv", "-o", "texts.csv"]) == 0
    assert tuple(capsys.readouterr()) == ("", "")
    with (tmp_path / "texts.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert first == {
        "source": "desk",
        "place": "4",
        "track": "1",
        "began": "2026-11-22T07:08:38.003Z",
        "ended": "2026-11-22T07:08:40.323Z",
        "start": "12.48",
        "end": "14.8",
        "text": "EXIT 25",
        "confidence": "0.97",
        "region": "",
        "value": "",
        "unit": "",
        "tags": "",
        "id": f"{RUN}-2",
    }
    assert (second["text"], second["ended"], second["end"]) == ('出口,\n"25"\x1b[31m', "", "")


@pytest.mark.usefixtures("store")
def test_export_as_jsonl(capsys: pytest.CaptureFixture[str]) -> None:
    exported = _said(capsys, "export", "--format", "jsonl")
    assert exported == _said(capsys, "history", "--place", "4", "--json")


@pytest.mark.usefixtures("store")
def test_export_as_subtitles(capsys: pytest.CaptureFixture[str], store: Path) -> None:
    exported = _said(capsys, "export", "--format", "srt")
    assert exported == "1\n00:00:12,480 --> 00:00:14,800\nEXIT 25\n\n"
    with Store(store) as opened:
        opened.add(gone(id="0123456789ab-1", start=1.0, end=2.0, at=3.0))
        opened.add(gone(id="0123456789ab-2", start=0.5, end=1.5, at=2.5, track=9, quad=quad(100, 300, 300, 340)))
    newest = _said(capsys, "export", "--format", "vtt", "--region", "bottom")
    assert newest == "WEBVTT\n\n00:00:00.500 --> 00:00:01.500 line:83.33% position:15.62% align:left\nEXIT 25\n\n"
    assert _said(capsys, "export", "--format", "ass", "--source", "nobody").startswith("[Script Info]\n")


def test_subtitles_are_of_one_source(capsys: pytest.CaptureFixture[str], store: Path) -> None:
    with Store(store) as opened:
        opened.add(gone(source="yard"))
    store.with_name("there.srt").write_text("mine", encoding="utf-8")
    complaint = _complaint(capsys, "export", "--format", "srt", "-o", "there.srt", code=2)
    assert complaint == "--source: expected one of desk, yard, because subtitles are of one source"
    assert store.with_name("there.srt").read_text(encoding="utf-8") == "mine"


@pytest.mark.usefixtures("store")
def test_an_export_that_cannot_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    complaint = _complaint(capsys, "export", "--format", "csv", "-o", str(tmp_path), code=1)
    assert complaint == f"{tmp_path}: cannot write the texts there: Is a directory"
    complaint = _complaint(capsys, "export", "--format", "csv", "-o", "/dev/full", code=1)
    assert complaint == "/dev/full: cannot write the texts there: No space left on device"


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["search", " "], 2, "expected some text to search for, got none"),
        (["search", "x", "--store", "missing.db"], 2, "missing.db: there is no such store"),
        (["search", "x", "--since", "yesterday"], 2, "--since: expected how long ago (30s, 15m, 2h, 7d), or when"),
        (["history", "--place", "9"], 2, "events.db: there is no place 9"),
        (["history"], 2, "expected one of --place and --region, got none"),
        (["history", "--place", "4", "--region", "x"], 2, "expected one of --place and --region, got both"),
        (["history", "--region", "x"], 2, "events.db: there is no region x"),
        (["export", "--format", "pdf"], 2, "Invalid value for '--format'"),
        (["search", "x", "--store", "."], 1, ".: expected a file for the store, got a folder"),
        (["search", "x", "--store", "text"], 1, "text: cannot open the store: expected a store, got a file of another"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    store: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, complaint: str
) -> None:
    store.with_name("text").write_text("no store" * 100, encoding="utf-8")
    assert _complaint(capsys, *arguments, code=code).startswith(complaint)


def test_check_looks_at_the_stores(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = store.with_name("run.yaml")
    config.write_text("sources: {a: {uri: 'test:'}}\nsinks: [{sqlite: {path: events.db}}]\n", encoding="utf-8")
    assert "sqlite   events.db, kept for 30d, with pictures" in _said(capsys, "check", str(config))
    store.write_bytes(b"no store" * 100)
    complaint = _complaint(capsys, "check", str(config), code=1)
    assert complaint.startswith("events.db: cannot open the store: expected a store")


@pytest.mark.usefixtures("store")
def test_on_a_terminal_the_table_fits() -> None:
    reading, writing = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "TERM": "xterm", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "stream_ocr", "search", "25"]
    subprocess.run(command, stdout=writing, check=True, timeout=60, env=environment)
    os.close(writing)
    printed = os.read(reading, 10_000).decode()
    os.close(reading)
    assert "\x1b[" in printed
    assert "\x1b[31m" not in printed
    assert "EXIT 25" in printed
