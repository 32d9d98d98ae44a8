"""Handing frames and what is known of them to those who show them."""

from stream_ocr.messages import (
    EndOfStream,
    FrameText,
    Message,
    SourceStatus,
    StageStats,
)
from stream_ocr.sinks import Item
from stream_ocr.sinks.outlets import Outlets
from stream_ocr.sinks.studio import Shown
from stream_ocr.stages.stage import Stage

__all__ = ["Annotate"]


class Annotate(Stage[FrameText]):
    """Hands frames to the frame sinks, each of which draws them in a thread and a manner of its own."""

    name = "annotate"

    def __init__(self, outlets: Outlets[Shown]) -> None:
        super().__init__()
        self._outlets = outlets

    def work(self, message: FrameText) -> tuple[Message, ...]:
        """Hands over one frame."""
        self._outlets.put(message)
        self._look_after()
        return ()

    def settle(self) -> tuple[Message, ...]:
        """Looks after the sinks."""
        self._look_after()
        return ()

    def finish(self, end: EndOfStream) -> tuple[Message, ...]:
        """Lets the sinks show what they hold back of the source."""
        self._outlets.put(end)
        return (end,)

    def relay(self, message: Item) -> tuple[Message, ...]:
        """Learns which sources are live."""
        if isinstance(message, SourceStatus):
            self._outlets.hear(message)
        return ()

    def report(self, stats: StageStats) -> tuple[Message, ...]:
        """Leaves the report where publish finds it: no link leads back."""
        self._outlets.desk.news.append(stats)
        return ()

    def close(self) -> None:
        """Lets the sinks finish, and closes them."""
        self._outlets.close()
        self.failed = self.failed or self._outlets.failure(ending=True)

    def _look_after(self) -> None:
        """Hands on what there is to say about sinks, and notices that one has failed."""
        self._outlets.desk.news.extend(self._outlets.news())
        self.failed = self.failed or self._outlets.failure()
