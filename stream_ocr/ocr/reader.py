"""One picture to its lines, synchronously: detect, crop, turn, read.

The steps and their parameters are those of RapidOCR 3.10, and so is the text, but for lines that RapidOCR reads upside
down and pictures that are too large for it.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import cv2
import msgspec
import numpy as np

from stream_ocr.errors import SourceError
from stream_ocr.geometry import as_read, crop, shift
from stream_ocr.messages import Direction, Image, Line
from stream_ocr.ocr.alphabet import Reading
from stream_ocr.ocr.classify import Turn
from stream_ocr.ocr.detect import SHORT_SIDE, Detected, reading_order
from stream_ocr.ocr.framing import barred, framed
from stream_ocr.ocr.tiles import merged, tiles

__all__ = ["Reader"]

_WHOLE = 4000
"""Longer side up to which a picture is read whole, as RapidOCR does; beyond, scaled down to 2000 pixels, ordinary
print would be lost."""
_AT_ONCE = 1000
"""Lines that are cropped and read in one go."""
_TURN = 0.9
"""Probability above which a line is taken as upside down."""
_DOUBTFUL = 0.9
"""Confidence below which a reading may have been made the wrong way up."""
_MIN_CONFIDENCE = 0.5


class FindsLines(Protocol):
    """Detection."""

    def detect(self, image: Image) -> list[Detected]:
        """The lines of a picture, in reading order."""
        ...


class TellsDirection(Protocol):
    """Direction."""

    def classify(self, crops: Sequence[Image]) -> list[Turn]:
        """Which way up each crop is."""
        ...


class ReadsLines(Protocol):
    """Recognition."""

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        """What each crop says."""
        ...


class Reader:
    """Reads single pictures. Not for several threads at once."""

    def __init__(self, detector: FindsLines, classifier: TellsDirection, recognizer: ReadsLines) -> None:
        self._detector = detector
        self._classifier = classifier
        self._recognizer = recognizer

    def read(self, image: Image) -> list[Line]:
        """The lines of a picture of shape (height, width, 3), uint8, BGR, in reading order; none where is no text.

        Raises SourceError where `image` is no such array, ModelError where inference fails.
        """
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
            raise SourceError(
                f"picture: expected an array of shape (height, width, 3), uint8, got {image.shape}, {image.dtype}"
            )
        if max(image.shape[:2]) > _WHOLE:
            return self._read(image, self._found_in_tiles(image))
        frame = framed(image)
        lines = self._read(frame.image, self._detector.detect(frame.image))
        return [msgspec.structs.replace(line, quad=frame.in_source(line.quad)) for line in lines]

    def _found_in_tiles(self, image: Image) -> list[Detected]:
        """The lines of a large picture, in its pixels."""
        boxes, factor = tiles((image.shape[1], image.shape[0]))
        found = []
        for box in boxes:
            left, top, right, bottom = box
            frame = barred(image[top:bottom, left:right], factor, SHORT_SIDE)
            lines = self._detector.detect(frame.image)
            found.append((box, [Detected(shift(frame.in_source(one.quad), left, top), one.score) for one in lines]))
        return reading_order(merged(found))

    def _read(self, image: Image, found: Sequence[Detected]) -> list[Line]:
        """Reads lines, at most a thousand at once; those that say nothing, or are unsure, are left out."""
        lines: list[Line] = []
        for start in range(0, len(found), _AT_ONCE):
            batch = found[start : start + _AT_ONCE]
            read = self._directed([crop(image, one.quad) for one in batch])
            lines += map(_line, batch, read)
        return [line for line in lines if line.text.strip() and line.confidence >= _MIN_CONFIDENCE]

    def _directed(self, crops: Sequence[Image]) -> list["_Read"]:
        """What each crop says, and in which direction."""
        turns = self._classifier.classify(crops)
        read = self._in_directions(crops, [turn.direction if turn.probability > _TURN else 0 for turn in turns])
        # What leans towards 180 degrees and reads badly may stand the other way: the surer reading wins.
        doubtful = [i for i, turn in enumerate(turns) if turn.direction == 180 and read[i].confidence < _DOUBTFUL]
        others = self._in_directions(
            [crops[index] for index in doubtful], [180 if read[index].direction == 0 else 0 for index in doubtful]
        )
        for index, other in zip(doubtful, others, strict=True):
            if other.confidence > read[index].confidence:
                read[index] = other
        return read

    def _in_directions(self, crops: Sequence[Image], directions: Sequence[Direction]) -> list["_Read"]:
        readings = self._recognizer.read(list(map(_upright, crops, directions)))
        return [_Read(direction, *reading) for direction, reading in zip(directions, readings, strict=True)]


class _Read(NamedTuple):
    direction: Direction
    text: str
    confidence: float


def _upright(piece: Image, direction: Direction) -> Image:
    return piece if direction == 0 else np.asarray(cv2.rotate(piece, cv2.ROTATE_180), np.uint8)


def _line(found: Detected, read: _Read) -> Line:
    return Line(
        quad=as_read(found.quad, read.direction),
        score=found.score,
        direction=read.direction,
        text=read.text,
        confidence=read.confidence,
        reads=1,
        agreement=1.0,
        settled=True,
    )
