import io
from typing import Any

import msgspec
import pytest
from rich.console import Console
from texts import APPEAR, BEHIND, ONLINE, STATS, gone

from stream_ocr.cli import progress as module
from stream_ocr.cli.progress import Progress, SourceProgress
from stream_ocr.messages import StageStats


def _stats(wall: float, **counts: float) -> StageStats:
    return msgspec.structs.replace(STATS, wall=wall, counts=counts)


def test_a_source_is_counted() -> None:
    source = SourceProgress(began=100.0)
    for item in (ONLINE, _stats(5.0, frames=10, position=4.0), APPEAR, _stats(7.0, frames=60, position=6.0, dropped=2)):
        source.take(item)
    assert (source.state, source.duration) == ("online", 10.0)
    assert (source.frames, source.position, source.dropped, source.events) == (60, 6.0, 2, 1)
    assert (source.fps, source.age_ms) == (25.0, 84.0)
    assert source.speed(now=102.0) == 3.0


def test_a_duration_that_was_told_once_stays() -> None:
    source = SourceProgress(began=0.0)
    source.take(ONLINE)
    source.take(msgspec.structs.replace(ONLINE, state="offline", duration=None))
    assert (source.state, source.duration) == ("offline", 10.0)


def test_what_other_stages_say_is_passed_over() -> None:
    progress = Progress()
    progress.write(msgspec.structs.replace(STATS, stage="detect", source=None))
    progress.write(msgspec.structs.replace(STATS, stage="detect"))
    assert progress.sources == {}
    progress.write(STATS)
    progress.write(gone(source="gate"))
    assert {name: (source.frames, source.events) for name, source in progress.sources.items()} == {
        "desk": (12, 0),
        "gate": (0, 1),
    }


def test_without_a_terminal_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress() as progress:
        progress.write(ONLINE)
        progress.poll()
        progress.close()
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a terminal of 100 columns gets."""
    shown = io.StringIO()

    def console(**_: Any) -> Console:
        return Console(file=shown, force_terminal=True, width=100, color_system=None)

    monkeypatch.setattr(module, "Console", console)
    return shown


def test_a_file_shows_how_far_it_is(terminal: io.StringIO) -> None:
    with Progress() as progress:
        progress.write(ONLINE)
        progress.write(_stats(5.0, frames=100, position=4.0))
        progress.write(APPEAR)
    shown = terminal.getvalue()
    assert "desk" in shown
    assert "00:04.00 / 00:10.00" in shown
    assert "x realtime" in shown
    assert "1 events" in shown


def test_an_endless_source_shows_how_it_is(terminal: io.StringIO) -> None:
    with Progress() as progress:
        progress.write(msgspec.structs.replace(ONLINE, duration=None))
        progress.write(_stats(5.0, frames=100, position=4.0))
        progress.write(_stats(7.0, frames=160, position=6.0))
        progress.write(APPEAR)
    shown = terminal.getvalue()
    assert "online" in shown
    assert "30.0 fps" in shown
    assert "age 84 ms" in shown


def test_before_there_is_a_source_it_is_starting(terminal: io.StringIO) -> None:
    with Progress():
        pass
    assert "starting" in terminal.getvalue()


def test_quiet_is_quiet_on_a_terminal_too(terminal: io.StringIO) -> None:
    with Progress(shown=False) as progress:
        progress.write(ONLINE)
    assert terminal.getvalue() == ""


@pytest.mark.parametrize(
    ("status", "line"),
    [
        ({}, "is slow; the oldest are lost; 3 events lost so far"),
        ({"cause": "is not open yet", "lost": 0}, "is not open yet"),
        ({"state": "failing", "cause": "no space", "lost": 0}, "no space; tried again every second"),
        (
            {"state": "failing", "cause": "no space", "lost": 1},
            "no space; tried again every second; 1 event lost so far",
        ),
        ({"state": "failed", "cause": "gone", "takes": "frames"}, "gone; given up; 3 frames lost so far"),
        ({"state": "ok", "cause": None}, "keeps up again with its events; 3 events lost so far"),
    ],
)
def test_what_ails_a_sink_is_a_line(
    capsys: pytest.CaptureFixture[str], status: dict[str, str | int | None], line: str
) -> None:
    with Progress() as progress:
        progress.write(msgspec.structs.replace(BEHIND, **status))
    assert capsys.readouterr().err == f"stream-ocr: warning: jsonl a.jsonl: {line}\n"
    assert progress.sources == {}
