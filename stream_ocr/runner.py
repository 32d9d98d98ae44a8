"""Running one stage in a thread: receive, work, send, until the end of every stream.

Shutdown is a message. When something fails, the failure is noted, capture is told to stop, and whoever failed goes on
taking messages and throwing them away until the streams end, so that the rest of the graph always drains: no thread is
ever interrupted, and no wait is without end.
"""

import threading
import time
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from dataclasses import dataclass, field

from stream_ocr.messages import EndOfStream, Frame, FrameText, Message, SourceStatus
from stream_ocr.metrics import Meter
from stream_ocr.pausing import Pauses
from stream_ocr.pulse import Doing, Pulse
from stream_ocr.stages import Stage
from stream_ocr.transport import Context, Inbox, Outbox
from stream_ocr.turnstile import Turnstile

__all__ = ["Control", "Node", "run_stage"]

_PATIENCE = 0.1
"""Seconds that a stage waits for a message before it looks around."""
_GLANCE = 0.002
"""The same while something is under way in it."""


@dataclass
class Control:
    """What all threads of a run share."""

    stop: threading.Event = field(default_factory=threading.Event)
    """Capture is to end."""
    go: threading.Event = field(default_factory=threading.Event)
    """Everybody is ready: capture begins."""
    abandoned: threading.Event = field(default_factory=threading.Event)
    """The run never began: leave without waiting for an end of stream."""
    pulse: Pulse = field(default_factory=Pulse)
    turnstile: Turnstile = field(default_factory=Turnstile)
    pauses: Pauses = field(default_factory=Pauses)

    @property
    def running(self) -> bool:
        """Whether everybody is there: who is still loading, or has left, would take no report."""
        return self.go.is_set() and not self.abandoned.is_set()

    def abandon(self) -> None:
        """Gives up a run that did not begin."""
        self.abandoned.set()
        self.stop.set()
        self.go.set()


@dataclass(frozen=True)
class Node:
    """Where a stage or source stands in the graph."""

    name: str
    inbox: str | None
    """Endpoint; None for a source."""
    outbox: str | None
    """Endpoint of the next stage; None for the last one."""
    lossy: bool = False
    """Frames of live sources are offered to the next stage, not put: it may miss some, and nobody waits for it."""
    entrance: bool = False
    """It is the first stage: live frames come in when it asks for them."""
    stats_every: float = 1.0


def run_stage(
    node: Node,
    build: Callable[[], Stage[Frame] | Stage[FrameText]],
    sources: AbstractSet[str],
    context: Context,
    control: Control,
    ready: Callable[[], None],
) -> None:
    """Builds the stage and runs it until every source has ended. Raises what the stage raises."""
    with ExitStack() as stack:
        assert node.inbox is not None
        inbox = stack.enter_context(Inbox(context, node.inbox))
        outbox = None if node.outbox is None else stack.enter_context(Outbox(context, node.outbox))
        stage = build()
        stack.callback(stage.close)
        ready()
        meter = Meter(node.name, period=node.stats_every, now=time.monotonic())
        loop = _Loop(stage, inbox, outbox, node, meter, control.pulse)
        owed: dict[str, EndOfStream | None] = dict.fromkeys(sources)
        stack.callback(_discard, inbox, outbox, owed, control)
        stack.callback(control.pulse.leave, node.name)
        loop.run(owed, control)
    if stage.failed is not None:
        raise stage.failed


@dataclass
class _Loop:
    stage: Stage[Frame] | Stage[FrameText]
    inbox: Inbox
    outbox: Outbox | None
    node: Node
    meter: Meter
    pulse: Pulse
    live: set[str] = field(default_factory=set)
    """Sources that set their own pace."""

    def run(self, owed: dict[str, EndOfStream | None], control: Control) -> None:
        """Takes messages until no end of stream is owed to the next stage, or the run is abandoned."""
        while owed and not control.abandoned.is_set():
            message = self._next(control)
            if isinstance(message, EndOfStream) and message.final:
                owed[message.source] = message
            began = self._begin("work")
            results = list(self._handle(message))
            now = time.monotonic()
            (self.meter.worked if isinstance(message, Frame | FrameText) else self.meter.busied)(now - began)
            ends = [result for result in results if isinstance(result, EndOfStream)]
            if ends or (self.meter.due(now) and control.running):
                # Before the end of a stream: after that of the last one nobody listens any more.
                at = results.index(ends[0]) if ends else len(results)
                results[at:at] = self._report()
            self._begin("send")
            self._send(results)
            for end in ends:
                if end.final:
                    owed.pop(end.source, None)
            if self.stage.failed is not None:
                control.stop.set()

    def _next(self, control: Control) -> Message | None:
        """The next message, if there is one soon and the stage takes it."""
        patience = _GLANCE if self.stage.busy else _PATIENCE
        if not self.stage.accepts:
            # Where nothing is under way, its worker is not there.
            self._begin("receive" if self.stage.busy else "wait")
            self.inbox.attend(patience)
            return None
        if self.node.entrance:
            control.turnstile.open()
        self._begin("receive")
        return self.inbox.receive(patience)

    def _handle(self, message: Message | None) -> Iterable[Message]:
        match message:
            case None:
                yield from self.stage.settle()
            case Frame() | FrameText():
                self.meter.count("frames")
                yield from self.stage.work(message)  # type: ignore[arg-type]
            case EndOfStream():
                yield from self.stage.finish(message)
            case _:
                if isinstance(message, SourceStatus) and message.live:
                    self.live.add(message.source)
                yield from self.stage.relay(message)

    def _send(self, messages: Iterable[Message]) -> None:
        for message in messages:
            if self.outbox is None:
                continue
            if self.node.lossy and isinstance(message, FrameText) and message.frame.source in self.live:
                self.outbox.offer(message)
            else:
                self.outbox.put(message)
        if self.outbox is not None:
            self.outbox.pump()

    def _report(self) -> Iterable[Message]:
        self.meter.counts.update(self.stage.counts, rejected=self.inbox.rejected, refused=self.inbox.refused)
        self.meter.by_source = self.stage.by_source
        queue = self.stage.held + self.inbox.waiting()
        return self.stage.report(self.meter.report(time.monotonic(), time.time(), queue=queue))

    def _begin(self, doing: Doing) -> float:
        """Notes what the thread does now; returns the time."""
        now = time.monotonic()
        self.pulse.enter(self.node.name, doing, now)
        return now


def _discard(inbox: Inbox, outbox: Outbox | None, owed: dict[str, EndOfStream | None], control: Control) -> None:
    """After a failure: stops capture, lets what still comes go by, and hands on the ends of streams."""
    if not owed:
        return
    control.stop.set()
    while owed and not control.abandoned.is_set():
        for source in [source for source, end in owed.items() if end is not None]:
            end = owed.pop(source)
            if outbox is not None and end is not None:
                outbox.put(end)
        message = inbox.receive(_PATIENCE) if owed else None
        if isinstance(message, EndOfStream) and message.final:
            owed[message.source] = message
