"""The kinds of values that settings have."""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from stream_ocr import durations, polygons

__all__ = [
    "Backlog",
    "Corners",
    "Duration",
    "Endpoint",
    "FilePath",
    "Fraction",
    "Name",
    "Polygons",
    "Precision",
    "Seconds",
]

Fraction: TypeAlias = Annotated[float, Meta(ge=0.0, le=1.0)]
Seconds: TypeAlias = Annotated[float, Meta(ge=0.0)]
Name: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Endpoint: TypeAlias = Annotated[str, Meta(pattern=r"^(tcp|ipc)://.+$")]
FilePath: TypeAlias = Annotated[str, Meta(min_length=1)]
Backlog: TypeAlias = Annotated[int, Meta(ge=1, le=1_000_000)]
Duration: TypeAlias = Annotated[str, Meta(pattern=durations.PATTERN)]
Precision: TypeAlias = Literal["auto", "f32", "bf16", "f16"]
Corners: TypeAlias = Annotated[polygons.Polygon, Meta(extra_json_schema={"minItems": 3})]
Polygons: TypeAlias = Annotated[list[Corners], Meta(max_length=64)]
