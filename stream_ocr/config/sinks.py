"""Settings of the sinks."""

from typing import Annotated

from msgspec import Meta, Struct

from stream_ocr import durations
from stream_ocr.config.delivery import MqttSink, WebhookSink, ZmqAckSink
from stream_ocr.config.fields import Backlog, Duration, Endpoint, FilePath, Name
from stream_ocr.config.rules import OnlyConfig

__all__ = ["ConsoleSink", "JsonlSink", "SinkConfig", "SqliteSink", "VideoSink", "ZmqSink"]

_GENERAL = ("name", "only")
"""Settings of a sink of any kind."""


class ZmqSink(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Events, status and stats on a ZeroMQ PUB socket; annotated frames on a second one."""

    bind: Endpoint = "tcp://127.0.0.1:5557"
    frames: Endpoint | None = None
    """Where annotated frames are published as JPEG; None: nowhere. A slow viewer never costs an event."""
    frame_rate: Annotated[float, Meta(gt=0.0, le=120.0)] = 5.0
    """Frames per second of media time on `frames` at most."""
    jpeg_quality: Annotated[int, Meta(ge=1, le=100)] = 80
    backlog: Backlog = 1000
    """Events held for a slow subscriber before it loses some (their `seq` shows the gap)."""


class JsonlSink(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Events in a file, one JSON object a line."""

    path: FilePath
    backlog: Backlog = 10_000
    """Events held while the file takes none; beyond that a live run loses the oldest, and one of files waits."""


class SqliteSink(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Events, and the best picture of each text, in a store that can be searched."""

    path: FilePath
    keep: Duration | None = "30d"
    """How long an event is kept, as in 12h, 30d or 8w; None: for ever."""
    max_events: Annotated[int, Meta(ge=1)] | None = None
    """How many are kept at most, the newest; None: all."""
    crops: bool = True
    """Keep a picture of each text."""
    backlog: Backlog = 10_000
    """Events held while the store takes none; beyond that a live run loses the oldest, and one of files waits."""

    def __post_init__(self) -> None:
        if self.keep is not None and durations.seconds(self.keep) == 0.0:
            raise ValueError(f"keep: expected more than nothing, or null, got {self.keep}")


class VideoSink(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The annotated video, H.264 in MP4."""

    path: FilePath
    quality: Annotated[int, Meta(ge=0, le=51)] = 23
    """The encoder's constant rate factor: lower is better and larger."""


class ConsoleSink(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A readable line per event on the terminal."""

    updates: bool = False
    """Also show that a text is now read better."""
    backlog: Backlog = 10_000
    """Events held while the terminal takes none; beyond that a live run loses the oldest, and one of files waits."""


class SinkConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One sink: exactly one of its kinds, and which events it gets."""

    name: Name | None = None
    """By which rules call it."""
    only: OnlyConfig | None = None
    """None: it gets every event, unless a rule names it."""

    zmq: ZmqSink | None = None
    jsonl: JsonlSink | None = None
    sqlite: SqliteSink | None = None
    video: VideoSink | None = None
    console: ConsoleSink | None = None
    mqtt: MqttSink | None = None
    webhook: WebhookSink | None = None
    zmq_ack: ZmqAckSink | None = None

    def __post_init__(self) -> None:
        kinds = [name for name in self.__struct_fields__ if name not in _GENERAL]
        chosen = [name for name in kinds if getattr(self, name) is not None]
        if len(chosen) != 1:
            got = " and ".join(chosen) or "none"
            raise ValueError(f"expected exactly one of {', '.join(kinds)}, got {got}")

    @property
    def chosen(
        self,
    ) -> ZmqSink | JsonlSink | SqliteSink | VideoSink | ConsoleSink | MqttSink | WebhookSink | ZmqAckSink:
        """The settings of the one kind that is set."""
        kinds = (self.zmq, self.jsonl, self.sqlite, self.video, self.console, self.mqtt, self.webhook, self.zmq_ack)
        return next(kind for kind in kinds if kind is not None)
