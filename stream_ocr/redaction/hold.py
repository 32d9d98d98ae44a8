"""Frames that are held back, as JPEG, within a bound of memory."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
import numpy as np

from stream_ocr import jpeg
from stream_ocr.messages import FrameText, Luma

__all__ = ["HELD_BYTES", "Budget", "Hold"]

HELD_BYTES = 256_000_000
"""What the frames that are held back for one sink may take, of all sources together."""

_SLACK = 1e-6
_NO_IMAGE = np.zeros((1, 1, 3), np.uint8)


@dataclass
class Budget:
    """Bytes that are held."""

    limit: int = HELD_BYTES
    used: int = 0


@dataclass
class Hold:
    """The frames of one source that wait for their time, oldest first."""

    delay: float
    """Seconds of media time."""
    budget: Budget
    left_out: int = 0
    """Frames for which there was no room. A picture that may show too much is shown never rather than early."""
    _held: deque[tuple[FrameText, memoryview, tuple[int, ...]]] = field(default_factory=deque)

    def put(self, text: FrameText) -> None:
        """Takes a frame, if there is room for it. Raises WireError: its picture is too large for a JPEG."""
        picture = jpeg.encode(text.frame.image)
        size = _size(text, picture)
        if self.budget.used + size > self.budget.limit:
            self.left_out += 1
            return
        self.budget.used += size
        outline = msgspec.structs.replace(text.frame, image=_NO_IMAGE)
        self._held.append((msgspec.structs.replace(text, frame=outline), picture, text.frame.image.shape))

    def looks(self) -> Iterator[tuple[float, Luma]]:
        """Media time and luma picture of the frames that are held, the newest one first."""
        return ((text.frame.pts, text.frame.luma) for text, _, _ in reversed(self._held))

    def oldest(self) -> float | None:
        """Media time of the frame that comes next, if any is held."""
        return self._held[0][0].frame.pts if self._held else None

    def clear(self) -> int:
        """Throws away what is held; returns how many frames that were."""
        thrown = len(self._held)
        self.budget.used -= sum(_size(text, picture) for text, picture, _ in self._held)
        self._held.clear()
        return thrown

    def due(self, now: float) -> Iterator[FrameText]:
        """The frames that were held for long enough at the media time `now`; each is decoded when it is asked for."""
        while self._held and self._held[0][0].frame.pts <= now - self.delay + _SLACK:
            text, picture, shape = self._held.popleft()
            self.budget.used -= _size(text, picture)
            image = jpeg.decode(picture, shape)
            yield msgspec.structs.replace(text, frame=msgspec.structs.replace(text.frame, image=image))


def _size(text: FrameText, picture: memoryview) -> int:
    return len(picture) + text.frame.luma.nbytes
