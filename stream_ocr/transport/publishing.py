"""The public sockets: one that publishes to whoever subscribes, and one that subscribes."""

from collections.abc import Iterator, Sequence

import zmq

from stream_ocr import wire
from stream_ocr.transport.sockets import Context, Socket

__all__ = ["Publisher", "Subscriber"]

_LINGER = 1.0
"""Seconds that what is unsent has to go out."""
_MAX_SUBSCRIPTION = 1024
_MAX_PUBLISHED = 64 << 20


class Publisher(Socket):
    """A PUB socket that also tells what is subscribed to; messages are `[topic, part, ...]`.

    A subscriber that is slower than `backlog` messages loses some; nobody waits for it. That it begins to is noticed;
    how many it loses until it reads again, ZeroMQ does not tell: the subscriber itself sees it by their numbers.
    Raises WireError when `endpoint` cannot be bound.
    """

    def __init__(
        self,
        context: Context,
        endpoint: str,
        *,
        backlog: int = 1000,
        linger: float = _LINGER,
    ) -> None:
        super().__init__(context, zmq.XPUB, linger=int(1000 * linger))
        _let_be_slow(self._socket)
        self._socket.sndhwm = backlog
        # Every new subscription is told, also one that another subscriber has already.
        self._socket.setsockopt(zmq.XPUB_VERBOSE, 1)
        self._socket.setsockopt(zmq.XPUB_NODROP, 1)
        self._socket.maxmsgsize = _MAX_SUBSCRIPTION
        self._bind(endpoint)
        self.endpoint: str = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        """Where it is bound, with the port that was chosen for `tcp://...:*`."""

    def publish(self, topic: str, *parts: wire.Buffer) -> bool:
        """Sends to whoever subscribes to `topic`; never waits. False: a subscriber that had kept up misses it."""
        message = [topic.encode(), *parts]
        if self._sent(message):
            return True
        # Only now the socket takes note of what was read in the last millisecond.
        self._socket.getsockopt(zmq.EVENTS)
        if self._sent(message):
            return True
        # Nobody got it, since somebody has no room. Sent with leave to drop, it misses those only, and they are left
        # out until they have read half of what waits for them.
        self._socket.setsockopt(zmq.XPUB_NODROP, 0)
        self._sent(message)
        self._socket.setsockopt(zmq.XPUB_NODROP, 1)
        return False

    def _sent(self, message: list[wire.Buffer]) -> bool:
        try:
            self._socket.send_multipart(message, zmq.DONTWAIT, copy=False)
        except zmq.Again:
            return False
        return True

    def subscriptions(self) -> list[str]:
        """The topic prefixes that were subscribed to since the call before."""
        topics = []
        while self._readable(0):
            message = self._socket.recv()
            if message[:1] == b"\x01":
                topics.append(message[1:].decode(errors="replace"))
        return topics


class Subscriber(Socket):
    """A SUB socket.

    Raises WireError when `endpoint` is not one.
    """

    def __init__(self, context: Context, endpoint: str, topics: Sequence[str]) -> None:
        super().__init__(context, zmq.SUB, linger=0)
        _let_be_slow(self._socket)
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


def _let_be_slow(socket: "zmq.Socket[bytes]") -> None:
    """Lets the system find peers that died, instead of heartbeats.

    A subscriber that reads too slowly does not get to see heartbeats either: it would be cut off after some seconds,
    lose what is held for it, and with libzmq 4.3.5 its process is aborted when it reads on (libzmq issue 3937).
    """
    socket.setsockopt(zmq.HEARTBEAT_IVL, 0)
    socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
    socket.setsockopt(zmq.TCP_KEEPALIVE_IDLE, 10)
    socket.setsockopt(zmq.TCP_KEEPALIVE_INTVL, 5)
    socket.setsockopt(zmq.TCP_KEEPALIVE_CNT, 3)
