import msgspec
import pytest
from texts import BEHIND

from stream_ocr.cli.announcing import Announcer


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
    Announcer(quiet=True).write(msgspec.structs.replace(BEHIND, **status))
    assert capsys.readouterr().err == f"stream-ocr: warning: jsonl a.jsonl: {line}\n"
