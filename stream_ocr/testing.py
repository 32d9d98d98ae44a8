"""For tests of one's own: replay recorded video and look at the events."""

from pathlib import Path
from typing import Any

from stream_ocr.api import events
from stream_ocr.messages import TextEvent

__all__ = ["replay"]


def replay(media: str | Path, **settings: Any) -> list[TextEvent]:
    """All events of a recording, in order; two replays of a file differ in `wall`, `age_ms` and `id` only.

    `settings` are sections of a config, as in `replay("clip.mp4", stages={"detect": {"max_side": 736}})`. The
    arithmetic is pinned to f32 unless `ocr` says otherwise, so that a test gives the same texts on every machine.
    Raises what `stream_ocr.run` raises.
    """
    ocr = {"precision": "f32", **settings.pop("ocr", {})}
    return list(events(media, ocr=ocr, **settings))
