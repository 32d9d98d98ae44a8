"""Links between stages, and the public PUB socket: ZeroMQ, and the only place that knows it.

A **link** is an `Outbox` (sender) connected to an `Inbox` (receiver). The receiver grants credits, one per free slot,
and the sender only sends against a credit, so a link holds at most `slots` messages per sender and the receiver never
works on a frame that waited behind a queue. Credits are cumulative: `CREDIT session limit` means "you may have sent
`limit` messages in this session", so a credit that is repeated or overtaken does no harm, and a receiver that was
restarted simply opens a new session.

    sender                              receiver
      HELLO session sent  ------------->            at start, and as a heartbeat while waiting for credit
                          <-------------  CREDIT session limit
      DATA  parts ...     ------------->

Sockets live and die in the thread that made them; every wait has a timeout.
"""

import errno
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import msgspec
import numpy as np
import zmq

from stream_ocr import wire
from stream_ocr.errors import WireError
from stream_ocr.messages import Frame, FrameText, Message

__all__ = ["Context", "Inbox", "Outbox", "Publisher", "Subscriber", "merged"]


_HELLO, _CREDIT, _DATA = b"H", b"C", b"D"
_HEARTBEAT = 0.5
_MAX_SENDERS = 1024
_CONTROL = 4
"""Greetings that a receiver holds besides the messages it gave credit for."""
_MAX_SENT = (1 << 62).to_bytes(8, "big")
_FRAME_LINGER_MS = 0
_EVENT_LINGER_MS = 1000
_MAX_MESSAGE = wire.MAX_PICTURE + wire.MAX_BODY
_MAX_PUBLISHED = 64 << 20
_MAX_PORT = 65_535


class Context(zmq.Context[zmq.Socket[bytes]]):
    """What sockets are made from; all ends of an inproc link share one."""


class _Socket:
    """A context manager around one socket, with our limits set."""

    def __init__(self, context: Context, kind: int, *, linger: int) -> None:
        self._socket = context.socket(kind)
        self._socket.linger = linger
        self._socket.maxmsgsize = _MAX_MESSAGE
        # ZMTP heartbeats find peers that died without closing the connection.
        self._socket.setsockopt(zmq.HEARTBEAT_IVL, 2000)
        self._socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 6000)

    def _bind(self, endpoint: str) -> None:
        try:
            _check_port(endpoint)
            self._socket.bind(endpoint)
        except zmq.ZMQError as error:
            self._socket.close()
            raise WireError(f"{endpoint}: cannot bind: {_reason(error)}") from error

    def _connect(self, endpoint: str) -> None:
        try:
            _check_port(endpoint)
            self._socket.connect(endpoint)
        except zmq.ZMQError as error:
            self._socket.close()
            raise WireError(f"{endpoint}: cannot connect: {_reason(error)}") from error

    def _readable(self, timeout: float) -> bool:
        return bool(self._socket.poll(max(0, int(timeout * 1000)), zmq.POLLIN))

    def close(self) -> None:
        """Closes the socket; what is unsent goes out within the linger time."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass
class _Sender:
    """What the receiver knows of one sender: how many it took, and up to which number it may send."""

    taken: int
    limit: int


class Inbox(_Socket):
    """The receiving end of a link; any number of senders, served in turn.

    Raises WireError when `endpoint` cannot be bound.
    """

    def __init__(self, context: Context, endpoint: str, *, slots: int = 1) -> None:
        super().__init__(context, zmq.ROUTER, linger=_FRAME_LINGER_MS)
        self.rejected = 0
        """Messages that were not ours, so far."""
        self._session = secrets.token_bytes(8)
        self._slots = slots
        self._senders: dict[bytes, _Sender] = {}
        self._working: bytes | None = None
        # A sender that does not wait for credit fills its own buffers, not ours.
        self._socket.rcvhwm = slots + _CONTROL
        self._bind(endpoint)

    def receive(self, timeout: float) -> Message | None:
        """The next message, or None after `timeout` seconds. Calling it says that the one before is done with."""
        self._free_slot()
        deadline = time.monotonic() + timeout
        while self._readable(deadline - time.monotonic()):
            parts = self._socket.recv_multipart(copy=False)
            message = self._handle([part.buffer for part in parts])
            if message is not None:
                return message
        return None

    def _handle(self, parts: list[memoryview]) -> Message | None:
        peer, kind = bytes(parts[0]), bytes(parts[1][:1]) if len(parts) > 1 else b""
        if kind == _HELLO and len(parts) == 4:
            self._welcome(peer, bytes(parts[2]), bytes(parts[3]))
            return None
        sender = self._senders.get(peer)
        if kind != _DATA or sender is None or sender.taken >= sender.limit:
            self.rejected += 1
            return None
        sender.taken += 1
        try:
            message = wire.decode(parts[2:])
        except WireError:
            self.rejected += 1
            self._renew(peer)
            return None
        self._working = peer
        return message

    def _welcome(self, peer: bytes, session: bytes, sent: bytes) -> None:
        """A sender says where it stands: in our session it goes on from there, else it begins a new account.

        After its connection broke it comes back as a peer that was never seen, but still in our session.
        """
        if peer not in self._senders and len(self._senders) >= _MAX_SENDERS:
            # Each broken connection leaves a peer behind; the first to come is the first to go.
            del self._senders[next(iter(self._senders))]
        continues = session == self._session and len(sent) == 8 and sent < _MAX_SENT
        if peer not in self._senders or not continues:
            taken = int.from_bytes(sent, "big") if continues else 0
            self._senders[peer] = _Sender(taken=taken, limit=taken + self._slots)
        self._grant(peer)

    def _free_slot(self) -> None:
        if self._working is None:
            return
        peer, self._working = self._working, None
        if peer in self._senders:
            self._renew(peer)

    def _renew(self, peer: bytes) -> None:
        """One more credit: the message that the sender's account was charged with is out of the way."""
        self._senders[peer].limit = self._senders[peer].taken + self._slots
        self._grant(peer)

    def _grant(self, peer: bytes) -> None:
        limit = self._senders[peer].limit.to_bytes(8, "big")
        self._socket.send_multipart([peer, _CREDIT, self._session, limit])


