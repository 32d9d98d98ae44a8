"""The tables of a store, and how an older store becomes a newer one.

`events` has every event as it was said, in the order in which it came: `rowid` only grows, also over restarts and
when old events go, so that whoever passes events on needs no more than the last `rowid` that was taken
(`deliveries`). `texts` has a row for each text, that is, for each track of a run: where it was, when it came and went,
and its newest event (`last`), which has everything else. `words` is the index over the texts; the triggers keep it.
`crops` has the best picture of a text.

`stored`, `began` and `ended` are Unix seconds; `start`, `end` and `at` media seconds. `ended` is null while a text is
there; `end` stays null where nobody saw it go, because the run was killed.
"""

import sqlite3
from collections.abc import Sequence

from stream_ocr.errors import StoreError

__all__ = ["APPLICATION", "STEPS", "VERSION", "migrate"]

APPLICATION = 0x534F4352
"""What the header of the file says it is of: `SOCR`."""

PAD = "char(31, 31)"
"""Stands behind each text in the index, so that every character begins a trigram, also the last two: what is shorter
than a trigram is found by the trigrams that begin with it (`trigrams`)."""

STEPS: tuple[tuple[str, ...], ...] = (
    (
        f"PRAGMA application_id = {APPLICATION}",
        """CREATE TABLE events (
            rowid INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            run TEXT NOT NULL,
            source TEXT NOT NULL,
            kind TEXT NOT NULL,
            track INTEGER NOT NULL,
            text TEXT NOT NULL,
            at REAL NOT NULL,
            stored REAL NOT NULL,
            event BLOB NOT NULL
        )""",
        """CREATE TABLE texts (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            run TEXT NOT NULL,
            source TEXT NOT NULL,
            track INTEGER NOT NULL,
            place INTEGER NOT NULL,
            region TEXT,
            text TEXT NOT NULL,
            start REAL NOT NULL,
            end REAL,
            began REAL NOT NULL,
            ended REAL,
            last INTEGER NOT NULL
        )""",
        "CREATE INDEX texts_track ON texts (run, source, track)",
        "CREATE INDEX texts_place ON texts (place, source)",
        "CREATE INDEX texts_region ON texts (region, source) WHERE region IS NOT NULL",
        "CREATE INDEX texts_last ON texts (last)",
        "CREATE INDEX texts_open ON texts (source, run) WHERE ended IS NULL",
        "CREATE TABLE crops (text INTEGER PRIMARY KEY, quality REAL NOT NULL, jpeg BLOB NOT NULL)",
        "CREATE TABLE deliveries (sink TEXT PRIMARY KEY, rowid INTEGER NOT NULL)",
        "CREATE VIRTUAL TABLE words USING fts5 (text, content = '', tokenize = 'trigram')",
        "CREATE VIRTUAL TABLE trigrams USING fts5vocab (words, row)",
        f"""CREATE TRIGGER texts_came AFTER INSERT ON texts BEGIN
            INSERT INTO words (rowid, text) VALUES (new.id, new.text || {PAD});
        END""",
        f"""CREATE TRIGGER texts_changed AFTER UPDATE OF text ON texts WHEN old.text <> new.text BEGIN
            INSERT INTO words (words, rowid, text) VALUES ('delete', old.id, old.text || {PAD});
            INSERT INTO words (rowid, text) VALUES (new.id, new.text || {PAD});
        END""",
        f"""CREATE TRIGGER texts_went AFTER DELETE ON texts BEGIN
            INSERT INTO words (words, rowid, text) VALUES ('delete', old.id, old.text || {PAD});
            DELETE FROM crops WHERE text = old.id;
        END""",
    ),
)
"""What makes version 1 of nothing, version 2 of version 1, and so on. A step that was released is never changed."""
VERSION = len(STEPS)


def migrate(connection: sqlite3.Connection, steps: Sequence[Sequence[str]] = STEPS) -> None:
    """Brings a store to the newest version: all of it, or nothing.

    Raises StoreError: it is newer than that, or another program's. Raises sqlite3.Error.
    """
    version = version_of(connection)
    if version == len(steps):
        return
    # Only one program at a time does it; the next one finds it done.
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number, step in enumerate(steps[version_of(connection) :], version_of(connection) + 1):
            for statement in step:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    version_of(connection, len(steps))


def version_of(connection: sqlite3.Connection, newest: int = VERSION) -> int:
    """The version of a store; 0: it has nothing in it yet. Raises StoreError as `migrate` does, sqlite3.Error."""
    # One look at all three: somebody else may just be making the store.
    (application, version, things) = connection.execute(
        "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)"
        " FROM pragma_application_id, pragma_user_version"
    ).fetchone()
    if application != APPLICATION and (things or version):
        raise StoreError("expected a store, got a database of another program")
    if version > newest:
        raise StoreError(f"expected a store of version {newest} at most, got {version}: a newer stream-ocr made it")
    return int(version)
