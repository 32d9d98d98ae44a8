"""A store that does not get to know the texts that are to be hidden."""

from stream_ocr.messages import Crop, TextEvent
from stream_ocr.redaction import Policy
from stream_ocr.sinks import EventSink, Item, Showing

__all__ = ["Masked"]


class Masked:
    """An event sink that is told of hidden texts where and when they were, but not what they say."""

    def __init__(self, sink: EventSink, policy: Policy) -> None:
        self._sink = sink
        self._policy = policy

    def write(self, item: Item) -> None:
        """Takes one item. Raises as the sink does."""
        self._sink.write(self._policy.masked(item) if isinstance(item, TextEvent) else item)

    def show(self, crop: Crop) -> None:
        """Takes a picture, which is of a text that may be seen. Raises as the sink does."""
        if isinstance(self._sink, Showing):
            self._sink.show(crop)

    def poll(self) -> None:
        """Lets the sink do what is due."""
        self._sink.poll()

    def close(self) -> None:
        """Closes the sink."""
        self._sink.close()
