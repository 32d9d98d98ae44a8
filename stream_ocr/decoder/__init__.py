"""Decoding with PyAV: files, streams and devices; the only part of the package, beside one sink, that imports it."""

from stream_ocr.decoder.opening import Location
from stream_ocr.decoder.reading import VideoReader

__all__ = ["Location", "VideoReader"]
