"""Disks that are full."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["disk_of"]


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
