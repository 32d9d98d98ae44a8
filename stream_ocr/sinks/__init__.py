"""Where events and annotated frames go: one small file per kind, one verb each.

The table names the place of each kind, so that a kind is imported only when a config chooses it. Each sink runs in a
thread of its own (`outlet`), so that none holds up the graph or the others.
"""

from importlib import import_module
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from stream_ocr.config import (
    AssSink,
    ConsoleSink,
    DeliverySink,
    JsonlSink,
    SinkPlugin,
    SqliteSink,
    SrtSink,
    VideoSink,
    VttSink,
    ZmqSink,
)
from stream_ocr.messages import Crop, Frame, Image, SinkStatus, SourceStats, SourceStatus, StageStats, TextEvent
from stream_ocr.sinks.plugged import open_plugin, plugin_takes
from stream_ocr.transport import Audience, Context

__all__ = [
    "Choosy",
    "EventSink",
    "FrameSink",
    "Item",
    "Said",
    "Shared",
    "Showing",
    "SinkSettings",
    "open_event_sink",
    "open_frame_sink",
    "shows",
    "sink_name",
    "takes",
]

Item: TypeAlias = TextEvent | SourceStatus | SinkStatus | StageStats | SourceStats
Said: TypeAlias = Item | Crop
"""What is said to event sinks; crops only to those that ask for them."""
SinkSettings: TypeAlias = (
    ZmqSink | JsonlSink | SqliteSink | VideoSink | ConsoleSink | SrtSink | VttSink | AssSink | DeliverySink | SinkPlugin
)


class EventSink(Protocol):
    """Takes events, status and stats, in the order in which they happen, all in one thread of its own.

    It may take as long as it likes. A run of files waits for it; in a run with a live source the oldest events are
    lost, and counted, when 10,000 wait for it.
    """

    def write(self, item: Item) -> None:
        """Takes one item.

        Raises StageError when it cannot, with what is written so far kept: that ends a run of files, and in a run with
        a live source it gets the same item again a second later. Raises SinkGoneError when there is no use in that.
        """

    def poll(self) -> None:
        """Does what is due when nothing happens; called several times a second. Raises as `write` does."""

    def close(self) -> None:
        """Flushes and closes; called once, after the last item."""


@runtime_checkable
class Showing(Protocol):
    """An event sink that has a use for the best picture of each text; one of a config, where its settings say so."""

    def show(self, crop: Crop) -> None:
        """Takes the best picture so far of a text of which there was an event. Raises as `write` does."""


class FrameSink(Protocol):
    """Takes frames as pictures, all in one thread of its own; a few wait for it, of a live source the newest."""

    def write(self, frame: Frame, drawn: Image) -> None:
        """Takes one frame and the picture made of it, on which nobody draws any more. Raises as event sinks do."""

    def close(self) -> None:
        """Flushes and closes; called once, after the last frame."""


@runtime_checkable
class Choosy(Protocol):
    """A frame sink that does not want every frame: no picture is made of those."""

    def wants(self, frame: Frame) -> bool:
        """Whether it would do anything with the picture of this frame."""


@runtime_checkable
class Shared(Protocol):
    """A sink that several others read from, at their own pace."""

    @property
    def audience(self) -> Audience:
        """What is known of them so far."""


_EVENT_SINKS: dict[type[SinkSettings], tuple[str, str]] = {
    ZmqSink: ("stream_ocr.sinks.zmq", "ZmqEvents"),
    JsonlSink: ("stream_ocr.sinks.jsonl", "Jsonl"),
    SqliteSink: ("stream_ocr.sinks.sqlite", "Sqlite"),
    ConsoleSink: ("stream_ocr.sinks.console", "Console"),
    SrtSink: ("stream_ocr.sinks.subtitles", "Subtitles"),
    VttSink: ("stream_ocr.sinks.subtitles", "Subtitles"),
    AssSink: ("stream_ocr.sinks.subtitles", "Subtitles"),
}
_FRAME_SINKS: dict[type[SinkSettings], tuple[str, str]] = {
    ZmqSink: ("stream_ocr.sinks.zmq", "ZmqFrames"),
    VideoSink: ("stream_ocr.sinks.video", "Video"),
}


def open_event_sink(settings: SinkSettings, context: Context) -> EventSink | None:
    """The event sink of `settings`, opened; None where the kind takes no events.

    Raises StageError or WireError when it cannot be opened.
    """
    if not takes(settings, "events"):
        return None
    sink: EventSink | None = _open(_EVENT_SINKS, settings, context)
    return sink


def open_frame_sink(settings: SinkSettings, context: Context) -> FrameSink | None:
    """The frame sink of `settings`, opened; None where the kind, or this config of it, takes no frames.

    Raises StageError or WireError when it cannot be opened.
    """
    if not takes(settings, "frames"):
        return None
    sink: FrameSink | None = _open(_FRAME_SINKS, settings, context)
    return sink


def takes(settings: SinkSettings, what: Literal["events", "frames"]) -> bool:
    """Whether the sink of `settings` takes events, or frames."""
    if isinstance(settings, SinkPlugin):
        return plugin_takes(settings) == what
    if what == "events":
        return type(settings) in _EVENT_SINKS or isinstance(settings, DeliverySink)
    return type(settings) in _FRAME_SINKS and not (isinstance(settings, ZmqSink) and settings.frames is None)


def shows(settings: SinkSettings) -> bool:
    """Whether the sink of `settings` asks for the best picture of each text."""
    return isinstance(settings, SqliteSink) and settings.crops


def sink_name(settings: SinkSettings, what: Literal["events", "frames"]) -> str:
    """What the sink of `settings` is called: its kind, and where it goes."""
    if isinstance(settings, ConsoleSink):
        return "console"
    if isinstance(settings, SinkPlugin):
        return settings.kind
    kind = type(settings).__name__.removesuffix("Sink").lower()
    match settings:
        case ZmqSink():
            return f"{kind} {settings.frames if what == 'frames' else settings.bind}"
        case VttSink():
            return f"{kind} {settings.path or settings.segments}"
        case DeliverySink():
            return f"{settings.kind} {settings.place}"
        case _:
            return f"{kind} {settings.path}"


def _open(table: dict[type[SinkSettings], tuple[str, str]], settings: SinkSettings, context: Context) -> Any:
    if isinstance(settings, SinkPlugin):
        return open_plugin(settings)
    if type(settings) not in table:
        return None
    module, name = table[type(settings)]
    return getattr(import_module(module), name)(settings, context)
