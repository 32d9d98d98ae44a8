"""The configuration: frozen structs with their defaults and ranges.

The structs are the single source: `configfile` reads YAML into them strictly, the JSON Schema for editors is made
from them, and the stages take them as they are. Fractions are 0 to 1, times are seconds, sizes are pixels.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from stream_ocr import endpoints, overrides, polygons

__all__ = [
    "AnnotateConfig",
    "ClassifyConfig",
    "Config",
    "ConsoleSink",
    "DetectConfig",
    "GateConfig",
    "JsonlSink",
    "ModelFiles",
    "OcrConfig",
    "Placed",
    "Precision",
    "RecognizeConfig",
    "ReconnectConfig",
    "SecurityConfig",
    "SinkConfig",
    "SourceConfig",
    "StagesConfig",
    "TrackConfig",
    "VideoSink",
    "ZmqSink",
    "json_schema",
]

Fraction: TypeAlias = Annotated[float, Meta(ge=0.0, le=1.0)]
Seconds: TypeAlias = Annotated[float, Meta(ge=0.0)]
Name: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Endpoint: TypeAlias = Annotated[str, Meta(pattern=r"^(tcp|ipc)://.+$")]
FilePath: TypeAlias = Annotated[str, Meta(min_length=1)]
Backlog: TypeAlias = Annotated[int, Meta(ge=1, le=1_000_000)]
Precision: TypeAlias = Literal["auto", "f32", "bf16", "f16"]
Polygons: TypeAlias = Annotated[
    list[Annotated[polygons.Polygon, Meta(extra_json_schema={"minItems": 3})]], Meta(max_length=64)
]

_SHARED = ("run", "transfer")
"""Settings of a stage that are not a thing of one source, such as where it runs: they stand in `stages` only."""


_PLACE = r"thread|process|tcp://(\*|\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})"


class Placed(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What need not run in the main process."""

    run: Annotated[str, Meta(extra_json_schema={"pattern": f"^({_PLACE})$"})] = "thread"
    """thread, process, or tcp://HOST:PORT, where the main process waits for another machine to dial in."""
    transfer: Literal["raw", "jpeg"] = "raw"
    """How its pictures travel where it is no thread: as they are, or as JPEG of quality 92."""

    def __post_init__(self) -> None:
        place = re.fullmatch(_PLACE, self.run)
        if place is None or not 1 <= int(place[2] or 1) <= 65_535:
            raise ValueError(f"run: expected thread, process or tcp://HOST:PORT, got {self.run}")


class ReconnectConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When a live source is taken as lost, and when it is tried again."""

    stall: Annotated[float, Meta(ge=0.5, le=3600.0)] = 5.0
    """Seconds without a new frame after which the source is taken as lost."""
    open: Annotated[float, Meta(ge=0.5, le=3600.0)] = 10.0
    """Seconds that opening it may take."""
    first: Annotated[float, Meta(ge=0.1, le=3600.0)] = 1.0
    """Seconds before the first new attempt; each further one waits twice as long."""
    longest: Annotated[float, Meta(ge=0.1, le=3600.0)] = 30.0
    """Seconds between two attempts at most."""
    healthy: Annotated[float, Meta(ge=0.0, le=3600.0)] = 30.0
    """Seconds online after which the waits begin anew with `first`."""
    attempts: Annotated[int, Meta(ge=0)] | None = None
    """Attempts in a row after which it is given up; None: never."""

    def __post_init__(self) -> None:
        if self.longest < self.first:
            raise ValueError(f"expected `longest` of at least `first` ({self.first:g}), got {self.longest:g}")


class SourceConfig(Placed, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where pictures come from."""

    uri: Annotated[str, Meta(min_length=1)]
    """A path (file, folder of pictures), `webcam:0`, `screen:`, a URL (rtsp, http, ...), or `test:`."""
    pace: Literal["auto", "max", "realtime"] = "auto"
    """How fast a file is read; auto: as fast as it can be processed. Cameras set their own pace."""
    start: Seconds = 0.0
    """Media time at which reading begins (files)."""
    stop: Annotated[float, Meta(gt=0.0)] | None = None
    """Media time at which reading ends (files)."""
    loop: bool = False
    """Begin again at the end, without end (files)."""
    format: str | None = None
    """FFmpeg input format, where the URI does not tell it: v4l2, lavfi, x11grab, ..."""
    options: dict[str, str] = {}
    """FFmpeg options for opening, as strings: {rtsp_transport: udp}."""
    rate: Annotated[float, Meta(gt=0.0, le=1000.0)] | None = None
    """Pictures per second of a folder of pictures (default 1), or asked of a webcam or screen."""
    size: Annotated[str, Meta(pattern=r"^[0-9]{1,5}x[0-9]{1,5}$")] | None = None
    """Width x height asked of a webcam or screen."""
    pixel_format: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_]{1,32}$")] | None = None
    """Pixel format or codec asked of a webcam: yuyv422, mjpeg, h264, ...; most give more pictures as mjpeg."""
    max_lag: Annotated[float, Meta(ge=0.02, le=60.0)] = 0.25
    """Seconds for which a live frame may be on its way before newer ones wait at the source, where the newest wins."""
    reconnect: ReconnectConfig = ReconnectConfig()
    """Cameras and streams only: a file that ends is at its end."""
    include: Polygons = []
    """Where text is looked for: polygons of points [x, y] in fractions of the picture; empty: everywhere."""
    exclude: Polygons = []
    """Where it is not, even inside `include`. A line is where the centre of its box is."""
    min_height: Annotated[float, Meta(ge=0.0)] = 0.0
    """Lines whose box is less high, in pixels of the source frame, are not read; 0: no limit."""
    stages: "StagesConfig | None" = None
    """Settings of the stages for this source only, complete: `configfile` fills up what a file leaves out from the
    section `stages`. None: all are as there."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.stop is not None and self.stop <= self.start:
            raise ValueError(f"expected `stop` above `start` ({self.start:g}), got {self.stop:g}")
        for name, given in (("include", self.include), ("exclude", self.exclude)):
            for index, polygon in enumerate(given):
                polygons.check(polygon, f"{name}[{index}]")
        if self.exclude and polygons.Area(self.include, self.exclude).empty:
            raise ValueError(f"exclude: expected it to leave some of {'include' if self.include else 'the picture'}")


class ModelFiles(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Weights of one's own: ONNX (.onnx), OpenVINO IR (.xml) or Paddle (.pdmodel, .json) files."""

    detection: FilePath
    recognition: FilePath
    direction: FilePath | None = None
    """None: the catalogue's direction classifier."""
    dictionary: FilePath | None = None
    """Text file, one character a line; None: from the metadata of the recognition file."""


class OcrConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which weights run where."""

    model: str | ModelFiles = "PP-OCRv6-small"
    """A name of the catalogue (models/README.md) or files."""
    device: str = "CPU"
    """An OpenVINO device."""
    precision: Precision = "auto"
    """Of the arithmetic; auto: the fastest that the device has (bf16, f16 or f32)."""
    threads: Annotated[int, Meta(ge=0, le=1024)] = 0
    """Threads of one inference; 0: one per core that this process may use."""
    cache: str | None = None
    """Folder of compiled models; None: the user's cache folder; empty: no cache."""


class GateConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When a frame carries something new."""

    enabled: bool = True
    max_gap: Annotated[float, Meta(gt=0.0, le=60.0)] = 1.0
    """A frame passes after this many seconds of silence, changed or not."""
    sensitivity: Annotated[float, Meta(ge=0.1, le=10.0)] = 1.0
    """Above 1 the gate passes smaller changes, below 1 only larger ones."""


class DetectConfig(Placed, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """DB text detection."""

    rate: Annotated[float, Meta(gt=0.0, le=1000.0)] = 10.0
    """Detections per second of media time and source at most."""
    max_side: Annotated[int, Meta(ge=64, le=4096, multiple_of=32)] = 960
    """The longer side of the picture as the network sees it, a multiple of 32; small pictures are enlarged to it."""
    threshold: Fraction = 0.3
    """Probability from which a pixel is text."""
    box_threshold: Fraction = 0.5
    """Mean probability from which a box is kept."""
    unclip_ratio: Annotated[float, Meta(ge=0.5, le=5.0)] = 1.6
    """How far the shrunken box that the network finds is grown back."""
    max_boxes: Annotated[int, Meta(ge=1, le=10_000)] = 1000
    """Boxes per picture at most."""


class TrackConfig(Placed, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Following boxes from frame to frame."""

    max_gap: Annotated[float, Meta(ge=0.0, le=60.0)] = 0.5
    """Seconds that a text may be out of sight and still be the same track."""
    place_memory: Annotated[float, Meta(ge=0.0, le=86_400.0)] = 60.0
    """Seconds that an empty place is remembered, so that the text after it gets the same place number."""
    max_tracks: Annotated[int, Meta(ge=1, le=10_000)] = 500
    """Tracks per source at most."""


