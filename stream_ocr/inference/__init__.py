"""Inference on OpenVINO, which is imported in this package only.

Detection is compiled for fixed shapes, which halves its time; a stream has one. Direction and recognition are compiled
once and fed one crop at a time on several streams of the device, which is as fast as batches and multiplies no shapes.
"""

import sys

# OpenVINO reports every import of it to its makers, unless this package, which does it, is not there.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

from stream_ocr.inference.converting import Conversion, Converted, convert  # noqa: E402
from stream_ocr.inference.engines import Classifier, Detector, Recognizer  # noqa: E402
from stream_ocr.inference.loading import load_classifier, load_detector, load_reader, load_recognizer, precision_of  # noqa: E402

__all__ = [
    "Classifier",
    "Conversion",
    "Converted",
    "Detector",
    "Recognizer",
    "convert",
    "load_classifier",
    "load_detector",
    "load_reader",
    "load_recognizer",
    "precision_of",
]
