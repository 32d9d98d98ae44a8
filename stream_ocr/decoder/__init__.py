"""Decoding with PyAV: files, streams and devices; the only part of the package, beside one sink, that imports it."""

from stream_ocr.decoder.formats import CameraFormat, camera_formats
from stream_ocr.decoder.opening import Location
from stream_ocr.decoder.reading import VideoReader

__all__ = ["CameraFormat", "Location", "VideoReader", "camera_formats"]
