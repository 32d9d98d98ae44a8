"""A file that is under way."""

import fcntl
import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from stream_ocr.errors import WeightsError

__all__ = ["DiskError", "HashError", "Part"]

_MAX_BYTES = 1 << 30
"""More than any weights have; whoever sends more sends something else."""


class DiskError(WeightsError):
    """The folder does not take the file: another origin would not help."""


class HashError(WeightsError):
    """What came is not what was expected."""


class Part:
    """What has come of a file so far, in `NAME.part` beside it. A context manager, for one process at a time.

    Raises DiskError: the folder cannot be written, or another process is at the same file.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self._path = target.with_name(f"{target.name}.part")
        self._file: BinaryIO

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("ab", buffering=0)
        except OSError as error:
            raise DiskError(f"{self._path}: cannot write: {error.strerror}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise DiskError(f"{self._path}: another fetch is at this file") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        empty = self.size == 0
        self._file.close()
        if empty:
            self._path.unlink(missing_ok=True)

    @property
    def size(self) -> int:
        """Bytes so far."""
        return os.fstat(self._file.fileno()).st_size

    def write(self, data: bytes) -> None:
        """Appends.

        Raises DiskError: the disk is full, for one. WeightsError: it gets too large to be any weights.
        """
        if self.size + len(data) > _MAX_BYTES:
            self.restart()
            raise WeightsError(f"{self._path}: expected at most {_MAX_BYTES} bytes")
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise DiskError(
                f"{self._path}: cannot write: {error.strerror}; the {self.size} bytes that came are kept, "
                "and the next fetch goes on from there"
            ) from error

    def restart(self) -> None:
        """Forgets what has come."""
        if self.size:
            os.ftruncate(self._file.fileno(), 0)

    def settle(self, sha256: str) -> None:
        """Gives the file its name.

        Raises HashError: it is not what it should be, and what came is forgotten. DiskError.
        """
        try:
            with self._path.open("rb") as file:
                got = hashlib.file_digest(file, "sha256").hexdigest()
            if got == sha256:
                os.fsync(self._file.fileno())
                self._path.replace(self._target)
                return
        except OSError as error:
            raise DiskError(f"{self._target}: cannot write: {error.strerror}") from error
        self.restart()
        raise HashError(f"expected SHA-256 {sha256}, got {got}")
