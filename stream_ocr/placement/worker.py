"""The far side: a stage or a source that works for a run elsewhere, for as long as there is one.

A worker reports at the desk of the main process, is taken on, works, and reports again whenever it was let go. One
that was started by the run itself ends with it.
"""

import os
import platform
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from stream_ocr.building import Maker, loaded
from stream_ocr.config import Config
from stream_ocr.errors import StreamOcrError
from stream_ocr.messages import EndOfStream, Frame, FrameText, Message, SourceStatus
from stream_ocr.metrics import Meter
from stream_ocr.placement.heartbeat import Heartbeat
from stream_ocr.stages import Stage
from stream_ocr.transport import Bench, Context, DismissedError, Security, Welcome

__all__ = ["Session", "StageWork", "Worker"]

NUMBERS = 1_000_000
"""Numbers of tracks and texts that each worker has for itself, so that none comes twice."""
_RETRY = 0.5
"""Seconds after which it reports again where nobody answers."""
_PATIENCE = 0.1
_GLANCE = 0.002


@dataclass
class Worker:
    """One that may stop at any time."""

    kind: str
    name: str
    config: Config
    endpoint: str
    """Where the desk is."""
    security: Security
    """The keys with which it is reached."""
    attached: bool
    """It was started by the run, and ends with it."""
    tell: Callable[[str], None]
    """Says something to whoever started it."""
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self, work: "Work") -> None:
        """Works in one session after the other, until it is to stop.

        Raises WireError where it is refused for good, and what the work raises.
        """
        with Context(self.security) as context, Heartbeat(context, self.endpoint) as heart:
            while not self.stop.is_set():
                with Bench(context, self.endpoint, f"{self.kind} {self.name}", _myself()) as bench:
                    try:
                        self._serve(Session(bench, heart, context, self.stop), work)
                    except DismissedError as dismissed:
                        if not self.attached:
                            self.tell(f"{dismissed}; waiting for it")
                if self.attached:
                    return

    def _serve(self, session: "Session", work: "Work") -> None:
        """One session, from the welcome to the end."""
        welcome = self._report(session.bench)
        if welcome is None:
            return
        session.heart.session = session.bench.session
        try:
            work(session, welcome)
        except DismissedError:
            raise
        except StreamOcrError as error:
            with suppress(DismissedError):
                session.bench.fail(error)
            raise
        session.bench.bye()

    def _report(self, bench: Bench) -> Welcome | None:
        """Waits for the welcome; None where it is to stop before."""
        said = None
        while not self.stop.is_set():
            welcome = bench.report(_RETRY)
            if welcome is not None:
                return welcome
            reason = bench.reason or "nobody is there yet"
            if reason != said and not self.attached:
                self.tell(f"{self.endpoint}: {reason}; waiting")
            said = reason
        return None


@dataclass(frozen=True)
class Session:
    """What a piece of work has to do with."""

    bench: Bench
    heart: Heartbeat
    context: Context
    stop: threading.Event


Work: TypeAlias = Callable[[Session, Welcome], None]


class StageWork:
    """The work of a stage; what it needs is loaded once."""

    def __init__(self, name: str, config: Config) -> None:
        self._name = name
        self._config = config
        self._maker: Maker | None = None

    def __call__(self, session: Session, welcome: Welcome) -> None:
        """Works until it is dismissed, or is to stop. Raises DismissedError, and what the stage raises."""
        self._maker = self._maker or loaded(self._name, self._config)
        stage = self._maker(welcome.generation * NUMBERS + 1)
        try:
            session.bench.ready()
            _Shift(session, stage, Meter(self._name, period=self._config.stats_every, now=time.monotonic())).run()
        finally:
            stage.close()


class _Shift:
    """One stage at work."""

    def __init__(self, session: Session, stage: Stage[Any], meter: Meter) -> None:
        self._session = session
        self._bench = session.bench
        self._stage = stage
        self._meter = meter
        self._owed: deque[int] = deque()
        """Numbers of the work whose results are still to come."""

    def run(self) -> None:
        while not self._session.stop.is_set():
            self._session.heart.rounds += 1
            work = self._bench.take(_GLANCE if self._stage.busy else _PATIENCE)
            if work is None or work.message is None:
                self._give(self._stage.settle())
            elif isinstance(work.message, SourceStatus):
                # For it to know; it goes on from the main process.
                list(self._stage.relay(work.message))
            else:
                self._do(work.number, work.message)
            if self._meter.due(time.monotonic()):
                self._report()

    def _do(self, number: int, message: Message) -> None:
        self._owed.append(number)
        began = time.monotonic()
        results = list(self._results(message))
        worked = time.monotonic() - began
        if isinstance(message, EndOfStream):
            self._meter.busied(worked)
            # Before the end: then all that came of the source is counted.
            self._report()
        else:
            self._meter.worked(worked)
        self._give(results)
        self._bench.done(number)

    def _report(self) -> None:
        self._meter.counts.update(self._stage.counts)
        self._meter.by_source = self._stage.by_source
        self._bench.tell(self._meter.report(time.monotonic(), time.time(), queue=self._stage.held))

    def _results(self, message: Message) -> Iterable[Message]:
        match message:
            case Frame() | FrameText():
                self._meter.count("frames")
                return self._stage.work(message)
            case EndOfStream():
                return self._stage.finish(message)
        return ()

    def _give(self, results: Iterable[Message]) -> None:
        for result in results:
            self._bench.give(self._owed.popleft(), result)


def _myself() -> str:
    return f"process {os.getpid()} on {platform.node()}"
