"""What those who may come in cannot do: too large, too much, of the wrong form."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
import zmq
from doors import DOORS, PICTURE, SOON, DeskDoor, Door, Keys, LinkDoor, eventually, opened
from frames import frame
from strangers import monitored, peer, speaking_zmtp
from zmq.utils.monitor import parse_monitor_message

from stream_ocr import wire
from stream_ocr.transport import Context, Publisher, Subscriber, publishing, sockets
from stream_ocr.transport.peers import Peer


def _is_thrown_out(stranger: zmq.SyncSocket, act: Callable[[], object], door: Door) -> None:
    """What the stranger does costs it its connection; whoever else is inside does not notice."""
    with monitored(stranger, zmq.EVENT_CONNECTED | zmq.EVENT_DISCONNECTED) as monitor:
        act()
        events = 0
        deadline = time.monotonic() + SOON
        while not events & zmq.EVENT_DISCONNECTED:
            assert time.monotonic() < deadline
            door.exchange(1)
            if monitor.poll(1):
                events |= parse_monitor_message(monitor.recv_multipart())["event"]
    door.exchange()


def test_a_message_that_says_it_is_enormous_ends_the_connection(loopback: Door) -> None:
    kind = zmq.SocketType(loopback.guest).name.encode()
    with speaking_zmtp(loopback.endpoint, kind) as stranger:
        stranger.sendall(b"\x02" + (1 << 40).to_bytes(8, "big") + b"x" * 100)
        while stranger.recv(1000):
            pass
    loopback.exchange()
    assert loopback.rejected == 0


@pytest.mark.parametrize("kind", DOORS)
def test_an_oversized_message_ends_the_connection(kind: str, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind in ("link", "desk"):
        monkeypatch.setattr(sockets, "_MAX_MESSAGE", 20_000)
    with opened(kind, keys) as door, peer(door.rude, door.endpoint, keys.client, keys.server) as stranger:
        _is_thrown_out(stranger, lambda: stranger.send(b"\x01" + b"x" * 30_000), door)
        assert door.rejected == 0


def test_whoever_sends_something_else_to_a_publisher_is_thrown_out(published: Door, keys: Keys) -> None:
    for parts in ([b"hello"], [b""], [b"\x01" + b"x" * 129], [b""] * 100):
        before = published.rejected
        with peer(zmq.XSUB, published.endpoint, keys.client, keys.server) as stranger:
            _is_thrown_out(stranger, partial(stranger.send_multipart, parts), published)
        assert published.rejected > before
    assert published.refused == 0


def test_it_is_thrown_out_of_a_socket_that_is_a_file_too(tmp_path: Path) -> None:
    endpoint = f"ipc://{tmp_path}/events"
    with (
        Context() as context,
        Publisher(context, endpoint) as publisher,
        Subscriber(context, endpoint, ["a"]) as subscriber,
        peer(zmq.XSUB, endpoint) as stranger,
        monitored(stranger, zmq.EVENT_DISCONNECTED) as monitor,
    ):

        def is_thrown_out() -> bool:
            publisher.subscriptions()
            return monitor.poll(10) > 0

        def arrives() -> bool:
            publisher.publish("a", b"")
            return subscriber.receive(0.01) is not None

        stranger.send(b"hello")
        eventually(is_thrown_out)
        assert publisher.rejected == 1
        eventually(arrives)


def test_whoever_subscribes_to_too_much_is_thrown_out(published: Door, keys: Keys) -> None:
    topics = [f"event/{number}".encode() for number in range(501)]
    with peer(zmq.XSUB, published.endpoint, keys.client, keys.server) as stranger:
        for topic in topics[:500]:
            stranger.send(b"\x01" + topic)
        # The same ones again, and others instead of them, are not too many.
        for topic in topics[:10]:
            stranger.send(b"\x01" + topic)
            stranger.send(b"\x00" + topic)
            stranger.send(b"\x01" + topic)
        published.exchange(50)
        assert published.rejected == 0
        _is_thrown_out(stranger, lambda: stranger.send(b"\x01" + topics[500]), published)
        # It may have come back meanwhile, with all of them.
        assert published.rejected >= 1


def test_what_is_not_subscribed_to_any_more_does_not_count(
    published: Door, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "_MAX_TOPICS", 30)
    halves = [[b"event/%d" % number for number in range(first, first + 20)] for first in (0, 20)]
    with ExitStack() as stack:
        others = [stack.enter_context(peer(zmq.XSUB, published.endpoint, keys.client, keys.server)) for _ in range(3)]
        for other, topics in zip(others, halves, strict=False):
            for topic in topics:
                other.send(b"\x01" + topic)
        published.exchange(50)
        for topic in (*halves[0], *halves[1]):
            # Somebody else goes on wanting it.
            others[2].send(b"\x01" + topic)
            others[2].send(b"\x00" + topic)
        published.exchange(50)
        assert published.rejected == 0


def test_a_flood_of_subscriptions_is_stopped(published: Door, keys: Keys) -> None:
    def flood() -> None:
        for _ in range(5000):
            stranger.send(b"\x01event/")
            stranger.send(b"\x00event/")

    with peer(zmq.XSUB, published.endpoint, keys.client, keys.server) as stranger:
        stranger.sndhwm = 0
        _is_thrown_out(stranger, flood, published)
    assert published.rejected > 0


@pytest.mark.parametrize("kind", ["link", "desk"])
def test_a_message_of_too_many_parts_is_passed_over(kind: str, keys: Keys) -> None:
    with opened(kind, keys) as door, peer(zmq.DEALER, door.endpoint, keys.client, keys.server) as stranger:
        stranger.send_multipart(door.greeting)
        eventually(lambda: _goes_on(door) and stranger.poll(0) > 0)
        stranger.send_multipart([b"D", *wire.encode(frame(0.0)), *[b""] * 1000])
        eventually(lambda: _goes_on(door) and door.rejected == 1)
        door.exchange()


def test_a_subscriber_passes_over_a_message_of_too_many_parts() -> None:
    with (
        Context() as context,
        Publisher(context, "tcp://127.0.0.1:*") as publisher,
        Subscriber(context, publisher.endpoint, [""]) as subscriber,
    ):
        eventually(lambda: publisher.subscriptions() == [""])
        publisher.publish("a", *[b""] * 8)
        publisher.publish("b", *[b""] * 7)
        assert subscriber.receive(SOON) == ("b", [b""] * 7)
        assert subscriber.rejected == 1


def _goes_on(door: Door) -> bool:
    door.exchange(1)
    return True


def _shaped(old: bytes, new: bytes) -> list[bytes]:
    """A message with a frame in it, with something else in its body."""
    parts = [bytes(part) for part in wire.encode(frame(0.0, PICTURE))]
    assert parts[1].count(old) == 1
    return [b"D", parts[0], parts[1].replace(old, new), *parts[2:]]


IMAGE = b"\xa2u1\x93\x08\x08\x03"


@pytest.mark.parametrize(
    "parts",
    [
        _shaped(IMAGE, b"\xa2u1\x93\x08\x09\x03"),
        _shaped(IMAGE, b"\xa2u1\x93\x08\x18\x01"),
        _shaped(IMAGE, b"\xa2u1\x92\x08\x18"),
        _shaped(IMAGE, b"\xa2u1\x93\x08\x08\xff"),
        _shaped(IMAGE, b"\xa2u1\x93" + b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff" * 3),
        _shaped(IMAGE, b"\xa2f4\x93\x08\x08\x03"),
        _shaped(IMAGE, b"\xa1O\x93\x08\x08\x03"),
        _shaped(IMAGE, b"\xa2b1\x93\x08\x08\x03"),
        [b"D", b"stream-ocr/1 Frame", b"\x80\x04\x95cos\nsystem\n"],
        [b"D"],
        [b""],
        [b"C", bytes(8), bytes(8)],
    ],
    ids=["wide", "grey", "flat", "negative", "endless", "floats", "objects", "truths", "pickled", "bare", "empty", "C"],
)
def test_wrong_shapes_and_types_have_no_effect(keys: Keys, parts: list[bytes]) -> None:
    with opened("link", keys) as door, peer(zmq.DEALER, door.endpoint, keys.client, keys.server) as stranger:
        stranger.send_multipart([b"H", bytes(8), bytes(8)])
        eventually(lambda: _goes_on(door) and stranger.poll(0) > 0)
        stranger.send_multipart(parts)
        eventually(lambda: _goes_on(door) and door.rejected == 1)
        door.exchange()
        assert (door.rejected, door.refused) == (1, 0)


@pytest.mark.parametrize("kind", ["link", "desk"])
def test_rubbish_without_end_does_not_hold_the_receiver(kind: str, keys: Keys) -> None:
    with opened(kind, keys) as door, peer(zmq.DEALER, door.endpoint, keys.client, keys.server) as stranger:
        assert isinstance(door, LinkDoor | DeskDoor)
        receive = door.inbox.receive if isinstance(door, LinkDoor) else door.desk.take
        stranger.sndhwm = 0
        for _ in range(20_000):
            stranger.send(b"rubbish")
        eventually(lambda: receive(0.0) is None and door.rejected > 0)
        assert door.rejected <= 100
        door.exchange(1)
        while door.rejected < 20_000:
            assert receive(1.0) is None
        door.exchange()


def test_a_flood_that_breaks_off_does_not_end_the_process() -> None:
    # With ZeroMQ's heartbeats on, the one that comes next fails an assertion in it, and all is over.
    program = """
