"""What a subscriber hears: events as they were published, and which of them are news."""

import msgspec

from stream_ocr.errors import WireError
from stream_ocr.messages import TextEvent

__all__ = ["Known", "event_of"]

_MAX_KNOWN = 10_000


def event_of(endpoint: str, content: bytes) -> TextEvent:
    """The event that was heard at `endpoint`. Raises WireError: it is none."""
    try:
        return msgspec.json.decode(content, type=TextEvent)
    except msgspec.DecodeError as error:
        raise WireError(f"{endpoint}: expected an event of version 1, got something else: {error}") from error


class Known:
    """What is visible as far as we were told, to tell news from what the publisher repeats for latecomers."""

    def __init__(self) -> None:
        self._visible: dict[tuple[str, int], TextEvent] = {}

    def is_news(self, event: TextEvent) -> bool:
        """Whether the event says something that the one before about this text did not."""
        key = (event.source, event.track)
        before = self._visible.pop(key, None)
        if event.kind != "disappear":
            if len(self._visible) >= _MAX_KNOWN:
                del self._visible[next(iter(self._visible))]
            self._visible[key] = event
        return event != before
