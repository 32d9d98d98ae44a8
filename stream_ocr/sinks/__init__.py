"""Where events and annotated frames go: one small file per kind, one verb each.

The table names the place of each kind, so that a kind is imported only when a config chooses it.
"""

from importlib import import_module
from typing import Any, Protocol, TypeAlias

from stream_ocr.config import ConsoleSink, JsonlSink, VideoSink, ZmqSink
from stream_ocr.messages import Frame, Image, SourceStats, SourceStatus, StageStats, TextEvent
from stream_ocr.transport import Context

__all__ = ["EventSink", "FrameSink", "Item", "open_event_sink", "open_frame_sink"]

Item: TypeAlias = TextEvent | SourceStatus | StageStats | SourceStats
SinkSettings: TypeAlias = ZmqSink | JsonlSink | VideoSink | ConsoleSink


class EventSink(Protocol):
    """Takes events, status and stats, in the order in which they happen, all in one thread."""

    def write(self, item: Item) -> None:
        """Takes one item. Raises StageError when it cannot, with what is written so far kept."""

    def poll(self) -> None:
        """Does what is due when nothing happens; called several times a second."""

    def close(self) -> None:
        """Flushes and closes; called once, after the last item."""


class FrameSink(Protocol):
    """Takes annotated frames, all in one thread."""

    def write(self, frame: Frame, drawn: Image) -> None:
        """Takes one frame and the picture drawn of it. Raises StageError when it cannot."""

    def close(self) -> None:
        """Flushes and closes; called once, after the last frame."""


_EVENT_SINKS: dict[type[SinkSettings], tuple[str, str]] = {
    ZmqSink: ("stream_ocr.sinks.zmq", "ZmqEvents"),
    JsonlSink: ("stream_ocr.sinks.jsonl", "Jsonl"),
    ConsoleSink: ("stream_ocr.sinks.console", "Console"),
}
_FRAME_SINKS: dict[type[SinkSettings], tuple[str, str]] = {
    ZmqSink: ("stream_ocr.sinks.zmq", "ZmqFrames"),
    VideoSink: ("stream_ocr.sinks.video", "Video"),
}


def open_event_sink(settings: SinkSettings, context: Context) -> EventSink | None:
    """The event sink of `settings`, opened; None where the kind takes no events.

    Raises StageError or WireError when it cannot be opened.
    """
    sink: EventSink | None = _open(_EVENT_SINKS, settings, context)
    return sink


def open_frame_sink(settings: SinkSettings, context: Context) -> FrameSink | None:
    """The frame sink of `settings`, opened; None where the kind, or this config of it, takes no frames.

    Raises StageError or WireError when it cannot be opened.
    """
    if isinstance(settings, ZmqSink) and settings.frames is None:
        return None
    sink: FrameSink | None = _open(_FRAME_SINKS, settings, context)
    return sink


def _open(table: dict[type[SinkSettings], tuple[str, str]], settings: SinkSettings, context: Context) -> Any:
    if type(settings) not in table:
        return None
    module, name = table[type(settings)]
    return getattr(import_module(module), name)(settings, context)
