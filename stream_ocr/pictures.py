"""Picture files of any kind to BGR, the way round they are meant to be seen.

Pillow decodes, as it does for RapidOCR: decoders differ in the last bits, and those can change a letter.
"""

import struct
import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import ExifTags, UnidentifiedImageError
from PIL import Image as Pillow

from stream_ocr.errors import SourceError
from stream_ocr.messages import Image

__all__ = ["load_picture"]

_BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error)
"""What Pillow's decoders raise over damaged files."""
_TURNS = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation."""
_BLOCK = 1 << 20
"""Pixels that are blended at once."""


def load_picture(path: Path) -> Image:
    """The picture in a file (of an animation the first one), shape (height, width, 3), BGR.

    EXIF orientation is applied; deeper pixels are brought to 8 bits; transparent pictures are put on white, or on
    black if they are light themselves. Pillow's own limit holds: more than 179 megapixels are taken for a bomb.
    Raises SourceError: no such file, a folder, no picture, a damaged or too large one.
    """
    if not path.is_file():
        got = "a folder" if path.is_dir() else "something else" if path.exists() else "no such file"
        raise SourceError(f"{path}: expected a picture, got {got}")
    try:
        with warnings.catch_warnings():
            # Pillow warns of what can be read nevertheless.
            warnings.simplefilter("ignore")
            with Pillow.open(path) as picture:
                return _bgr(_upright(picture))
    except UnidentifiedImageError as error:
        raise SourceError(f"{path}: expected a picture, got a file of another kind") from error
    except Pillow.DecompressionBombError as error:
        limit = 2 * (Pillow.MAX_IMAGE_PIXELS or 0) / 1e6
        raise SourceError(f"{path}: expected a picture of at most {limit:.0f} megapixels, got more") from error
    except _BROKEN as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SourceError(f"{path}: the picture cannot be decoded: {reason}") from error


def _upright(picture: Pillow.Image) -> Pillow.Image:
    """Turned and mirrored as its EXIF orientation says."""
    picture.load()
    method = _TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    return picture if method is None else picture.transpose(method)


def _bgr(picture: Pillow.Image) -> Image:
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        picture = Pillow.fromarray(_eight_bits(np.asarray(picture)))
    if picture.has_transparency_data:
        return _on_contrast(np.asarray(picture.convert("RGBA")))
    if picture.mode in ("1", "L"):
        return np.asarray(cv2.cvtColor(np.asarray(picture.convert("L")), cv2.COLOR_GRAY2BGR), np.uint8)
    return np.asarray(cv2.cvtColor(np.asarray(picture.convert("RGB")), cv2.COLOR_RGB2BGR), np.uint8)


def _eight_bits(deep: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """The upper eight of the bits that are in use; floats from their least to their greatest value."""
    if deep.dtype.kind == "f":
        finite = np.nan_to_num(deep, posinf=0.0, neginf=0.0)
        lowest, highest = float(finite.min()), float(finite.max())
        return np.asarray((finite - lowest) * (255 / max(highest - lowest, 1e-12)), np.uint8)
    unused = max(int(deep.max()).bit_length() - 8, 0)
    return np.asarray(np.maximum(deep, 0) >> unused, np.uint8)


def _on_contrast(rgba: npt.NDArray[np.uint8]) -> Image:
    """Put on white, or on black if what can be seen of it is lighter than the middle grey (as RapidOCR 3.10 does)."""
    height, width = rgba.shape[:2]
    red, green, blue, _ = cv2.mean(rgba, (rgba[..., 3] > 0).astype(np.uint8))
    ground = 255 if 0.299 * red + 0.587 * green + 0.114 * blue < 128 else 0
    blended = np.empty((height, width, 3), np.uint8)
    rows = max(_BLOCK // width, 1)
    for top in range(0, height, rows):
        block = rgba[top : top + rows].astype(np.float32)
        share = block[..., 3:] / 255
        blended[top : top + rows] = (block[..., 2::-1] * share + ground * (1 - share)).astype(np.uint8)
    return blended
