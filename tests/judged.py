"""Made lines of ground truth and events, for tests of what compares them."""

from stream_ocr.evaluation.scoring import Found
from stream_ocr.evaluation.truth import TruthLine


def line(text: str, first_s: float = 0.0, last_s: float = 2.0, *, optional: bool = False) -> TruthLine:
    return TruthLine(text=text, first_s=first_s, last_s=last_s, optional=optional)


def found(text: str, start: float = 0.0, end: float = 2.0, confidence: float = 0.9) -> Found:
    return Found(text=text, start=start, end=end, confidence=confidence, reads=2)
