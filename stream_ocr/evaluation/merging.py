"""From readings of single frames to texts with a beginning and an end, in the usual way; for the baseline.

A reading belongs to the text that was last seen near it, at most half a second ago, and is at least 0.8 like it, the
most alike and then the nearest first. A text is called what most of its readings, weighted by confidence, call it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec import Struct

from stream_ocr.evaluation.scoring import Found, Sighting, letters, likeness
from stream_ocr.geometry import centre
from stream_ocr.messages import Point, Quad

__all__ = ["FrameReadings", "LineReading", "merged"]

_MIN_CONFIDENCE = 0.5
_ALIKE = 0.8
_NEAR = 0.15
"""How far the middle of a line may move between two readings, as a share of the picture's width and height."""
_PATIENCE = 0.5
"""Seconds without a reading after which a text is over."""


class LineReading(Struct, frozen=True):
    """One line in one frame."""

    text: str
    confidence: float
    quad: Quad


class FrameReadings(Struct, frozen=True):
    """What was read in one frame."""

    pts: float
    """Media seconds."""
    size: tuple[int, int]
    """Width and height of the frame in pixels."""
    lines: tuple[LineReading, ...]


@dataclass
class _Text:
    """A text that may go on."""

    start: float
    end: float
    middle: Point
    first: Quad
    last: Quad
    readings: dict[str, list[float]] = field(default_factory=dict)
    """Spelling to the confidences with which it was read."""

    @property
    def name(self) -> str:
        return max(self.readings, key=lambda text: sum(self.readings[text]))

    def add(self, line: LineReading, pts: float) -> None:
        self.readings.setdefault(line.text, []).append(line.confidence)
        self.end, self.middle, self.last = pts, centre(line.quad), line.quad

    def found(self) -> Found:
        name = self.name
        return Found(
            text=name,
            start=self.start,
            end=self.end,
            confidence=sum(self.readings[name]) / len(self.readings[name]),
            reads=sum(map(len, self.readings.values())),
            sightings=(Sighting(self.start, self.first), Sighting(self.end, self.last)),
        )


def merged(frames: Iterable[FrameReadings]) -> tuple[Found, ...]:
    """The texts in `frames`, which come in the order of their times; sorted by beginning."""
    running: list[_Text] = []
    over: list[_Text] = []
    for frame in frames:
        for line in frame.lines:
            if line.confidence >= _MIN_CONFIDENCE:
                _place(line, frame, running)
        over += [text for text in running if frame.pts - text.end > _PATIENCE]
        running = [text for text in running if frame.pts - text.end <= _PATIENCE]
    return tuple(text.found() for text in sorted([*over, *running], key=lambda text: text.start))


def _place(line: LineReading, frame: FrameReadings, running: list[_Text]) -> None:
    """Adds the reading to the text it continues, or begins a new one."""
    middle = centre(line.quad)
    near = [text for text in running if _is_near(text.middle, middle, frame.size)]
    ranked = [(_alike(line.text, text.name), -_distance(text.middle, middle), text) for text in near]
    ranked = [candidate for candidate in ranked if candidate[0] >= _ALIKE]
    if ranked:
        text = max(ranked, key=lambda candidate: candidate[:2])[2]
    else:
        text = _Text(frame.pts, frame.pts, middle, line.quad, line.quad)
        running.append(text)
    text.add(line, frame.pts)


def _is_near(one: Point, other: Point, size: tuple[int, int]) -> bool:
    return abs(one[0] - other[0]) <= _NEAR * size[0] and abs(one[1] - other[1]) <= _NEAR * size[1]


def _distance(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _alike(one: str, other: str) -> float:
    # Of punctuation alone nothing would be left to compare.
    first, second = letters(one) or one, letters(other) or other
    return 1.0 if first == second else likeness(first, second)
