"""Outputs that take nothing: full disks, full pipes."""

import fcntl
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["disk_of", "full_pipe"]


@contextmanager
def disk_of(size: int, process: int = 0) -> Iterator[None]:
    """Files cannot grow beyond `size` bytes, as on a full disk: the last write takes a part of what it was given.

    `process`: whose files; 0: our own.
    """
    before = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, before)


@contextmanager
def full_pipe() -> Iterator[tuple[int, int]]:
    """The reading and the writing end of a pipe that takes nothing more."""
    reading, writing = os.pipe()
    room = fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    os.write(writing, b"." * room)
    try:
        yield reading, writing
    finally:
        os.close(reading)
        os.close(writing)
