"""A stored text as others take it."""

from datetime import UTC, datetime

import msgspec

from stream_ocr.store import Sighting

__all__ = ["iso", "local", "record"]


def record(text: Sighting, *, alike: bool = False) -> str:
    """One line of JSON: the newest event of the text, when it began and ended, and how like the query it is."""
    content = msgspec.to_builtins(text.event)
    content |= {"began": iso(text.began), "ended": None if text.ended is None else iso(text.ended)}
    if alike:
        content["likeness"] = round(text.likeness, 3)
    return msgspec.json.encode(content).decode()


def iso(moment: float) -> str:
    """Unix seconds in ISO 8601, UTC, milliseconds."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local(moment: float) -> datetime:
    """Unix seconds in the zone of this machine."""
    return datetime.fromtimestamp(moment, UTC).astimezone()
