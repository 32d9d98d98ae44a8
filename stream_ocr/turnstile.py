"""The turnstile: how frames of live sources enter the graph.

Links keep every stage busy by holding a frame or two; but a frame that waits grows old, and one that waits at its
source is replaced by a newer one. So live frames are let in one at a time, when the first stage is ready for the next
one, each source in its turn; and none is let in while an earlier one of its source has been under way for too long,
which happens where a later stage is the slow one. What is read is therefore never much older than that limit.
"""

import threading
from collections import deque
from collections.abc import Callable

__all__ = ["Turnstile"]

_LAPSE = 2.0
"""Seconds after which a frame that was let in no longer counts: it was lost with the process that had it."""
_MOST = 64


class Turnstile:
    """Shared by those who feed the graph and the stages at both ends of it; times are monotonic seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free = True
        self._waiting: dict[str, Callable[[], None]] = {}
        """Sources that were turned away, who came first first, and how to tell them that they may try again."""
        self._late: dict[str, Callable[[], None]] = {}
        """The same of those that wait for their own frames to get through."""
        self._inside: dict[str, deque[tuple[int, float]]] = {}

    def enter(self, source: str, seq: int, *, now: float, limit: float, call: Callable[[], None]) -> bool:
        """Whether frame `seq` may go in now; if not, `call` is called, in any thread, when it is worth another try.

        `limit`: seconds that an earlier frame of the source may have been under way.
        """
        with self._lock:
            inside = self._inside.setdefault(source, deque(maxlen=_MOST))
            while inside and now - inside[0][1] >= max(_LAPSE, limit):
                inside.popleft()
            if inside and now - inside[0][1] >= limit:
                self._waiting.pop(source, None)
                self._late[source] = call
                return False
            if not self._free or next(iter(self._waiting), source) != source:
                self._waiting[source] = call
                return False
            self._waiting.pop(source, None)
            self._free = False
            inside.append((seq, now))
            return True

    def open(self) -> None:
        """The first stage is ready for the next frame."""
        with self._lock:
            self._free = True
            call = next(iter(self._waiting.values()), None)
        if call is not None:
            call()

    def through(self, source: str, seq: int) -> None:
        """A frame has come out at the other end; so has, or never will, every one before it."""
        with self._lock:
            inside = self._inside.get(source)
            while inside and inside[0][0] <= seq:
                inside.popleft()
            call = self._late.pop(source, None)
        if call is not None:
            call()

    def withdraw(self, source: str) -> None:
        """The source does not wait any more."""
        with self._lock:
            self._late.pop(source, None)
            gone = self._waiting.pop(source, None)
            call = next(iter(self._waiting.values()), None) if gone is not None and self._free else None
        if call is not None:
            call()
