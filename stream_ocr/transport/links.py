"""Links between stages: frames and what goes with them, against credits.

A **link** is an `Outbox` (sender) connected to an `Inbox` (receiver). The receiver grants credits, one per free slot,
and the sender only sends against a credit, so a link holds at most `slots` messages per sender and the receiver never
works on a frame that waited behind a queue. Credits are cumulative: `CREDIT session limit` means "you may have sent
`limit` messages in this session", so a credit that is repeated or overtaken does no harm, and a receiver that was
restarted simply opens a new session.

    sender                              receiver
      HELLO session sent  ------------->            at start, and as a heartbeat while waiting for credit
                          <-------------  CREDIT session limit
      DATA  parts ...     ------------->
"""

import secrets
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

import zmq

from stream_ocr import wire
from stream_ocr.dropping import merged
from stream_ocr.errors import WireError
from stream_ocr.messages import Frame, FrameText, Message
from stream_ocr.transport.bell import Bell
from stream_ocr.transport.sockets import Context, Socket, Waitable

__all__ = ["Inbox", "Outbox"]


_HELLO, _CREDIT, _DATA = b"H", b"C", b"D"
_HEARTBEAT = 0.5
_MAX_SENDERS = 1024
_MAX_PARTS = 4 + wire.MAX_ARRAYS
_AT_ONCE = 100
"""Messages that are none of ours after which it is the caller's turn: somebody may send them without end."""
_MAX_AHEAD = 64
"""Credits that a sender uses at most, whatever it is granted."""
_MAX_CREDIT = 1024
"""Bytes of a message of a receiver, also of those with which it introduces itself."""
_CONTROL = 4
"""Greetings that a receiver holds besides the messages it gave credit for."""
_MAX_SENT = (1 << 62).to_bytes(8, "big")
_FRAME_LINGER_MS = 0
_EVENT_LINGER_MS = 1000


@dataclass
class _Sender:
    """What the receiver knows of one sender: how many it took, and up to which number it may send."""

    taken: int
    limit: int


class Inbox(Socket):
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
        self._working: tuple[bytes, _Sender] | None = None
        self._came: deque[tuple[bytes, _Sender, Message]] = deque()
        """Read and not given out yet. It came against credits, so there is no more of it than there are slots."""
        # A sender that does not wait for credit fills its own buffers, not ours.
        self._socket.rcvhwm = slots + _CONTROL
        self._bind(endpoint)

    def receive(self, timeout: float) -> Message | None:
        """The next message, or None after `timeout` seconds. Calling it says that the one before is done with."""
        self._free_slot()
        deadline = time.monotonic() + timeout
        for _ in range(_AT_ONCE):
            if self._came or not self._readable(deadline - time.monotonic()):
                break
            self._read()
        if not self._came:
            return None
        peer, sender, message = self._came.popleft()
        self._working = peer, sender
        return message

    def attend(self, timeout: float) -> None:
        """Gives out nothing, since the message before is not done with, but answers senders for `timeout` seconds."""
        deadline = time.monotonic() + timeout
        for _ in range(_AT_ONCE):
            if not self._readable(deadline - time.monotonic()):
                break
            self._read()

    def waiting(self) -> int:
        """How many frames have come and wait for `receive`; they keep their slots."""
        most = self._slots * max(1, len(self._senders))
        for _ in range(most + _CONTROL):
            if len(self._came) >= most or not self._readable(0):
                break
            self._read()
        return sum(isinstance(message, Frame | FrameText) for _, _, message in self._came)

    def _read(self) -> None:
        received = self._parts(_MAX_PARTS)
        if received is None:
            self.rejected += 1
            return
        parts = [part.buffer for part in received]
        peer, kind = bytes(parts[0]), bytes(parts[1][:1]) if len(parts) > 1 else b""
        if kind == _HELLO and len(parts) == 4:
            self._welcome(peer, bytes(parts[2]), bytes(parts[3]))
            return
        sender = self._senders.get(peer)
        if kind != _DATA or sender is None or sender.taken >= sender.limit:
            self.rejected += 1
            return
        sender.taken += 1
        self._senders[peer] = self._senders.pop(peer)
        try:
            message = wire.decode(parts[2:])
        except WireError:
            self.rejected += 1
            self._renew(peer)
            return
        self._came.append((peer, sender, message))

    def _welcome(self, peer: bytes, session: bytes, sent: bytes) -> None:
        """A sender says where it stands: in our session it goes on from there, else it begins a new account.

        After its connection broke it comes back as a peer that was never seen, but still in our session.
        """
        if peer not in self._senders and len(self._senders) >= _MAX_SENDERS:
            # Each broken connection leaves a peer behind; who was silent for longest goes first.
            del self._senders[next(iter(self._senders))]
        continues = session == self._session and len(sent) == 8 and sent < _MAX_SENT
        if peer not in self._senders or not continues:
            taken = int.from_bytes(sent, "big") if continues else 0
            self._senders[peer] = _Sender(taken=taken, limit=taken + self._slots)
        self._senders[peer] = self._senders.pop(peer)
        self._grant(peer)

    def _free_slot(self) -> None:
        if self._working is None:
            return
        (peer, sender), self._working = self._working, None
        # Who has begun a new account since then has its full credit already.
        if self._senders.get(peer) is sender:
            self._renew(peer)

    def _renew(self, peer: bytes) -> None:
        """One more credit: the message that the sender's account was charged with is out of the way."""
        self._senders[peer].limit += 1
        self._grant(peer)

    def _grant(self, peer: bytes) -> None:
        limit = self._senders[peer].limit.to_bytes(8, "big")
        self._socket.send_multipart([peer, _CREDIT, self._session, limit])


class Outbox(Socket):
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
        self._socket.maxmsgsize = _MAX_CREDIT
        self._connect(endpoint)
        self._hello()

    def put(self, message: Message, timeout: float = 60.0) -> None:
        """Sends as soon as there is a credit; what `offer` still holds goes first.

        Raises WireError when the receiver gives no sign for `timeout` seconds.
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

    @property
    def ready(self) -> bool:
        """Whether there is a credit, so that `put` would not wait."""
        self._take_credits(0)
        return self._sent < self._limit

    def wait(self, bell: Bell, timeout: float) -> None:
        """Returns when a credit comes, when the bell rings, or after `timeout` seconds."""
        self.wait_for(timeout, bell)
        bell.quiet()

    def wait_for(self, timeout: float, *others: Waitable) -> None:
        """Returns when a credit comes, when there is something on one of `others`, or after `timeout` seconds."""
        if self._sent >= self._limit and time.monotonic() - self._greeted >= _HEARTBEAT:
            self._hello()
        super().wait_for(timeout, *others)

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
            if self._take_credits(min(_HEARTBEAT, left)):
                # It is there, and will take something when it can.
                deadline = time.monotonic() + timeout
            else:
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
        for _ in range(_AT_ONCE):
            if not self._readable(0 if came else timeout):
                break
            came = True
            parts = [part.bytes for part in self._parts(3) or ()]
            if len(parts) == 3 and parts[0] == _CREDIT and len(parts[2]) == 8:
                if parts[1] != self._session:
                    self._session, self._sent = parts[1], 0
                self._limit = min(int.from_bytes(parts[2], "big"), self._sent + _MAX_AHEAD)
        return came

    def _hello(self) -> None:
        self._greeted = time.monotonic()
        # Without a receiver there is nobody to greet yet, and nothing to wait for here.
        with suppress(zmq.Again):
            self._socket.send_multipart([_HELLO, self._session, self._sent.to_bytes(8, "big")], zmq.DONTWAIT)
