"""A run that goes on in the background while a test watches what it says."""

import threading
import time
from bisect import bisect_left
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Self

from stream_ocr.config import Config
from stream_ocr.messages import SourceStatus, StageStats, TextEvent
from stream_ocr.pipeline import Pipeline, Report
from stream_ocr.sinks import Item

__all__ = ["Notes", "Watched"]


class Notes:
    """An event sink that keeps everything, with the monotonic time at which it came."""

    def __init__(self) -> None:
        self.items: list[tuple[float, Item]] = []
        self._news = threading.Condition()

    def write(self, item: Item) -> None:
        with self._news:
            self.items.append((time.monotonic(), item))
            self._news.notify_all()

    def poll(self) -> None:
        """Nothing is ever pending."""

    def close(self) -> None:
        """Nothing is held."""

    def wait_for(self, wanted: Callable[[Item], bool], timeout: float, *, since: float = 0.0) -> tuple[float, Item]:
        """The first item from `since` on that is wanted, and when it came; waits for it."""
        deadline = time.monotonic() + timeout
        looked = bisect_left(self.items, since, key=lambda note: note[0])
        with self._news:
            while True:
                for note in islice(self.items, looked, None):
                    if wanted(note[1]):
                        return note
                looked = len(self.items)
                left = deadline - time.monotonic()
                assert left > 0, f"not within {timeout} s; the last: {self.items[-5:]}"
                self._news.wait(left)

    @property
    def events(self) -> list[TextEvent]:
        return [item for _, item in self.items if isinstance(item, TextEvent)]

    @property
    def statuses(self) -> list[SourceStatus]:
        return [item for _, item in self.items if isinstance(item, SourceStatus)]


class Watched:
    """A pipeline in a thread of its own; leaving it stops the run and raises what it raised."""

    def __init__(self, config: Config) -> None:
        self.notes = Notes()
        self._pipeline = Pipeline(config, sinks=[self.notes])
        self._pool = ThreadPoolExecutor(1, "watched run")
        self._running: Future[Report] | None = None

    def __enter__(self) -> Self:
        self._running = self._pool.submit(self._pipeline.run)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._pipeline.stop()
        self._pool.shutdown()
        if kind is None:
            self.result()

    def stop(self) -> None:
        """Asks the run to end."""
        self._pipeline.stop()

    def result(self, timeout: float = 30.0) -> Report:
        """What the run came to."""
        assert self._running is not None
        return self._running.result(timeout)

    def status(self, state: str, timeout: float = 20.0, *, since: float = 0.0, source: str | None = None) -> float:
        """When the source was first said to be in that state, from `since` on."""

        def wanted(item: Item) -> bool:
            return isinstance(item, SourceStatus) and item.state == state and source in (None, item.source)

        return self.notes.wait_for(wanted, timeout, since=since)[0]

    def appear(self, text: str, timeout: float = 20.0, *, since: float = 0.0, source: str | None = None) -> float:
        """When the text was first said to appear, from `since` on."""

        def wanted(item: Item) -> bool:
            named = isinstance(item, TextEvent) and item.kind == "appear" and item.text == text
            return named and source in (None, getattr(item, "source", None))

        return self.notes.wait_for(wanted, timeout, since=since)[0]

    def published(self, timeout: float = 20.0, *, since: float) -> float:
        """When frames were published again, at most a tenth of a second late, from `since` on."""
        before: list[float] = []

        def more(item: Item) -> bool:
            if not isinstance(item, StageStats) or item.stage != "publish":
                return False
            before.append(item.counts.get("frames", 0))
            # What was on its way behind a process that died comes at once.
            return before[-1] > before[min(3, len(before) - 1)]

        return self.notes.wait_for(more, timeout, since=since)[0]
