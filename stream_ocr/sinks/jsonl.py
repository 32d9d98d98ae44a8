"""Events in a file: one JSON object a line, each written through as it happens."""

import contextlib
from pathlib import Path

import msgspec

from stream_ocr.config import JsonlSink
from stream_ocr.errors import StageError
from stream_ocr.messages import TextEvent
from stream_ocr.sinks import Item
from stream_ocr.sinks.files import WholeFile
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
            # Not buffered: a line is in the file, whole, before the next event is looked at.
            self._file = WholeFile(self._path, "wb")
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
            self._file.write(line)
        except OSError as error:
            with contextlib.suppress(OSError):  # a pipe or a device cannot be cut back
                self._file.seek(self._size)
                self._file.truncate()
            kept = f"the {self._lines} events before it are kept"
            raise StageError(f"{self._path}: cannot write an event: {error.strerror}; {kept}") from error
        self._lines += 1
        self._size += len(line)

    def poll(self) -> None:
        """Nothing is ever pending."""

    def close(self) -> None:
        """Closes the file. Raises StageError where it was not all stored after all: network folders may say so late."""
        try:
            self._file.close()
        except OSError as error:
            raise StageError(f"{self._path}: cannot finish the file: {error.strerror}") from error
