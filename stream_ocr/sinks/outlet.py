"""One sink in a thread of its own, behind a bounded backlog: whatever it does, nobody else stands still for it.

The thread opens the sink, writes, polls, and closes it: sockets live and die in it. It is a daemon: one that never
comes back from a hanging folder or a full pipe is left behind, and does not keep the process from ending.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Generic, Protocol, TypeVar, runtime_checkable

from stream_ocr.errors import SinkAwayError, SinkGoneError, StreamOcrError
from stream_ocr.messages import Crop, SinkStatus, StageStats
from stream_ocr.pausing import Pauses
from stream_ocr.sinks import EventSink, Said, Shared, Showing
from stream_ocr.sinks.account import Account
from stream_ocr.sinks.backlog import Backlog
from stream_ocr.sinks.deliveries import Deliveries, Delivering
from stream_ocr.transport import Audience

__all__ = ["Outlet", "Sayings", "SinkDesk", "Taker"]

Taken = TypeVar("Taken")
Consumed_contra = TypeVar("Consumed_contra", contravariant=True)
Given = TypeVar("Given")

_FLUSH = 0.8
"""Seconds that sinks have in the end to write what waits for them, where they are not waited for without end: what
comes before and after takes its time too, and the process is to be gone within two seconds."""
_LEAST = 0.25
"""The same where those seconds went by before the end."""
_POLL = 0.1
_RETRY = 1.0
"""Seconds between two attempts at a sink that fails."""
_STUCK = 1.0
"""Seconds of one attempt after which a sink is said to take nothing."""
_AWAY = 30.0
"""Seconds for which a run of files waits for somebody who is away: it cannot wait for ever, and need not give up at
once."""
_MAX_NEWS = 1000


class Taker(Protocol[Consumed_contra]):
    """What an outlet has to do with: an event sink as `Sayings`, or a frame sink as `Pictures`."""

    def write(self, item: Consumed_contra) -> None:
        """Takes one item."""

    def poll(self) -> None:
        """Does what is due."""

    def close(self) -> None:
        """Flushes and closes."""


@runtime_checkable
class Sparing(Protocol):
    """A taker that leaves something out by itself."""

    def left_out(self) -> int:
        """How many items will never be written, since the last call."""


class Sayings:
    """An event sink as a taker of crops too."""

    def __init__(self, sink: EventSink) -> None:
        self._sink = sink

    @property
    def audience(self) -> Audience:
        """That of the sink."""
        return self._sink.audience if isinstance(self._sink, Shared) else Audience()

    @property
    def deliveries(self) -> Deliveries | None:
        """That of the sink, where it keeps account of them itself."""
        return self._sink.deliveries if isinstance(self._sink, Delivering) else None

    def write(self, item: Said) -> None:
        """Takes an item or a crop."""
        if not isinstance(item, Crop):
            self._sink.write(item)
        elif isinstance(self._sink, Showing):
            self._sink.show(item)

    def poll(self) -> None:
        """Lets the sink do what is due."""
        self._sink.poll()

    def close(self) -> None:
        """Closes the sink."""
        self._sink.close()


@dataclass
class SinkDesk:
    """What the sinks of a run share: how long they are waited for, and what there is to say about them."""

    stop: threading.Event
    """The run is to end."""
    stats_every: float = 1.0
    """Seconds between the stats of a sink."""
    live: bool = False
    """A source sets its own pace: no sink is waited for. Where there are files only, all are."""
    news: deque[SinkStatus | StageStats] = field(default_factory=lambda: deque(maxlen=_MAX_NEWS))
    """From frame sinks, for event sinks."""
    pauses: Pauses = field(default_factory=Pauses)
    """Sources that a sink was asked to pause."""
    _deadline: float = math.inf

    def patience(self) -> float:
        """Seconds for which a sink that is full is waited for now: for ever, none, or the rest of a last respite."""
        if self.live:
            return 0.0
        if not self.stop.is_set():
            return math.inf
        now = time.monotonic()
        self._deadline = min(self._deadline, now + _FLUSH)
        # Rounded, the sum less `now` may be a little more than it was.
        return min(max(0.0, self._deadline - now), _FLUSH)

    def respite(self, since: float) -> float:
        """Seconds that sinks have left to finish, when they were asked to at the monotonic second `since`."""
        if self.live:
            return since + _FLUSH - time.monotonic()
        left = self.patience()
        return left if left == math.inf else max(left, since + _LEAST - time.monotonic())


class Outlet(Generic[Taken]):
    """A sink and its thread."""

    def __init__(
        self,
        account: Account,
        desk: SinkDesk,
        make: Callable[[], Taker[Taken]],
        backlog: Backlog[Taken],
        wants: Callable[[Taken], bool] = lambda _: True,
    ) -> None:
        """`make` opens the sink, in the thread; `wants`: whether an item is for this sink."""
        self.account = account
        self.error: Exception | None = None
        """What ended it."""
        self.shows = False
        """It asks for the best picture of each text."""
        self._desk = desk
        self._make = make
        self._wants = wants
        self._backlog = backlog
        self._changed = threading.Condition()
        self._held: Taken | None = None
        self._held_since = math.inf
        self._opened = False
        self._closing = False
        self._over = False
        self._thread = threading.Thread(target=self._run, name=f"stream-ocr sink {account.name}", daemon=True)

    def start(self) -> None:
        """Lets the thread open the sink."""
        self._thread.start()

    def await_open(self, seconds: float) -> None:
        """Waits until the sink is open or has failed; one that takes longer is said to."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._opened or self._over, seconds):
                self.account.trouble("behind", "is not open yet", time.monotonic())

    def put(self, item: Taken) -> None:
        """Hands over one item, and waits for room only in a run of files; what is lost is counted."""
        if not self._wants(item):
            return
        with self._changed:
            while self._no_room_for(item) and (patience := self._desk.patience()) > 0:
                self._changed.wait(min(patience, _POLL))
            now = time.monotonic()
            if self._over:
                self.account.lose(int(self._backlog.counts(item)), "has ended", now)
            elif self._backlog.push(item):
                self.account.lose(1, self._slowness(now), now)
            self._changed.notify_all()

    def news(self, now: float, wall: float) -> list[SinkStatus | StageStats]:
        """What there is to say about the sink since the call before."""
        with self._changed:
            return self.account.news(now, wall, self._backlog.waiting + self._holding)

    def finish(self) -> None:
        """Nothing more will come: what waits is written, and the sink closed."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def join(self, seconds: float) -> bool:
        """Whether the thread has ended, at once or within so many seconds."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def abandon(self) -> None:
        """Gives up a thread that does not end; what waits is lost."""
        with self._changed:
            # What waits elsewhere is there in the next run too.
            self._end(None if self.account.lasting else "did not finish in time")

    @property
    def _holding(self) -> int:
        return int(self._held is not None and self._backlog.counts(self._held))

    def _no_room_for(self, item: Taken) -> bool:
        return self._backlog.counts(item) and self._backlog.full and not self._over

    def _slowness(self, now: float) -> str:
        stuck = now - self._held_since
        if stuck < _STUCK:
            return "is slower than what comes; the oldest are lost"
        return f"has taken nothing for {stuck:.0f} s; the oldest are lost"

    def _reason(self, error: BaseException) -> str:
        """In a few words, and without the name of the sink."""
        kind, _, place = self.account.name.partition(" ")
        if isinstance(error, StreamOcrError):
            return str(error).removeprefix(f"{place or kind}: ")
        return f"{type(error).__name__}: {error}"

    def _run(self) -> None:
        with ExitStack() as stack:
            stack.push(self._note_end)
            sink = self._persist(self._make)
            # What a sink does when it is closed counts too.
            stack.callback(self._settle, sink)
            stack.push(partial(_close, sink))
            with self._changed:
                self._opened = True
                self._changed.notify_all()
            while self._turn(sink):
                pass

    def _turn(self, sink: Taker[Taken]) -> bool:
        """Writes the next item, or lets the sink do what is due; False when nothing more will come."""
        item = self._next()
        began = time.monotonic()
        self._persist(sink.poll if item is None else partial(sink.write, item))
        now = time.monotonic()
        audience = sink.audience if isinstance(sink, Shared) else None
        with self._changed:
            if self._over:
                return False
            if item is not None:
                self.account.wrote(now - began, self._holding)
                self._held, self._held_since = None, math.inf
            self._settle(sink)
            if isinstance(sink, Sparing) and (left_out := sink.left_out()):
                self.account.lose(left_out, "has no room or time for all that is held back", now)
            if audience is not None:
                self.account.look_at(audience, now)
            if self._backlog.empty:
                self.account.catch_up(now)
            return not (self._closing and self._backlog.empty)

    def _settle(self, sink: Taker[Taken]) -> None:
        """Takes over what a sink knows better."""
        deliveries = sink.deliveries if isinstance(sink, Delivering) else None
        with self._changed:
            if deliveries is not None and not self._over:
                self.account.settle(deliveries, time.monotonic())

    def _next(self) -> Taken | None:
        """The next item, which is then in hand; None when there was none for a while."""
        with self._changed:
            if self._backlog.empty and not self._closing:
                self._changed.wait(_POLL)
            if not self._backlog.empty:
                self._held, self._held_since = self._backlog.pop(), time.monotonic()
                self._changed.notify_all()
            return self._held

    def _persist(self, act: Callable[[], Given]) -> Given:
        """Does it; in a run of cameras again and again, as long as that may help."""
        began = time.monotonic()
        while True:
            try:
                return act()
            except StreamOcrError as error:
                if isinstance(error, SinkGoneError) or not self._may_help(error, time.monotonic() - began):
                    raise
                with self._changed:
                    self.account.trouble("failing", self._reason(error), time.monotonic())
                    self._changed.wait_for(lambda: self._closing and self._desk.live, _RETRY)

    def _may_help(self, error: StreamOcrError, seconds: float) -> bool:
        """Whether to try again what has failed for so long."""
        if self._desk.live or not isinstance(error, SinkAwayError):
            return self._desk.live and not self._closing
        return seconds < _AWAY and not self._desk.stop.is_set()

    def _note_end(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """The last that the thread does: whatever ended it is kept for the stage to see."""
        del kind, trace
        with self._changed:
            if isinstance(error, Exception):
                self.error = error
            self._end(None if error is None else self._reason(error))
            self._changed.notify_all()
        return True

    def _end(self, cause: str | None) -> None:
        """Takes nothing from now on; with a cause, what waits is lost."""
        if self._over:
            return
        self._over = True
        if cause is not None:
            now = time.monotonic()
            self.account.trouble("failed", cause, now)
            self.account.lose(self._backlog.clear() + self._holding, cause, now)
        self._held = None


def _close(
    sink: Taker[Taken], kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
) -> None:
    """Closes the sink; after a failure, failing to do that too is no news."""
    del kind, trace
    with nullcontext() if error is None else suppress(StreamOcrError):
        sink.close()
