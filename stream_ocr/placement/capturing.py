"""The far side of a source: captured in a thread, as it would be in the main process, and exported when asked for."""

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import msgspec

from stream_ocr import wire
from stream_ocr.capture import Beginning
from stream_ocr.config import Config, GateConfig, SourceConfig
from stream_ocr.feed import Source, run_source
from stream_ocr.messages import EndOfStream, Message
from stream_ocr.placement.worker import Session
from stream_ocr.runner import Control, Node
from stream_ocr.sources import is_live
from stream_ocr.transport import Bell, Inbox, Welcome
from stream_ocr.turnstile import Turnstile

__all__ = ["SourceWork"]

_GLANCE = 0.05
_AFTER = 1e-3
"""Seconds after the last frame of a file from which it is read on."""
_sessions = itertools.count()


class SourceWork:
    """The work of a source."""

    def __init__(self, name: str, config: Config) -> None:
        self._name = name
        self._settings = config.sources[name]
        self._config = config

    def __call__(self, session: Session, welcome: Welcome) -> None:
        """Captures until the source has ended, or is told to stop. Raises DismissedError, and what capture raises."""
        source = _from(self._settings, self._config.stages_of(self._name).gate, welcome)
        node = Node(self._name, None, f"inproc://capture {next(_sessions)}", stats_every=self._config.stats_every)
        assert node.outbox is not None
        with (
            Inbox(session.context, node.outbox) as inbox,
            Bell() as bell,
            ThreadPoolExecutor(1, "stream-ocr") as thread,
        ):
            turnstile = _Turnstile(bell)
            control, opened = Control(turnstile=turnstile), _Opened(bell)
            captured = thread.submit(run_source, node, source, session.context, control, opened.set)
            captured.add_done_callback(lambda _: bell.ring())
            try:
                _Export(session, inbox, control, turnstile, bell).run(captured, opened, self._settings.transfer)
            finally:
                control.abandon()
                turnstile.open()
                while not captured.done():
                    inbox.receive(_GLANCE)
        captured.result()


class _Opened:
    """Whether the source is open."""

    def __init__(self, bell: Bell) -> None:
        self.said = False
        self._bell = bell

    def set(self) -> None:
        """It is; called by who opened it."""
        self.said = True
        self._bell.ring()


class _Turnstile(Turnstile):
    """The turnstile of the main process, as the capture of a live source sees it."""

    def __init__(self, bell: Bell) -> None:
        """The bell rings when there is a frame to be offered."""
        super().__init__()
        self._bell = bell
        self._guard = threading.Lock()
        self._admitted = False
        self._offer: tuple[int, Callable[[], None]] | None = None
        self._told = False

    def enter(self, source: str, seq: int, *, now: float, limit: float, call: Callable[[], None]) -> bool:
        """Whether the frame may go; if not, it is offered, and `call` is called when it may."""
        del source, now, limit
        with self._guard:
            if self._admitted:
                self._admitted, self._offer, self._told = False, None, False
                return True
            fresh, self._offer = self._offer is None, (seq, call)
        if fresh:
            self._bell.ring()
        return False

    def withdraw(self, source: str) -> None:
        """No frame waits any more."""
        del source
        with self._guard:
            self._admitted, self._offer, self._told = False, None, False

    def offered(self) -> int | None:
        """The number of a frame that waits and was not told yet; now it is."""
        with self._guard:
            if self._offer is None or self._told:
                return None
            self._told = True
            return self._offer[0]

    def admit(self) -> None:
        """The frame that was offered may go."""
        with self._guard:
            offer = self._offer
            self._admitted = offer is not None
        if offer is not None:
            offer[1]()


class _Export:
    """Gives what is captured, one message whenever one is asked for."""

    def __init__(self, session: Session, inbox: Inbox, control: Control, turnstile: _Turnstile, bell: Bell) -> None:
        self._session = session
        self._bench = session.bench
        self._inbox = inbox
        self._control = control
        self._turnstile = turnstile
        self._bell = bell
        self._asked: int | None = None

    def run(self, captured: Future[None], opened: _Opened, pictures: wire.Pictures) -> None:
        """Until the end of the stream was given, or there will be none because the source cannot be opened."""
        ready, over = False, False
        while not (over or self._session.stop.is_set() or (captured.done() and not opened.said)):
            self._session.heart.rounds += 1
            heard = self._hear()
            if opened.said and not ready:
                ready = True
                self._bench.ready()
            seq = self._turnstile.offered()
            if seq is not None:
                self._bench.offer(seq)
            message = self._next()
            if message is not None:
                self._give(message, pictures)
                over = isinstance(message, EndOfStream) and message.final
            elif not heard:
                self._bench.wait_for(_GLANCE, self._inbox, self._bell)
            self._bell.quiet()

    def _hear(self) -> bool:
        """Whether the main process had anything to say."""
        work = self._bench.take(0.0)
        if work is not None:
            self._asked = work.number
        if work is not None or self._bench.stopping:
            self._control.go.set()
        if self._bench.stopping:
            self._control.stop.set()
        admitted, self._bench.admitted = self._bench.admitted, False
        if admitted:
            self._turnstile.admit()
        return work is not None or admitted

    def _next(self) -> Message | None:
        if self._asked is not None:
            return self._inbox.receive(0.0)
        # Taking one would say that there is room for the next.
        self._inbox.attend(0.0)
        return None

    def _give(self, message: Message, pictures: wire.Pictures) -> None:
        assert self._asked is not None
        asked, self._asked = self._asked, None
        self._bench.give(asked, message, pictures)


def _from(settings: SourceConfig, gate: GateConfig, welcome: Welcome) -> Source:
    """The source, from where the worker before was lost."""
    beginning = Beginning(welcome.epoch, welcome.seq, welcome.pts)
    if welcome.pts > 0 and not is_live(settings) and not settings.loop:
        settings = msgspec.structs.replace(settings, start=welcome.pts + _AFTER)
        beginning = Beginning(welcome.epoch, welcome.seq)
    return Source(settings, gate, beginning)
