"""The frames of live sources that are on their way through the graph.

Each link holds a frame or two, which keeps all stages busy; but where one of them is slow, frames would wait before it
and grow old. So none is let in while an earlier one of its source has been under way for too long: it waits at the
source, where the newest wins. What is read is therefore never much older than that limit.
"""

import threading
from collections import deque

__all__ = ["Underway"]

_LAPSE = 2.0
"""Seconds after which a frame no longer counts: it was lost with the process that had it."""
_MOST = 64


class Underway:
    """Shared by who lets frames in and who sees them leave; times are monotonic seconds."""

    def __init__(self) -> None:
        self._frames: dict[str, deque[tuple[int, float]]] = {}
        self._lock = threading.Lock()

    def admits(self, source: str, now: float, limit: float) -> bool:
        """Whether a frame may enter: none that did has been under way for `limit` seconds or longer."""
        with self._lock:
            frames = self._frames.get(source)
            while frames and now - frames[0][1] >= max(_LAPSE, limit):
                frames.popleft()
            return not frames or now - frames[0][1] < limit

    def enter(self, source: str, seq: int, now: float) -> None:
        """A frame goes in."""
        with self._lock:
            self._frames.setdefault(source, deque(maxlen=_MOST)).append((seq, now))

    def leave(self, source: str, seq: int) -> None:
        """A frame is through; so is every one before it."""
        with self._lock:
            frames = self._frames.get(source)
            while frames and frames[0][0] <= seq:
                frames.popleft()
