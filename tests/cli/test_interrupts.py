import signal
import subprocess
import sys

import pytest

from stream_ocr.cli.interrupts import Interrupts


def test_the_first_signal_asks(capsys: pytest.CaptureFixture[str]) -> None:
    asked = []
    with Interrupts() as interrupts:
        interrupts.stop = lambda: asked.append("stop")
        signal.raise_signal(signal.SIGTERM)
    assert asked == ["stop"]
    assert interrupts.came
    assert capsys.readouterr().err == "stream-ocr: SIGTERM: finishing what is open; once more stops at once\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_before_there_is_anything_to_stop_it_is_an_interrupt(number: signal.Signals) -> None:
    with Interrupts() as interrupts, pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)
    assert interrupts.came


def test_handlers_are_given_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Interrupts():
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_the_second_signal_ends_the_process_whatever_it_does() -> None:
    code = """
import signal
from stream_ocr.cli.interrupts import Interrupts
with Interrupts() as interrupts:
    interrupts.stop = lambda: None
    signal.raise_signal(signal.SIGINT)
    try:
        signal.raise_signal(signal.SIGINT)
    finally:
        print("cleaned up")
"""
    process = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, timeout=30)
    assert (process.returncode, process.stdout) == (130, b"")
