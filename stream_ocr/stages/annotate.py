"""Drawing what is known."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stream_ocr.annotate import Annotator
from stream_ocr.config import AnnotateConfig
from stream_ocr.messages import (
    EndOfStream,
    FrameText,
    Message,
    SourceStatus,
    StageStats,
)
from stream_ocr.regions import WHOLE_PICTURE, Regions
from stream_ocr.sinks import Item
from stream_ocr.sinks.outlets import Drawn, Outlets

if TYPE_CHECKING:
    # They are made elsewhere, by those who need OpenVINO.
    pass

from stream_ocr.stages.stage import Of, Stage

__all__ = ["Annotate"]


class Annotate(Stage[FrameText]):
    """Draws what is known on a copy of the frame and hands it to the frame sinks."""

    name = "annotate"

    def __init__(
        self, outlets: Outlets[Drawn], settings: Of[AnnotateConfig], regions: Mapping[str, Regions] = {}
    ) -> None:
        """`regions` by source; one that is not named has the whole picture."""
        super().__init__()
        self._regions = regions
        self._outlets = outlets
        self._settings = settings
        self._annotators: dict[str, Annotator] = {}

    def work(self, message: FrameText) -> tuple[Message, ...]:
        """Draws one frame."""
        source = message.frame.source
        annotator = self._annotators.get(source)
        if annotator is None:
            annotator = Annotator(self._settings(source), self._regions.get(source, WHOLE_PICTURE))
            self._annotators[source] = annotator
        drawn = annotator.draw(message.frame.image, message.lines)
        self._outlets.put((message.frame, drawn))
        self._look_after()
        return ()

    def settle(self) -> tuple[Message, ...]:
        """Looks after the sinks."""
        self._look_after()
        return ()

    def finish(self, end: EndOfStream) -> tuple[Message, ...]:
        """Forgets the source."""
        self._annotators.pop(end.source, None)
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
