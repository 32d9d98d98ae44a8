"""What is kept from one start to the next: compiled networks, and how a device did in its trial.

OpenVINO loads a damaged network without a word and computes nonsense with it, so each entry is kept with its hash. The
folder may be shared by processes and versions: an entry appears at once and whole, its name tells what it is good for,
and what was not used for longest goes first.
"""

import hashlib
import logging
import os
import tempfile
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from stream_ocr.usercache import user_cache

__all__ = ["Cache", "opened"]

_log = logging.getLogger(__name__)

_MAX_BYTES = 1 << 30
_MAX_ENTRIES = 64
_SUFFIX = ".kept"
_PART = ".part"
_FORGOTTEN = 3600.0
"""Seconds after which nobody is writing a file any more that is still in the making."""


def opened(setting: str | None) -> "Cache | None":
    """The cache, its folder made where it was missing; None: there is none, because none is wanted or none can be made.

    `setting`: a path; None for the user's cache folder; empty for no cache.
    """
    if setting == "":
        return None
    try:
        folder = Path(setting).expanduser() if setting else _default()
    except RuntimeError as error:
        _log.warning("the user's cache folder: no cache of compiled models there: %s", error)
        return None
    return _opened(folder)


def _default() -> Path:
    return user_cache()


@lru_cache(maxsize=8)
def _opened(folder: Path) -> "Cache | None":
    """One for all engines of this process, so that what is wrong with it is said once."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _log.warning("%s: no cache of compiled models there: %s", folder, error.strerror)
        return None
    return Cache(folder)


class Cache:
    """Entries by name, in one folder. Whatever is wrong with it is a warning, and costs time, no more."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writable = True

    def get(self, name: str) -> bytes | None:
        """The entry; None where there is none that is whole."""
        path = self._path(name)
        try:
            with path.open("rb") as file:
                head, content = file.readline(len(_head(b""))), file.read(_MAX_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            _log.warning("%s: cannot be read, so it is made anew: %s", path, error.strerror)
            return None
        if head != _head(content):
            _log.warning("%s: damaged, so it is made anew", path)
            return None
        # A folder that came with an image cannot be written, and need not be.
        with suppress(OSError):
            os.utime(path)
        return content

    def put(self, name: str, content: bytes) -> None:
        """Keeps an entry, in place of the one that there was; others go where there are too many."""
        if not self._writable:
            return
        part: Path | None = None
        try:
            with tempfile.NamedTemporaryFile(dir=self._folder, suffix=_PART, delete=False) as file:
                part = Path(file.name)
                file.write(_head(content))
                file.write(content)
            part.replace(self._path(name))
            self._prune()
        except OSError as error:
            self._writable = False
            _log.warning("%s: no more compiled models are kept there: %s", self._folder, error.strerror)
            if part is not None:
                with suppress(OSError):
                    part.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_SUFFIX}"

    def _prune(self) -> None:
        """Removes what was used longest ago, until the rest is few and small enough."""
        found = sorted(_states(self._folder, _SUFFIX), reverse=True)
        total = 0
        for count, (_, size, path) in enumerate(found, 1):
            total += size
            if count > _MAX_ENTRIES or total > _MAX_BYTES:
                path.unlink(missing_ok=True)
        for modified, _, path in _states(self._folder, _PART):
            if time.time() - modified > _FORGOTTEN:
                path.unlink(missing_ok=True)


def _states(folder: Path, suffix: str) -> list[tuple[float, int, Path]]:
    """When each file was last used, and its size; another process may be removing some."""
    states = []
    for path in folder.glob(f"*{suffix}"):
        with suppress(FileNotFoundError):
            state = path.stat()
            states.append((state.st_mtime, state.st_size, path))
    return states


def _head(content: bytes) -> bytes:
    return f"stream-ocr {hashlib.sha256(content).hexdigest()}\n".encode()
