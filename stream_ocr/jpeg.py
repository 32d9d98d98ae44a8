"""Pictures as JPEG, for links where bytes are dearer than time."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from stream_ocr.errors import WireError

__all__ = ["decode", "encode"]

Picture: TypeAlias = npt.NDArray[Any]
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 92]


def encode(image: Picture) -> memoryview:
    """`image`, shape (height, width, 3), BGR, as JPEG.

    Raises WireError: it is too large for one.
    """
    try:
        done, jpeg = cv2.imencode(".jpg", image, _QUALITY)
    except cv2.error:
        done = False
    if not done:
        raise WireError(f"cannot write a picture of shape {image.shape} as JPEG")
    return memoryview(jpeg.data)


def decode(jpeg: bytes | bytearray | memoryview, shape: Sequence[int]) -> Picture:
    """The picture, BGR; its `shape` is known beforehand and checked before memory is taken for it.

    Raises WireError: it is none, a damaged one, or one of another shape.
    """
    got = _size(jpeg)
    if list(shape) != [*got, 3]:
        raise WireError(f"expected a JPEG of shape {list(shape)}, got one of {got[0]} x {got[1]} pixels")
    # Turning it as a camera held it is not what was sent.
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is None:
        raise WireError(f"expected a JPEG of shape {list(shape)}, got one that cannot be decoded")
    return image


def _size(jpeg: bytes | bytearray | memoryview) -> tuple[int, int]:
    """Height and width as the header of its frame says (ITU T.81, B.2.2)."""
    at = 2
    while at + 9 <= len(jpeg) and jpeg[at] == 0xFF:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(jpeg[at + 5 : at + 7], "big"), int.from_bytes(jpeg[at + 7 : at + 9], "big")
        at += 2 + length
    raise WireError(f"expected a JPEG, got {bytes(jpeg[:8])!r}")
