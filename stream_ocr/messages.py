"""The vocabulary: everything that travels between stages, and the events that leave.

Messages are frozen. A stage that has something to add makes a new one; nobody writes into an array it received.

Coordinates are pixels of the source frame, x to the right and y down. A quad lists four corners clockwise, starting
at the text's own top left. Times called `pts`, `start`, `end` and `at` are media seconds since the start of the
media; `captured_at` and `wall` are Unix seconds.
"""

from typing import Any, Literal, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

__all__ = [
    "Box",
    "Crop",
    "Direction",
    "EndOfStream",
    "EndReason",
    "Ended",
    "EventKind",
    "Frame",
    "FrameText",
    "Image",
    "Line",
    "Luma",
    "Message",
    "Point",
    "Quad",
    "SinkState",
    "SinkStatus",
    "SourceState",
    "SourceStats",
    "SourceStatus",
    "StageStats",
    "TextEvent",
    "Tiles",
]

Image: TypeAlias = npt.NDArray[np.uint8]
"""A picture, shape (height, width, 3), BGR."""
Luma: TypeAlias = npt.NDArray[np.uint8]
"""A picture, shape (height, width), luma only."""
Tiles: TypeAlias = npt.NDArray[np.bool_]
"""A grid of tiles over the picture, shape (rows, columns)."""

Point: TypeAlias = tuple[float, float]
Quad: TypeAlias = tuple[Point, Point, Point, Point]
Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom; right and bottom are exclusive."""

Direction: TypeAlias = Literal[0, 180]
EndReason: TypeAlias = Literal["left", "replaced", "end-of-stream", "source-lost"]
EventKind: TypeAlias = Literal["appear", "update", "disappear"]
SourceState: TypeAlias = Literal["online", "offline", "reconnecting", "paused"]
SinkState: TypeAlias = Literal["ok", "behind", "failing", "failed"]


class Frame(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One picture of a source that the gate let pass."""

    source: str
    epoch: int
    """Grows by one at each reconnect."""
    seq: int
    """Number of the frame in its source; every decoded frame counts, also those that did not pass."""
    pts: float
    previous_pts: float
    """Media time of the frame decoded just before this one, passed or not; equals `pts` on the first frame."""
    captured_at: float
    wall: float | None
    """The camera's time of the frame where it tells it, else the host's; None for files."""
    image: Image
    luma: Luma
    """The gate's reduced luma picture."""
    dirty: Tiles
    """Which tiles look different from when they were last named here; the tiles cut `luma` into equal cells."""
    skipped: int
    """Frames the gate passed over as unchanged since the message before: what was there still is."""
    dropped: int
    """Frames lost to overload since the message before: nobody knows what they showed."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the source frame in pixels."""
        return self.image.shape[1], self.image.shape[0]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of text in one frame."""

    quad: Quad
    score: float
    """The detector's, 0 to 1; of a carried line the last one it had."""
    carried: bool = False
    """The place was followed through the picture instead of detected anew in this frame."""
    track: int = 0
    """Set by track, one per uninterrupted presence of a box; recognize numbers it anew, one per text."""
    place: int = 0
    start: float = 0.0
    """Media time of the first frame that shows it."""
    seen: float = 0.0
    """Media time of the last frame before this one that shows it."""
    since: float | None = None
    """Media time from which on it has looked as it does now, where that was looked up: it was out of sight before, or
    its box has grown."""
    direction: Direction = 0
    text: str = ""
    """The text as voted so far; empty while unread."""
    confidence: float = 0.0
    reads: int = 0
    agreement: float = 0.0
    """Share of the weight of all readings that stands behind `text`."""
    alternatives: tuple[str, ...] = ()
    settled: bool = False
    """The text is known well enough to be said."""


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """A track that is over."""

    track: int
    end: float
    """Media time of the last frame that showed it."""
    reason: EndReason
    line: Line | None = None
    """How it is to be said in the end, if at all; None: as it was last shown."""


