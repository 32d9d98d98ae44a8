"""A stage: only the largest lines are read."""

from typing import Annotated

from msgspec import Meta, Struct, structs

from stream_ocr.geometry import height
from stream_ocr.messages import FrameText


class LargestSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of the stage `largest`."""

    count: Annotated[int, Meta(ge=1, le=1000)] = 5


class Largest:
    """Lets the highest lines of each frame through."""

    Settings = LargestSettings
    after = ("detect", "track")
    """What is read already has been paid for."""

    def __init__(self, settings: LargestSettings) -> None:
        self._count = settings.count

    def work(self, text: FrameText) -> FrameText:
        """The same frame with the lines that are to go on."""
        largest = sorted(text.lines, key=lambda line: height(line.quad), reverse=True)[: self._count]
        return structs.replace(text, lines=tuple(line for line in text.lines if line in largest))

    def finish(self, source: str) -> None:
        """The source is over, or lost: forget what is kept of it."""

    def close(self) -> None:
        """Called once, at the end of the run."""
