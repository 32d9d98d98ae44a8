"""The turnstile: how frames of live sources enter the graph.

Links keep every stage busy by holding a frame or two; but a frame that waits grows old, and one that waits at its
source is replaced by a newer one. So live frames are let in one at a time, when the first stage is ready for the next
one, each source in its turn; and none is let in while another has been under way for too long, which happens where a
later stage is the slow one. What is read is therefore never much older than that limit.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Turnstile"]

_LAPSE = 2.0
"""Seconds after which a frame that was let in no longer counts: it was lost with the process that had it."""
_MOST = 1024


class Turnstile:
    """Shared by those who feed the graph and the stages at both ends of it; times are monotonic seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free = True
        self._waiting: dict[str, Callable[[], None]] = {}
        """Sources that were turned away, who came first first, and how to tell them that they may try again."""
        self._inside: deque[tuple[str, int, float]] = deque(maxlen=_MOST)
        """Source, number and time of entry of each frame that is under way."""

    def enter(self, source: str, seq: int, *, now: float, limit: float, call: Callable[[], None]) -> bool:
        """Whether frame `seq` may go in now; if not, `call` is called, in any thread, when it is worth another try.

        `limit`: seconds for which the frames inside may have been there.
        """
        with self._lock:
            while self._inside and now - self._inside[0][2] >= max(_LAPSE, limit):
                self._inside.popleft()
            late = bool(self._inside) and now - self._inside[0][2] >= limit
            if late or not self._free or next(iter(self._waiting), source) != source:
                self._waiting.setdefault(source, call)
                return False
            self._waiting.pop(source, None)
            self._free = False
            self._inside.append((source, seq, now))
            return True

    def open(self) -> None:
        """The first stage is ready for the next frame."""
        with self._change():
            self._free = True

    def through(self, source: str, seq: int) -> None:
        """A frame has come out at the other end; so has, or never will, every one of its source before it."""
        with self._change():
            left = [inside for inside in self._inside if inside[0] != source or inside[1] > seq]
            self._inside = deque(left, maxlen=_MOST)

    def withdraw(self, source: str) -> None:
        """The source does not wait any more."""
        with self._change():
            self._waiting.pop(source, None)

    @contextmanager
    def _change(self) -> Iterator[None]:
        """Something changes: if it lets somebody in, that is who has waited for longest."""
        with self._lock:
            yield
            call = next(iter(self._waiting.values()), None) if self._free else None
        if call is not None:
            call()
