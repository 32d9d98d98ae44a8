"""The desk: where the main process hands out the work of a stage that runs elsewhere, or asks a source for frames.

One worker at a time reports there, from a `Bench`:

    worker                                    main process
      HELLO version job who       --------->
                                  <---------  WELCOME session welcome, or REFUSED final reason
      READY session               --------->
                                  <---------  WORK session number [parts ...]
      RESULT session number parts ... ----->  what came of it; results come in the order of the work
      DONE session number         --------->  it takes the next one; may be before the result
      OFFERED session number      --------->  a live source has a frame, that of this number or a newer one
                                  <---------  ADMIT session: it may come as the next answer but for what is no frame
      TOLD session parts ...      --------->  its statistics
      BEAT session                --------->  a sign of life, also over a connection of its own
      FAILED session kind words   --------->  it cannot go on
                                  <---------  STOP session: let the source end
      BYE session                 <-------->

A session belongs to one worker. What comes without it is counted and thrown away, and who goes on with a session that
is over is told so.
"""

import secrets
import time
from collections import deque
from dataclasses import dataclass

import msgspec
import zmq

from stream_ocr import wire
from stream_ocr.errors import WireError
from stream_ocr.messages import Message, StageStats
from stream_ocr.transport.news import Came, Done, Failed, Gone, News, Offered, Ready, Result, Told, Welcome
from stream_ocr.transport.sockets import Context, Socket

__all__ = [
    "ADMIT",
    "BEAT",
    "BEAT_EVERY",
    "BYE",
    "DONE",
    "FAILED",
    "HELLO",
    "OFFERED",
    "PROTOCOL",
    "READY",
    "REFUSED",
    "RESULT",
    "STOP",
    "TOLD",
    "WELCOME",
    "WORK",
    "Desk",
]

PROTOCOL = b"stream-ocr/desk/1"
HELLO, WELCOME, REFUSED, READY, WORK, RESULT = b"H", b"W", b"N", b"R", b"J", b"Y"
OFFERED, ADMIT, DONE, TOLD, BEAT, FAILED, STOP, BYE = b"O", b"I", b"D", b"T", b"A", b"F", b"S", b"B"
BEAT_EVERY = 0.25
"""Seconds between the signs of life of a worker."""
_STARTING = 20.0
"""Seconds of silence that a worker is granted until it has done its first piece of work: it may be loading."""
_MISSED = 3 * BEAT_EVERY
"""Seconds of silence after which a worker gives way to another one that asks."""
_AWAY = 0.5
"""Seconds for which nobody may look at the desk before that counts as our silence, not the worker's."""
_MAX_WORDS = 1000
_MAX_PARTS = 8 + wire.MAX_ARRAYS
_AT_ONCE = 100
"""Messages without news after which it is the caller's turn: somebody may send them without end."""
_LINGER_MS = 200


@dataclass
class _Present:
    """The worker that is there."""

    peer: bytes
    session: bytes
    welcome: bytes
    seen: float
    ready: bool = False
    proven: bool = False
    """It has done some work, so that it has loaded what it needs."""
    broken: bool = False
    """Nothing can be sent to it any more; what it said before that may still come."""


