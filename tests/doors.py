"""Each kind of socket that is bound, together with somebody who is meant to be there and gets everything."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec
import numpy as np
import zmq
from frames import frame
from strangers import new_keys
from texts import STATS, event

from stream_ocr.config import ZmqSink
from stream_ocr.messages import EndOfStream, Frame
from stream_ocr.sinks.zmq import ZmqEvents, ZmqFrames
from stream_ocr.transport import Bench, Context, Desk, Inbox, KeyPair, Outbox, Result, Security, Subscriber
from stream_ocr.transport.desk import HELLO, PROTOCOL

SOON = 5.0
"""Seconds after which something that should have come did not."""
END = EndOfStream(source="desk", pts=9.0)
PICTURE = np.zeros((8, 8, 3), np.uint8)


def eventually(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not check():
        assert time.monotonic() < deadline


def free_endpoint() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{probe.getsockname()[1]}"


@dataclass(frozen=True)
class Keys:
    """Those of a machine that binds, and of the one client that it lets in."""

    server: KeyPair
    client: KeyPair

    def inside(self) -> Security:
        return Security(own=self.server, clients=frozenset([self.client.public]))

    def outside(self, endpoint: str) -> Security:
        return Security(own=self.client, servers={endpoint: self.server.public})


def made_keys() -> Keys:
    return Keys(server=new_keys(), client=new_keys())


class Door:
    """A bound socket, and one well-behaved peer at the other side."""

    guest: int
    """The kind of socket that belongs on the other side."""
    misfit: int
    """One that does not."""
    rude: int
    """One that does, and on which anything can be sent."""
    greeting: tuple[bytes, ...] = ()
    """With which a message must begin the talk, before there is an answer; empty: with nothing."""
    other: Subscriber | Outbox | Bench
    """The peer."""

    def __init__(self, socket: Inbox | Desk | ZmqEvents | ZmqFrames, endpoint: str) -> None:
        self.socket = socket
        self.endpoint = endpoint

    @property
    def refused(self) -> int:
        return self.socket.refused if isinstance(self.socket, Inbox | Desk) else self.socket.audience.refused

    @property
    def rejected(self) -> int:
        return self.socket.rejected if isinstance(self.socket, Inbox | Desk) else self.socket._publisher.rejected

    def exchange(self, count: int = 5) -> None:
        """Sends numbered messages from one side to the other; fails unless all come, in order, and nothing else."""
        raise NotImplementedError


class _Published(Door):
    guest, misfit, rude = zmq.SUB, zmq.REQ, zmq.XSUB
    subscriber: Subscriber

    def _meet(self, send: Callable[[], None]) -> None:
        """Waits until the subscriber hears something."""
        while self.subscriber.receive(0.02) is None:
            send()
        while self.subscriber.receive(0.1) is not None:
            pass


class EventsDoor(_Published):
    def __init__(self, inner: Context, outer: Context, endpoint: str) -> None:
        sink = ZmqEvents(ZmqSink(bind=endpoint), inner)
        super().__init__(sink, endpoint)
        self.sink = sink
        self.other = self.subscriber = Subscriber(outer, endpoint, ["event/", "stats"])
        self._meet(lambda: sink.write(STATS))

    def exchange(self, count: int = 5) -> None:
        heard = []
        for number in range(count):
            self.sink.write(event(kind="disappear", seq=number))
            message = self.subscriber.receive(SOON)
            assert message is not None
            heard.append(msgspec.json.decode(message[1][0])["seq"])
        assert heard == list(range(count))


class FramesDoor(_Published):
    def __init__(self, inner: Context, outer: Context, endpoint: str) -> None:
        sink = ZmqFrames(ZmqSink(frames=endpoint, frame_rate=100), inner)
        super().__init__(sink, endpoint)
        self.sink, self._epoch = sink, 0
        self.other = self.subscriber = Subscriber(outer, endpoint, ["frame/"])
        self._meet(self._write)

    def _write(self) -> None:
        self._epoch += 1
        self.sink.write(frame(0.0, epoch=self._epoch), PICTURE)

    def exchange(self, count: int = 5) -> None:
        first, heard = self._epoch + 1, []
        for _ in range(count):
            self._write()
            message = self.subscriber.receive(SOON)
            assert message is not None
            heard.append(msgspec.json.decode(message[1][0])["epoch"])
        assert heard == list(range(first, first + count))


class LinkDoor(Door):
    guest, misfit, rude = zmq.DEALER, zmq.SUB, zmq.DEALER
    greeting = (b"H", bytes(8), bytes(8))

    def __init__(self, inner: Context, outer: Context, endpoint: str) -> None:
        self.inbox = Inbox(inner, endpoint)
        super().__init__(self.inbox, endpoint)
        self.other = self.outbox = Outbox(outer, endpoint)
        self.exchange(1)

    def exchange(self, count: int = 5) -> None:
        heard = []
        for number in range(count):
            self.outbox.offer(frame(0.0, PICTURE, seq=number))
            deadline = time.monotonic() + SOON
            while (message := self.inbox.receive(0.02)) is None:
                assert time.monotonic() < deadline
                self.outbox.pump()
            assert isinstance(message, Frame)
            heard.append(message.seq)
        assert heard == list(range(count))


class DeskDoor(Door):
    guest, misfit, rude = zmq.DEALER, zmq.SUB, zmq.DEALER
    greeting = (HELLO, PROTOCOL, b"detect", b"somebody")

    def __init__(self, inner: Context, outer: Context, endpoint: str) -> None:
        self.desk = Desk(inner, endpoint, "detect", silence=60.0)
        super().__init__(self.desk, endpoint)
        self.other = self.bench = Bench(outer, endpoint, "detect", "worker")
        while self.bench.report(0.05) is None:
            self.desk.take(0.05)
        self.bench.ready()
        while not self.desk.ready:
            self.desk.take(0.05)
        self.exchange(1)

    def exchange(self, count: int = 5) -> None:
        heard = []
        for number in range(count):
            self.desk.give(number, END)
            deadline = time.monotonic() + SOON
            while (work := self.bench.take(0.02)) is None:
                assert time.monotonic() < deadline
            self.bench.give(work.number, END)
            while not isinstance(news := self.desk.take(0.02), Result):
                assert time.monotonic() < deadline
            heard.append(news.number)
        assert heard == list(range(count))


DOORS: dict[str, type[EventsDoor] | type[FramesDoor] | type[LinkDoor] | type[DeskDoor]] = {
    "events": EventsDoor,
    "frames": FramesDoor,
    "link": LinkDoor,
    "desk": DeskDoor,
}


@contextmanager
def opened(kind: str, keys: Keys | None) -> Iterator[Door]:
    """A door of this kind on a free port, with keys or without."""
    endpoint = free_endpoint()
    inside, outside = (Security(), Security()) if keys is None else (keys.inside(), keys.outside(endpoint))
    with Context(inside) as inner, Context(outside) as outer:
        door = DOORS[kind](inner, outer, endpoint)
        try:
            yield door
        finally:
            door.socket.close()
            door.other.close()
