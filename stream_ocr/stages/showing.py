"""The best picture of each text, for sinks that want one. No threads, time is media time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from stream_ocr.geometry import crop
from stream_ocr.messages import Crop, Frame, FrameText, Image, Line, TextEvent
from stream_ocr.tracking.appearance import look

__all__ = ["Crops"]

_BETTER = 1.15
"""How much better a picture has to be than the best so far."""
_FIRST_WAIT = 0.2
"""Seconds until a text is looked at again; each further wait is twice as long."""
_MAX_SIDE = 960
_MAX_TEXTS = 2000


@dataclass
class _Shown:
    """How one text was seen."""

    wait: float = _FIRST_WAIT
    due: float = -np.inf
    quality: float = 0.0
    image: Image | None = None
    """The best picture, until it was handed on."""
    said: bool = False


class Crops:
    """Cuts texts out of frames: of one source.

    A text is looked at when it comes and at growing distances after that. What is better than all before is handed on
    once the text is said; so the pictures of a text that stays an hour are a dozen at most.
    """

    def __init__(self, run: str, source: str) -> None:
        """`run`: the name of the publisher."""
        self._run = run
        self._source = source
        self._shown: dict[int, _Shown] = {}

    def update(self, text: FrameText, events: Iterable[TextEvent]) -> Iterator[Crop]:
        """The new best pictures, when a frame was seen and `events` were said about it."""
        for line in text.lines:
            if line.text:
                self._look(line, text.frame)
        yield from self.finish(events)
        for ended in text.ended:
            self._shown.pop(ended.track, None)

    def finish(self, events: Iterable[TextEvent]) -> Iterator[Crop]:
        """The pictures that are not handed on yet, of what is said by now: `events` were the last."""
        for event in events:
            if event.track in self._shown:
                self._shown[event.track].said = True
        for track, shown in self._shown.items():
            if shown.said and shown.image is not None:
                image, shown.image = shown.image, None
                yield Crop(run=self._run, source=self._source, track=track, quality=shown.quality, image=image)

    def _look(self, line: Line, frame: Frame) -> None:
        shown = self._shown.setdefault(line.track, _Shown())
        if len(self._shown) > _MAX_TEXTS:
            del self._shown[next(iter(self._shown))]
        if frame.pts < shown.due:
            return
        shown.due, shown.wait = frame.pts + shown.wait, 2 * shown.wait
        quality = look(frame.image, line.quad).quality
        if quality > _BETTER * shown.quality or shown.quality == 0.0:
            shown.quality, shown.image = quality, _picture(frame.image, line)


def _picture(image: Image, line: Line) -> Image:
    """The line, upright, at most so wide that it is still a small picture."""
    cut = crop(image, line.quad)
    scale = _MAX_SIDE / max(cut.shape[:2])
    if scale >= 1.0:
        return cut
    size = max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale))
    return np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), np.uint8)
