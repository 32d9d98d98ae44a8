"""Which texts no picture may show."""

import re
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

__all__ = ["RedactConfig"]

Pattern = Annotated[str, Meta(min_length=1, max_length=10_000)]

_LONGEST = 10.0


class RedactConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Lines that are covered in every picture that leaves: videos and published frames."""

    match: Pattern | None = None
    """A regular expression: lines in which it is found are covered."""
    but: Pattern | None = msgspec.field(default=None, name="except")
    """Instead of `match`: every line is covered but those in which it is found."""
    delay: Annotated[float, Meta(extra_json_schema={"minimum": 0, "maximum": _LONGEST})] = 0.0
    """Seconds of media time by which pictures are held back, so that a text is covered before it is known, too."""

    def __post_init__(self) -> None:
        if (self.match is None) == (self.but is None):
            raise ValueError(f"expected one of match and except, got {'none' if self.match is None else 'both'}")
        name, pattern = ("match", self.match) if self.match is not None else ("except", self.but)
        assert pattern is not None
        try:
            re.compile(pattern)
        except re.error as error:
            place = "" if error.pos is None else f" at character {error.pos + 1}"
            raise ValueError(f"{name}: expected a regular expression, got {pattern}: {error.msg}{place}") from None
        if not 0 <= self.delay <= _LONGEST:
            raise ValueError(
                f"delay: expected 0 to {_LONGEST:g} s, because what is held back takes memory, got {self.delay:g}"
            )
