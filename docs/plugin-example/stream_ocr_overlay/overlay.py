"""A sink: what can be read now, in a small text file that a video mixer shows."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from stream_ocr.errors import StageError
from stream_ocr.messages import Message, TextEvent


class OverlaySettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of the sink `overlay`."""

    path: str
    lines: Annotated[int, Meta(ge=1, le=100)] = 3
    """Lines at most: the latest ones."""


class Overlay:
    """Writes what can be read now, the latest line last."""

    Settings = OverlaySettings

    def __init__(self, settings: OverlaySettings) -> None:
        self._path = Path(settings.path)
        self._lines = settings.lines
        self._visible: dict[tuple[str, int], str] = {}
        self._write()

    def write(self, item: Message) -> None:
        """Takes an event; status and stats come here too."""
        if not isinstance(item, TextEvent):
            return
        key = item.source, item.track
        if item.kind == "disappear":
            self._visible.pop(key, None)
        else:
            self._visible[key] = item.text
        self._write()

    def poll(self) -> None:
        """Called several times a second when nothing happens."""

    def close(self) -> None:
        """Called once, after the last event."""

    def _write(self) -> None:
        latest = list(self._visible.values())[-self._lines :]
        try:
            self._path.write_text("".join(f"{text}\n" for text in latest), encoding="utf-8")
        except OSError as error:
            # In one line; a run with a camera tries again every second, a run of files ends with it.
            raise StageError(f"{self._path}: cannot write what can be read: {error.strerror}") from error
