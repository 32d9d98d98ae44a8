import io
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from stream_ocr.cli import evaluating as module
from stream_ocr.cli.evaluating import Asked, Steps, evaluate_clips
from stream_ocr.errors import StageError
from stream_ocr.evaluation.runs import Step

STEP = Step(clip="a.mp4", number=1, clips=2, by="stream-ocr", position=4.0, duration=10.0, events=3)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a terminal of 100 columns gets."""
    shown = io.StringIO()

    def console(**_: Any) -> Console:
        return Console(file=shown, force_terminal=True, width=100, color_system=None)

    monkeypatch.setattr(module, "Console", console)
    return shown


def test_a_line_per_clip_that_is_being_read(terminal: io.StringIO) -> None:
    with Steps() as steps:
        steps.take(STEP)
        steps.take(msgspec.structs.replace(STEP, clip="b.mp4", number=2, by="rapidocr", duration=None))
    shown = terminal.getvalue()
    assert "00:04.00 / 00:10.00" in shown
    assert "3 texts" in shown
    assert "rapidocr" in shown
    assert "b.mp4" in shown
    assert "2/2" in shown


def test_between_two_clips_nothing_is_left_over(terminal: io.StringIO) -> None:
    steps = Steps()
    steps.take(STEP)
    steps.take(msgspec.structs.replace(STEP, over=True))
    with steps:
        pass
    assert "a.mp4" not in terminal.getvalue()
    assert "starting" in terminal.getvalue()


def test_without_a_terminal_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with Steps() as steps:
        steps.take(STEP)
    assert capsys.readouterr() == ("", "")


def test_a_page_that_cannot_be_written_is_told_before_the_work(tmp_path: Path) -> None:
    asked = Asked(media=("no.mp4",), sections={}, html=str(tmp_path))
    with pytest.raises(StageError, match="cannot write the page: Is a directory"):
        evaluate_clips(asked, against=None)


def test_a_full_disk_is_told() -> None:
    with pytest.raises(StageError, match="/dev/full: cannot write the page: No space left on device"):
        evaluate_clips(Asked(media=(), sections={}, html="/dev/full"), against=None)
