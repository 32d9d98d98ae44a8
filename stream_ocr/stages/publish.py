"""Saying what appeared, got better, and went."""

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING

from stream_ocr.messages import (
    EndOfStream,
    FrameText,
    Message,
    SinkStatus,
    SourceStatus,
    StageStats,
    TextEvent,
)
from stream_ocr.metrics import SourceMeters
from stream_ocr.sinks import Item
from stream_ocr.sinks.outlets import Outlets
from stream_ocr.tracking.lifecycle import Lifecycle

if TYPE_CHECKING:
    # They are made elsewhere, by those who need OpenVINO.
    pass

from stream_ocr.stages.stage import Stage

__all__ = ["Publish"]


class Publish(Stage[FrameText]):
    """Turns lines into events and hands them to the event sinks."""

    name = "publish"

    def __init__(self, outlets: Outlets[Item], through: Callable[[str, int], None] | None = None) -> None:
        """`through` is told the source and number of each frame that has come this far."""
        super().__init__()
        self._through = through
        self._meters = SourceMeters()
        self.events: dict[str, int] = {"appear": 0, "update": 0, "disappear": 0}
        """Events so far, by kind."""
        self.problems: dict[str, str | None] = {}
        """What was passed over, by source that has ended."""
        self._outlets = outlets
        self._sequence = count(1)
        self._run = secrets.token_hex(6)
        self._lifecycles: dict[str, Lifecycle] = {}

    def work(self, message: FrameText) -> Iterator[Message]:
        """Says what there is to say about one frame."""
        lifecycle = self._lifecycles.setdefault(message.frame.source, Lifecycle(self._sequence, self._run))
        self._say(lifecycle.update(message, time.time()))
        self._look_after()
        self._meters.aged(message.frame.source, time.time() - message.frame.captured_at)
        if self._through is not None:
            self._through(message.frame.source, message.frame.seq)
        yield message

    def settle(self) -> tuple[Message, ...]:
        """Looks after the sinks."""
        self._look_after()
        return ()

    def finish(self, end: EndOfStream) -> Iterator[Message]:
        """Closes whatever is open."""
        lifecycle = self._lifecycles.pop(end.source, None)
        if lifecycle is not None:
            self._say(lifecycle.finish(end, time.time()))
        if end.final:
            self.problems[end.source] = end.problem
            self._tell(self._meters.finish(end.source, time.monotonic(), time.time()))
        yield end

    def relay(self, message: Item) -> tuple[Message, ...]:
        """Stats end here; of the status of sources, annotate has to know too."""
        if not isinstance(message, SinkStatus):
            self._meters.take(message, time.monotonic())
        if not isinstance(message, SourceStatus):
            self._tell([message])
            return ()
        self._outlets.hear(message)
        self._tell([message])
        return (message,)

    def report(self, stats: StageStats) -> tuple[Message, ...]:
        """Adds how each source does, and what the sinks and annotate say."""
        self._tell([stats])
        self._look_after()
        self._tell(self._meters.report(time.monotonic(), time.time()))
        return ()

    def close(self) -> None:
        """Lets the sinks finish, and closes them."""
        self._outlets.close()
        self.failed = self.failed or self._outlets.failure(ending=True)

    def _say(self, events: Sequence[TextEvent]) -> None:
        for event in events:
            self.events[event.kind] += 1
            self._count(event.source, event.kind)
            self._meters.take(event, time.monotonic())
        self._tell(events)

    def _tell(self, items: Iterable[Item]) -> None:
        for item in items:
            self._outlets.put(item)

    def _look_after(self) -> None:
        """Says what there is to say about sinks, to all of them, and notices that one has failed."""
        news = self._outlets.desk.news
        news.extend(self._outlets.news())
        self._tell(news.popleft() for _ in range(len(news)))
        self.failed = self.failed or self._outlets.failure()
