"""The side of a store that reads, also while a run writes."""

import heapq
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from stream_ocr.errors import ConfigError
from stream_ocr.store.opening import reading, told
from stream_ocr.store.rows import Sighting, Stored, sighting_of, stored_of
from stream_ocr.store.wording import (
    SHORTEST,
    alike,
    any_of,
    beginning_with,
    halves,
    literally,
    patterns,
    plain,
    trigrams,
)

__all__ = ["Archive", "Wanted"]

_PAGE = 1000
"""Rows that are read at once: a long reader would keep the log of the store from being taken up."""
_JUST_NOW = 20_000
_CANDIDATES = 10_000
"""Texts that are compared at most in a fuzzy search, the newest."""
_LIKE_ENOUGH = 0.7
_INEXACT = 4
"""Characters from which on a text may differ in one of them, and still be like enough."""
_LONG = 6
"""Characters from which on a text that is like enough has three in a row of the query, but for the odd one."""
_TEXTS = "texts CROSS JOIN events ON events.rowid = texts.last"
_INDEXED = f"words CROSS JOIN {_TEXTS.replace('texts ', 'texts ON texts.id = words.rowid ', 1)}"
_COLUMNS = "texts.id, texts.began, texts.ended, events.event"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which texts are wanted; None: all."""

    source: str | None = None
    place: int | None = None
    region: str | None = None
    run: str | None = None
    since: float | None = None
    """Unix seconds: those that were there at that time or later."""
    until: float | None = None
    """Unix seconds: those that had come by then."""

    def conditions(self) -> tuple[str, list[Any]]:
        """As SQL over `texts`, beginning with AND, and its values."""
        terms = {
            "texts.source = ?": self.source,
            "texts.place = ?": self.place,
            "texts.region = ?": self.region,
            "texts.run = ?": self.run,
            "coalesce(texts.ended, 9e99) >= ?": self.since,
            "texts.began <= ?": self.until,
        }
        chosen = {term: value for term, value in terms.items() if value is not None}
        return "".join(f" AND {term}" for term in chosen), [*chosen.values()]


EVERYTHING = Wanted()


class Archive:
    """Finds what a store has. For one thread.

    Raises ConfigError where there is none; StoreError, here and in every method, where it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = reading(path)

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def search(self, query: str, wanted: Wanted = EVERYTHING, *, limit: int = 20) -> list[Sighting]:
        """The newest texts that have `query`, as it stands, anywhere in them, in upper or lower case; newest first.

        Raises ConfigError for an empty query.
        """
        return [sighting_of(row) for row in self._having(_some(query), wanted, limit)]

    def fuzzy(self, query: str, wanted: Wanted = EVERYTHING, *, limit: int = 20) -> list[Sighting]:
        """The texts with something in them that is at least 0.7 like `query`, the most alike first, then the newest.

        Only texts that have three characters in a row of it are looked at (or half of it, where it is shorter than
        six), and of these the 10,000 newest. Of less than four characters all must be right. Raises ConfigError for an
        empty query.
        """
        query = _some(query)
        if len(query) < _INEXACT:
            return self.search(query, wanted, limit=limit)
        scored = ((alike(query, text), number) for number, text in self._candidates(query, wanted))
        best = heapq.nlargest(limit, (found for found in scored if found[0] >= _LIKE_ENOUGH))
        sightings = {number: self._sighting(number, likeness) for likeness, number in best}
        return [found for found in sightings.values() if found is not None]

    def history(self, wanted: Wanted, *, limit: int) -> list[Sighting]:
        """The last texts at `wanted.place`, or in `wanted.region`, in the order in which they came.

        Places are numbered by each run anew: it is the newest run with such a place, unless one is named. Raises
        ConfigError: there is no such place or region, or several sources have it and none is named.
        """
        where, values = self._located(wanted).conditions()
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM {_TEXTS} WHERE 1{where} ORDER BY texts.id DESC LIMIT ?", *values, limit
        )
        return [sighting_of(row) for row in reversed(rows)]

    def texts(self, wanted: Wanted = EVERYTHING) -> Iterator[Sighting]:
        """All texts, in the order in which they came."""
        where, values = wanted.conditions()
        after = 0
        while rows := self._rows(
            f"SELECT {_COLUMNS} FROM {_TEXTS} WHERE texts.id > ?{where} ORDER BY texts.id LIMIT ?",
            after,
            *values,
            _PAGE,
        ):
            yield from map(sighting_of, rows)
            after = rows[-1][0]

    def events(self, after: int = 0) -> Iterator[Stored]:
        """All events behind a rowid, in the order in which they were stored."""
        while rows := self._rows(
            "SELECT rowid, stored, event FROM events WHERE rowid > ? ORDER BY rowid LIMIT ?", after, _PAGE
        ):
            yield from map(stored_of, rows)
            after = rows[-1][0]

    def crop(self, number: int) -> bytes | None:
        """The best picture of a text, as JPEG; None: there is none."""
        rows = self._rows("SELECT jpeg FROM crops WHERE text = ?", number)
        return bytes(rows[0][0]) if rows else None

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def _having(self, query: str, wanted: Wanted, limit: int) -> list[Any]:
        """The rows of texts that have the query in them, the newest first."""
        if len(query) >= SHORTEST:
            return self._indexed(_COLUMNS, literally(query), wanted, limit)
        # What is common is soon found in the newest texts; what is rare, by the few trigrams that begin with it.
        found = self._just_now(query, wanted, limit)
        parts = self._trigrams(query) if len(found) < limit else []
        return self._indexed(_COLUMNS, any_of(parts), wanted, limit) if parts else found

    def _candidates(self, query: str, wanted: Wanted) -> list[tuple[int, str]]:
        """Number and text of what may be like the query."""
        parts = trigrams(query)
        if len(query) < _LONG:
            parts = [part for half in halves(query) for part in self._trigrams(half)]
        rows = self._indexed("texts.id, texts.text", any_of(parts), wanted, _CANDIDATES) if parts else []
        return [(number, text) for number, text in rows]

    def _indexed(self, columns: str, asked: str, wanted: Wanted, limit: int) -> list[Any]:
        """The newest texts for which the index has what is asked."""
        where, values = wanted.conditions()
        return self._rows(
            f"SELECT {columns} FROM {_INDEXED} WHERE words MATCH ?{where} ORDER BY words.rowid DESC LIMIT ?",
            asked,
            *values,
            limit,
        )

    def _just_now(self, query: str, wanted: Wanted, limit: int) -> list[Any]:
        """The texts among the last few thousand that have the query, which may be short, in them."""
        where, values = wanted.conditions()
        forms = patterns(query)
        either = " OR ".join(r"texts.text LIKE ? ESCAPE '\'" for _ in forms)
        return self._rows(
            f"SELECT {_COLUMNS} FROM {_TEXTS} WHERE texts.id > (SELECT max(id) FROM texts) - {_JUST_NOW}"
            f" AND ({either}){where} ORDER BY texts.id DESC LIMIT ?",
            *forms,
            *values,
            limit,
        )

    def _trigrams(self, text: str) -> list[str]:
        """All trigrams that begin with a text of one or two characters, or are it."""
        if len(text) >= SHORTEST:
            return [text]
        first, behind = beginning_with(text)
        return [term for (term,) in self._rows("SELECT term FROM trigrams WHERE term >= ? AND term < ?", first, behind)]

    def _sighting(self, number: int, likeness: float) -> Sighting | None:
        """One text; None: it went while we looked."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM {_TEXTS} WHERE texts.id = ?", number)
        return sighting_of(rows[0], likeness) if rows else None

    def _located(self, wanted: Wanted) -> Wanted:
        """With the source of the place or region, and of a place the run."""
        what = f"place {wanted.place}" if wanted.region is None else f"region {wanted.region}"
        always = msgspec.structs.replace(wanted, since=None, until=None)
        where, values = always.conditions()
        found = self._rows(f"SELECT DISTINCT source FROM texts WHERE 1{where} ORDER BY source", *values)
        sources = ", ".join(source for (source,) in found)
        if len(found) > 1:
            raise ConfigError(f"{self._path}: several sources have a {what}: {sources}; name one")
        if not found:
            of = "" if wanted.source is None else f" of {wanted.source}"
            raise ConfigError(f"{self._path}: there is no {what}{of}")
        if wanted.region is not None:
            return msgspec.structs.replace(wanted, source=sources)
        rows = self._rows(f"SELECT run FROM texts WHERE 1{where} ORDER BY id DESC LIMIT 1", *values)
        return msgspec.structs.replace(wanted, source=sources, run=rows[0][0] if rows else wanted.run)

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        with told(self._path, "cannot read the store"):
            return self._connection.execute(sql, values).fetchall()


def _some(query: str) -> str:
    query = plain(query)
    if not query:
        raise ConfigError("expected some text to search for, got none")
    return query
