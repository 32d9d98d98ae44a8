"""Inference on OpenVINO, which is imported in this package only.

Detection is compiled for fixed shapes, which halves its time; a stream has one. Direction and recognition are compiled
once and fed one crop at a time on several streams of the device, which is as fast as batches (24 crops of 320 columns
on two cores: 584 ms of computing one by one, 605 to 644 in batches of 2 to 6; 348 and 332 to 348 in bf16) and
multiplies no shapes. Crops are normalised outside of the network: inside it would save 0.04 ms of 15 to 25.
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
