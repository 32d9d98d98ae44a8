"""What a measuring process is asked, and what it answers."""

from typing import Any, Literal, TypeAlias

from msgspec import Struct

from stream_ocr.evaluation.scoring import Tally

__all__ = ["Answer", "Decoding", "Kind", "Pace", "Reading", "Refusal", "Running", "StageShare", "Task", "Wall"]

Kind: TypeAlias = Literal["decode", "run", "rapidocr"]
"""Decoding and nothing else; the whole graph; RapidOCR over every frame."""


class Task(Struct, frozen=True, kw_only=True):
    """One measurement of one clip."""

    kind: Kind
    uri: str
    settings: dict[str, Any]
    """Sections of a config."""
    began: float
    """Monotonic seconds at which the process was started."""
    max_frames: int | None = None
    """Frames that RapidOCR gets; None: all."""
    scored: bool = False
    """Whether the events of a run are to be scored against the ground truth beside the clip."""


class Pace(Struct, frozen=True, kw_only=True):
    """What the frames took. The first one is start-up: seconds, CPU and media time count from when it was done with."""

    frames: int
    """All of them."""
    seconds: float
    cpu_s: float
    """Of the process, all threads together."""
    start_s: float
    """From the start of the process until the first frame was done with."""
    peak_mb: float
    """Most memory that was resident at one time, in units of 2**20 bytes."""

    @property
    def fps(self) -> float | None:
        """Frames per second; None where there is but one frame."""
        return (self.frames - 1) / self.seconds if self.frames > 1 and self.seconds > 0 else None

    @property
    def cpu_per_frame(self) -> float | None:
        """CPU seconds; None where there is but one frame."""
        return self.cpu_s / (self.frames - 1) if self.frames > 1 else None


class Decoding(Struct, frozen=True, kw_only=True, tag="decode"):
    """The clip decoded with the settings of a run, and the pictures thrown away."""

    pace: Pace
    size: tuple[int, int]
    """Width and height in pixels."""
    rate: float | None
    """Nominal frames per second."""
    media_s: float
    """Media seconds from the first frame to the last."""


class StageShare(Struct, frozen=True, kw_only=True):
    """What a stage did between the start of capture and the end."""

    stage: str
    busy_s: float
    """Seconds that it worked, or waited for a network that worked for it."""
    counts: dict[str, int]
    """Frames, and what else it counts: detections, readings."""


class Wall(Struct, frozen=True, kw_only=True):
    """Where the time of the whole process went, in seconds, one part after the other."""

    imports_s: float
    """From the start of the process until its code is there."""
    load_s: float
    """Until the models are loaded and the clip is open."""
    first_s: float
    """Until the first frame is done with: networks are compiled for its shape, or taken from the cache."""
    frames_s: float
    """Until the last event is out."""


class Running(Struct, frozen=True, kw_only=True, tag="run"):
    """The whole graph, without sinks."""

    pace: Pace
    wall: Wall
    stages: tuple[StageShare, ...]
    passed: int
    """Frames that the gate let through."""
    detections: int
    readings: int
    tracks: int
    """Texts that were said."""
    precision: str
    """Of the arithmetic: f32, bf16 or f16."""
    problem: str | None = None
    """What was passed over: a truncated file, say."""
    tally: Tally | None = None
    """Against the ground truth, if that was asked for and there is some."""


class Reading(Struct, frozen=True, kw_only=True, tag="rapidocr"):
    """RapidOCR over every frame, as its README shows it."""

    pace: Pace


class Refusal(Struct, frozen=True, kw_only=True, tag="refusal"):
    """It cannot be measured."""

    error: str
    """Name of the kind of error."""
    message: str


Answer: TypeAlias = Decoding | Running | Reading | Refusal
