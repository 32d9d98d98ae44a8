import os
import sys
import time

import pytest
from blocked import full_pipe

from stream_ocr.cli.speech import amount, complain, say, warn


def test_whatever_is_said_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say("done:\n2 events")
    warn("a")
    complain("b")
    assert capsys.readouterr().err == ("stream-ocr: done: 2 events\nstream-ocr: warning: a\nstream-ocr: error: b\n")


@pytest.mark.parametrize(("number", "said"), [(0, "0 events"), (1, "1 event"), (2, "2 events")])
def test_an_amount_has_its_plural(number: int, said: str) -> None:
    assert amount(number, "events") == said


def test_nobody_waits_for_who_does_not_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    with full_pipe() as (reading, writing):
        with os.fdopen(os.dup(writing), "w", encoding="utf-8") as pipe:
            monkeypatch.setattr(sys, "stderr", pipe)
            began = time.monotonic()
            say("nobody hears this")
            assert time.monotonic() - began < 2.0
            os.read(reading, 4096)
            say("but this")
        assert os.read(reading, 4096) == b"stream-ocr: but this\n"
