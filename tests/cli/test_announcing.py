"""News of sources on standard error."""

import msgspec
import pytest
from texts import APPEAR, ONLINE

from stream_ocr.cli.announcing import Announcer
from stream_ocr.messages import SourceStatus

LOST = SourceStatus(source="desk", state="reconnecting", epoch=0, wall=2.0, cause="no frame for 5 s", retry_in=1.0)
REFUSED = msgspec.structs.replace(LOST, cause="connection refused", retry_in=2.0)


def _told(capsys: pytest.CaptureFixture[str], *items: object, quiet: bool = False) -> list[str]:
    announcer = Announcer(quiet=quiet)
    for item in items:
        announcer.write(item)  # type: ignore[arg-type]
        announcer.poll()
    announcer.close()
    return capsys.readouterr().err.splitlines()


def test_each_cause_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert _told(capsys, ONLINE, APPEAR, LOST, REFUSED, REFUSED, REFUSED, ONLINE, LOST) == [
        "stream-ocr: warning: desk: no frame for 5 s; trying until it is back",
        "stream-ocr: warning: desk: connection refused; trying until it is back",
        "stream-ocr: desk: online again",
        "stream-ocr: warning: desk: no frame for 5 s; trying until it is back",
    ]


def test_quiet_tells_what_is_wrong_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert _told(capsys, LOST, ONLINE, quiet=True) == [
        "stream-ocr: warning: desk: no frame for 5 s; trying until it is back"
    ]


def test_what_is_over_is_no_news(capsys: pytest.CaptureFixture[str]) -> None:
    assert _told(capsys, ONLINE, msgspec.structs.replace(ONLINE, state="offline")) == []


def test_sources_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    other = msgspec.structs.replace(LOST, source="lobby")
    assert len(_told(capsys, LOST, other, LOST, other)) == 2
