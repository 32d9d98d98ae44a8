"""How far a run is: counts for the summary, and a line per source on a terminal."""

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from stream_ocr.messages import SinkStatus, SourceStats, SourceStatus, StageStats, TextEvent
from stream_ocr.sinks import Item
from stream_ocr.sinks.console import clock

__all__ = ["Progress", "SourceProgress"]

_BAR = 30
_COLOURS = {"online": "green", "offline": "red"}


@dataclass
class SourceProgress:
    """What is known of one source."""

    began: float
    """Monotonic seconds of its first status."""
    state: str = "opening"
    cause: str | None = None
    """Why it is not online."""
    duration: float | None = None
    position: float = 0.0
    """Media seconds."""
    frames: int = 0
    dropped: int = 0
    fps: float = 0.0
    age_ms: float | None = None
    """95 of 100 frames are done with at this age or before."""
    events: int = 0

    def speed(self, now: float) -> float:
        """Media seconds per second since the source came."""
        return self.position / max(now - self.began, 1e-3)

    def take(self, item: TextEvent | SourceStatus | SourceStats) -> None:
        """Takes one item of this source."""
        match item:
            case TextEvent():
                self.events += 1
            case SourceStatus():
                self.state, self.cause = item.state, item.cause
                self.duration = item.duration or self.duration
            case SourceStats():
                self.position, self.frames, self.dropped, self.fps = item.position, item.frames, item.dropped, item.fps
                self.age_ms = (item.age_p95_ms or self.age_ms) if item.state == "online" else None


class Progress:
    """An event sink that keeps count, and shows it while it is entered if standard error is a terminal."""

    def __init__(self, *, shown: bool = True) -> None:
        self.sources: dict[str, SourceProgress] = {}
        console = Console(stderr=True)
        self._live: Live | None = None
        if shown and console.is_terminal:
            # Events on the same terminal have to be printed above the line, not into it.
            same = Console().is_terminal
            self._live = Live(console=console, get_renderable=self._table, transient=True, redirect_stdout=same)

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def write(self, item: Item) -> None:
        """Counts the item."""
        if isinstance(item, StageStats | SinkStatus):
            return
        if item.source not in self.sources:
            # A new dict: the terminal's thread may be reading the old one.
            self.sources = {**self.sources, item.source: SourceProgress(time.monotonic())}
        self.sources[item.source].take(item)

    def poll(self) -> None:
        """Nothing is ever pending."""

    def close(self) -> None:
        """Nothing is held: the terminal is given back on exit."""

    def _table(self) -> RenderableType:
        if not self.sources:
            return Spinner("dots", "starting")
        now = time.monotonic()
        # On a narrow terminal bars and causes give way, figures stay.
        files, streams = _grid(5, shrinks=1), _grid(8, shrinks=7)
        for name, source in self.sources.items():
            title = Text(name, style="cyan")
            if source.duration:
                files.add_row(title, *_file_row(source, now))
            else:
                streams.add_row(title, *_live_row(source))
        return Group(*(table for table in (files, streams) if table.row_count))


def _grid(columns: int, *, shrinks: int) -> Table:
    """A table in which the column of that number, from 0, shrinks first."""
    grid = Table.grid(padding=(0, 2))
    for number in range(columns):
        grid.add_column(no_wrap=number != shrinks)
    return grid


def _file_row(source: SourceProgress, now: float) -> tuple[RenderableType, ...]:
    total = source.duration or 0.0
    return (
        ProgressBar(total=total, completed=min(source.position, total), width=_BAR),
        Text(f"{clock(source.position)} / {clock(total)}"),
        Text(f"{source.speed(now):.1f}x realtime"),
        Text(f"{source.events} events"),
    )


def _live_row(source: SourceProgress) -> tuple[RenderableType, ...]:
    """Figures stand in columns of their own, to the right in them, so that they do not jump about."""
    figures = (
        f"{source.fps:.1f} fps",
        "" if source.age_ms is None else f"age {source.age_ms:.0f} ms",
        f"{source.dropped} dropped",
        f"{source.events} events",
    )
    return (
        Text(source.state, style=_COLOURS.get(source.state, "yellow")),
        Text(clock(source.position)),
        *(Text(figure, justify="right") for figure in figures),
        Text(source.cause or "", style="dim", no_wrap=True, overflow="ellipsis"),
    )
