"""Events and texts as rows, and back."""

import sqlite3
from datetime import datetime

import msgspec

from stream_ocr.messages import TextEvent

__all__ = ["CropFile", "Sighting", "Stored", "end_others", "put_crop", "put_event", "sighting_of", "stored_of"]

_JSON = msgspec.json.Encoder()
_EVENT = msgspec.json.Decoder(TextEvent)


class CropFile(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of a text, as JPEG."""

    run: str
    source: str
    track: int
    quality: float
    """How well it can be read; the best one is kept."""
    jpeg: bytes


class Stored(msgspec.Struct, frozen=True):
    """An event as it was stored."""

    rowid: int
    """Grows with each event that is stored; there may be gaps."""
    stored: float
    """Unix seconds."""
    event: TextEvent


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """A text: where and when it was seen."""

    number: int
    """Its number in the store."""
    began: float
    """Unix seconds at which it came: of a camera by its own clock, of a file when it was read."""
    ended: float | None
    """The same when it went; None: it is still there."""
    event: TextEvent
    """The newest of its events, which has everything else."""
    likeness: float = 1.0
    """How like what was searched for, 0 to 1."""


def stored_of(row: tuple[int, float, bytes]) -> Stored:
    """The row `rowid, stored, event`."""
    return Stored(row[0], row[1], _EVENT.decode(row[2]))


def sighting_of(row: tuple[int, float, float | None, bytes], likeness: float = 1.0) -> Sighting:
    """The row `number, began, ended, event`."""
    number, began, ended, event = row
    return Sighting(number=number, began=began, ended=ended, event=_EVENT.decode(event), likeness=likeness)


def end_others(connection: sqlite3.Connection, run: str, source: str) -> None:
    """What an earlier run did not see go, because it was killed, is over when another one watches its source."""
    connection.execute(
        "UPDATE texts SET ended = (SELECT stored FROM events WHERE events.rowid = texts.last)"
        " WHERE ended IS NULL AND source = ? AND run <> ?",
        (source, run),
    )


def put_event(connection: sqlite3.Connection, run: str, event: TextEvent, stored: float) -> None:
    """Adds an event, and brings the row of its text up to it; nothing, if it is there already."""
    done = connection.execute(
        "INSERT INTO events (id, run, source, kind, track, text, at, stored, event) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO NOTHING",
        (event.id, run, event.source, event.kind, event.track, event.text, event.at, stored, _JSON.encode(event)),
    )
    if done.rowcount < 1:
        return
    last = done.lastrowid
    began, ended = _span(event, stored)
    number = None if event.kind == "appear" else _number(connection, run, event.source, event.track)
    if number is None:
        place = event.place, event.region
        connection.execute(
            "INSERT INTO texts (run, source, track, place, region, text, start, end, began, ended, last)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (run, event.source, event.track, *place, event.text, event.start, event.end, began, ended, last),
        )
    else:
        connection.execute(
            "UPDATE texts SET text = ?, start = ?, end = ?, ended = ?, last = ? WHERE id = ?",
            (event.text, event.start, event.end, ended, last, number),
        )


def _span(event: TextEvent, stored: float) -> tuple[float, float | None]:
    """When the text came and went, in Unix seconds. Of a file that is when it was read."""
    if event.wall is None:
        return stored, stored if event.kind == "disappear" else None
    of_media = datetime.fromisoformat(event.wall).timestamp() - event.at
    return of_media + event.start, None if event.end is None else of_media + event.end


def put_crop(connection: sqlite3.Connection, crop: CropFile) -> None:
    """Keeps the picture, if it is better than the one that is there."""
    number = _number(connection, crop.run, crop.source, crop.track)
    if number is None:  # its event was lost, or is too old already
        return
    connection.execute(
        "INSERT INTO crops (text, quality, jpeg) VALUES (?, ?, ?) ON CONFLICT (text) DO UPDATE"
        " SET quality = excluded.quality, jpeg = excluded.jpeg WHERE excluded.quality > quality",
        (number, crop.quality, crop.jpeg),
    )


def _number(connection: sqlite3.Connection, run: str, source: str, track: int) -> int | None:
    """The newest text of this track, if it is there."""
    row = connection.execute(
        "SELECT id FROM texts WHERE run = ? AND source = ? AND track = ? ORDER BY id DESC LIMIT 1", (run, source, track)
    ).fetchone()
    return None if row is None else int(row[0])
