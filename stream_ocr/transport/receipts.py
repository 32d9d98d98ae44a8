"""Handing out messages to one receiver, which acknowledges each.

    receiver (DEALER)                              hand-out (ROUTER)
        TAKE last-id            ------------->         at start, once a second, and to acknowledge up to `last-id`
        <-------------          GIVE id content        in order, `window` of them ahead of the acknowledgements
        <-------------          BUSY                   another receiver is there already
        LEAVE last-id           ------------->         at the end, to let another one take over at once

Messages are known by their ids, so an acknowledgement that comes late, twice, or after the other side was started anew
does no harm: it speaks of that message or of none. A receiver that is silent for five seconds is taken as gone if
another one wants to take over; what it did not acknowledge is handed out again.
"""

import time
from collections import OrderedDict
from collections.abc import Sequence

import zmq

from stream_ocr.transport.sockets import Context, Socket

__all__ = ["HandOut", "Receiver"]

_TAKE, _LEAVE, _GIVE, _BUSY = b"TAKE", b"LEAVE", b"GIVE", b"BUSY"
_BEAT = 1.0
_SILENCE = 5.0
_LINGER_MS = 1000
_MAX_TAKEN = 640
"""Bytes of a message of a receiver, also of those with which it introduces itself."""
_MAX_CONTENT = 1 << 20
_AT_ONCE = 1000
_GLANCE = 0.05


class HandOut(Socket):
    """The side that has the messages. Raises WireError when `endpoint` cannot be bound."""

    def __init__(self, context: Context, endpoint: str, *, window: int) -> None:
        super().__init__(context, zmq.ROUTER, linger=0)
        self.rejected = 0
        """Messages that were none of ours."""
        self._socket.maxmsgsize = _MAX_TAKEN
        # Otherwise what has no room, or nobody to go to, is thrown away without a word, and what follows is not.
        self._socket.router_mandatory = True
        # What has been read is told in bundles of half of it.
        self._socket.sndhwm = 4 * window
        self._bind(endpoint)
        self.endpoint: str = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        """Where it is bound, with the port that was chosen for `tcp://...:*`."""
        self._window = window
        self._receiver: bytes | None = None
        self._heard = 0.0
        self._given: OrderedDict[bytes, None] = OrderedDict()
        """Ids of what the receiver has and did not acknowledge, in order."""
        self._done: set[bytes] = set()
        """Ids of those before them that it did, and that are still asked about."""

    @property
    def attended(self) -> bool:
        """Whether a receiver is there."""
        return self._receiver is not None and time.monotonic() - self._heard < _SILENCE

    def hand_out(self, messages: Sequence[tuple[bytes, bytes]], timeout: float) -> int:
        """Gives (id, content) of messages, in order, beginning with the oldest that is not acknowledged.

        Returns how many of them, from the first on, are acknowledged, as soon as one is, or after `timeout` seconds.
        What the receiver has already it is not given again.
        """
        deadline = time.monotonic() + timeout
        asked = {identity for identity, _ in messages}
        self._done &= asked
        while True:
            self.attend()
            self._give(messages)
            settled = next((n for n, (identity, _) in enumerate(messages) if identity not in self._done), len(messages))
            left = deadline - time.monotonic()
            if settled or left <= 0:
                return settled
            self._readable(min(left, _GLANCE))

    def attend(self) -> bool:
        """Takes what receivers say; returns whether one is there."""
        for _ in range(_AT_ONCE):
            if not self._readable(0):
                break
            parts = self._parts(3)
            if parts is None or len(parts) != 3 or parts[1].bytes not in (_TAKE, _LEAVE):
                self.rejected += 1
                continue
            self._hear(parts[0].bytes, parts[2].bytes)
            if parts[1].bytes == _LEAVE and parts[0].bytes == self._receiver:
                self._receiver = None
        return self.attended

    def _hear(self, sender: bytes, last: bytes) -> None:
        if sender != self._receiver:
            if self.attended:
                self._send(sender, _BUSY)
                return
            # A new one, or one that lost its connection: nothing is known of what it has.
            self._receiver = sender
            self._given.clear()
        self._heard = time.monotonic()
        while last in self._given:
            identity, _ = self._given.popitem(last=False)
            self._done.add(identity)

    def _give(self, messages: Sequence[tuple[bytes, bytes]]) -> None:
        if not self.attended or self._receiver is None:
            return
        for identity, content in messages[: self._window]:
            if identity in self._done or identity in self._given:
                continue
            if len(self._given) >= self._window or not self._send(self._receiver, _GIVE, identity, content):
                return
            self._given[identity] = None

    def _send(self, *parts: bytes) -> bool:
        try:
            self._socket.send_multipart(parts, zmq.DONTWAIT)
        except zmq.ZMQError as error:
            if error.errno not in (zmq.EAGAIN, zmq.EHOSTUNREACH):
                raise
            return False
        return True


class Receiver(Socket):
    """The side that takes them. Raises WireError when `endpoint` is not one."""

    def __init__(self, context: Context, endpoint: str) -> None:
        # The last acknowledgement is to get there.
        super().__init__(context, zmq.DEALER, linger=_LINGER_MS)
        self.busy = False
        """Another receiver is there already; this one waits for it to go."""
        self._socket.maxmsgsize = _MAX_CONTENT
        self._socket.sndhwm = 10
        self._connect(endpoint)
        self._last = b""
        self._said = 0.0

    def receive(self, timeout: float) -> tuple[bytes, bytes] | None:
        """The next message, (id, content), or None after `timeout` seconds; has to be called again within five.

        It comes again, later, unless it is acknowledged.
        """
        deadline = time.monotonic() + timeout
        while True:
            if time.monotonic() - self._said >= _BEAT:
                self._take()
            left = deadline - time.monotonic()
            if not self._readable(max(0.0, min(left, _BEAT))):
                if left <= 0:
                    return None
                continue
            parts = self._parts(3)
            self.busy = parts is not None and parts[0].bytes == _BUSY
            if parts is not None and len(parts) == 3 and parts[0].bytes == _GIVE:
                return parts[1].bytes, parts[2].bytes

    def acknowledge(self, identity: bytes) -> None:
        """Says that this message, and all before it, need not come again."""
        self._last = identity
        self._take()

    def close(self) -> None:
        """Says that another one may take over, and closes the socket."""
        self._say(_LEAVE)
        super().close()

    def _take(self) -> None:
        if self._say(_TAKE):
            self._said = time.monotonic()

    def _say(self, kind: bytes) -> bool:
        try:
            self._socket.send_multipart((kind, self._last), zmq.DONTWAIT)
        except zmq.Again:
            # Nobody is there; the next beat says it.
            return False
        return True