class Desk(Socket):
    """The main process's side. `welcome` is what the next worker will be told; its generation grows by itself.

    Raises WireError when `endpoint` cannot be bound.
    """

    def __init__(self, context: Context, endpoint: str, job: str, *, silence: float) -> None:
        """`job`: what a worker must come for. `silence`: seconds without a sign of life after which it is gone."""
        super().__init__(context, zmq.ROUTER, linger=_LINGER_MS)
        # A message to somebody who has gone is an error, not lost without a word.
        self._socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self.rejected = 0
        """Messages that were not ours, so far."""
        self.welcome = Welcome()
        self._job = job
        self._silence = silence
        self._present: _Present | None = None
        self._news: deque[News] = deque()
        self._looked = time.monotonic()
        self._bind(endpoint)

    @property
    def taken(self) -> bool:
        """Whether there is a worker, which may not be ready yet."""
        return self._present is not None

    @property
    def ready(self) -> bool:
        """Whether there is a worker that takes work."""
        return self._present is not None and self._present.ready and not self._present.broken

    def take(self, timeout: float) -> News | None:
        """What happened next, or None after `timeout` seconds."""
        self._excuse()
        deadline = time.monotonic() + timeout
        for _ in range(_AT_ONCE):
            if self._news or not self._readable(deadline - time.monotonic()):
                break
            parts = [part.buffer for part in self._parts(_MAX_PARTS) or ()]
            self._handle(bytes(parts[0]) if parts else b"", bytes(parts[1][:2]) if len(parts) > 1 else b"", parts[2:])
        if not self._news:
            self._judge()
        self._looked = time.monotonic()
        return self._news.popleft() if self._news else None

    def give(self, number: int, message: Message | None, pictures: wire.Pictures = "raw") -> None:
        """Hands out a piece of work, or asks for a frame; only while `ready`.

        Raises WireError: the message cannot travel.
        """
        parts = [] if message is None else wire.encode(message, pictures)
        self._tell(WORK, number.to_bytes(8, "big"), *parts)

    def admit(self) -> None:
        """Lets in the frame that was offered."""
        self._tell(ADMIT)

    def stop(self) -> None:
        """Asks the worker to come to an end."""
        self._tell(STOP)

    def dismiss(self) -> None:
        """Lets the worker go, without any news of it."""
        if self._present is not None:
            self._send(self._present.peer, BYE, self._present.session)
            self._present = None

    def close(self) -> None:
        """Lets the worker go, and closes."""
        self.dismiss()
        super().close()

    def _excuse(self) -> None:
        """While nobody looked, there was nobody to whom the worker was silent."""
        away = time.monotonic() - self._looked
        if self._present is not None and away > _AWAY:
            self._present.seen += away

    def _judge(self) -> None:
        if self._present is None:
            return
        if self._present.broken:
            self._lose("its connection broke")
            return
        limit = self._silence if self._present.proven else _STARTING
        if time.monotonic() - self._present.seen > limit:
            self._lose(f"there was no sign of life for {limit:g} s")

    def _handle(self, peer: bytes, kind: bytes, parts: list[memoryview]) -> None:
        if kind == HELLO and len(parts) == 3 and max(map(len, parts)) <= _MAX_WORDS:
            self._greet(peer, *(bytes(part).decode(errors="replace") for part in parts))
            return
        present, session = self._present, bytes(parts[0]) if parts else b""
        if present is None or session != present.session:
            self.rejected += 1
            if kind in (RESULT, DONE, TOLD, BEAT, READY):
                self._send(peer, BYE, session)
            return
        present.seen = time.monotonic()
        try:
            news = _understood(kind, parts[1:])
        except WireError as error:
            self.rejected += 1
            self._lose(f"it sent what is not to be understood: {error}")
            return
        present.ready = present.ready or isinstance(news, Ready)
        present.proven = present.proven or isinstance(news, Result)
        if isinstance(news, Gone | Failed):
            self.dismiss()
        if news is not None:
            self._news.append(news)

    def _greet(self, peer: bytes, version: str, job: str, who: str) -> None:
        present, now = self._present, time.monotonic()
        if version != PROTOCOL.decode():
            self._send(peer, REFUSED, b"1", f"expected a worker of {PROTOCOL.decode()}, got {version}".encode())
        elif job != self._job:
            self._send(peer, REFUSED, b"1", f"expected a worker for {self._job}, got one for {job}".encode())
        elif present is not None and peer == present.peer:
            self._send(peer, WELCOME, present.session, present.welcome)
        elif present is not None and now - present.seen <= _MISSED:
            self._send(peer, REFUSED, b"", f"there is a worker for {job} already".encode())
        else:
            if present is not None:
                self._lose("another one has come in its place")
            taken = _Present(peer, secrets.token_bytes(8), msgspec.msgpack.encode(self.welcome), now)
            self._present = taken
            self._send(peer, WELCOME, taken.session, taken.welcome)
            self.welcome = msgspec.structs.replace(self.welcome, generation=self.welcome.generation + 1)
            self._news.append(Came(who))

    def _tell(self, kind: bytes, *parts: wire.Buffer) -> None:
        present = self._present
        if present is not None and not self._send(present.peer, kind, present.session, *parts):
            present.broken = True

    def _send(self, peer: bytes, *parts: wire.Buffer) -> bool:
        """Whether it could be sent; never waits."""
        try:
            self._socket.send_multipart([peer, *parts], zmq.DONTWAIT, copy=False)
        except zmq.ZMQError as error:
            if error.errno not in (zmq.EAGAIN, zmq.EHOSTUNREACH):
                raise
            return False
        return True

    def _lose(self, cause: str) -> None:
        self.dismiss()
        self._news.append(Gone(cause))


def _understood(kind: bytes, parts: list[memoryview]) -> News | None:
    """What the worker says; None: that it lives. Raises WireError: nothing of ours."""
    news: News | None = None
    match kind, parts:
        case b"A", []:
            pass
        case b"R", []:
            news = Ready()
        case b"D", [number] if len(number) == 8:
            news = Done(int.from_bytes(number, "big"))
        case b"O", [number] if len(number) == 8:
            news = Offered(int.from_bytes(number, "big"))
        case b"Y", [number, *message] if len(number) == 8:
            news = Result(int.from_bytes(number, "big"), wire.decode(message))
        case b"T", message if isinstance(stats := wire.decode(message), StageStats):
            news = Told(stats)
        case b"F", [name, words] if len(name) + len(words) <= _MAX_WORDS:
            news = Failed(bytes(name).decode(errors="replace"), bytes(words).decode(errors="replace"))
        case b"B", []:
            news = Gone("it was told to end")
        case _:
            raise WireError(f"expected a known kind of message, got {kind!r} with {len(parts)} parts")
    return news
