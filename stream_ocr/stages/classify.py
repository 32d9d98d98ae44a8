"""Finding out which way up lines are."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from stream_ocr.config import ClassifyConfig
from stream_ocr.geometry import as_read, crop
from stream_ocr.messages import (
    Direction,
    EndOfStream,
    FrameText,
    Line,
    Message,
)
from stream_ocr.stages.stage import Of, Stage

if TYPE_CHECKING:
    # They are made elsewhere, by those who need OpenVINO.
    from stream_ocr.inference import Classifier

__all__ = ["Classify"]


class _Direction:
    """The direction of one track, voted over a few looks, then fixed."""

    def __init__(self) -> None:
        self.looks = 0
        self.upside_down = 0

    def add(self, direction: Direction) -> None:
        self.looks += 1
        self.upside_down += direction == 180

    @property
    def voted(self) -> Direction:
        return 180 if 2 * self.upside_down > self.looks else 0


class Classify(Stage[FrameText]):
    """Finds out which way up a track is; the quads it sends on begin at the text's own top left."""

    name = "classify"

    def __init__(self, classifier: "Classifier", settings: Of[ClassifyConfig]) -> None:
        super().__init__()
        self._classifier = classifier
        self._settings = settings
        self._directions: dict[tuple[str, int], _Direction] = {}

    def work(self, message: FrameText) -> Iterator[Message]:
        """Looks at the tracks that are not decided yet, and turns the quads of those upside down."""
        source = message.frame.source
        config = self._settings(source)
        known = [self._directions.setdefault((source, line.track), _Direction()) for line in message.lines]
        if config.enabled:
            self._look(message, known, config)
        lines = tuple(_turned(line, direction.voted) for line, direction in zip(message.lines, known, strict=True))
        for over in message.ended:
            self._directions.pop((source, over.track), None)
        yield msgspec.structs.replace(message, lines=lines)

    def _look(self, text: FrameText, known: Sequence[_Direction], config: ClassifyConfig) -> None:
        """Adds a look to each line that was detected anew and is not decided."""
        undecided = [
            (line, direction)
            for line, direction in zip(text.lines, known, strict=True)
            if not line.carried and direction.looks < config.votes
        ]
        turns = self._classifier.classify([crop(text.frame.image, line.quad) for line, _ in undecided])
        for (_, direction), turn in zip(undecided, turns, strict=True):
            direction.add(turn.direction if turn.probability >= config.threshold else 0)
        self._count(text.frame.source, "looks", len(undecided))

    def finish(self, end: EndOfStream) -> Iterator[Message]:
        """Forgets the source."""
        self._directions = {key: value for key, value in self._directions.items() if key[0] != end.source}
        yield end


def _turned(line: Line, direction: Direction) -> Line:
    return msgspec.structs.replace(line, quad=as_read(line.quad, direction), direction=direction)
