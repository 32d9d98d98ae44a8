"""Reading lines."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from stream_ocr.config import RecognizeConfig
from stream_ocr.geometry import bounds, crop
from stream_ocr.messages import (
    EndOfStream,
    Frame,
    FrameText,
    Line,
    Message,
)
from stream_ocr.stages.stage import Of, Stage
from stream_ocr.tracking.appearance import look, touched
from stream_ocr.tracking.ledger import Ledger
from stream_ocr.tracking.voting import Reading

if TYPE_CHECKING:
    # They are made elsewhere, by those who need OpenVINO.
    from stream_ocr.inference import Recognizer

__all__ = ["Recognize"]


class Recognize(Stage[FrameText]):
    """Reads the lines that are worth reading."""

    name = "recognize"

    def __init__(self, recognizer: "Recognizer", settings: Of[RecognizeConfig], first: int = 1) -> None:
        """`first`: where the numbers of texts begin."""
        super().__init__()
        self._first = first
        self._recognizer = recognizer
        self._settings = settings
        self._ledgers: dict[str, Ledger] = {}

    def work(self, message: FrameText) -> Iterator[Message]:
        """Plans, reads and votes."""
        frame = message.frame
        ledger = self._ledgers.setdefault(frame.source, Ledger(self._settings(frame.source), self._first))
        looks = {
            index: look(frame.image, ledger.view(line))
            for index, line in enumerate(message.lines)
            if _fresh(line, frame) or ledger.pending(line)
        }
        wanted = ledger.plan(message, looks)
        texts = self._recognizer.read([crop(frame.image, message.lines[index].quad) for index in wanted])
        self._count(frame.source, "readings", len(wanted))
        readings = {
            index: Reading(read.text.strip(), read.confidence) for index, read in zip(wanted, texts, strict=True)
        }
        yield ledger.update(message, looks, readings)

    def finish(self, end: EndOfStream) -> Iterator[Message]:
        """Ends the texts of the source; their numbers go on if it comes back."""
        ledger = self._ledgers.get(end.source)
        if end.final:
            self._ledgers.pop(end.source, None)
        ended = () if ledger is None else ledger.forget(end.ended)
        yield msgspec.structs.replace(end, ended=ended)


def _fresh(line: Line, frame: Frame) -> bool:
    """Whether the picture of the line may have changed since the frame before."""
    return not line.carried or touched(frame.dirty, bounds(line.quad), frame.size)
