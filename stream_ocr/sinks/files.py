"""Unbuffered files."""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["WholeFile"]


class WholeFile(io.FileIO):
    """A file that takes all of what it is given, at once, or raises OSError.

    A full disk may take a part, and report the error only at the next attempt. Python then says how much it was, and
    FFmpeg does not listen.
    """

    def write(self, data: "ReadableBuffer") -> int:
        """Writes all of it; what was written before an error is not taken back."""
        rest = memoryview(data).cast("B")
        size = len(rest)
        while rest:
            rest = rest[super().write(rest) :]
        return size