class FrameText(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A frame with what is known of its text."""

    frame: Frame
    lines: tuple[Line, ...] = ()
    areas: tuple[Box, ...] = ()
    """Where text was looked for, in pixels; empty: nowhere, this frame had no detection."""
    ended: tuple[Ended, ...] = ()
    """Tracks that ended since the message before."""


class TextEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What a subscriber gets: the public contract, version 1."""

    v: int = 1
    kind: EventKind
    source: str
    track: int
    place: int
    seq: int
    """Grows by one per event of a publisher, so a subscriber sees what it missed."""
    epoch: int
    text: str
    confidence: float
    reads: int
    agreement: float
    alternatives: tuple[str, ...]
    direction: Direction
    quad: Quad
    size: tuple[int, int]
    start: float
    end: float | None
    at: float
    wall: str | None
    """ISO 8601, UTC, milliseconds."""
    age_ms: float
    reason: EndReason | None
    id: str = ""
    """`<run>-<seq>`; twelve random hex digits name the run, so that no two events in the world have the same."""
    region: str | None = None
    """Name of the region in which the centre of the line was when its text was first said."""
    tags: tuple[str, ...] = ()
    """From rules; what a text once had it has to its end, but for `value-changed`, which one event alone has."""
    value: float | None = None
    """The number that the text stands for, once it is believed."""
    unit: str | None = None
    """Of `value`."""
    rules: tuple[str, ...] = ()
    """Names of the rules that fitted the text since it was first said."""


class Crop(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The best picture of a text so far, for sinks that want it; it comes after an event of the text."""

    run: str
    source: str
    track: int
    quality: float
    """How well it can be read compared with other pictures of the same text."""
    image: Image
    """Upright; none of its sides longer than 960 pixels."""


class SourceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A source came, went, or is being tried again."""

    source: str
    state: SourceState
    epoch: int
    wall: float
    cause: str | None = None
    """Why it is not online, in a few words; carries no credentials."""
    retry_in: float | None = None
    """Seconds from `wall` until it is tried again."""
    live: bool = False
    """It sets its own pace: frames that nobody takes in time are lost."""
    size: tuple[int, int] | None = None
    rate: float | None = None
    """Nominal frames per second, where the source tells it."""
    duration: float | None = None
    """Media seconds, where it is known beforehand."""


class SinkStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A sink is in trouble, in deeper trouble, or out of it: said once each time, however much is lost meanwhile."""

    sink: str
    """Its kind, and where it goes: `jsonl out/events.jsonl`."""
    state: SinkState
    """behind: too slow. failing: it cannot write, and is tried again. failed: it takes nothing any more."""
    takes: Literal["events", "frames"]
    lost: int
    """Events, or frames, that it has lost since the start of the run."""
    waiting: int
    """Events, or frames, that wait for it."""
    wall: float
    cause: str | None = None
    """What is wrong, in a few words; None when it is well."""


class StageStats(msgspec.Struct, frozen=True, kw_only=True):
    """What one stage did since its report before."""

    stage: str
    source: str | None
    """Set where the report speaks of one source only."""
    wall: float
    period: float
    """Seconds that the report covers."""
    busy: float
    """Share of that time spent working, 0 to 1."""
    latency_p50_ms: float
    latency_p95_ms: float
    counts: dict[str, float]
    """Counters since the start of the run: what is counted is the stage's own."""
    queue: int = 0
    """Frames that it held, or that waited for it, when it made the report."""
    latencies: tuple[int, ...] = ()
    """Cumulative histogram of its latencies since the start: how many were at most each of `metrics.BOUNDS`, and last
    how many there were."""
    latency_sum: float = 0.0
    """Seconds; the sum of what `latencies` counts."""
    by_source: dict[str, dict[str, float]] = {}
    """What of `counts` came of each source, where the stage counts by source."""


class SourceStats(msgspec.Struct, frozen=True, kw_only=True):
    """How one source does, put together from what all stages did for it. Counts are since the start of the run."""

    source: str
    state: SourceState
    """As it was told last."""
    wall: float
    period: float
    """Seconds that the report covers."""
    fps: float
    """Frames decoded per second, lately; 0 while it is not online."""
    frames: int
    """Decoded."""
    passed: int
    """Went through the gate."""
    dropped: int
    """Passed, and lost to overload."""
    corrupt: int
    """Packets and pictures that could not be decoded."""
    detections: int
    readings: int
    events: dict[EventKind, int]
    reconnects: int
    position: float
    """Media time of the last frame decoded."""
    age_p50_ms: float
    """From capture until publish is done with a frame, over the period; 0 where there was none."""
    age_p95_ms: float
    ages: tuple[int, ...]
    """Cumulative histogram of these ages since the start: how many were at most each of `metrics.BOUNDS`, and last how
    many there were."""
    age_sum: float
    """Seconds; the sum of what `ages` counts."""


class EndOfStream(msgspec.Struct, frozen=True, kw_only=True):
    """The last message of a source, or of one connection to it."""

    source: str
    reason: EndReason = "end-of-stream"
    pts: float = 0.0
    """Media time of the last frame decoded."""
    ended: tuple[Ended, ...] = ()
    """The tracks that were open; filled in by track."""
    problem: str | None = None
    """What went wrong on the way and was passed over, or what ended the stream."""
    final: bool = True
    """False: the source is tried again; what is open ends, and all numbering goes on."""


Message: TypeAlias = Frame | FrameText | TextEvent | SourceStatus | SinkStatus | StageStats | SourceStats | EndOfStream
Array: TypeAlias = npt.NDArray[Any]
