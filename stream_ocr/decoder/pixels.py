"""The pixels of a decoded frame: luma as a view where its format allows it, colours on request, both upright."""

from typing import Any, cast

import cv2
import numpy as np
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from stream_ocr.messages import Array, Image, Luma

__all__ = ["Converter", "FramePixels", "upright_size"]

_TURNS = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}


class Converter:
    """Conversions of one thread: a scaler per format, kept, since FFmpeg keeps some 15 MB for each."""

    def __init__(self) -> None:
        self._scalers = {"bgr24": VideoReformatter(), "gray": VideoReformatter()}

    def convert(self, frame: VideoFrame, pixel_format: str) -> Array:
        """The frame in `bgr24` or `gray`, contiguous."""
        converted = self._scalers[pixel_format].reformat(frame, format=pixel_format, threads=1)
        return np.ascontiguousarray(converted.to_ndarray())


class FramePixels:
    """The pixels of a PyAV frame."""

    def __init__(self, frame: VideoFrame, converter: Converter) -> None:
        self._frame = frame
        self._converter = converter

    def luma(self) -> Luma:
        """Full size, upright; a view with a line stride where the format has luma in a plane of its own."""
        return _finished(self._plane() if _has_plane(self._frame.format) else self._convert("gray"), self._frame)

    def bgr(self) -> Image:
        """Full size, upright, contiguous."""
        return _finished(self._convert("bgr24"), self._frame)

    def _plane(self) -> Array:
        plane = self._frame.planes[0]
        rows: Luma = np.frombuffer(cast(Any, plane), np.uint8).reshape(-1, plane.line_size)
        return rows[: self._frame.height, : self._frame.width]

    def _convert(self, pixel_format: str) -> Array:
        return self._converter.convert(self._frame, pixel_format)


def upright_size(frame: VideoFrame) -> tuple[int, int]:
    """Width and height as it is meant to be seen."""
    return (frame.height, frame.width) if _turns(frame) % 2 else (frame.width, frame.height)


def _has_plane(pixels: VideoFormat) -> bool:
    """Plane 0 is 8-bit luma and nothing else."""
    first = pixels.components[0]
    alone = pixels.is_planar or (len(pixels.components) == 1 and not pixels.has_palette)
    return alone and first.is_luma and first.bits == 8


def _finished(array: Array, frame: VideoFrame) -> Array:
    """Upright and read-only."""
    turns = _turns(frame)
    upright = np.asarray(cv2.rotate(array, _TURNS[turns])) if turns else array
    upright.flags.writeable = False
    return upright


def _turns(frame: VideoFrame) -> int:
    """Quarter turns counter-clockwise that bring it upright."""
    return round(frame.rotation / 90) % 4