import socket, struct, threading
from doors import free_endpoint
from strangers import speaking_zmtp
from stream_ocr.transport import Context, Inbox

endpoint = free_endpoint()
with Context() as context, Inbox(context, endpoint) as inbox:
    connection = speaking_zmtp(endpoint, b"DEALER")
    connection.settimeout(0.5)
    try:
        while True:
            connection.sendall((b"\\x00\\x07rubbish") * 1000)
    except TimeoutError:
        pass  # Nobody reads, and nothing more fits in.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    threading.Event().wait(2.5)
    while inbox.receive(0.1) is not None or not inbox.rejected:
        pass
print("alive")
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "alive\n", "")


def test_the_kernel_finds_out_when_a_peer_has_died() -> None:
    with (
        Context() as context,
        Publisher(context, "tcp://127.0.0.1:*") as publisher,
        Subscriber(context, publisher.endpoint, [""]),
    ):
        assert publisher._socket.poll(int(1000 * SOON))
        connection = Peer.of(publisher._socket.recv(copy=False))
        assert connection is not None
        with socket.socket(fileno=os.dup(connection.descriptor)) as accepted:
            asked = accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
            assert asked == 1
            # No limit for what is not read: a subscriber may be slow.
            assert [accepted.getsockopt(socket.IPPROTO_TCP, option) for option in options] == [2, 2, 2, 0]
