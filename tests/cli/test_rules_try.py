import time
from pathlib import Path

import pytest
from frames import quad
from texts import event, gone

from stream_ocr.cli.app import status
from stream_ocr.store import Store

CONFIG = """
sources:
  desk: {uri: a, regions: {left: [[0, 0], [0.6, 0], [0.6, 1], [0, 1]]}}
rules:
  - {name: clocks, clock: true, drop: true}
  - {name: values, regions: [left], number: {unit: "%", max: 100, debounce: 0.5}}
  - {name: exits, watch: [exit], tag: way, sinks: [signs]}
  - {name: zeros, replace: {O: "0"}}
sinks: [{console: {}, name: signs}]
"""
LEFT, RIGHT = quad(10, 10, 90, 30), quad(500, 10, 600, 30)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def _tried(config: Path, *arguments: str) -> int:
    return status(["rules", "try", str(config), *arguments])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--text", "36,5 %", "--region", "left"],
            ["does not fit", "value 36.5 %", "does not fit", "replaces in it", "said: 36,5 %"],
        ),
        (
            ["--text", "984", "--region", "left"],
            ["does not fit", "its value is held back", "does not fit", "replaces in it", "said: 984"],
        ),
        (
            ["--text", "EXIT O", "--source", "desk"],
            ["does not fit", "is for texts elsewhere", "tag way, sinks signs", "replaces in it", "said: EXIT 0"],
        ),
        (
            ["--text", "12:34"],
            ["drops it", "is for texts elsewhere", *2 * ["is not asked: the text is dropped"], "nothing is said"],
        ),
    ],
)
def test_what_rules_make_of_a_text(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: list[str]
) -> None:
    assert _tried(config, *arguments) == 0
    *rules, said = capsys.readouterr().out.splitlines()
    assert [line.split("  ", 1)[0].strip() for line in rules] == ["clocks", "values", "exits", "zeros"]
    assert [line[8:] for line in rules] + [said] == told


def test_what_rules_would_have_done(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "events.db"
    with Store(path, clock=lambda: time.time() - 7200) as store:
        store.add(event(seq=1, track=1, text="EXIT 9", quad=RIGHT))
    numbers = {"track": 2, "text": "34", "quad": LEFT, "start": 20.0, "wall": None}
    with Store(path) as store:
        store.add(event(seq=2, at=20.0, **numbers))
        store.add(event(seq=3, track=3, text="12:34", quad=RIGHT, at=20.7, start=20.7))
        store.add(gone(seq=4, **{**numbers, "end": 21.0, "at": 21.0}))
        store.add(event(seq=5, track=4, text="EXIT 25", quad=RIGHT, at=22.0, start=22.0, tags=("old",), rules=("old",)))
    assert _tried(config, "--store", str(path), "--since", "1h") == 0
    lines = capsys.readouterr().out.splitlines()
    wall = "2026-11-22T07:08:38.123Z  "
    assert lines == [
        "20.00  desk left  34  values: its value is held back; zeros: replaces in it",
        "20.70  desk left  34  values: value 34 %; zeros: replaces in it",
        f"{wall}desk place 4  12:34  clocks: drops it",
        f"{wall}desk place 4  EXIT 25  exits: tag way, sinks signs; zeros: replaces in it",
        "of 5 events:",
        "clocks  fits 1, drops 1",
        "values  fits 3, 1 change of value",
        "exits   fits 1",
        "zeros   fits 4",
    ]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--text", "a", "--source", "yard"], "--source: expected one of desk, got yard"),
        (["--text", "a", "--region", "top"], "--region: expected one of left, got top"),
        (["--text", "a", "--since", "1d"], "--text and --since exclude each other"),
        (["--region", "left"], "--source and --region go with --text"),
        (["--store", "nowhere.db"], "nowhere.db: there is no such store"),
        (["--since", "yesterday"], "--since: expected a duration, as in 30s, 15m, 2h, 30d or 4w, got yesterday"),
        (["--set", "rules=[]"], "expected `rules` to try, got none"),
    ],
)
def test_what_cannot_be_tried(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    assert _tried(config, *arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert complaint in told.err
