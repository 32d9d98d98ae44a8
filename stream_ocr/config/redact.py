"""Which texts no picture may show."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from stream_ocr import patterns
from stream_ocr.config.fields import Name

__all__ = ["RedactConfig"]

_LONGEST = 10.0


class RedactConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Lines that are covered in every picture that leaves: videos, published frames, pictures of texts in a store."""

    match: str | None = None
    """A regular expression: lines in which it is found are covered."""
    tags: list[Name] = msgspec.field(default_factory=list)
    """Instead of `match`: lines with one of these tags, which rules give."""
    but: str | None = msgspec.field(default=None, name="except")
    """Instead of both: every line is covered but those in which it is found."""
    delay: Annotated[float, Meta(extra_json_schema={"minimum": 0, "maximum": _LONGEST})] = 0.0
    """Seconds of media time by which pictures are held back, so that a text is covered before it is known, too."""
    stored: Literal["text", "masked"] = "text"
    """What a store keeps of such a line: its text, or `[redacted]`. Its picture is never kept."""

    def __post_init__(self) -> None:
        chosen = [name for name, value in (("match", self.match), ("tags", self.tags), ("except", self.but)) if value]
        if len(chosen) != 1:
            raise ValueError(f"expected one of match, tags and except, got {' and '.join(chosen) or 'none'}")
        patterns.check(self.match or self.but or "", chosen[0])
        if not 0 <= self.delay <= _LONGEST:
            raise ValueError(
                f"delay: expected 0 to {_LONGEST:g} s, because what is held back takes memory, got {self.delay:g}"
            )
