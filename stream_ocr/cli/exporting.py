"""`stream-ocr export`: the texts of a store in a format that others read."""

import csv
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from stream_ocr.cli.finding import Look
from stream_ocr.cli.records import iso, record
from stream_ocr.errors import ConfigError, StageError
from stream_ocr.messages import TextEvent
from stream_ocr.store import Archive, Sighting
from stream_ocr.subtitles.formats import FORMATS, Format
from stream_ocr.subtitles.gathering import Timing, cues_of

__all__ = ["write_texts"]

_COLUMNS = (
    *("source", "place", "track", "began", "ended", "start", "end", "text", "confidence"),
    *("region", "value", "unit", "tags", "id"),
)


def _csv(texts: Iterable[Sighting]) -> Iterator[str]:
    """A heading, and a row per text; RFC 4180, but for the ends of lines."""
    yield _row(_COLUMNS)
    for text in texts:
        event = text.event
        yield _row(
            (
                event.source,
                event.place,
                event.track,
                iso(text.began),
                "" if text.ended is None else iso(text.ended),
                event.start,
                "" if event.end is None else event.end,
                event.text,
                event.confidence,
                event.region or "",
                "" if event.value is None else event.value,
                event.unit or "",
                " ".join(event.tags),
                event.id,
            )
        )


def _row(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _jsonl(texts: Iterable[Sighting]) -> Iterator[str]:
    """A line per text, as `search --json` prints it."""
    for text in texts:
        yield record(text) + "\n"


def _newest(texts: Iterable[Sighting]) -> list[TextEvent]:
    """The texts of the newest run that is among them. Raises ConfigError where they are of several sources."""
    events: list[TextEvent] = []
    sources: set[str] = set()
    for event in (text.event for text in texts):
        sources.add(event.source)
        if events and _run(events[-1]) != _run(event):
            # Each run has media times of its own.
            events.clear()
        events.append(event)
    if len(sources) > 1:
        names = ", ".join(sorted(sources))
        raise ConfigError(f"--source: expected one of {names}, because subtitles are of one source")
    return events


def _run(event: TextEvent) -> str:
    return event.id.rpartition("-")[0]


def _subtitles(events: Sequence[TextEvent], form: Format, region: str) -> Iterator[str]:
    yield form.head(events[-1].size if events else None)
    for number, cue in enumerate(cues_of(events, Timing(), region), 1):
        yield form.cue(cue, number)


_FORMATS: dict[str, Callable[[Iterable[Sighting]], Iterator[str]]] = {"csv": _csv, "jsonl": _jsonl}
"""What makes of texts, in the order in which they came, the pieces of a file."""


def write_texts(look: Look, form: str, path: Path | None, region: str = "whole") -> None:
    """Writes the texts into a file, which is replaced, or on standard output; `region`: those of subtitles.

    Raises ConfigError, StoreError; StageError where the file cannot be written.
    """
    wanted = look.wanted()
    with Archive(look.store) as archive:
        texts = archive.texts(wanted)
        pieces = _subtitles(_newest(texts), FORMATS[form](), region) if form in FORMATS else _FORMATS[form](texts)
        if path is None:
            sys.stdout.writelines(pieces)
            return
        try:
            with path.open("w", encoding="utf-8", newline="") as file:
                file.writelines(pieces)
        except OSError as error:
            raise StageError(f"{path}: cannot write the texts there: {error.strerror}") from error
