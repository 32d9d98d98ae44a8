"""What one would do without stream-ocr: RapidOCR on every frame, and its readings merged to events.

RapidOCR 3.10 as its README shows it, on OpenVINO, with the PP-OCRv6 small weights that come with it.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from stream_ocr.capture import open_source
from stream_ocr.config import SourceConfig
from stream_ocr.evaluation.merging import FrameReadings, LineReading, merged
from stream_ocr.evaluation.results import Effort
from stream_ocr.evaluation.runs import Outcome
from stream_ocr.geometry import quad_of
from stream_ocr.messages import Image

__all__ = ["Engine", "load_rapidocr", "read_clip"]

_FAST = 50.0
"""Frames per second from which on only some of them are read."""
_STRIDE = 6

Engine: TypeAlias = Callable[[Image], tuple[LineReading, ...]]
"""Reads one picture, BGR."""


def load_rapidocr() -> Engine:
    """The engine, ready to read."""
    # It and what it brings take seconds to import.
    from rapidocr import EngineType, RapidOCR

    parts = {f"{part}.engine_type": EngineType.OPENVINO for part in ("Det", "Cls", "Rec")}
    engine = RapidOCR(params={"Global.log_level": "critical", **parts})
    return lambda image: _lines(engine(image))


def read_clip(path: Path, source: SourceConfig, engine: Engine, tell: Callable[[float], None]) -> Outcome:
    """Reads every frame of a clip (every 6th from 50 frames a second on) and merges what was read.

    `tell` is called with the media seconds of each picture. Raises SourceError.
    """
    began = time.monotonic()
    frames = list(_frames(path, source, engine, tell))
    effort = Effort(
        frames=len(frames), media_s=frames[-1].pts if frames else 0.0, wall_s=max(time.monotonic() - began, 1e-3)
    )
    return Outcome(found=merged(frames), effort=effort)


def _frames(path: Path, source: SourceConfig, engine: Engine, tell: Callable[[float], None]) -> Iterator[FrameReadings]:
    with open_source(path.name, source) as media:
        stride = _STRIDE if (media.info.rate or 0.0) >= _FAST else 1
        for number, picture in enumerate(media):
            tell(picture.pts)
            if number % stride == 0:
                image = picture.bgr()
                yield FrameReadings(picture.pts, (image.shape[1], image.shape[0]), engine(image))


def _lines(output: Any) -> tuple[LineReading, ...]:
    """RapidOCR's output; its fields are None where there is no text."""
    if output.txts is None:
        return ()
    parts = zip(output.txts, output.scores, output.boxes, strict=True)
    return tuple(LineReading(str(text), float(score), quad_of(box)) for text, score, box in parts)
