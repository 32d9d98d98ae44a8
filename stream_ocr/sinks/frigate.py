"""Events in the shape in which Frigate publishes its own, for automations that were made for those. Pure.

https://docs.frigate.video/integrations/mqtt/ has the shape. A text is an object with the label `text`; its text and
confidence are the `sub_label`. Frigate has no field for what a text was read as by others, or for its direction.
"""

from collections import OrderedDict
from datetime import datetime
from typing import Any

from stream_ocr.messages import TextEvent

__all__ = ["Frigate"]

_TYPES = {"appear": "new", "update": "update", "disappear": "end"}
_MAX_OPEN = 10_000


class Frigate:
    """Remembers how each text was told of last: that is `before` in what is said next."""

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[str, int], dict[str, Any]] = OrderedDict()

    def of(self, event: TextEvent) -> dict[str, Any]:
        """The message for an event."""
        key = (event.source, event.track)
        after = _state(event)
        before = self._last.pop(key, after)
        if event.kind != "disappear":
            self._last[key] = after
            if len(self._last) > _MAX_OPEN:
                self._last.popitem(last=False)
        return {"type": _TYPES[event.kind], "before": before, "after": after}


def _state(event: TextEvent) -> dict[str, Any]:
    left, top, right, bottom = _box(event)
    zones = [] if event.region is None else [event.region]
    return {
        "id": f"{event.id.partition('-')[0]}-{event.source}-{event.track}",
        "camera": event.source,
        "frame_time": _unix(event, event.at),
        "snapshot": None,
        "label": "text",
        "sub_label": [event.text, event.confidence],
        "top_score": event.confidence,
        "false_positive": False,
        "start_time": _unix(event, event.start),
        "end_time": None if event.end is None else _unix(event, event.end),
        "score": event.confidence,
        "box": [left, top, right, bottom],
        "area": (right - left) * (bottom - top),
        "ratio": round((right - left) / max(1, bottom - top), 6),
        "region": [0, 0, *event.size],
        "current_zones": [] if event.kind == "disappear" else zones,
        "entered_zones": zones,
        "thumbnail": None,
        "has_snapshot": False,
        "has_clip": False,
        "active": event.kind != "disappear",
        "stationary": False,
        "motionless_count": 0,
        "position_changes": 0,
        "attributes": {},
        "current_attributes": [],
    }


def _box(event: TextEvent) -> tuple[int, int, int, int]:
    across, down = zip(*event.quad, strict=True)
    return round(min(across)), round(min(down)), round(max(across)), round(max(down))


def _unix(event: TextEvent, media: float) -> float:
    """Unix seconds of a media time, where there is a clock; else the media time itself."""
    if event.wall is None:
        return media
    return round(datetime.fromisoformat(event.wall).timestamp() + media - event.at, 3)
