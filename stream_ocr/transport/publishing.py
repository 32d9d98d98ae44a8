"""The public sockets: one that publishes to whoever subscribes, and one that subscribes."""

import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import zmq

from stream_ocr import wire
from stream_ocr.transport.peers import Peer
from stream_ocr.transport.sockets import Context, Socket

__all__ = ["Audience", "Publisher", "Subscriber"]

_LINGER = 1.0
"""Seconds that what is unsent has to go out."""
_MAX_SUBSCRIPTION = 640
"""Bytes of a message of a subscriber, also of those with which it introduces itself."""
_MAX_TOPIC = 128
_MAX_TOPICS = 500
"""Topics of one subscriber: enough to name all of 64 sources."""
_MAX_SUBSCRIBERS = 2000
_UNREAD = 100
"""Subscriptions of one subscriber that wait until the publisher looks."""
_AT_ONCE = 1000
_MAX_PUBLISHED = 64 << 20
_MAX_PARTS = 8
_SUBSCRIBE, _UNSUBSCRIBE = b"\x01", b"\x00"


class Audience(NamedTuple):
    """What is known of those who connect to a publisher, counted since the start."""

    overruns: int = 0
    """Times that a subscriber had no room, and began to miss messages."""
    rejected: int = 0
    """Messages for which a subscriber was thrown out."""
    refused: int = 0
    """Connections that were not let in."""


class Publisher(Socket):
    """A PUB socket that also tells what is subscribed to; messages are `[topic, part, ...]`.

    A subscriber that is slower than `backlog` messages loses some; nobody waits for it. That it begins to is noticed;
    how many it loses until it reads again, ZeroMQ does not tell: the subscriber itself sees it by their numbers. One
    that sends anything but subscriptions, or too many or too long ones, is thrown out.
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
        # The kernel would cut off who does not read, and with it what is held for them.
        self._socket.setsockopt(zmq.TCP_MAXRT, 0)
        self.rejected = 0
        """Messages for which a subscriber was thrown out, so far."""
        self._overruns = 0
        self._topics: dict[Peer, set[bytes]] = {}
        self._socket.sndhwm = backlog
        self._socket.rcvhwm = _UNREAD
        # Every subscription is told and every end of one, also while another subscriber has the same.
        self._socket.setsockopt(zmq.XPUB_VERBOSER, 1)
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
        self._overruns += 1
        return False

    @property
    def audience(self) -> Audience:
        """What is known of the subscribers so far."""
        return Audience(self._overruns, self.rejected, self.refused)

    def _sent(self, message: list[wire.Buffer]) -> bool:
        try:
            self._socket.send_multipart(message, zmq.DONTWAIT, copy=False)
        except zmq.Again:
            return False
        return True

    def subscriptions(self) -> list[str]:
        """The topic prefixes that were subscribed to since the call before; of very many only that it was all."""
        topics = []
        for _ in range(_AT_ONCE):
            if not self._readable(0):
                break
            message = self._socket.recv(copy=False)
            topic = self._noted(message)
            if topic is not None:
                topics.append(topic.decode(errors="replace"))
        else:
            # Most likely the last one is of whoever sends them without end.
            self._throw_out(Peer.of(message))
        return topics if len(topics) <= _MAX_TOPICS else [""]

    def _noted(self, message: zmq.Frame) -> bytes | None:
        """The topic of a new subscription.

        ZeroMQ itself keeps what is subscribed to without limit, so whoever goes too far is thrown out.
        """
        peer, kind, topic = Peer.of(message), bytes(message.buffer[:1]), bytes(message.buffer[1:])
        fits = kind in (_SUBSCRIBE, _UNSUBSCRIBE) and len(topic) <= _MAX_TOPIC
        if not fits or (peer is not None and not self._keep(peer, kind, topic)):
            self._throw_out(peer)
            return None
        return topic if kind == _SUBSCRIBE else None

    def _keep(self, peer: Peer, kind: bytes, topic: bytes) -> bool:
        """Notes what a subscriber wants; False: it is too much."""
        topics = self._topics.pop(peer, set())
        (topics.add if kind == _SUBSCRIBE else topics.discard)(topic)
        if len(self._topics) >= _MAX_SUBSCRIBERS:
            # Nobody tells when one goes: who was silent for longest is forgotten.
            del self._topics[next(iter(self._topics))]
        self._topics[peer] = topics
        return len(topics) <= _MAX_TOPICS

    def _throw_out(self, peer: Peer | None) -> None:
        self.rejected += 1
        if peer is not None:
            self._topics.pop(peer, None)
            peer.drop()


class Subscriber(Socket):
    """A SUB socket.

    Raises WireError when `endpoint` is not one.
    """

    def __init__(self, context: Context, endpoint: str, topics: Sequence[str]) -> None:
        super().__init__(context, zmq.SUB, linger=0)
        self.rejected = 0
        """Messages of too many parts, so far."""
        self._socket.maxmsgsize = _MAX_PUBLISHED
        for topic in topics:
            self._socket.subscribe(topic)
        self._connect(endpoint)

    def receive(self, timeout: float) -> tuple[str, list[bytes]] | None:
        """The next message as topic and parts, or None after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while self._readable(deadline - time.monotonic()):
            parts = self._parts(_MAX_PARTS)
            if parts is not None:
                topic, *content = (part.bytes for part in parts)
                return topic.decode(errors="replace"), content
            self.rejected += 1
        return None

    def __iter__(self) -> Iterator[tuple[str, list[bytes]]]:
        while True:
            message = self.receive(1.0)
            if message is not None:
                yield message
