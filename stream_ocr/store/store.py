"""The side of a store that writes."""

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from stream_ocr.messages import TextEvent
from stream_ocr.store.opening import told, writing
from stream_ocr.store.rows import CropFile, Stored, end_others, put_crop, put_event, stored_of

__all__ = ["Store"]

_BATCH = 0.2
"""Seconds after which what came is committed, if more comes at once."""
_MAX_BATCH = 1000
_PRUNED = 2000
"""Events that go at once when they are old: nobody waits longer for the store than that takes."""
_PRUNE_EVERY, _PRUNE_AGAIN = 10.0, 0.5
"""Seconds until it is looked what else is old; and while there is more than goes at once."""


class Store:
    """Keeps events, one after the other. For one thread; others open the same file for themselves.

    What comes is held until `flush`, or until 0.2 seconds are over when more comes, and then committed all at once; the
    rest is what a killed process loses. Where that fails nothing is lost: it is held, and tried again with the next
    call. Raises StoreError where the file cannot be opened or takes nothing, DamagedStoreError where there is no use in
    trying.
    """

    def __init__(
        self,
        path: Path,
        *,
        keep: float | None = None,
        max_events: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`keep`: seconds after which an event goes; `max_events`: how many are kept; None: all."""
        self._path = path
        self._keep = keep
        self._max_events = max_events
        self._clock = clock
        self._waiting: list[tuple[float, TextEvent | CropFile]] = []
        self._prune_from = 0.0
        """When it is looked next what is old."""
        self._known: set[tuple[str, str]] = set()
        """Run and source of what came so far."""
        self._connection = writing(path)

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, item: TextEvent | CropFile) -> None:
        """Takes an event, or a picture of a text; one that is there already is passed over."""
        now = self._clock()
        if self._waiting and (len(self._waiting) >= _MAX_BATCH or not 0 <= now - self._waiting[0][0] < _BATCH):
            self.flush()
        self._waiting.append((now, item))

    def flush(self) -> None:
        """Commits what came, and lets go of a part of what is too old."""
        now = self._clock()
        prunes = self._prunes(now)
        if not self._waiting and not prunes:
            return
        with told(self._path, "cannot store events"):
            pruned = self._transact(now, prunes)
        self._waiting.clear()
        if prunes:
            self._prune_from = now + (_PRUNE_AGAIN if pruned else _PRUNE_EVERY)

    def pending(self, after: int, limit: int) -> list[Stored]:
        """The events behind a rowid, the oldest first."""
        with told(self._path, "cannot read events"):
            rows = self._connection.execute(
                "SELECT rowid, stored, event FROM events WHERE rowid > ? ORDER BY rowid LIMIT ?", (after, limit)
            )
            return [stored_of(row) for row in rows]

    def newest(self) -> int:
        """The rowid of the event that was stored last; 0: there was none ever."""
        with told(self._path, "cannot read events"):
            row = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
        return 0 if row is None else int(row[0])

    def cursor(self, sink: str) -> int | None:
        """The rowid up to which a sink has everything; None: nothing was noted of it yet."""
        with told(self._path, "cannot read what was delivered"):
            row = self._connection.execute("SELECT rowid FROM deliveries WHERE sink = ?", (sink,)).fetchone()
        return None if row is None else int(row[0])

    def acknowledged(self, sink: str, rowid: int) -> None:
        """Notes, for good, that a sink has everything up to a rowid. It never goes back."""
        with told(self._path, "cannot note what was delivered"):
            self._connection.execute(
                "INSERT INTO deliveries (sink, rowid) VALUES (?, ?)"
                " ON CONFLICT (sink) DO UPDATE SET rowid = max(rowid, excluded.rowid)",
                (sink, rowid),
            )

    def close(self) -> None:
        """Commits what came, and closes the file."""
        try:
            self.flush()
        finally:
            self._connection.close()

    def _prunes(self, now: float) -> bool:
        limited = self._keep is not None or self._max_events is not None
        return limited and not 0 < self._prune_from - now <= _PRUNE_EVERY

    def _transact(self, now: float, prunes: bool) -> int:
        """Commits all of it, or nothing; returns how many events went."""
        connection, known = self._connection, set(self._known)
        connection.execute("BEGIN IMMEDIATE")
        try:
            for stored, item in self._waiting:
                if isinstance(item, CropFile):
                    put_crop(connection, item)
                    continue
                run = item.id.rpartition("-")[0]
                if (run, item.source) not in known:
                    known.add((run, item.source))
                    end_others(connection, run, item.source)
                put_event(connection, run, item, stored)
            pruned = self._prune(now) if prunes else 0
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # SQLite itself takes some back
                connection.execute("ROLLBACK")
            raise
        self._known = known
        return pruned

    def _prune(self, now: float) -> int:
        """Lets go of the oldest events, up to a few at once; the newest one of a text that is there stays."""
        open_now = "SELECT last FROM texts INDEXED BY texts_open WHERE ended IS NULL"
        (spared,) = self._connection.execute(f"SELECT count(*) FROM ({open_now})").fetchone()
        (newest,) = self._connection.execute("SELECT coalesce(max(rowid), 0) FROM events").fetchone()
        too_many = newest - self._max_events if self._max_events is not None else 0
        too_old = now - self._keep if self._keep is not None else 0.0
        oldest = self._connection.execute(
            "SELECT rowid FROM (SELECT rowid, stored FROM events ORDER BY rowid LIMIT ?)"
            f" WHERE (stored < ? OR rowid <= ?) AND rowid NOT IN ({open_now})",
            (_PRUNED + spared, too_old, too_many),
        ).fetchall()
        self._connection.executemany("DELETE FROM texts WHERE last = ?", oldest)
        self._connection.executemany("DELETE FROM events WHERE rowid = ?", oldest)
        return len(oldest)
