"""Made spans and cues for tests of subtitles."""

from stream_ocr.geometry import Bounds
from stream_ocr.subtitles.cutting import Cue
from stream_ocr.subtitles.spans import Span

__all__ = ["FOOT", "cue", "row", "span"]

FOOT = (0.3, 0.9, 0.7, 0.96)
"""Where subtitles stand."""


def row(number: int, left: float = 0.3, right: float = 0.7) -> Bounds:
    """The box of a row, counted from the top of the lower third."""
    return (left, 0.7 + 0.07 * number, right, 0.75 + 0.07 * number)


def span(text: str, start: float, end: float, box: Bounds = FOOT, *, tall: bool = False, over: bool = True) -> Span:
    return Span(text, start, end, box, tall, over)


def cue(*rows: str, start: float = 1.0, end: float = 2.5, box: Bounds = FOOT) -> Cue:
    return Cue(start, end, rows, box)
