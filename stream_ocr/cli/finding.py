"""What a store has, on standard output."""

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream_ocr import durations
from stream_ocr.cli.records import local, record
from stream_ocr.cli.speech import amount, say
from stream_ocr.errors import ConfigError, StageError
from stream_ocr.sinks.console import clock, printable
from stream_ocr.store import Archive, Sighting, Wanted

__all__ = ["Look", "found", "values"]

_WIDE = 1000
"""Columns where no terminal is: no line is broken then."""


@dataclass(frozen=True)
class Look:
    """Where a command looks, and for texts of which source and time."""

    store: Path
    source: str | None = None
    since: str | None = None
    until: str | None = None

    def wanted(self, place: int | None = None) -> Wanted:
        """The same as it is asked of the store. Raises ConfigError for a time that is none."""
        since, until = _moment("since", self.since), _moment("until", self.until)
        return Wanted(source=self.source, place=place, since=since, until=until)


@dataclass(frozen=True)
class Findings:
    """Texts to show, of an archive."""

    store: Path
    texts: list[Sighting]
    alike: bool = False
    """They are only similar to what was looked for."""

    def show(self, as_json: bool, crops: Path | None = None) -> None:
        """Prints them, and writes their pictures into a folder. Raises StageError where that cannot be written."""
        if as_json:
            for text in self.texts:
                typer.echo(record(text, alike=self.alike))
        elif self.texts:
            console = Console(highlight=False)
            console.width = console.width if console.is_terminal else _WIDE
            console.print(_table(self.texts, self.alike))
        else:
            say(f"{self.store}: nothing found")
        if crops is not None:
            _write_crops(self.store, self.texts, crops)


def found(look: Look, query: str, *, fuzzy: bool, limit: int) -> Findings:
    """What was seen of `query`. Raises ConfigError, StoreError."""
    wanted = look.wanted()
    with Archive(look.store) as archive:
        search = archive.fuzzy if fuzzy else archive.search
        return Findings(look.store, search(query, wanted, limit=limit), alike=fuzzy)


def values(look: Look, place: int, *, limit: int) -> Findings:
    """What was at a place. Raises ConfigError, StoreError."""
    wanted = look.wanted(place)
    with Archive(look.store) as archive:
        return Findings(look.store, archive.history(wanted, limit=limit))


def _moment(option: str, text: str | None) -> float | None:
    """Unix seconds of `2h` ago, or of a date and time; without a zone it is that of this machine."""
    if text is None:
        return None
    try:
        return time.time() - durations.seconds(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError) as error:
        expected = "how long ago (30s, 15m, 2h, 7d), or when (2026-11-25, 2026-11-25T14:30)"
        raise ConfigError(f"--{option}: expected {expected}, got {text}") from error


def _table(texts: list[Sighting], alike: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), collapse_padding=True)
    table.add_column("when", no_wrap=True, style="dim")
    table.add_column("source", no_wrap=True, style="cyan")
    for title in ("place", "media", "lasted", "sure", *(["alike"] if alike else [])):
        table.add_column(title, justify="right", no_wrap=True, style="dim")
    table.add_column("text", overflow="fold", style="bold")
    for text in texts:
        event = text.event
        likeness = [f"{text.likeness:.0%}"] if alike else []
        table.add_row(
            f"{local(text.began):%Y-%m-%d %H:%M:%S}",
            Text(printable(event.source)),
            str(event.place),
            clock(event.start),
            _lasted(text),
            f"{event.confidence:.0%}",
            *likeness,
            Text(printable(event.text)),
        )
    return table


def _lasted(text: Sighting) -> str:
    if text.event.end is not None:
        return f"{text.event.end - text.event.start:.2f} s"
    return "there" if text.ended is None else "cut off"


def _write_crops(store: Path, texts: list[Sighting], folder: Path) -> None:
    written = 0
    with Archive(store) as archive:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for text in texts:
                picture = archive.crop(text.number)
                if picture is not None:
                    (folder / f"{text.event.source}-{text.number}.jpg").write_bytes(picture)
                    written += 1
        except OSError as error:
            raise StageError(f"{folder}: cannot write pictures there: {error.strerror}") from error
    say(f"{folder}: {amount(written, 'pictures')}")
