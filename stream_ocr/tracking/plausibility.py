"""Whether a reading is text at all: single marks that are seen in leaves, faces and window frames are not."""

from stream_ocr.messages import Frame, Line
from stream_ocr.geometry import height
from stream_ocr.tracking.voting import Vote

__all__ = ["plausible"]

_LEAST = (1.0, 0.9, 0.8, 0.7)
"""Confidence that a text of so many letters and digits needs."""
_TALLEST = 0.6
"""Share of the picture's height up to which one or two characters may go."""


def plausible(outcome: Vote, line: Line, frame: Frame) -> bool:
    """Whether a text may be said: it has letters or digits, and the fewer it has, the surer it is."""
    spoken = sum(character.isalnum() for character in outcome.text)
    if spoken == 0 or outcome.confidence < _LEAST[min(spoken, len(_LEAST)) - 1 if spoken >= len(_LEAST) else spoken]:
        return False
    return spoken > 2 or height(line.quad) <= _TALLEST * frame.size[1]
