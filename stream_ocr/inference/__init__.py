"""Inference on OpenVINO, which is imported in this package only.

Detection is compiled for fixed shapes, which halves its time; a stream has one. Direction and recognition are compiled
once and fed one crop at a time on several streams of the device, which is as fast as batches and multiplies no shapes.
"""

from stream_ocr.inference.engines import Classifier, Detector, Recognizer
from stream_ocr.inference.loading import load_classifier, load_detector, load_reader, load_recognizer

__all__ = [
    "Classifier",
    "Detector",
    "Recognizer",
    "load_classifier",
    "load_detector",
    "load_reader",
    "load_recognizer",
]
