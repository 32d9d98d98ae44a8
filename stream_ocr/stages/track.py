"""Following lines from frame to frame."""

from collections.abc import Iterator

import msgspec

from stream_ocr.config import TrackConfig
from stream_ocr.messages import (
    EndOfStream,
    FrameText,
    Message,
)
from stream_ocr.stages.stage import Of, Stage
from stream_ocr.tracking.association import Tracker

__all__ = ["Track"]


class Track(Stage[FrameText]):
    """Gives each box its track."""

    name = "track"

    def __init__(self, settings: Of[TrackConfig], first: int = 1) -> None:
        """`first`: where the numbers of tracks and places begin."""
        super().__init__()
        self._first = first
        self._settings = settings
        self._trackers: dict[str, Tracker] = {}

    def work(self, message: FrameText) -> Iterator[Message]:
        """Tracks the lines of one frame."""
        source = message.frame.source
        tracker = self._trackers.get(source)
        if tracker is None:
            tracker = self._trackers[source] = Tracker(self._settings(source), self._first)
        yield tracker.update(message)

    def finish(self, end: EndOfStream) -> Iterator[Message]:
        """Ends every track of the source; its numbers go on if it comes back."""
        tracker = self._trackers.get(end.source)
        if end.final:
            self._trackers.pop(end.source, None)
        ended = () if tracker is None else tracker.finish(end.reason, end.pts)
        yield msgspec.structs.replace(end, ended=ended)
