"""What stands in for a source that runs elsewhere: it asks for a message whenever the graph has room for one.

So what is not asked for is dropped where the frames come from, as if the source were a thread here. A worker that is
lost is a source that is lost: its status says so, what is open ends, and the next worker goes on from there.
"""

import time
from collections.abc import Callable
from dataclasses import replace

import msgspec

from stream_ocr.capture import Beginning
from stream_ocr.config import Config
from stream_ocr.errors import StreamOcrError
from stream_ocr.messages import EndOfStream, EndReason, Frame, Message, SourceStatus, StageStats
from stream_ocr.placement.post import Job, Post
from stream_ocr.runner import Control, Node
from stream_ocr.transport import Bell, Context, Gone, News, Offered, Outbox, Result
from stream_ocr.turnstile import Turnstile

__all__ = ["run_relay"]

_GLANCE = 0.1
"""Seconds after which it looks whether it is to stop."""
_PARTING = 1.5
"""Seconds that the worker has to end the stream when the run is to end."""
_LAST_WORDS = 0.5
"""Seconds that it has to say why the source is lost for good."""


def run_relay(node: Node, config: Config, context: Context, control: Control, ready: Callable[[], None]) -> None:
    """Relays a source until it ends, or is told to stop; its end of stream is always sent.

    Raises what the source raises in its worker, or StageError.
    """
    assert node.outbox is not None
    job = Job("source", node.name, config.sources[node.name])
    with Outbox(context, node.outbox) as outbox, Post(job, config, context, control.stop) as post, Bell() as bell:
        post.open()
        ready()
        control.go.wait()
        if not control.abandoned.is_set():
            entrance = _Entrance(node.name, control.turnstile, config.sources[node.name].max_lag, bell)
            _Relay(node.name, outbox, post, entrance, control).run()


class _Entrance:
    """Where the live frames of one source wait for their turn, although they are elsewhere."""

    def __init__(self, source: str, turnstile: Turnstile, max_lag: float, bell: Bell) -> None:
        """The bell rings when it is worth another try."""
        self.bell = bell
        self._source = source
        self._turnstile = turnstile
        self._max_lag = max_lag
        self._offered: int | None = None
        self._inside: int | None = None
        """Number of the frame that was let in, until it is there."""

    def offer(self, seq: int) -> None:
        """A frame waits."""
        self._offered = seq

    def admits(self) -> bool:
        """Whether it is let in now."""
        if self._offered is None:
            return False
        now = time.monotonic()
        entered = self._turnstile.enter(self._source, self._offered, now=now, limit=self._max_lag, call=self.bell.ring)
        if entered:
            self._inside, self._offered = self._offered, None
        return entered

    def arrived(self) -> None:
        """It is there; who sees it leave the graph knows its number."""
        self._inside = None

    def leave(self) -> None:
        """No frame waits any more, and none that was let in will come."""
        self._turnstile.withdraw(self._source)
        if self._inside is not None:
            self._turnstile.through(self._source, self._inside)
        self._offered = self._inside = None


