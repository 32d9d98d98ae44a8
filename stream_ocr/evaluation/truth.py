"""Ground truth: what a clip shows, line by line, as its `CLIP.gt.json` says it."""

import re
from collections.abc import Sequence
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, Struct

from stream_ocr.errors import TruthError

__all__ = ["TruthLine", "check_end", "parse_truth"]

_SLACK = 0.5
"""Seconds by which a line may be said to last beyond the end of its clip."""
_PLACE = re.compile(r" - at `\$\.?(?P<field>.*)`$")

MediaSeconds: TypeAlias = Annotated[float, Meta(ge=0.0)]


class TruthLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of text during one showing."""

    text: Annotated[str, Meta(min_length=1)]
    first_s: MediaSeconds
    """Media seconds of the first frame on which the whole line can be read."""
    last_s: MediaSeconds
    """Media seconds of the last one."""
    optional: bool = False
    """Counts neither as missed nor as wrong."""
    accept: tuple[str, ...] = ()
    """Further readings that are as good as `text`."""
    kind: str = ""
    conf: str = ""
    """How sure whoever wrote it is; a remark like all that follow."""
    lang: str = ""
    role: str = ""
    source: str = ""
    as_printed: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if self.last_s < self.first_s:
            raise ValueError(f"expected first_s before last_s, got {self.first_s:g} and {self.last_s:g}")


def parse_truth(content: bytes, name: str) -> tuple[TruthLine, ...]:
    """The lines in the JSON text `content`, in its order; `name` stands in error lines.

    Raises TruthError: it is not JSON, not a list, or one of its entries is no line.
    """
    try:
        entries = msgspec.json.decode(content, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TruthError(f"{name}: expected a JSON list of lines: {_reason(error)}") from error
    return tuple(_line(entry, f"{name}: entry {number}") for number, entry in enumerate(entries, 1))


def check_end(lines: Sequence[TruthLine], end: float, name: str) -> None:
    """Compares the times of `lines` with the end of their clip, in media seconds; half a second of slack is given.

    Raises TruthError with the first line that lies beyond it.
    """
    for number, line in enumerate(lines, 1):
        if line.last_s > end + _SLACK:
            raise TruthError(
                f"{name}: entry {number}: expected last_s within the clip, which ends at {end:.2f} s, "
                f"got {line.last_s:g}"
            )


def _line(entry: msgspec.Raw, title: str) -> TruthLine:
    try:
        return msgspec.json.decode(entry, type=TruthLine)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TruthError(f"{title}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """What msgspec says, in our words: `last_s: expected float, got str`."""
    message = str(error)
    place = _PLACE.search(message)
    field = place["field"] if place else ""
    message = (message[: place.start()] if place else message).replace("`", "")
    message = message.replace("Object contains unknown field", "unknown key")
    message = message.replace("Object missing required field", "missing key")
    message = message if message.startswith("JSON") else message[0].lower() + message[1:]
    return f"{field}: {message}" if field else message
