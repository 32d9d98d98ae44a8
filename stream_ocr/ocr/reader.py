"""One picture to its lines, synchronously: detect, crop, turn, read. The steps are those of RapidOCR 3.10."""

from collections.abc import Sequence
from typing import Protocol

import cv2
import msgspec
import numpy as np

from stream_ocr.errors import SourceError
from stream_ocr.geometry import as_read, crop, scale, shift
from stream_ocr.messages import Direction, Image, Line
from stream_ocr.ocr.alphabet import Reading
from stream_ocr.ocr.classify import Turn
from stream_ocr.ocr.detect import Detected, reading_order
from stream_ocr.ocr.framing import framed
from stream_ocr.ocr.tiles import merged, tiles

__all__ = ["Reader"]

_WHOLE = 4000
"""Longer side up to which a picture is read whole, as RapidOCR does; beyond, scaled down to 2000 pixels, ordinary
print would be lost."""
_AT_ONCE = 1000
_TURN = 0.9
_DOUBTFUL = 0.9
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
        boxes, shrink = tiles((image.shape[1], image.shape[0]))
        found = []
        for box in boxes:
            left, top, right, bottom = box
            frame = framed(_reduced(image[top:bottom, left:right], shrink))
            quads = [(frame.in_source(one.quad), one.score) for one in self._detector.detect(frame.image)]
            found.append(
                (box, [Detected(shift(scale(quad, shrink, shrink), left, top), score) for quad, score in quads])
            )
        return reading_order(merged(found))

    def _read(self, image: Image, found: Sequence[Detected]) -> list[Line]:
        """Reads lines, at most a thousand at once; those that say nothing, or are unsure, are left out."""
        lines: list[Line] = []
        for start in range(0, len(found), _AT_ONCE):
            batch = found[start : start + _AT_ONCE]
            read = self._directed([crop(image, one.quad) for one in batch])
            lines += [_line(one, *directed) for one, directed in zip(batch, read, strict=True)]
        return [line for line in lines if line.text.strip() and line.confidence >= _MIN_CONFIDENCE]

    def _directed(self, crops: Sequence[Image]) -> list[tuple[Direction, Reading]]:
        """The direction of each crop and what it says in that direction."""
        turns = self._classifier.classify(crops)
        directions: list[Direction] = [180 if turn[0] == 180 and turn[1] > _TURN else 0 for turn in turns]
        readings = self._recognizer.read(list(map(_upright, crops, directions)))
        read = list(zip(directions, readings, strict=True))
        # Lines are rarely upside down, and now and then one is mistaken for it: it then reads badly.
        doubtful = [index for index, (way, reading) in enumerate(read) if way == 180 and reading[1] < _DOUBTFUL]
        for index, reading in zip(doubtful, self._recognizer.read([crops[index] for index in doubtful]), strict=True):
            if reading.confidence > readings[index].confidence:
                read[index] = (0, reading)
        return read


def _reduced(image: Image, shrink: int) -> Image:
    if shrink == 1:
        return image
    size = (image.shape[1] // shrink, image.shape[0] // shrink)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _upright(piece: Image, direction: Direction) -> Image:
    return piece if direction == 0 else np.asarray(cv2.rotate(piece, cv2.ROTATE_180), np.uint8)


def _line(found: Detected, direction: Direction, reading: Reading) -> Line:
    return Line(
        quad=as_read(found.quad, direction),
        score=found.score,
        direction=direction,
        text=reading.text,
        confidence=reading.confidence,
        reads=1,
        agreement=1.0,
        settled=True,
    )
