"""A process of this program that works for this one, and ends with it."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from stream_ocr.config import Config

__all__ = ["Child"]

_PARTING = 0.5
"""Seconds that it has to end by itself."""


class Child:
    """One process at a time. Its config goes to it over standard input, where no list of processes shows passwords.

    It ends when that is closed, which happens however this process ends.
    """

    def __init__(self, arguments: Sequence[str], config: Config) -> None:
        """`arguments`: of the command line."""
        self._command = [sys.executable, "-m", "stream_ocr", *arguments]
        self._config = msgspec.json.encode(config) + b"\n"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it; the one before has ended."""
        self._process = subprocess.Popen(  # noqa: S603 our own program
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            # Ctrl-C on the terminal is for this process: it lets the others finish first.
            process_group=0,
        )
        assert self._process.stdin is not None
        # One that ended at once has no use for it.
        with suppress(BrokenPipeError):
            self._process.stdin.write(self._config)
            self._process.stdin.flush()

    @property
    def started(self) -> bool:
        """Whether there is a process, or one that has ended and was not done away with."""
        return self._process is not None

    def ended(self, patience: float = 0.0) -> str | None:
        """How it ended, within `patience` seconds; None while it runs, or before it does."""
        if self._process is None:
            return None
        try:
            code = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            return None
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def kill(self) -> None:
        """Ends it at once, whatever it does."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            _hang_up(process)

    def close(self) -> None:
        """Lets it end, or ends it."""
        if self._process is not None:
            _hang_up(self._process)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_PARTING)
        self.kill()


def _hang_up(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError):
        process.stdin.close()
