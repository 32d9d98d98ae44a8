"""Opening a store, and what SQLite says of trouble in our own words."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stream_ocr.errors import ConfigError, DamagedStoreError, StoreError
from stream_ocr.store.schema import VERSION, migrate, version_of

__all__ = ["inspect", "reading", "told", "writing"]

_PATIENCE = 5.0
"""Seconds for which another program may hold the store locked."""
_TICK = 0.01
_OLDEST = (3, 34)
"""The first SQLite that has the tokenizer `trigram`."""
_MAX_LOG = 64 << 20
"""Bytes that the log of a store keeps when everything in it is in the store itself."""
_REASONS = {
    sqlite3.SQLITE_BUSY: "another program holds it locked",
    sqlite3.SQLITE_LOCKED: "another program holds it locked",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "it may only be read",
    sqlite3.SQLITE_PERM: "permission denied",
    sqlite3.SQLITE_AUTH: "permission denied",
}


def writing(path: Path) -> sqlite3.Connection:
    """A connection that writes; the store is made, or brought to the newest version, if need be.

    Raises StoreError where it cannot be.
    """
    _check_sqlite(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: cannot make the folder {path.parent}: {error.strerror}") from error
    _check_kind(path)
    with told(path, "cannot open the store"):
        connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
    try:
        with told(path, "cannot open the store"):
            _set_up(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def reading(path: Path) -> sqlite3.Connection:
    """A connection that only reads, also while others write.

    Raises ConfigError: it is not there. Raises StoreError: it cannot be read, or is none, or of another version.
    """
    _check_sqlite(path)
    if not path.exists():
        raise ConfigError(f"{path}: there is no such store")
    _check_kind(path)
    with told(path, "cannot open the store"):
        where = f"{path.resolve().as_uri()}?mode=ro"
        connection = sqlite3.connect(where, uri=True, timeout=_PATIENCE, isolation_level=None)
    try:
        with told(path, "cannot open the store"):
            version = version_of(connection)
            if version < VERSION:
                raise StoreError(f"expected a store of version {VERSION}, got {version or 'an empty file'}")
    except BaseException:
        connection.close()
        raise
    return connection


def inspect(path: Path) -> None:
    """Says beforehand what `writing` would, as far as that can be known without changing anything."""
    _check_sqlite(path)
    if path.exists() and (path.is_dir() or path.stat().st_size):
        reading(path).close()


@contextmanager
def told(path: Path, doing: str) -> Iterator[None]:
    """Errors of SQLite as StoreError, or DamagedStoreError, with the file; those of ours get the file too."""
    try:
        yield
    except StoreError as error:
        raise type(error)(f"{path}: {error}") from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        match code & 0xFF:
            case sqlite3.SQLITE_NOTADB:
                raise DamagedStoreError(f"{path}: {doing}: expected a store, got a file of another kind") from error
            case sqlite3.SQLITE_CORRUPT:
                raise DamagedStoreError(f"{path}: {doing}: it is damaged ({error})") from error
            case primary:
                raise StoreError(f"{path}: {doing}: {_REASONS.get(primary, str(error))}") from error


def _set_up(connection: sqlite3.Connection) -> None:
    version_of(connection)
    mode = _with_log(connection)
    if mode != "wal":
        raise StoreError(f"cannot open the store: expected a disk that can have a write-ahead log, got mode {mode}")
    # Whatever happens to this process, what is committed stays; only when the machine itself goes down, the last
    # moment may be lost, and never more than that.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA journal_size_limit = {_MAX_LOG}")
    migrate(connection)


def _with_log(connection: sqlite3.Connection) -> str:
    """Gives the store a log; returns the mode it has then.

    While another one does the same, SQLite does not wait, since both of them would.
    """
    until, pause = time.monotonic() + _PATIENCE, threading.Event()
    while True:
        try:
            return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            pause.wait(_TICK)


def _check_sqlite(path: Path) -> None:
    if sqlite3.sqlite_version_info < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        raise StoreError(f"{path}: a store needs SQLite {oldest} or newer, this Python has {sqlite3.sqlite_version}")


def _check_kind(path: Path) -> None:
    """Says what SQLite only calls `unable to open database file`."""
    if path.is_dir():
        raise StoreError(f"{path}: expected a file for the store, got a folder")
    if path.exists() and not path.is_file():
        raise StoreError(f"{path}: expected a file for the store, got a device or a pipe")
    if not os.access(path if path.exists() else path.parent, os.R_OK if path.exists() else os.W_OK):
        raise StoreError(f"{path}: cannot open the store: permission denied")
