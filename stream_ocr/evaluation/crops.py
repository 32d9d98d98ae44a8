"""Pictures out of a clip, small enough to put many on one page."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from msgspec import Struct

from stream_ocr.capture import open_source
from stream_ocr.config import SourceConfig
from stream_ocr.evaluation.scoring import Sighting
from stream_ocr.geometry import bounds, quad_of
from stream_ocr.media import Decoded
from stream_ocr.messages import Image, Quad

__all__ = ["Cut", "cut_pictures", "quad_at"]

_MARGIN = 0.5
"""Around a line, as a share of its height."""
_HEIGHT, _WIDTH = 120, 480
"""Of a line's picture at most, in pixels."""
_LEGIBLE = 48
"""Height to which a small line is enlarged."""
_THUMBNAIL = 320
"""Width of a whole picture at most."""
_QUALITY = 80


class Cut(Struct, frozen=True):
    """What is to be cut out: the line at `quad`, or all of the picture, at `time` in media seconds."""

    time: float
    quad: Quad | None = None


def cut_pictures(path: Path, source: SourceConfig, cuts: Sequence[Cut]) -> list[bytes]:
    """The JPEG of each cut, from the first picture at or after its time, or the last of all.

    Raises SourceError.
    """
    made: dict[int, bytes] = {}
    waiting = sorted(range(len(cuts)), key=lambda number: cuts[number].time, reverse=True)
    last: Decoded | None = None
    with open_source(path.name, source) as media:
        for picture in media:
            if not waiting:
                break
            last = picture
            while waiting and cuts[waiting[-1]].time <= picture.pts:
                number = waiting.pop()
                made[number] = _jpeg(picture.bgr(), cuts[number].quad)
        if last is not None:
            made |= {number: _jpeg(last.bgr(), cuts[number].quad) for number in waiting}
    return [made[number] for number in range(len(cuts))]


def quad_at(sightings: Sequence[Sighting], time: float) -> Quad:
    """Where a text stood at `time`: between two sightings on the straight way from one to the other."""
    times = [sighting.at for sighting in sightings]
    corners = np.array([sighting.quad for sighting in sightings], np.float64).reshape(len(sightings), 8)
    return quad_of(np.array([np.interp(time, times, corners[:, each]) for each in range(8)]).reshape(4, 2))


def _jpeg(image: Image, quad: Quad | None) -> bytes:
    piece = image if quad is None else _around(image, quad)
    height, width = piece.shape[:2]
    largest = _THUMBNAIL / width if quad is None else min(_HEIGHT / height, _WIDTH / width)
    scale = min(largest, 1.0 if quad is None else max(1.0, _LEGIBLE / height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    resized = cv2.resize(piece, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", resized, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()


def _around(image: Image, quad: Quad) -> Image:
    """The upright box around the quad with a margin, as far as it lies in the picture; never empty."""
    left, top, right, bottom = bounds(quad)
    margin = _MARGIN * min(right - left, bottom - top)
    height, width = image.shape[:2]
    x, y = round(max(0.0, min(left - margin, width - 1))), round(max(0.0, min(top - margin, height - 1)))
    return image[y : max(y + 1, round(bottom + margin)), x : max(x + 1, round(right + margin))]
