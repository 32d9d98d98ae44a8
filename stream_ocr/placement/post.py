"""A post: the desk where one worker reports for a stage or a source, and the process that it is, where it is ours.

A process of ours that dies or hangs is replaced at once; at its fifth death within a minute the run ends. Whoever dials
in from elsewhere is taken as they come.
"""

import tempfile
import threading
import time
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from stream_ocr import errors
from stream_ocr.config import Config, Placed
from stream_ocr.errors import StageError, StreamOcrError
from stream_ocr.placement.child import Child
from stream_ocr.transport import Context, Desk, Failed, Gone, News

__all__ = ["Job", "Post"]

_SILENCE = 2.0
"""Seconds without a sign of life after which a process of ours hangs."""
_SILENCE_AFAR = 5.0
"""The same on another machine: a network may hold its breath for longer."""
_STARTING = 20.0
"""Seconds in which it must have reported."""
_LAST_WORDS = 0.05
"""Seconds that what it sent before it died may still be on its way."""
_DEATHS = 5
_WITHIN = 60.0
"""Seconds in which it may not die so often."""
_GLANCE = 0.1


@dataclass(frozen=True)
class Job:
    """What is to be done elsewhere."""

    kind: Literal["stage", "source"]
    name: str
    place: Placed
    """Where."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Post:
    """A context manager; enter and use it in one thread.

    Raises WireError when its endpoint cannot be bound.
    """

    def __init__(self, job: Job, config: Config, context: Context, stop: threading.Event) -> None:
        """`stop`: the run is to end, and nobody is replaced any more."""
        self.failed: StreamOcrError | None = None
        """Why it cannot be filled any more."""
        self._name = job.name
        self._stop = stop
        self._opened = False
        """Whether a worker that is lost is to be replaced."""
        self._started = 0.0
        """When the process was."""
        self._deaths: deque[float] = deque(maxlen=_DEATHS)
        self._child: Child | None = None
        with ExitStack() as stack:
            endpoint, silence = job.place.run, _SILENCE_AFAR
            if job.place.run == "process":
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="stream-ocr-"))
                endpoint, silence = f"ipc://{Path(folder) / 'desk'}", _SILENCE
                self._child = Child([job.kind, job.name, "--config", "-", "--connect", endpoint], config)
                stack.callback(self._child.close)
            self.desk = stack.enter_context(Desk(context, endpoint, str(job), silence=silence))
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Starts the process and waits until it is ready, or the run is to end; another machine is not waited for.

        Raises the error that the process ended with, or StageError.
        """
        if self._child is not None:
            self._start(self._child)
        while self._child is not None and not self.desk.ready and not self._stop.is_set():
            news = self.take(_GLANCE)
            if self.failed is not None:
                raise self.failed
            if isinstance(news, Gone):
                raise StageError(f"{self._name}: {news.cause} before it was ready")
        self._opened = True

    @property
    def vacant(self) -> bool:
        """Whether nobody is there, and nobody is to come any more."""
        return not self.desk.ready and (self._stop.is_set() or self.failed is not None)

    def take(self, timeout: float) -> News | None:
        """What happened next, or None after `timeout` seconds. Who is gone is being replaced already."""
        news = self.desk.take(timeout)
        if self._child is None:
            return Gone(news.words) if isinstance(news, Failed) else news
        if news is None:
            news = self._looked_after(self._child)
        if isinstance(news, Failed):
            self.failed = _told(news)
            news = Gone(news.words)
        elif isinstance(news, Gone) and (cause := self._child.ended(_LAST_WORDS)):
            # Its connection breaks a moment before the process is seen to be dead, which says more.
            news = Gone(f"its process {cause}")
        if isinstance(news, Gone):
            self._replace(news.cause)
        return news

    def replace(self, cause: str) -> None:
        """Sends away a worker that cannot be relied on; there will be no news of that."""
        self.desk.dismiss()
        if self._child is not None:
            self._replace(cause)

    def expect_end(self) -> None:
        """Whoever ends from now on has done its work."""
        self._opened = False

    def close(self) -> None:
        """Lets the worker go; a process of ours ends."""
        self._stack.close()

    def _looked_after(self, child: Child) -> News | None:
        """Whether the process has died, or does not come to anything; None, too, where there is to be none any more."""
        if not child.started:
            return None
        if cause := child.ended():
            return self.desk.take(_LAST_WORDS) or Gone(f"its process {cause}")
        if not self.desk.taken and time.monotonic() - self._started > _STARTING:
            return Gone(f"its process did not report within {_STARTING:g} s")
        return None

    def _replace(self, cause: str) -> None:
        assert self._child is not None
        self.desk.dismiss()
        self._child.kill()
        now = time.monotonic()
        self._deaths.append(now)
        if len(self._deaths) == _DEATHS and now - self._deaths[0] < _WITHIN:
            self.failed = self.failed or StageError(f"{self._name}: {cause}, {_DEATHS} times within a minute")
        if self._opened and self.failed is None and not self._stop.is_set():
            self._start(self._child)

    def _start(self, child: Child) -> None:
        self._started = time.monotonic()
        child.start()


def _told(news: Failed) -> StreamOcrError:
    """The error of another process."""
    kind = getattr(errors, news.kind, StageError) if news.kind in errors.__all__ else StageError
    error: StreamOcrError = kind(news.words)
    return error