class ClassifyConfig(Placed, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Direction of a line, 0 or 180 degrees."""

    enabled: bool = True
    """False: every line is taken as upright."""
    threshold: Fraction = 0.9
    """Probability from which a line is taken as upside down."""
    votes: Annotated[int, Meta(ge=1, le=99)] = 3
    """Looks at a track before its direction is fixed."""


class RecognizeConfig(Placed, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Reading lines, voting, and when to stop."""

    min_confidence: Fraction = 0.4
    """Texts that are less likely right than this, letter for letter, are not said."""
    agree: Annotated[int, Meta(ge=1, le=20)] = 2
    """Agreeing readings after which a line is settled and no longer read."""
    max_reads: Annotated[int, Meta(ge=1, le=1000)] = 12
    """Readings of one unchanged text at most."""
    rejoin: Annotated[float, Meta(ge=0.0, le=60.0)] = 1.0
    """Seconds after which a text that turns up again at its place is another showing of it, not the same one."""


class AnnotateConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How frames are drawn on."""

    show_confidence: bool = True
    show_track: bool = True


class StagesConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of the stages."""

    gate: GateConfig = GateConfig()
    detect: DetectConfig = DetectConfig()
    track: TrackConfig = TrackConfig()
    classify: ClassifyConfig = ClassifyConfig()
    recognize: RecognizeConfig = RecognizeConfig()
    annotate: AnnotateConfig = AnnotateConfig()

    def movable(self) -> dict[str, Placed]:
        """The stages that need not run in the main process, by name; the others have to do with the sinks."""
        return {"detect": self.detect, "track": self.track, "classify": self.classify, "recognize": self.recognize}


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
    """One sink: exactly one of its kinds."""

    zmq: ZmqSink | None = None
    jsonl: JsonlSink | None = None
    video: VideoSink | None = None
    console: ConsoleSink | None = None

    def __post_init__(self) -> None:
        chosen = [name for name in self.__struct_fields__ if getattr(self, name) is not None]
        if len(chosen) != 1:
            got = " and ".join(chosen) or "none"
            raise ValueError(f"expected exactly one of {', '.join(self.__struct_fields__)}, got {got}")

    @property
    def chosen(self) -> ZmqSink | JsonlSink | VideoSink | ConsoleSink:
        """The settings of the one kind that is set."""
        kinds = (self.zmq, self.jsonl, self.video, self.console)
        return next(kind for kind in kinds if kind is not None)


class SecurityConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who may connect to what is bound on TCP. Without keys, only loopback addresses are bound."""

    key: FilePath | None = None
    """This machine's secret key file; with it every TCP socket speaks CURVE, and with nobody else."""
    clients: FilePath | None = None
    """Folder with the public key files (.pub) of those who may connect."""
    insecure: bool = False
    """Bind any address without keys, and ipc in any folder: whoever can reach it may then listen and send."""

    def __post_init__(self) -> None:
        if self.clients is not None and self.key is None:
            raise ValueError("key: expected the secret key file of this machine beside `clients`, got null")


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole run. The smallest config is one source."""

    sources: Annotated[dict[Name, SourceConfig], Meta(min_length=1, max_length=64)]
    ocr: OcrConfig = OcrConfig()
    stages: StagesConfig = StagesConfig()
    sinks: Annotated[list[SinkConfig], Meta(max_length=64)] = []
    security: SecurityConfig = SecurityConfig()
    stats_every: Annotated[float, Meta(ge=0.1, le=3600.0)] = 1.0
    """Seconds between the reports of a stage."""
    health: str | None = None
    """ADDRESS:PORT where health and metrics are served over HTTP; None: nowhere."""

    def __post_init__(self) -> None:
        self._check_health()
        for index, sink in enumerate(self.sinks):
            if len(self.sources) > 1 and sink.video is not None and "{source}" not in sink.video.path:
                raise ValueError(
                    f"sinks[{index}].video.path: expected {{source}} in it, because there are several sources, "
                    f"got {sink.video.path}"
                )
        for name in self.sources:
            setting = overrides.differing(self.stages_of(name), self.stages, _SHARED)
            if setting is not None:
                raise ValueError(
                    f"sources.{name}.stages.{setting}: expected it in `stages`, because all sources share it"
                )
        for path, endpoint in self.binds():
            self._check_bind(path, endpoint)

    def stages_of(self, source: str) -> StagesConfig:
        """The settings of the stages for one source."""
        own = self.sources[source].stages
        return self.stages if own is None else own

    def _check_health(self) -> None:
        """There are no keys on HTTP: whoever can reach it can read it."""
        if self.health is None:
            return
        try:
            endpoints.host_and_port(self.health)
        except ValueError as error:
            raise ValueError(f"health: {error}") from None
        if not self.security.insecure and endpoints.exposed(f"tcp://{self.health}"):
            raise ValueError(
                f"health: expected a loopback address (127.0.0.1:9100), or security.insecure: true, got {self.health}"
            )

    def binds(self) -> Iterator[tuple[str, str]]:
        """What is bound: the path of each setting, and the endpoint in it."""
        for index, sink in enumerate(self.sinks):
            if sink.zmq is not None:
                yield f"sinks[{index}].zmq.bind", sink.zmq.bind
                if sink.zmq.frames is not None:
                    yield f"sinks[{index}].zmq.frames", sink.zmq.frames
        for path, place in self.places():
            if place.run.startswith("tcp://"):
                yield f"{path}.run", place.run

    def places(self) -> Iterator[tuple[str, Placed]]:
        """What need not run in the main process: the path of its settings, and these."""
        for name, stage in self.stages.movable().items():
            yield f"stages.{name}", stage
        for name, source in self.sources.items():
            yield f"sources.{name}", source

    def _check_bind(self, path: str, endpoint: str) -> None:
        """What other machines can reach needs keys."""
        security = self.security
        if security.key is not None and security.clients is None and endpoint.startswith("tcp://"):
            raise ValueError(f"security.clients: expected a folder of public keys, because {path} is {endpoint}")
        if security.key is None and not security.insecure and endpoints.exposed(endpoint):
            raise ValueError(f"{path}: {endpoints.KEYS_WANTED}, got {endpoint}")


def json_schema() -> dict[str, object]:
    """The JSON Schema of a config file, for editors."""
    schema = msgspec.json.schema(Config)
    definitions = schema["$defs"]
    own = overrides.schema_of(definitions["StagesConfig"], definitions, _SHARED)
    definitions["SourceConfig"]["properties"]["stages"] = {"anyOf": [own, {"type": "null"}], "default": None}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "stream-ocr config", **schema}
