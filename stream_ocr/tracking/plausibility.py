"""Whether a reading is text at all: a single mark as high as the picture is a window frame, not a letter."""

from stream_ocr.geometry import height
from stream_ocr.messages import Frame, Line

__all__ = ["plausible"]

_TALLEST = 0.6
"""Share of the picture's height up to which one or two characters may go."""
_FEW = 2


def plausible(text: str, line: Line, frame: Frame) -> bool:
    """Whether a text of this size may be said: it has letters or digits, and a few of them do not fill the picture."""
    letters = sum(character.isalnum() for character in text)
    return letters > _FEW or (letters > 0 and height(line.quad) <= _TALLEST * frame.size[1])