class _Relay:
    def __init__(self, name: str, outbox: Outbox, post: Post, entrance: _Entrance, control: Control) -> None:
        self._name = name
        self._outbox = outbox
        self._post = post
        self._entrance = entrance
        self._stop = control.stop
        self._pauses = control.pauses
        self._paused: SourceStatus | None = None
        """What was said of the source before it was paused."""
        self._status: SourceStatus | None = None
        self._asked = 0
        """Number of the message that is asked for; 0: none."""
        self._number = 0
        self._online = False
        self._next = Beginning()
        """Where the next worker would have to go on."""
        self._live = False
        self._heard = time.monotonic()
        """When the last message came."""
        self._end: EndOfStream | None = None
        self._parting: float | None = None
        """Since when the worker is to end."""

    def run(self) -> None:
        """Feeds the graph."""
        if not self._post.desk.ready:
            self._say(self._reconnecting("nobody has dialled in yet"))
        try:
            while self._end is None and not self._is_late():
                self._step()
        finally:
            self._entrance.leave()
            if self._end is None:
                asked = self._stop.is_set() and self._post.failed is None
                reason: EndReason = "end-of-stream" if asked else "source-lost"
                self._outbox.put(EndOfStream(source=self._name, reason=reason, pts=self._next.pts))
        failure = self._failure()
        if failure is not None:
            raise failure

    def _step(self) -> None:
        """Asks for a message, and waits for it, or for room."""
        if self._stop.is_set() and self._parting is None:
            self._parting = time.monotonic()
            self._post.desk.stop()
        desk, wants = self._post.desk, False
        if self._online and (self._paused is not None) != (self._name in self._pauses):
            self._switch()
        if not desk.ready:
            self._expect()
        elif self._asked and not self._paused and self._entrance.admits():
            desk.admit()
        elif not self._asked and self._outbox.ready and (self._live or not self._paused):
            self._asked = self._number = self._number + 1
            desk.give(self._asked, None)
        else:
            wants = not self._asked and not self._paused
        news = self._post.take(0.0)
        if news is not None:
            self._hear(news)
        elif wants:
            self._outbox.wait_for(_GLANCE, desk, self._entrance.bell)
        else:
            desk.wait_for(_GLANCE, self._entrance.bell)
        self._entrance.bell.quiet()

    def _switch(self) -> None:
        """Says that the source is paused, and, where it does not wait, ends what is open; or that it is read again.

        No frame of a camera is let in meanwhile, and nothing is asked of a file.
        """
        if self._paused is not None:
            status, self._paused = self._paused, None
            self._say(msgspec.structs.replace(status, wall=time.time()))
            return
        assert self._status is not None
        self._paused = self._status
        self._say(msgspec.structs.replace(self._status, state="paused", wall=time.time()))
        if self._live:
            self._entrance.leave()
            self._say(EndOfStream(source=self._name, reason="source-lost", pts=self._next.pts, final=False))

    def _is_late(self) -> bool:
        """Whether nobody will end the stream but this relay."""
        if self._parting is None:
            return self._post.failed is not None
        return self._post.vacant or time.monotonic() - self._parting > _PARTING

    def _hear(self, news: News) -> None:
        match news:
            case Result(number, message) if number == self._asked and _is_of(self._name, message):
                self._asked = 0
                self._note(message)
                self._outbox.put(message)
            case Result():
                self._post.replace("it gave what it was not asked for")
                self._lose("it gave what it was not asked for")
            case Offered(seq):
                self._entrance.offer(seq)
            case Gone(cause):
                self._lose(cause)

    def _note(self, message: Message) -> None:
        self._heard = time.monotonic()
        if isinstance(message, Frame):
            self._next = Beginning(message.epoch, message.seq + 1, message.pts)
            self._entrance.arrived()
        elif isinstance(message, SourceStatus):
            self._online, self._live = message.state == "online", message.live
            self._status, self._paused = message, None
            if not self._online:
                self._entrance.leave()
            self._next = replace(self._next, epoch=message.epoch)
        elif isinstance(message, EndOfStream) and message.final:
            self._end = message

    def _lose(self, cause: str) -> None:
        """The worker is lost, and the source with it, until there is another one."""
        self._asked = 0
        self._entrance.leave()
        if self._online and self._parting is None:
            self._online = False
            self._say(self._reconnecting(cause))
            self._say(EndOfStream(source=self._name, reason="source-lost", pts=self._next.pts, final=False))
            self._next = replace(self._next, epoch=self._next.epoch + 1)

    def _expect(self) -> None:
        """Tells the desk where the next worker is to go on: what is live goes on while nobody looks."""
        missed = time.monotonic() - self._heard if self._live else 0.0
        self._post.desk.welcome = msgspec.structs.replace(
            self._post.desk.welcome, epoch=self._next.epoch, seq=self._next.seq, pts=self._next.pts + missed
        )

    def _reconnecting(self, cause: str) -> SourceStatus:
        return SourceStatus(
            source=self._name,
            state="reconnecting",
            epoch=self._next.epoch,
            wall=time.time(),
            cause=cause,
            live=self._live,
        )

    def _say(self, message: Message) -> None:
        """Sends what must not be lost as soon as there is a credit, however long that takes while the run goes on."""
        while not self._outbox.ready and not self._stop.is_set():
            self._outbox.wait_for(_GLANCE)
        self._outbox.put(message)

    def _failure(self) -> StreamOcrError | None:
        """Why the source is lost for good."""
        if self._end is not None and self._end.reason == "source-lost" and self._post.failed is None:
            # The end is said first, then what led to it.
            self._post.expect_end()
            deadline = time.monotonic() + _LAST_WORDS
            while (left := deadline - time.monotonic()) > 0 and not isinstance(self._post.take(left), Gone):
                pass
        return self._post.failed


def _is_of(source: str, message: Message) -> bool:
    """Whether it is something that the source may say."""
    kinds = Frame | SourceStatus | StageStats | EndOfStream
    return isinstance(message, kinds) and message.source == source
