"""What a store has, on standard output."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

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

    def wanted(self, place: int | None = None, region: str | None = None) -> Wanted:
        """The same as it is asked of the store. Raises ConfigError for a time that is none."""
        since, until = _moment("since", self.since), _moment("until", self.until)
        return Wanted(source=self.source, place=place, region=region, since=since, until=until)


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


def values(look: Look, place: int | None, region: str | None, *, limit: int) -> Findings:
    """What was at a place, or in a region: one of both. Raises ConfigError, StoreError."""
    if (place is None) == (region is None):
        raise ConfigError("expected one of --place and --region, got " + ("none" if place is None else "both"))
    wanted = look.wanted(place, region)
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


def _value(text: Sighting) -> str:
    value, unit = text.event.value, text.event.unit
    return "" if value is None else f"{value:g} {unit or ''}".rstrip()


def _lasted(text: Sighting) -> str:
    if text.event.end is not None:
        return f"{text.event.end - text.event.start:.2f} s"
    return "there" if text.ended is None else "cut off"


@dataclass(frozen=True)
class _Column:
    title: str
    cell: Callable[[Sighting], str]
    style: str = "dim"
    justify: Literal["left", "right"] = "right"


_WHEN = _Column("when", lambda text: f"{local(text.began):%Y-%m-%d %H:%M:%S}", justify="left")
_SOURCE = _Column("source", lambda text: text.event.source, style="cyan", justify="left")
_PLACE = _Column("place", lambda text: str(text.event.place))
_REGION = _Column("region", lambda text: text.event.region or "", style="cyan", justify="left")
_MEDIA = _Column("media", lambda text: clock(text.event.start))
_LASTED = _Column("lasted", _lasted)
_SURE = _Column("sure", lambda text: f"{text.event.confidence:.0%}")
_ALIKE = _Column("alike", lambda text: f"{text.likeness:.0%}")
_VALUE = _Column("value", _value, style="green")
_TEXT = _Column("text", lambda text: text.event.text, style="bold", justify="left")


def _table(texts: list[Sighting], alike: bool) -> Table:
    """A row per text; columns that would be empty are left out."""
    columns = [_WHEN, _SOURCE, _PLACE]
    columns += [_REGION] if any(text.event.region for text in texts) else []
    columns += [_MEDIA, _LASTED, _SURE]
    columns += [_ALIKE] if alike else []
    columns += [_VALUE] if any(text.event.value is not None for text in texts) else []
    columns += [_TEXT]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), collapse_padding=True)
    for column in columns:
        table.add_column(
            column.title, justify=column.justify, style=column.style, no_wrap=column is not _TEXT, overflow="fold"
        )
    for text in texts:
        table.add_row(*(Text(printable(column.cell(text))) for column in columns))
    return table


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
