"""Settings of the sources."""

from itertools import combinations
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from stream_ocr import polygons
from stream_ocr.config.fields import Corners, Name, Polygons, Seconds
from stream_ocr.config.stages import Placed, StagesConfig

__all__ = ["ReconnectConfig", "RegionConfig", "SourceConfig"]


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


class RegionConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the picture that has a name."""

    polygon: Corners
    """Its corners [x, y] in fractions of the picture."""
    min_height: Annotated[float, Meta(ge=0.0)] = 0.0
    """Lines in it whose box is less high, in pixels of the source frame, are not read; 0: as the source says."""
    rectify: bool = False
    """It is the four-cornered outline of something flat that is seen from aside, and looked at as if from the front;
    the first corner is its own top left one, and the others follow clockwise."""

    def __post_init__(self) -> None:
        polygons.check(self.polygon, "polygon")
        if self.rectify and not polygons.is_outline(self.polygon):
            raise ValueError("polygon: expected four corners clockwise, none of them notched, with `rectify`")


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
    options: dict[str, str] = msgspec.field(default_factory=dict)
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
    include: Polygons = msgspec.field(default_factory=list)
    """Where text is looked for: polygons of points [x, y] in fractions of the picture; empty: everywhere."""
    exclude: Polygons = msgspec.field(default_factory=list)
    """Where it is not, even inside `include`. A line is where the centre of its box is."""
    regions: Annotated[dict[Name, RegionConfig | Corners], Meta(max_length=64)] = msgspec.field(default_factory=dict)
    """Parts of the picture by name, which events of lines in them carry: a polygon, or one with settings."""
    elsewhere: bool = True
    """Text outside of all `regions` is read, too."""
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
        self._check_regions()

    def named(self) -> dict[str, RegionConfig]:
        """The regions by name, each with its settings."""
        return {
            name: given if isinstance(given, RegionConfig) else RegionConfig(polygon=given)
            for name, given in self.regions.items()
        }

    def _check_regions(self) -> None:
        for name, given in self.regions.items():
            if not isinstance(given, RegionConfig):
                polygons.check(given, f"regions.{name}")
            polygon = given.polygon if isinstance(given, RegionConfig) else given
            if polygons.Area([polygon], self.exclude).empty:
                raise ValueError(f"regions.{name}: expected `exclude` to leave some of it")
            if self.include and not polygons.overlap(polygon, self.include):
                raise ValueError(f"regions.{name}: expected some of it to be in `include`")
        for (name, region), (other, there) in combinations(self.named().items(), 2):
            if polygons.overlap(region.polygon, [there.polygon]):
                raise ValueError(f"regions.{other}: expected it apart from the region {name}, got two that overlap")
        if not self.elsewhere and (self.include or not self.regions):
            raise ValueError("elsewhere: expected `regions`, and no `include`, with elsewhere: false")
