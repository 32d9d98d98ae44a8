"""The bench: where a worker sits, connected to the desk of the main process; see `desk` for what they say."""

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import msgspec
import zmq

from stream_ocr import wire
from stream_ocr.errors import StreamOcrError, WireError
from stream_ocr.messages import Message, StageStats
from stream_ocr.transport import desk
from stream_ocr.transport.news import Welcome
from stream_ocr.transport.sockets import Context, Socket

__all__ = ["Beat", "Bench", "DismissedError", "Work"]

_LINGER_MS = 500
_MAX_REASON = 200
_MAX_PARTS = 8 + wire.MAX_ARRAYS


class DismissedError(WireError):
    """The main process has let the worker go, or is not there any more."""


class Work(NamedTuple):
    """A piece of work."""

    number: int
    message: Message | None
    """None: a source is to give its next frame."""


class Bench(Socket):
    """The worker's side, for one session. Raises WireError when `endpoint` is not one."""

    def __init__(self, context: Context, endpoint: str, job: str, who: str) -> None:
        """`job`: what the worker can do; `who`: what it is, for people."""
        super().__init__(context, zmq.DEALER, linger=_LINGER_MS)
        # Nothing is kept for a desk that is not there: another one would not know what to do with it.
        self._socket.setsockopt(zmq.IMMEDIATE, 1)
        self._endpoint = endpoint
        self._hello = [desk.HELLO, desk.PROTOCOL, job.encode(), who.encode()]
        self.session = b""
        """Empty until there is a welcome."""
        self.stopping = False
        """Whether the main process asks for an end."""
        self.admitted = False
        """Whether it lets in a frame; who makes use of it clears this."""
        self.reason: str | None = None
        """Why there was no welcome yet, as far as the desk has said."""
        self._beaten = 0.0
        self._lost = 0
        """Connections that broke before the welcome."""
        self._connect(endpoint)

    def report(self, timeout: float) -> Welcome | None:
        """Asks to be taken on; None where nobody answers, or there is another worker, after `timeout` seconds.

        Raises WireError: refused for good.
        """
        deadline = time.monotonic() + timeout
        if not self._socket.poll(int(timeout * 1000), zmq.POLLOUT):
            return None
        self._say(*self._hello)
        while self._readable(deadline - time.monotonic()):
            match [part.bytes for part in self._parts(_MAX_PARTS) or ()]:
                case [desk.WELCOME, session, welcome]:
                    self.session, self._lost = session, self._visitors.lost
                    return msgspec.msgpack.decode(welcome, type=Welcome)
                case [desk.REFUSED, final, reason]:
                    self.reason = reason[:_MAX_REASON].decode(errors="replace")
                    if final:
                        raise WireError(f"{self._endpoint}: refused: {self.reason}")
        return None

    def ready(self) -> None:
        """Says that work can be taken."""
        self._tell(desk.READY)

    def take(self, timeout: float) -> Work | None:
        """The next piece of work, or None after `timeout` seconds, or when something else was said.

        Raises DismissedError.
        """
        if self._visitors.lost > self._lost:
            raise DismissedError(f"{self._endpoint}: the connection broke")
        if time.monotonic() - self._beaten > desk.BEAT_EVERY:
            self._beaten = time.monotonic()
            # While nobody reads there, there may be no room for one more.
            self._say(desk.BEAT, self.session)
        deadline = time.monotonic() + timeout
        while self._readable(deadline - time.monotonic()):
            parts = [part.buffer for part in self._parts(_MAX_PARTS) or ()]
            # A greeting that was repeated is answered again.
            if len(parts) > 1 and parts[1] == self.session and parts[0] != desk.WELCOME:
                return self._understood(bytes(parts[0]), parts[2:])
        return None

    def give(self, number: int, message: Message, pictures: wire.Pictures = "none") -> None:
        """What came of a piece of work. Raises DismissedError."""
        self._tell(desk.RESULT, number.to_bytes(8, "big"), *wire.encode(message, pictures))

    def done(self, number: int) -> None:
        """Says that the next piece of work can come. Raises DismissedError."""
        self._tell(desk.DONE, number.to_bytes(8, "big"))

    def offer(self, seq: int) -> None:
        """Says that there is a frame. Raises DismissedError."""
        self._tell(desk.OFFERED, seq.to_bytes(8, "big"))

    def tell(self, stats: StageStats) -> None:
        """What it did. Raises DismissedError."""
        self._tell(desk.TOLD, *wire.encode(stats))

    def fail(self, error: StreamOcrError) -> None:
        """Says that it cannot go on. Raises DismissedError."""
        words = " ".join(str(error).split())[:_MAX_REASON]
        self._tell(desk.FAILED, type(error).__name__.encode(), words.encode())

    def bye(self) -> None:
        """Says that it leaves, if anybody is there to hear it."""
        self._say(desk.BYE, self.session)

    def _understood(self, kind: bytes, rest: Sequence[memoryview]) -> Work | None:
        match kind, rest:
            case desk.WORK, [number, *message]:
                return Work(int.from_bytes(number, "big"), wire.decode(message) if message else None)
            case desk.ADMIT, []:
                self.admitted = True
            case desk.STOP, []:
                self.stopping = True
            case desk.BYE, []:
                raise DismissedError(f"{self._endpoint}: the run has let go")
        return None

    def _tell(self, kind: bytes, *parts: wire.Buffer) -> None:
        if not self._say(kind, self.session, *parts):
            raise DismissedError(f"{self._endpoint}: the connection broke")

    def _say(self, *parts: wire.Buffer) -> bool:
        """Whether there is anybody who will hear it; never waits."""
        with suppress(zmq.Again):
            self._socket.send_multipart(parts, zmq.DONTWAIT, copy=False)
            return True
        return False


class Beat(Socket):
    """A connection for signs of life only, for a thread beside the one that works."""

    def __init__(self, context: Context, endpoint: str) -> None:
        super().__init__(context, zmq.DEALER, linger=0)
        self._socket.setsockopt(zmq.IMMEDIATE, 1)
        self._connect(endpoint)

    def beat(self, session: bytes) -> None:
        """One sign of life; never waits."""
        while self._readable(0):
            # That the session is over, its own connection tells too.
            self._parts(1)
        with suppress(zmq.Again):
            self._socket.send_multipart([desk.BEAT, session], zmq.DONTWAIT)
