"""Texts that no picture may show: which lines these are, where they are in each frame, and how they are covered."""

from stream_ocr.redaction.cover import covered
from stream_ocr.redaction.hold import HELD_BYTES, Budget, Hold
from stream_ocr.redaction.policy import HIDDEN, Policy, View
from stream_ocr.redaction.redactor import Redactor

__all__ = ["HELD_BYTES", "HIDDEN", "Budget", "Hold", "Policy", "Redactor", "View", "covered"]
