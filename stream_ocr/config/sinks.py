"""Settings of the sinks."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from msgspec import Meta, Struct

from stream_ocr import durations
from stream_ocr.config.delivery import MqttSink, WebhookSink, ZmqAckSink
from stream_ocr.config.fields import Backlog, Duration, Endpoint, FilePath, Name, Seconds
from stream_ocr.config.plugins import SinkPlugin
from stream_ocr.config.rules import OnlyConfig
from stream_ocr.polygons import Polygon

__all__ = [
    "THIRDS",
    "AssSink",
    "ConsoleSink",
    "JsonlSink",
    "SinkConfig",
    "SqliteSink",
    "SrtSink",
    "SubtitleSink",
    "VideoSink",
    "VttSink",
    "ZmqSink",
    "outside",
]

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
    """A video, H.264 in MP4."""

    path: FilePath
    annotate: bool = True
    """Draw on it what was read; false: the frames as they came."""
    quality: Annotated[int, Meta(ge=0, le=51)] = 23
    """The encoder's constant rate factor: lower is better and larger."""


class ConsoleSink(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A readable line per event on the terminal."""

    updates: bool = False
    """Also show that a text is now read better."""
    backlog: Backlog = 10_000
    """Events held while the terminal takes none; beyond that a live run loses the oldest, and one of files waits."""


THIRDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"whole": (0.0, 1.0), "top": (0.0, 1 / 3), "bottom": (2 / 3, 1.0)}
)
"""From where down to where the regions reach that every picture has."""


def outside(region: str) -> list[Polygon]:
    """The rest of the picture, for one of `THIRDS`."""
    top, bottom = THIRDS[region]
    rest = ((0.0, top), (bottom, 1.0))
    return [((0.0, above), (1.0, above), (1.0, below), (0.0, below)) for above, below in rest if above < below]


class SubtitleSink(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all subtitles have; a cue is what stands together, until something comes or goes."""

    region: Name = "whole"
    """Which texts are subtitles: all (whole), those whose centre is in the upper or lower third of the picture (top,
    bottom), or those of a region of the source, by its name."""
    min_duration: Seconds = 0.2
    """Seconds; texts that stand for less are left out."""
    max_gap: Seconds = 0.1
    """Seconds for which a text may be away and still be the same cue."""
    backlog: Backlog = 10_000
    """Events held while the file takes none; beyond that a live run loses the oldest, and one of files waits."""


class SrtSink(SubtitleSink, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Subtitles as SubRip."""

    path: FilePath
    """`-` is standard output."""


class AssSink(SubtitleSink, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Subtitles as Advanced SubStation Alpha."""

    path: FilePath
    """`-` is standard output."""
    positions: bool = True
    """Say where a text stands, unless it is at the bottom in the middle."""


class VttSink(SubtitleSink, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Subtitles as WebVTT: a file, or the segments of a live stream with their HLS playlist."""

    path: FilePath | None = None
    """`-` is standard output."""
    segments: FilePath | None = None
    """A folder for `subtitles.m3u8` and its segments."""
    seconds: Annotated[float, Meta(ge=1.0, le=60.0)] = 6.0
    """Of a segment."""
    window: Annotated[int, Meta(ge=3, le=10_000)] = 10
    """Segments in the playlist; twice as many are kept, because a player may still be at what has left it."""
    mpegts: Annotated[int, Meta(ge=0, lt=2**33)] = 0
    """Time stamp (90 kHz) that the video of the stream has at media time 0."""
    positions: bool = True
    """Say where a text stands, unless it is at the bottom in the middle."""

    def __post_init__(self) -> None:
        if (self.path is None) == (self.segments is None):
            got = "none" if self.path is None else "both"
            raise ValueError(f"expected one of `path` and `segments`, got {got}")


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
    srt: SrtSink | None = None
    vtt: VttSink | None = None
    ass: AssSink | None = None
    mqtt: MqttSink | None = None
    webhook: WebhookSink | None = None
    zmq_ack: ZmqAckSink | None = None
    plugin: SinkPlugin | None = None
    """Of another package; in a file, its kind stands in this place."""

    def __post_init__(self) -> None:
        kinds = [name for name in self.__struct_fields__ if name not in _GENERAL]
        chosen = [name for name in kinds if getattr(self, name) is not None]
        if len(chosen) != 1:
            got = " and ".join(chosen) or "none"
            raise ValueError(f"expected exactly one of {', '.join(self.kinds())}, got {got}")

    @classmethod
    def kinds(cls) -> tuple[str, ...]:
        """The kinds that there are without plugins."""
        return tuple(name for name in cls.__struct_fields__ if name not in (*_GENERAL, "plugin"))

    @property
    def chosen(
        self,
    ) -> (
        ZmqSink
        | JsonlSink
        | SqliteSink
        | VideoSink
        | ConsoleSink
        | SrtSink
        | VttSink
        | AssSink
        | MqttSink
        | WebhookSink
        | ZmqAckSink
        | SinkPlugin
    ):
        """The settings of the one kind that is set."""
        files = (self.jsonl, self.sqlite, self.video, self.srt, self.vtt, self.ass)
        kinds = (self.zmq, self.console, self.mqtt, self.webhook, self.zmq_ack, self.plugin, *files)
        return next(kind for kind in kinds if kind is not None)
