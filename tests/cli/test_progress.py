import io
from typing import Any

import msgspec
import pytest
from rich.console import Console
from texts import APPEAR, ONLINE, SOURCE_STATS, STATS, gone

from stream_ocr.cli import progress as module
from stream_ocr.cli.progress import Progress, SourceProgress
from stream_ocr.messages import SourceStats


def _stats(**fields: Any) -> SourceStats:
    return msgspec.structs.replace(SOURCE_STATS, **fields)


def test_a_source_is_counted() -> None:
    source = SourceProgress(began=100.0)
    for item in (ONLINE, _stats(frames=10, position=4.0), APPEAR, _stats(frames=60, position=6.0, dropped=2)):
        source.take(item)
    assert (source.state, source.cause, source.duration) == ("online", None, 10.0)
    assert (source.frames, source.position, source.dropped, source.events) == (60, 6.0, 2, 1)
    assert (source.fps, source.age_ms) == (25.0, 84.0)
    assert source.speed(now=102.0) == 3.0


def test_the_age_stays_while_there_is_no_frame_and_goes_with_the_source() -> None:
    source = SourceProgress(began=0.0)
    for fields in ({"age_p95_ms": 70.0}, {"age_p95_ms": 0.0}):
        source.take(_stats(**fields))
        assert source.age_ms == 70.0
    source.take(_stats(state="reconnecting", age_p95_ms=0.0))
    assert source.age_ms is None


def test_a_duration_that_was_told_once_stays() -> None:
    source = SourceProgress(began=0.0)
    source.take(ONLINE)
    source.take(msgspec.structs.replace(ONLINE, state="offline", duration=None))
    assert (source.state, source.duration) == ("offline", 10.0)


def test_what_stages_say_is_passed_over() -> None:
    progress = Progress()
    progress.write(msgspec.structs.replace(STATS, stage="detect", source=None))
    progress.write(STATS)
    assert progress.sources == {}
    progress.write(SOURCE_STATS)
    progress.write(gone(source="gate"))
    assert {name: (source.frames, source.events) for name, source in progress.sources.items()} == {
        "desk": (250, 0),
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
        progress.write(_stats(frames=100, position=4.0))
        progress.write(APPEAR)
    shown = terminal.getvalue()
    assert "desk" in shown
    assert "00:04.00 / 00:10.00" in shown
    assert "x realtime" in shown
    assert "1 events" in shown


def test_an_endless_source_shows_how_it_is(terminal: io.StringIO) -> None:
    with Progress() as progress:
        progress.write(msgspec.structs.replace(ONLINE, duration=None))
        progress.write(_stats(fps=29.97, position=6.0, dropped=2))
        progress.write(APPEAR)
    shown = terminal.getvalue()
    assert "desk  online  00:06.00  30.0 fps  age 84 ms  2 dropped  1 events" in shown


def test_a_source_that_is_lost_shows_why(terminal: io.StringIO) -> None:
    lost = msgspec.structs.replace(ONLINE, state="reconnecting", cause="no frame for 5 s", duration=None)
    with Progress() as progress:
        progress.write(lost)
        progress.write(_stats(state="reconnecting", fps=0.0, position=6.0))
    shown = terminal.getvalue()
    assert "desk  reconnecting  00:06.00  0.0 fps" in shown
    assert "no frame for 5 s" in shown


def test_files_and_streams_stand_apart(terminal: io.StringIO) -> None:
    with Progress() as progress:
        progress.write(msgspec.structs.replace(ONLINE, source="gate", duration=None))
        progress.write(ONLINE)
        progress.write(_stats(source="gate"))
    first, second = [line for line in terminal.getvalue().splitlines() if "00:" in line]
    assert "00:00.00 / 00:10.00" in first
    assert "gate  online  00:10.00" in second


def test_before_there_is_a_source_it_is_starting(terminal: io.StringIO) -> None:
    with Progress():
        pass
    assert "starting" in terminal.getvalue()


def test_quiet_is_quiet_on_a_terminal_too(terminal: io.StringIO) -> None:
    with Progress(shown=False) as progress:
        progress.write(ONLINE)
    assert terminal.getvalue() == ""