class Outbox(_Socket):
    """The sending end of a link.

    Raises WireError when `endpoint` is not one.
    """

    def __init__(self, context: Context, endpoint: str) -> None:
        super().__init__(context, zmq.DEALER, linger=_EVENT_LINGER_MS)
        self.dropped = 0
        """Frames that `offer` replaced by newer ones, so far."""
        self._endpoint = endpoint
        self._session = bytes(8)
        self._sent = 0
        self._limit = 0
        self._held: Frame | FrameText | None = None
        self._connect(endpoint)
        self._hello()

    def put(self, message: Message, timeout: float = 60.0) -> None:
        """Sends as soon as there is a credit; what `offer` still holds goes first.

        Raises WireError when the receiver gives none for `timeout` seconds.
        """
        if self._held is not None:
            held, self._held = self._held, None
            self._send(held, timeout)
        self._send(message, timeout)

    def offer(self, frame: Frame | FrameText) -> None:
        """Sends if there is a credit, else keeps the frame instead of an older one, which is dropped and counted."""
        self._take_credits(0)
        if self._held is not None:
            frame = merged(self._held, frame)
            self.dropped += 1
        self._held = frame
        self.pump()

    def pump(self) -> None:
        """Sends the frame that `offer` holds if there is a credit by now."""
        if self._held is None:
            return
        self._take_credits(0)
        if self._sent < self._limit:
            frame, self._held = self._held, None
            self._transmit(frame)

    def _send(self, message: Message, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while self._sent >= self._limit:
            left = deadline - time.monotonic()
            if left <= 0:
                raise WireError(f"{self._endpoint}: the receiver took nothing for {timeout:g} s")
            if not self._take_credits(min(_HEARTBEAT, left)):
                self._hello()
        self._transmit(message)

    def _transmit(self, message: Message) -> None:
        try:
            self._socket.send_multipart([_DATA, *wire.encode(message)], zmq.DONTWAIT, copy=False)
        except zmq.Again as error:
            raise WireError(f"{self._endpoint}: the receiver is gone") from error
        self._sent += 1

    def _take_credits(self, timeout: float) -> bool:
        """Reads the credits that have come; waits for the first one up to `timeout` seconds."""
        came = False
        while self._readable(0 if came else timeout):
            parts = self._socket.recv_multipart()
            came = True
            if len(parts) == 3 and parts[0] == _CREDIT and len(parts[2]) == 8:
                if parts[1] != self._session:
                    self._session, self._sent = parts[1], 0
                self._limit = int.from_bytes(parts[2], "big")
        return came

    def _hello(self) -> None:
        # Without a receiver there is nobody to greet yet, and nothing to wait for here.
        with suppress(zmq.Again):
            self._socket.send_multipart([_HELLO, self._session, self._sent.to_bytes(8, "big")], zmq.DONTWAIT)


def merged(older: Frame | FrameText, newer: Frame | FrameText) -> Frame | FrameText:
    """`newer` as it is to be sent when `older` was dropped in its favour: what changed and what was lost adds up."""
    if isinstance(newer, FrameText) and isinstance(older, FrameText):
        frame = _merged_frames(older.frame, newer.frame)
        return msgspec.structs.replace(newer, frame=frame, ended=older.ended + newer.ended)
    assert isinstance(older, Frame) and isinstance(newer, Frame), "a link carries one kind of frames"
    return _merged_frames(older, newer)


def _merged_frames(older: Frame, newer: Frame) -> Frame:
    same_grid = older.dirty.shape == newer.dirty.shape
    return msgspec.structs.replace(
        newer,
        dirty=older.dirty | newer.dirty if same_grid else np.ones_like(newer.dirty),
        skipped=older.skipped + newer.skipped,
        dropped=older.dropped + newer.dropped + 1,
    )


class Publisher(_Socket):
    """A PUB socket that also tells what is subscribed to; messages are `[topic, part, ...]`.

    A subscriber that is slower than `backlog` messages loses some; nobody waits for it.
    Raises WireError when `endpoint` cannot be bound.
    """

    def __init__(
        self,
        context: Context,
        endpoint: str,
        *,
        backlog: int = 1000,
        linger: float = _EVENT_LINGER_MS / 1000,
    ) -> None:
        super().__init__(context, zmq.XPUB, linger=int(1000 * linger))
        self._socket.sndhwm = backlog
        # Every new subscription is told, also one that another subscriber has already.
        self._socket.setsockopt(zmq.XPUB_VERBOSE, 1)
        self._socket.maxmsgsize = 1024
        self._bind(endpoint)
        self.endpoint: str = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        """Where it is bound, with the port that was chosen for `tcp://...:*`."""

    def publish(self, topic: str, *parts: wire.Buffer) -> None:
        """Sends to whoever subscribes to `topic`; never waits."""
        self._socket.send_multipart([topic.encode(), *parts], copy=False)

    def subscriptions(self) -> list[str]:
        """The topic prefixes that were subscribed to since the call before."""
        topics = []
        while self._readable(0):
            message = self._socket.recv()
            if message[:1] == b"\x01":
                topics.append(message[1:].decode(errors="replace"))
        return topics


class Subscriber(_Socket):
    """A SUB socket.

    Raises WireError when `endpoint` is not one.
    """

    def __init__(self, context: Context, endpoint: str, topics: Sequence[str]) -> None:
        super().__init__(context, zmq.SUB, linger=0)
        self._socket.maxmsgsize = _MAX_PUBLISHED
        for topic in topics:
            self._socket.subscribe(topic)
        self._connect(endpoint)

    def receive(self, timeout: float) -> tuple[str, list[bytes]] | None:
        """The next message as topic and parts, or None after `timeout` seconds."""
        if not self._readable(timeout):
            return None
        topic, *parts = self._socket.recv_multipart()
        return topic.decode(errors="replace"), parts

    def __iter__(self) -> Iterator[tuple[str, list[bytes]]]:
        while True:
            message = self.receive(1.0)
            if message is not None:
                yield message


def _check_port(endpoint: str) -> None:
    """ZeroMQ itself takes 65536 for 0."""
    port = endpoint.rpartition(":")[2]
    if endpoint.startswith("tcp://") and port.isdecimal() and int(port) > _MAX_PORT:
        raise zmq.ZMQError(zmq.EINVAL)


def _reason(error: zmq.ZMQError) -> str:
    known = {
        zmq.EADDRINUSE: "the port is in use",
        zmq.EADDRNOTAVAIL: "this machine has no such address",
        errno.EACCES: "permission denied",
        zmq.EINVAL: "expected tcp://HOST:PORT or ipc://PATH",
        zmq.EPROTONOSUPPORT: "expected tcp://HOST:PORT or ipc://PATH",
    }
    return known.get(error.errno or 0, str(error))
