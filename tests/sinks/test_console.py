import os
import sys
from pathlib import Path

import pytest
from rich.text import Text
from texts import APPEAR, ONLINE, STATS, event, gone

from stream_ocr.config import ConsoleSink
from stream_ocr.errors import StageError
from stream_ocr.sinks import open_event_sink
from stream_ocr.sinks.console import Console, clock, describe
from stream_ocr.transport import Context


def _open(updates: bool = False) -> Console:
    sink = open_event_sink(ConsoleSink(updates=updates), Context.instance())
    assert isinstance(sink, Console)
    return sink


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0, "00:00.00"),
        (12.6, "00:12.60"),
        (59.999, "01:00.00"),
        (3599.994, "59:59.99"),
        (3599.995, "1:00:00.00"),
        (360000.0, "100:00:00.00"),
        (-1.25, "-00:01.25"),
    ],
)
def test_media_time_is_a_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_events_are_aligned_lines(capsys: pytest.CaptureFixture[str]) -> None:
    sink = _open()
    sink.write(ONLINE)
    sink.write(APPEAR)
    sink.write(STATS)
    sink.write(event(text="Next train 12:40", confidence=1.0, at=3725.5))
    sink.write(gone())
    sink.poll()
    sink.close()
    assert capsys.readouterr().out.splitlines() == [
        " 00:12.60  +   97%  EXIT 25",
        "1:02:05.50  +  100%  Next train 12:40",
        " 00:15.00  -   97%  EXIT 25  (2.32 s, left)",
    ]


def test_the_source_is_named_when_there_are_several(capsys: pytest.CaptureFixture[str]) -> None:
    sink = _open()
    sink.write(ONLINE)
    sink.write(event(source="gate-2"))
    sink.write(APPEAR)
    assert capsys.readouterr().out.splitlines() == [
        " 00:12.60  gate-2  +   97%  EXIT 25",
        " 00:12.60  desk    +   97%  EXIT 25",
    ]


def test_updates_are_shown_where_they_are_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    better = event(kind="update", text="EXIT 26")
    _open().write(better)
    assert capsys.readouterr().out == ""
    _open(updates=True).write(better)
    assert capsys.readouterr().out == " 00:12.60  ~   97%  EXIT 26\n"


@pytest.mark.parametrize("text", ["[bold]x[/bold]", "[/]", ":smile:", "a\\[b]", "http://a/b 12 'x' 0x1f"])
def test_text_is_not_markup(capsys: pytest.CaptureFixture[str], text: str) -> None:
    _open().write(event(text=text))
    assert capsys.readouterr().out == f" 00:12.60  +   97%  {text}\n"


def test_text_does_not_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    _open().write(event(text="a\x1b[2Jb\r\nc\x07d\u2028e"))
    assert capsys.readouterr().out == " 00:12.60  +   97%  a [2Jb  c d e\n"


def test_a_long_text_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    _open().write(event(text="word " * 100 + "end"))
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert out.endswith("end\n")


def test_a_line_is_coloured_for_a_terminal() -> None:
    line = describe(gone())
    assert isinstance(line, Text)
    assert line.plain == " 00:15.00  -   97%  EXIT 25  (2.32 s, left)"
    assert any("red" in str(span.style) for span in line.spans)


def test_a_closed_pipe_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", buffering=1, encoding="utf-8") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        with pytest.raises(StageError, match=r"^console: cannot write to standard output: Broken pipe$"):
            _open().write(APPEAR)
        # What is buffered would be flushed into the closed pipe once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), writing)


def test_a_full_device_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full").open("w", encoding="utf-8")  # noqa: SIM115 closing it flushes, and fails again
    monkeypatch.setattr(sys, "stdout", full)
    with pytest.raises(StageError, match="No space left on device"):
        _open().write(APPEAR)
    os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())
    full.close()
