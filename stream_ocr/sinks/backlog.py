"""What waits for one sink. No threads here."""

from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Generic, TypeVar

__all__ = ["Backlog"]

Taken = TypeVar("Taken")

_NOTICES = 1000


class Backlog(Generic[Taken]):
    """A bounded queue. Where there is no room, the oldest goes.

    Of frames the newest shows best what is there now. Of events, the oldest are those that the others make up for: a
    `disappear` has the text, start and end of its `appear`, and is always the newer one of the two. So no text that is
    handed on from here stays open for want of its end, and who reads on after a loss is soon told what is there now. It
    shows as a gap in `seq`.

    Notices (status, stats) take no room from events: they have a limit of their own, and each says again what the one
    before it said, so that nothing is lost with them.
    """

    def __init__(self, limit: int, counts: Callable[[Taken], bool]) -> None:
        """`limit`: how many wait at most; `counts`: whether an item is one of those, or a notice."""
        self.counts = counts
        self._limit = limit
        self._items: deque[tuple[int, Taken]] = deque()
        self._notices: deque[tuple[int, Taken]] = deque(maxlen=_NOTICES)
        self._numbers = count()

    @property
    def waiting(self) -> int:
        """How many wait, without notices."""
        return len(self._items)

    @property
    def full(self) -> bool:
        """Whether the next one costs the oldest."""
        return len(self._items) >= self._limit

    @property
    def empty(self) -> bool:
        """Whether nothing waits, not even a notice."""
        return not self._items and not self._notices

    def push(self, item: Taken) -> bool:
        """Adds an item; True if the oldest one was lost for it."""
        if not self.counts(item):
            self._notices.append((next(self._numbers), item))
            return False
        lost = self.full
        if lost:
            self._items.popleft()
        self._items.append((next(self._numbers), item))
        return lost

    def pop(self) -> Taken:
        """Takes the item that came first."""
        first = min((queue for queue in (self._items, self._notices) if queue), key=lambda queue: queue[0][0])
        return first.popleft()[1]

    def clear(self) -> int:
        """Throws everything away; returns how many that were, without notices."""
        thrown = len(self._items)
        self._items.clear()
        self._notices.clear()
        return thrown
