"""A readable line per event on standard output."""

import os
import sys

from rich.console import Console as RichConsole
from rich.text import Text

from stream_ocr.config import ConsoleSink
from stream_ocr.errors import SinkGoneError, StageError
from stream_ocr.messages import TextEvent
from stream_ocr.sinks import Item
from stream_ocr.transport import Context

__all__ = ["Console", "clock", "describe", "printable"]

_MARKS = {"appear": ("+", "green"), "update": ("~", "yellow"), "disappear": ("-", "red")}


class Console:
    """Prints text events as they happen; the source is named as soon as there are several."""

    def __init__(self, settings: ConsoleSink, context: Context) -> None:
        del context
        self._updates = settings.updates
        self._sources: set[str] = set()
        self._console = RichConsole(highlight=False)

    def write(self, item: Item) -> None:
        """Prints the event.

        Raises StageError when standard output does not take it, and SinkGoneError when its reader has gone.
        """
        source = getattr(item, "source", None)
        if source:
            self._sources.add(source)
        if not isinstance(item, TextEvent) or (item.kind == "update" and not self._updates):
            return
        width = max(map(len, self._sources)) if len(self._sources) > 1 else 0
        with self._console.capture() as capture:
            self._console.print(describe(item, width), soft_wrap=True)
        try:
            _print(capture.get())
        except OSError as error:
            kind = SinkGoneError if isinstance(error, BrokenPipeError) else StageError
            raise kind(f"console: cannot write to standard output: {error.strerror}") from error

    def poll(self) -> None:
        """Nothing is ever pending."""

    def close(self) -> None:
        """Standard output stays open: it is not ours."""


def _print(line: str) -> None:
    """Writes to standard output, past its buffer where nobody listens in between.

    Who waits in a full pipe for ever must not hold the lock of the buffer: it is flushed when the process ends.
    """
    straight = sys.__stdout__
    if straight is None or sys.stdout is not straight:
        # A progress bar on the same terminal has to hear of it.
        sys.stdout.write(line)
        sys.stdout.flush()
        return
    rest = memoryview(line.encode(straight.encoding, straight.errors or "strict"))
    while rest:
        rest = rest[os.write(straight.fileno(), rest) :]


def describe(event: TextEvent, width: int = 0) -> Text:
    """The event as one line, without its end; `width` is that of the column of sources, 0 for none."""
    mark, colour = _MARKS[event.kind]
    line = Text(no_wrap=True)
    line.append(f"{clock(event.at):>9}  ", style="dim")
    if width:
        line.append(f"{printable(event.source):<{width}}  ", style="cyan")
    line.append(f"{mark}  ", style=f"bold {colour}")
    line.append(f"{event.confidence:4.0%}  ", style="dim")
    line.append(printable(event.text), style="" if event.kind == "disappear" else "bold")
    if event.kind == "disappear":
        duration = (event.end if event.end is not None else event.at) - event.start
        line.append(f"  ({duration:.2f} s, {event.reason})", style="dim")
    return line


def clock(seconds: float) -> str:
    """Media time as `1:02:03.45`, or `02:03.45` within the first hour."""
    hundredths = round(100 * seconds)
    sign = "-" if hundredths < 0 else ""
    minutes, rest = divmod(abs(hundredths), 6000)
    hours, minutes = divmod(minutes, 60)
    whole = f"{hours}:{minutes:02}" if hours else f"{minutes:02}"
    return f"{sign}{whole}:{rest // 100:02}.{rest % 100:02}"


def printable(text: str) -> str:
    """The text without control characters, which would reach the terminal as commands."""
    return "".join(character if character.isprintable() else " " for character in text)
