"""Subtitles in a file that is whole at any time: it ends with the last cue that is over.

The last seconds of it may be said otherwise yet, and are written anew when they are. Where that cannot be done, in a
pipe, a cue is written when nothing changes it any more.
"""

import contextlib
import os
import stat
import sys
from pathlib import Path

from stream_ocr.errors import SinkGoneError, StageError
from stream_ocr.sinks.files import WholeFile
from stream_ocr.subtitles.cutting import Cue
from stream_ocr.subtitles.formats import Format
from stream_ocr.subtitles.gathering import Gatherer

__all__ = ["STDOUT", "SubtitleFile"]

STDOUT = "-"
_STEP = 0.5
"""Media seconds between two looks at what there is to write."""


class SubtitleFile:
    """Takes cues down in a file, or on standard output (`-`).

    An existing file is replaced, folders on the way to it are made. Raises StageError when that cannot be done.
    """

    def __init__(self, path: str, form: Format, gatherer: Gatherer) -> None:
        self.gatherer = gatherer
        self.size: tuple[int, int] | None = None
        self.cues = 0
        """How many are written for good."""
        self._name = "standard output" if path == STDOUT else path
        self._form = form
        self._file = _opened(path)
        self._rewritable = stat.S_ISREG(os.fstat(self._file.fileno()).st_mode) and path != STDOUT
        self._head: str | None = None
        self._kept = 0
        """Bytes that stay as they are."""
        self._tail = b""
        self._due: list[Cue] = []
        """Settled, and not written yet: an attempt may fail."""
        self._looked = -_STEP
        if self._rewritable:
            self._begin()

    def refresh(self) -> None:
        """Writes what is new. Raises StageError when it cannot be, with everything before it kept, or SinkGoneError."""
        if self.cues == 0 and self._rewritable:
            self._begin()
        if self.gatherer.now >= self._looked + _STEP:
            self._add(self.gatherer.settled())
            self._show(self.gatherer.pending())
            self._looked = self.gatherer.now

    def close(self) -> None:
        """Writes the rest. Raises StageError where it was not all stored after all."""
        try:
            self._add(self.gatherer.finish())
            if self._head is None:
                self._begin()
        finally:
            try:
                self._file.close()
            except OSError as error:
                raise StageError(f"{self._name}: cannot finish the file: {error.strerror}") from error

    def _begin(self) -> None:
        """Writes the head, or another one while no cue is behind it: the size of the picture stands in it."""
        head = self._form.head(self.size)
        if head == self._head:
            return
        content = head.encode()
        self._put(content, 0)
        self._head, self._kept, self._tail = head, len(content), b""

    def _add(self, cues: list[Cue]) -> None:
        self._due += cues
        if not self._due:
            return
        if self._head is None:
            self._begin()
        content = self._text(self._due)
        self._put(content, self._kept)
        self._kept += len(content)
        self._tail = b""
        self.cues += len(self._due)
        self._due.clear()

    def _show(self, cues: list[Cue]) -> None:
        """Lets the file end with what may change yet."""
        if not self._rewritable:
            return
        content = self._text(cues)
        if content != self._tail:
            self._put(content, self._kept)
            self._tail = content

    def _text(self, cues: list[Cue]) -> bytes:
        return "".join(self._form.cue(cue, number) for number, cue in enumerate(cues, self.cues + 1)).encode()

    def _put(self, content: bytes, place: int) -> None:
        """Writes at a place of the file, which ends there then; where it cannot, the file ends at that place."""
        try:
            if self._rewritable:
                self._file.seek(place)
            self._file.write(content)
            if self._rewritable:
                self._file.truncate()
        except OSError as error:
            if self._rewritable:
                self._tail = b""
                with contextlib.suppress(OSError):
                    self._file.truncate(place)
            kind = SinkGoneError if isinstance(error, BrokenPipeError) else StageError
            kept = f"the {self.cues} cues before it are kept"
            raise kind(f"{self._name}: cannot write a cue: {error.strerror}; {kept}") from error


def _opened(name: str) -> WholeFile:
    if name == STDOUT:
        sys.stdout.flush()
        return WholeFile(sys.stdout.fileno(), "wb", closefd=False)
    path = Path(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StageError(f"{path}: cannot make the folder {path.parent}: {error.strerror}") from error
    try:
        return WholeFile(path, "wb")
    except OSError as error:
        raise StageError(f"{path}: cannot write subtitles there: {error.strerror}") from error
