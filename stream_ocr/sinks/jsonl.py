"""Events in a file: one JSON object a line, each written through as it happens."""

import contextlib
from pathlib import Path

import msgspec

from stream_ocr.config import JsonlSink
from stream_ocr.errors import StageError
from stream_ocr.messages import TextEvent
from stream_ocr.sinks import Item
from stream_ocr.transport import Context

__all__ = ["Jsonl"]


class Jsonl:
    """Writes text events; status and stats are passed over.

    An existing file is replaced, folders on the way to it are made. Raises StageError when that cannot be done.
    """

    def __init__(self, settings: JsonlSink, context: Context) -> None:
        del context
        self._path = Path(settings.path)
        self._lines = 0
        self._size = 0
        folder = self._path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StageError(f"{self._path}: cannot make the folder {folder}: {error.strerror}") from error
        try:
            # Unbuffered: a line is in the file, whole, before the next event is looked at.
            self._file = self._path.open("wb", buffering=0)
        except OSError as error:
            raise StageError(f"{self._path}: cannot write events there: {error.strerror}") from error

    def write(self, item: Item) -> None:
        """Appends the event.

        Raises StageError when the line cannot be written whole; the lines before it stay, and no part of it does.
        """
        if not isinstance(item, TextEvent):
            return
        line = msgspec.json.encode(item) + b"\n"
        try:
            self._write_whole(line)
        except OSError as error:
            with contextlib.suppress(OSError):  # a pipe or a device cannot be cut back
                self._file.seek(self._size)
                self._file.truncate()
            kept = f"the {self._lines} events before it are kept"
            raise StageError(f"{self._path}: cannot write an event: {error.strerror}; {kept}") from error
        self._lines += 1
        self._size += len(line)

    def _write_whole(self, line: bytes) -> None:
        """A full disk may take a part of a line and report the error only at the next attempt."""
        rest = memoryview(line)
        while rest:
            rest = rest[self._file.write(rest) :]

    def poll(self) -> None:
        """Nothing is ever pending."""

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
