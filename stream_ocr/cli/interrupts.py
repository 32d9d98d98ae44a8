"""Ctrl-C and SIGTERM: the first one asks, the second one forces."""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import NoReturn, Self

from stream_ocr.cli.speech import say

__all__ = ["Interrupts"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_INTERRUPTED = 130
_SHOW_CURSOR = b"\x1b[?25h\n"


class Interrupts:
    """Handles both signals while it is entered; `stop` is what the first one calls.

    Until `stop` is set there is nothing to drain: the signal is a KeyboardInterrupt.
    """

    def __init__(self) -> None:
        self.stop: Callable[[], None] | None = None
        self.came = False
        """Whether there was a signal."""

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._handle) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self.came:
            _exit_at_once()
        self.came = True
        if self.stop is None:
            raise KeyboardInterrupt
        self.stop()
        say(f"{signal.Signals(number).name}: finishing what is open; once more stops at once")


def _exit_at_once() -> NoReturn:
    """Without any clean-up: threads may be in the middle of anything."""
    if sys.__stderr__ is not None and sys.__stderr__.isatty():
        os.write(sys.__stderr__.fileno(), _SHOW_CURSOR)
    os._exit(_INTERRUPTED)
