"""`stream-ocr models fetch`: a line for each file on standard output, and a bar on a terminal meanwhile."""

from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from stream_ocr.cli.speech import complain
from stream_ocr.errors import WeightsError
from stream_ocr.fetching import Arrival, Fetcher
from stream_ocr.ocr.catalog import Entry, named

__all__ = ["fetch_models"]


def fetch_models(names: Sequence[str], *, first: str | None, to: Path | None) -> int:
    """Fetches what the models lack; how many files could not be had, each of which is one line on standard error.

    Raises ModelError: there is no such model; ConfigError: there is no folder to fetch into.
    """
    entries = {entry.name: entry for name in names for _, entry in named(name).parts()}
    failures = 0
    with Fetcher(to, first) as fetcher, _bars() as bars:
        for entry in entries.values():
            try:
                arrival = _fetch(fetcher, entry, bars)
            except WeightsError as error:
                complain(str(error))
                failures += 1
            else:
                typer.echo(_told(arrival))
    return failures


def _bars() -> Progress:
    """On a terminal; elsewhere they are not shown. Gone when they are done with."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    return Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal, transient=True)


def _fetch(fetcher: Fetcher, entry: Entry, bars: Progress) -> Arrival:
    task = bars.add_task(entry.name, total=entry.size)

    def moved(done: int, total: int | None) -> None:
        bars.update(task, completed=done, total=total or entry.size)

    try:
        return fetcher.fetch(entry, moved)
    finally:
        bars.remove_task(task)


def _told(arrival: Arrival) -> str:
    if arrival.origin is None:
        return f"{arrival.path}: here already"
    return f"{arrival.path}: {arrival.path.stat().st_size / 1e6:.1f} MB from {arrival.origin}"
