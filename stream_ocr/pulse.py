"""Where each thread of a run is in its loop, and since when: what tells a thread that works from one that hangs."""

from typing import Literal, TypeAlias

__all__ = ["Doing", "Pulse"]

Doing: TypeAlias = Literal["receive", "wait", "work", "send"]
"""Waiting for the stage before, for a worker elsewhere, working on a message, waiting for the stage after."""


class Pulse:
    """Threads say where they are, and any thread may look. Times are monotonic seconds, passed in."""

    def __init__(self) -> None:
        self._threads: dict[str, tuple[Doing, float]] = {}

    def enter(self, thread: str, doing: Doing, now: float) -> None:
        """Notes that a thread begins to do something."""
        self._threads[thread] = doing, now

    def leave(self, thread: str) -> None:
        """Forgets a thread that has ended its loop."""
        self._threads.pop(thread, None)

    def look(self, now: float) -> dict[str, tuple[Doing, float]]:
        """What each thread in its loop does, and for how many seconds it has been at it."""
        return {thread: (doing, now - since) for thread, (doing, since) in self._threads.copy().items()}
