"""A source in the graph: opened, captured, and, if it is a camera or a stream, tried again whenever it is lost.

A file waits for its turn, so every frame of it is seen. Of a live source the newest frame wins. When it fails, or shows
nothing new for too long, its status says so, what is open ends, and after a while it is tried again; numbers and media
time go on from there.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from stream_ocr.backoff import Backoff
from stream_ocr.capture import Beginning, Media, frames, open_source
from stream_ocr.config import GateConfig, SourceConfig
from stream_ocr.connection import Connection
from stream_ocr.doorstep import Doorstep
from stream_ocr.errors import LoginError, SourceError
from stream_ocr.locating import presence_of
from stream_ocr.masking import masked
from stream_ocr.media import MediaInfo
from stream_ocr.messages import EndOfStream, EndReason, Message, SourceState, SourceStatus, StageStats
from stream_ocr.metrics import Meter
from stream_ocr.runner import Control, Node
from stream_ocr.sources import is_live, is_waited_for
from stream_ocr.transport import Bell, Context, Outbox

__all__ = ["Source", "run_source"]

_GLANCE = 0.1
"""Seconds after which a thread looks whether it is to stop."""
_PARTING = 0.3
"""Seconds that a reader has to end when the run does; one that hangs in a read is left behind."""
_MARGIN = 1.0
"""Seconds beyond its own time-out that opening may take."""


@dataclass(frozen=True)
class Source:
    """What there is to capture."""

    settings: SourceConfig
    gate: GateConfig
    beginning: Beginning = field(default_factory=Beginning)


def run_source(node: Node, source: Source, context: Context, control: Control, ready: Callable[[], None]) -> None:
    """Captures a source until it ends, is given up, or is told to stop; its end of stream is always sent.

    Raises SourceError.
    """
    assert node.outbox is not None
    with Outbox(context, node.outbox) as outbox:
        if is_live(source.settings):
            ready()
            control.go.wait()
            if not control.abandoned.is_set():
                with Bell() as bell:
                    _Feed(node, source, outbox, bell, control).run()
            return
        with open_source(node.name, source.settings, source.beginning.pts) as media:
            ready()
            control.go.wait()
            if not control.abandoned.is_set():
                _read_through(node, media, source, outbox, control)


def _read_through(node: Node, media: Media, source: Source, outbox: Outbox, control: Control) -> None:
    """Sends what passes the gate of a source that waits."""
    meter = Meter("capture", period=node.stats_every, now=time.monotonic(), source=node.name)
    end = EndOfStream(source=node.name, reason="source-lost")
    try:
        outbox.put(_online(node.name, source.beginning.epoch, media.info))
        began = time.monotonic()
        for frame in frames(node.name, media, source.gate, control.stop, source.beginning):
            meter.worked(time.monotonic() - began)
            if node.name in control.pauses:
                _rest(node.name, media, source, outbox, control)
            if frame is not None:
                meter.count("passed")
                outbox.put(frame)
            if meter.due(time.monotonic()):
                outbox.put(_report(meter, media))
            began = time.monotonic()
        outbox.put(_report(meter, media))
        epoch = source.beginning.epoch
        outbox.put(SourceStatus(source=node.name, state="offline", epoch=epoch, wall=time.time()))
        end = EndOfStream(source=node.name, pts=media.position, problem=media.problem)
    finally:
        outbox.put(end)


def _rest(name: str, media: Media, source: Source, outbox: Outbox, control: Control) -> None:
    """Stands still while a source is paused that can wait: nothing of it is missed."""
    epoch = source.beginning.epoch
    outbox.put(SourceStatus(source=name, state="paused", epoch=epoch, wall=time.time()))
    while name in control.pauses and not control.stop.wait(_GLANCE):
        pass
    if not control.stop.is_set():
        outbox.put(_online(name, epoch, media.info))


def _report(meter: Meter, media: Media) -> StageStats:
    meter.counts.update(frames=media.decoded, dropped=0, corrupt=media.corrupt, position=media.position)
    return meter.report(time.monotonic(), time.time())


class _Feed:
    """A live source, from connection to connection."""

    def __init__(self, node: Node, source: Source, outbox: Outbox, bell: Bell, control: Control) -> None:
        self._name = node.name
        self._source = source
        self._outbox = outbox
        self._bell = bell
        self._stop = control.stop
        self._turnstile = control.turnstile
        self._pauses = control.pauses
        self._paused = False
        """Whether it was said that it is."""
        self._backoff = Backoff(source.settings.reconnect)
        self._meter = Meter("capture", period=node.stats_every, now=time.monotonic(), source=node.name)
        self._next = source.beginning
        self._epoch = source.beginning.epoch
        """Of the last connection that showed something."""
        self._corrupt = 0
        self._problem: str | None = None
        self._was_live = False

    def run(self) -> None:
        """Feeds the graph. Raises SourceError when the source is given up."""
        end = EndOfStream(source=self._name, reason="source-lost")
        try:
            failure = self._serve()
            cause = None if failure is None else self._cause(failure)
            self._say(self._status("offline", cause=cause))
            reason: EndReason = "end-of-stream" if failure is None else "source-lost"
            end = EndOfStream(source=self._name, reason=reason, pts=self._next.pts, problem=cause or self._problem)
        finally:
            self._outbox.put(end)
        if failure is not None:
            raise failure

    def _serve(self) -> SourceError | None:
        """Follows connections until one ends well or the run stops (None), or the source is given up."""
        while not self._stop.is_set():
            connection = self._connect()
            began = time.monotonic()
            failure = self._follow(connection)
            self._part_from(connection)
            if failure is None:
                return None
            live = connection.opened is None or connection.opened.live
            self._backoff.lost(connection.heard - began if connection.opened else 0.0)
            if not (live and is_waited_for(self._source.settings)) or self._backoff.exhausted:
                return failure
            self._lose(connection, failure)
        return None

    def _connect(self) -> Connection:
        connection = Connection(self._name, self._source.settings, self._source.gate, self._next, self._meter)
        connection.start(self._bell)
        return connection

    def _follow(self, connection: Connection) -> SourceError | None:
        """Hands on what comes, until nothing more does; None where that is as it should be."""
        told = False
        while not self._stop.is_set():
            if connection.opened is not None and not told:
                told = True
                if self._was_live and not connection.opened.live:
                    # A broadcast that is over can be watched again from its beginning: that is not what was asked for.
                    return None
                self._was_live = connection.opened.live
                self._epoch, self._paused = self._next.epoch, False
                self._say(_online(self._name, self._epoch, connection.opened))
            if told and self._paused != (self._name in self._pauses):
                self._switch(connection)
            if connection.over and connection.newest is None:
                return self._outcome(connection)
            patience = self._patience(connection)
            if patience <= 0:
                return self._silence(connection)
            if not self._hand_on(connection):
                self._outbox.wait(self._bell, min(_GLANCE, patience))
            self._report(connection)
        return None

    def _hand_on(self, connection: Connection) -> bool:
        """Whether there was a frame that could be sent; one of a live source has to wait for its turn."""
        # Asked first: a credit that came must be taken, or waiting for one would end at once, again and again.
        ready, seq = self._outbox.ready, connection.newest
        if seq is None or not ready or self._paused:
            return False
        limit, now = self._source.settings.max_lag, time.monotonic()
        live = connection.opened is not None and connection.opened.live
        if live and not self._turnstile.enter(self._name, seq, now=now, limit=limit, call=self._bell.ring):
            return False
        frame = connection.take()
        if frame is not None:
            self._outbox.put(frame)
        return True

    def _switch(self, connection: Connection) -> None:
        """Says that the source is paused, and ends what is open; or that it is read again.

        Meanwhile it is read as ever, and each frame makes way for the next one.
        """
        assert connection.opened is not None
        self._paused = not self._paused
        if not self._paused:
            self._say(_online(self._name, self._epoch, connection.opened))
            return
        self._turnstile.withdraw(self._name)
        self._say(self._status("paused", cause=None))
        self._say(EndOfStream(source=self._name, reason="source-lost", pts=connection.position, final=False))

    def _outcome(self, connection: Connection) -> SourceError | None:
        """How a connection ended that is over."""
        failure = connection.failure
        if failure is not None and not isinstance(failure, SourceError):
            raise failure
        ended = failure is None and connection.opened is not None and connection.opened.live
        if ended and is_waited_for(self._source.settings):
            return SourceError(f"{self._name}: the stream ended")
        return failure

    def _patience(self, connection: Connection) -> float:
        """Seconds for which nothing need come yet."""
        limits = self._source.settings.reconnect
        silent = time.monotonic() - connection.heard
        if connection.opened is None:
            return limits.open + _MARGIN - silent
        watched = connection.opened.live and is_waited_for(self._source.settings)
        return limits.stall - silent if watched else _GLANCE

    def _silence(self, connection: Connection) -> SourceError:
        limits = self._source.settings.reconnect
        if connection.opened is None:
            return SourceError(f"{self._name}: no answer within {limits.open:g} s")
        return SourceError(f"{self._name}: no frame for {limits.stall:g} s")

    def _part_from(self, connection: Connection) -> None:
        """Ends a connection, and notes where the next one goes on."""
        connection.stop()
        self._turnstile.withdraw(self._name)
        connection.join(_PARTING)
        self._report(connection, at_once=True)
        self._corrupt += connection.corrupt
        self._problem = connection.problem
        self._next = replace(self._next, seq=connection.seq, pts=connection.position)

    def _lose(self, connection: Connection, failure: SourceError) -> None:
        """Says that the source is lost, ends what is open, and waits until it is to be tried again."""
        pause = self._backoff.wait(random.random())  # noqa: S311 spreads attempts, keeps no secret
        if isinstance(failure, LoginError):
            # Many cameras lock an account after a few failures.
            pause = self._source.settings.reconnect.longest
        self._say(self._status("reconnecting", cause=self._cause(failure), retry_in=round(pause, 3)))
        if connection.opened is not None:
            self._say(EndOfStream(source=self._name, reason="source-lost", pts=self._next.pts, final=False))
        until = time.monotonic() + pause
        with Doorstep(presence_of(self._source.settings)) as doorstep:
            while not self._stop.wait(_GLANCE):
                # One that hangs in a read keeps the device, or a place at the camera: one at a time.
                if connection.over and (time.monotonic() >= until or doorstep.back.is_set()):
                    break
        if connection.opened is not None:
            # Media time goes on while nobody looks.
            pts = self._next.pts + time.monotonic() - connection.heard
            self._next = Beginning(self._next.epoch + 1, self._next.seq, pts)

    def _say(self, message: Message) -> None:
        """Sends what must not be lost as soon as there is a credit, however long that takes while the run goes on."""
        while not self._outbox.ready and not self._stop.is_set():
            self._outbox.wait(self._bell, _GLANCE)
        self._outbox.put(message)

    def _report(self, connection: Connection, *, at_once: bool = False) -> None:
        if not at_once and not (self._meter.due(time.monotonic()) and self._outbox.ready):
            return
        corrupt = self._corrupt + connection.corrupt
        with connection.lock:
            self._meter.counts.update(corrupt=corrupt, position=connection.position)
            stats = self._meter.report(time.monotonic(), time.time(), queue=int(connection.newest is not None))
        self._say(stats)

    def _status(self, state: SourceState, *, cause: str | None, retry_in: float | None = None) -> SourceStatus:
        return SourceStatus(
            source=self._name,
            state=state,
            epoch=self._epoch,
            wall=time.time(),
            cause=cause,
            retry_in=retry_in,
            live=True,
        )

    def _cause(self, failure: SourceError) -> str:
        """What went wrong, without the name and the address that everybody knows who is told."""
        return str(failure).removeprefix(f"{self._name}: ").removeprefix(f"{masked(self._source.settings.uri)}: ")


def _online(source: str, epoch: int, info: MediaInfo) -> SourceStatus:
    return SourceStatus(
        source=source,
        state="online",
        epoch=epoch,
        wall=time.time(),
        live=info.live,
        size=info.size,
        rate=info.rate,
        duration=info.duration,
    )
