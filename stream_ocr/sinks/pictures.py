"""A frame sink behind its studio."""

import math
import time
from collections.abc import Callable, Iterator

from stream_ocr.messages import EndOfStream, Frame, FrameText, Image
from stream_ocr.sinks import Choosy, FrameSink, Shared
from stream_ocr.sinks.studio import Shown, Studio
from stream_ocr.transport import Audience

__all__ = ["Pictures"]

_PARTING = 0.4
"""Seconds that there are to write what is held back when a run is told to end: the sink has to be closed, too."""


class Pictures:
    """A frame sink as a taker of frames with their text, of which its studio makes the pictures."""

    def __init__(self, sink: FrameSink, studio: Studio, hurried: Callable[[], bool] = lambda: False) -> None:
        """`hurried`: whether the run is to end, so that there is no time for all that is held back."""
        self._sink = sink
        self._studio = studio
        self._item: Shown | None = None
        self._due: Iterator[FrameText] = iter(())
        self._drawn: tuple[Frame, Image] | None = None
        """What the sink did not take when it was last asked to."""
        self._hurried = hurried
        self._deadline = math.inf

    @property
    def audience(self) -> Audience:
        """That of the sink."""
        return self._sink.audience if isinstance(self._sink, Shared) else Audience()

    def write(self, item: Shown) -> None:
        """Takes a frame, and writes the pictures that are due; the same item again goes on where it was left."""
        if item is not self._item:
            self._item, self._due = item, self._studio.due(item)
            if isinstance(item, EndOfStream):
                self._hurry()
        self._write_on()
        self._item = None

    def left_out(self) -> int:
        """Frames that will never be written, since the last call."""
        return self._studio.left_out()

    def poll(self) -> None:
        """Nothing is ever pending."""

    def close(self) -> None:
        """Writes what was held back, and closes the sink. One that did not take the last picture is asked no more."""
        try:
            if self._drawn is None:
                self._due = self._studio.rest()
                self._hurry()
                self._write_on()
        finally:
            self._sink.close()

    def _hurry(self) -> None:
        """From now on time counts, if the run is to end."""
        if self._hurried():
            self._deadline = min(self._deadline, time.monotonic() + _PARTING)

    def _write_on(self) -> None:
        while True:
            if time.monotonic() >= self._deadline:
                self._studio.leave_out()
            self._drawn = self._drawn or self._next()
            if self._drawn is None:
                return
            self._sink.write(*self._drawn)
            self._drawn = None

    def _next(self) -> tuple[Frame, Image] | None:
        """The next picture that is due and wanted."""
        for text in self._due:
            if not isinstance(self._sink, Choosy) or self._sink.wants(text.frame):
                return text.frame, self._studio.draw(text)
        return None
