"""Sinks of a caller's own, slow and failing ones, and waiting for what threads do."""

import threading
import time
from collections.abc import Callable

from stream_ocr.sinks import Item

__all__ = ["Kept", "Stuck", "eventually"]

SOON = 20.0


class Kept:
    """Keeps what it gets; `problem`, while it is set, is raised instead."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.items: list[Item] = []
        self.problem = problem
        self.attempts = 0
        self.polls = 0
        self.closed = 0

    def write(self, item: Item) -> None:
        self.attempts += 1
        if self.problem is not None:
            raise self.problem
        self.items.append(item)

    def poll(self) -> None:
        self.polls += 1

    def close(self) -> None:
        self.closed += 1


class Stuck(Kept):
    """Takes nothing before it is let go: every write waits for that."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Event()
        self.released = threading.Event()

    def write(self, item: Item) -> None:
        self.entered.set()
        self.released.wait()
        super().write(item)


def eventually(check: Callable[[], bool], within: float = SOON) -> None:
    """Waits until something is so."""
    deadline, tick = time.monotonic() + within, threading.Event()
    while not check():
        assert time.monotonic() < deadline, "it never came to be so"
        tick.wait(0.01)
