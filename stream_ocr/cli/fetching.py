"""`stream-ocr models fetch`: a line for each file on standard output, and a bar on a terminal meanwhile."""

from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from stream_ocr.cli.speech import complain
from stream_ocr.errors import WeightsError
from stream_ocr.fetching import Arrival, Fetcher
from stream_ocr.masking import scrubbed
from stream_ocr.ocr.catalog import Entry, named

__all__ = ["fetch_models"]


def fetch_models(names: Sequence[str], *, first: str | None, to: Path | None) -> int:
    """Fetches what the models lack; how many files could not be had, each of which is one line on standard error.

    Raises ModelError: there is no such model; ConfigError: there is no folder to fetch into.
    """
    entries = {entry.name: entry for name in names for _, entry in named(name).parts()}
    failures = 0
    with Fetcher(to, first) as fetcher:
        for entry in entries.values():
            try:
                arrival = _fetch(fetcher, entry)
            except WeightsError as error:
                complain(str(error))
                failures += 1
            else:
                typer.echo(_told(arrival))
    return failures


def _fetch(fetcher: Fetcher, entry: Entry) -> Arrival:
    """Fetches a file; the bar is gone when anything is said of it."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    bars = Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal, transient=True)
    with bars:
        task = bars.add_task(entry.name, total=entry.size)
        return fetcher.fetch(entry, lambda done, total: bars.update(task, completed=done, total=total or entry.size))


def _told(arrival: Arrival) -> str:
    if arrival.origin is None:
        return f"{arrival.path}: here already"
    return f"{arrival.path}: {arrival.path.stat().st_size / 1e6:.1f} MB from {scrubbed(arrival.origin)}"
