"""Stages of other packages."""

from collections.abc import Iterator
from typing import Any

from stream_ocr import plugins
from stream_ocr.config import StagePlugin
from stream_ocr.errors import StageError
from stream_ocr.messages import EndOfStream, Frame, FrameText, Message
from stream_ocr.stages.stage import Stage

__all__ = ["Plugged"]


class Plugged(Stage[FrameText]):
    """A stage of another package: for each frame with its lines it gives the same frame, with lines of its choice."""

    def __init__(self, name: str, settings: StagePlugin) -> None:
        """Raises StageError: it cannot be made."""
        super().__init__()
        self.name = name
        self._blame = plugins.Blame(f"stage {name}")
        with self._blame:
            self._stage: Any = plugins.load("stages", settings.kind)(settings.settings)

    def work(self, message: FrameText) -> Iterator[Message]:
        """Raises StageError: it raised something, or gave something else than this frame with its lines."""
        with self._blame:
            given: object = self._stage.work(message)
        if not isinstance(given, FrameText):
            raise StageError(f"stage {self.name}: expected a FrameText, got {type(given).__name__}")
        if _which(given.frame) != _which(message.frame):
            raise StageError(f"stage {self.name}: expected {_which(message.frame)}, got {_which(given.frame)}")
        yield given

    def finish(self, end: EndOfStream) -> Iterator[Message]:
        """Lets it forget the source."""
        with self._blame:
            self._stage.finish(end.source)
        yield end

    def close(self) -> None:
        """Lets it release what it holds."""
        with self._blame:
            self._stage.close()


def _which(frame: Frame) -> str:
    return f"frame {frame.seq} of {frame.source}, epoch {frame.epoch}"
