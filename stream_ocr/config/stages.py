"""Settings of the stages."""

import re
from typing import Annotated, Literal

from msgspec import Meta, Struct

from stream_ocr.config.fields import Fraction

__all__ = [
    "AnnotateConfig",
    "ClassifyConfig",
    "DetectConfig",
    "GateConfig",
    "Placed",
    "RecognizeConfig",
    "StagesConfig",
    "TrackConfig",
]

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
    """Searches for text per second of media time and source at most."""
    least_rate: Annotated[float, Meta(gt=0.0, le=1000.0)] = 2.5
    """The same while none of them finds anything new."""
    whole_every: Annotated[float, Meta(ge=0.0, le=3600.0)] = 2.0
    """Seconds after which the whole picture is searched, not only what changed; 0: always."""
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
