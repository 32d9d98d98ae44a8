"""The far side of a source: captured in a thread, as it would be in the main process, and exported when asked for."""

import itertools
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import msgspec

from stream_ocr import wire
from stream_ocr.capture import Beginning
from stream_ocr.config import Config, GateConfig, SourceConfig
from stream_ocr.feed import Source, run_source
from stream_ocr.messages import EndOfStream, Frame
from stream_ocr.placement.worker import Session
from stream_ocr.runner import Control, Node
from stream_ocr.sources import is_live
from stream_ocr.transport import Inbox, Welcome

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
        source = _from(self._settings, self._config.stages.gate, welcome)
        node = Node(self._name, None, f"inproc://capture {next(_sessions)}", stats_every=self._config.stats_every)
        control, opened = Control(), threading.Event()
        assert node.outbox is not None
        with Inbox(session.context, node.outbox) as inbox, ThreadPoolExecutor(1, "stream-ocr") as thread:
            captured = thread.submit(run_source, node, source, session.context, control, opened.set)
            try:
                _Export(session, inbox, control, captured).run(opened, self._settings.transfer)
            finally:
                control.abandon()
                while not captured.done():
                    inbox.receive(_GLANCE)
        captured.result()


class _Export:
    """Gives what is captured, one message whenever one is asked for."""

    def __init__(self, session: Session, inbox: Inbox, control: Control, captured: Future[None]) -> None:
        self._session = session
        self._inbox = inbox
        self._control = control
        self._captured = captured
        self._asked: int | None = None

    def run(self, opened: threading.Event, pictures: wire.Pictures) -> None:
        bench, ready = self._session.bench, False
        while not self._session.stop.is_set():
            self._session.pulse.rounds += 1
            work = bench.take(_GLANCE if self._asked is None else 0.0)
            if work is not None:
                self._asked = work.number
            if bench.stopping:
                self._control.stop.set()
            if work is not None or bench.stopping:
                self._control.go.set()
            if opened.is_set() and not ready:
                ready = True
                bench.ready()
            if self._give(pictures) or (self._captured.done() and not opened.is_set()):
                return

    def _give(self, pictures: wire.Pictures) -> bool:
        """Gives a message if one is asked for and is there; whether it was the last one."""
        if self._asked is None:
            # Taking one would say that there is room for the next.
            self._inbox.attend(0.0)
            return False
        message = self._inbox.receive(_GLANCE)
        if message is None:
            return False
        self._session.bench.give(self._asked, message, pictures)
        if isinstance(message, Frame):
            # From here on it is the main process that sees how long it is under way.
            self._control.underway.leave(message.source, message.seq)
        self._asked = None
        return isinstance(message, EndOfStream) and message.final


def _from(settings: SourceConfig, gate: GateConfig, welcome: Welcome) -> Source:
    """The source, from where the worker before was lost."""
    beginning = Beginning(welcome.epoch, welcome.seq, welcome.pts)
    if welcome.pts > 0 and not is_live(settings) and not settings.loop:
        settings = msgspec.structs.replace(settings, start=welcome.pts + _AFTER)
        beginning = Beginning(welcome.epoch, welcome.seq)
    return Source(settings, gate, beginning)
