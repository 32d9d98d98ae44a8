"""How far a run is: counts for the summary, and a line per source on a terminal."""

import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from stream_ocr.cli.speech import amount, warn
from stream_ocr.messages import SinkStatus, SourceStatus, StageStats, TextEvent
from stream_ocr.sinks import Item
from stream_ocr.sinks.console import clock

__all__ = ["Progress", "SourceProgress"]

_BAR = 30


@dataclass
class SourceProgress:
    """What is known of one source."""

    began: float
    """Monotonic seconds of its first frame or status."""
    state: str = "opening"
    duration: float | None = None
    position: float = 0.0
    """Media seconds."""
    frames: float = 0
    dropped: float = 0
    fps: float = 0.0
    age_ms: float | None = None
    events: int = 0
    _told: tuple[float, float] = field(default=(0.0, 0.0))
    """Wall time and frames of the report before."""

    def speed(self, now: float) -> float:
        """Media seconds per second since the source came."""
        return self.position / max(now - self.began, 1e-3)

    def take(self, item: TextEvent | SourceStatus | StageStats) -> None:
        """Takes one item of this source."""
        if isinstance(item, TextEvent):
            self.events += 1
            self.age_ms = item.age_ms
        elif isinstance(item, SourceStatus):
            self.state = item.state
            self.duration = item.duration if item.duration else self.duration
        else:
            self._count(item)

    def _count(self, stats: StageStats) -> None:
        self.position = stats.counts.get("position", self.position)
        self.frames = stats.counts.get("frames", self.frames)
        self.dropped = stats.counts.get("dropped", self.dropped)
        before, frames = self._told
        if before and stats.wall > before:
            self.fps = (self.frames - frames) / (stats.wall - before)
        self._told = (stats.wall, self.frames)


class Progress:
    """An event sink that keeps count, and shows it while it is entered if standard error is a terminal.

    What ails a sink is a line on standard error.
    """

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
        if isinstance(item, SinkStatus):
            warn(_ailing(item))
            return
        if item.source is None or (isinstance(item, StageStats) and item.stage != "capture"):
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
        table = Table.grid(padding=(0, 2))
        now = time.monotonic()
        for name, source in self.sources.items():
            row = _file_row(source, now) if source.duration else _live_row(source)
            table.add_row(Text(name, style="cyan"), *row)
        return table


def _ailing(status: SinkStatus) -> str:
    """What is wrong with a sink, or that nothing is any more."""
    consequence = {
        "ok": f"keeps up again with its {status.takes}",
        "behind": "",
        "failing": "tried again every second",
        "failed": "given up",
    }[status.state]
    lost = f"{amount(status.lost, status.takes)} lost so far" if status.lost else ""
    return f"{status.sink}: {'; '.join(filter(None, (status.cause, consequence, lost)))}"


def _file_row(source: SourceProgress, now: float) -> tuple[RenderableType, ...]:
    total = source.duration or 0.0
    return (
        ProgressBar(total=total, completed=min(source.position, total), width=_BAR),
        Text(f"{clock(source.position)} / {clock(total)}"),
        Text(f"{source.speed(now):.1f}x realtime"),
        Text(f"{source.events} events"),
    )


def _live_row(source: SourceProgress) -> tuple[RenderableType, ...]:
    age = "" if source.age_ms is None else f"age {source.age_ms:.0f} ms"
    return (
        Text(source.state, style="green" if source.state == "online" else "yellow"),
        Text(f"{clock(source.position)}  {source.fps:.1f} fps"),
        Text(age),
        Text(f"{source.events} events"),
    )
