"""Those who knock at a bound socket and are not meant to come in, with real connections."""

import random
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

import zmq

from stream_ocr.transport import KeyPair

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\x00") + bytes(32)
"""With which ZMTP 3.0 begins: signature, version, mechanism, as server or not, filler."""

Stranger: TypeAlias = Callable[[str], AbstractContextManager[object]]


def new_keys() -> KeyPair:
    return KeyPair(*zmq.curve_keypair())


def connected(endpoint: str) -> socket.socket:
    host, port = endpoint.removeprefix("tcp://").rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=5.0)


def saying(content: bytes) -> Stranger:
    """Somebody who sends this and hangs up."""

    @contextmanager
    def knock(endpoint: str) -> Iterator[None]:
        with connected(endpoint) as connection:
            connection.sendall(content)
        yield

    return knock


def speaking_zmtp(endpoint: str, kind: bytes) -> socket.socket:
    """A connection without keys that is made by hand, as a socket of this kind; whatever is sent comes next."""
    connection = connected(endpoint)
    ready = b"\x05READY" + b"\x0bSocket-Type" + len(kind).to_bytes(4, "big") + kind
    connection.sendall(GREETING + b"\x04" + bytes([len(ready)]) + ready)
    # Before the other side is ready as well it takes no messages.
    _received(connection, len(GREETING))
    _received(connection, _received(connection, 2)[1])
    return connection


def _received(connection: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        part = connection.recv(size - len(content))
        assert part, "hung up"
        content += part
    return content


@contextmanager
def peer(
    kind: int, endpoint: str, own: KeyPair | None = None, server: KeyPair | None = None
) -> Iterator[zmq.SyncSocket]:
    """A ZeroMQ socket that is not ours, with keys or without."""
    with zmq.Context() as context, context.socket(kind) as made:
        made.linger = 0
        if own is not None and server is not None:
            made.curve_publickey, made.curve_secretkey, made.curve_serverkey = own.public, own.secret, server.public
        if kind == zmq.SUB:
            made.subscribe(b"")
        made.connect(endpoint)
        yield made


@contextmanager
def with_password(kind: int, endpoint: str) -> Iterator[zmq.SyncSocket]:
    with zmq.Context() as context, context.socket(kind) as made:
        made.linger = 0
        made.plain_username, made.plain_password = b"admin", b"admin"
        made.connect(endpoint)
        yield made


@contextmanager
def monitored(watched: zmq.SyncSocket, events: int) -> Iterator[zmq.SyncSocket]:
    """Where the events of a socket come out."""
    monitor = watched.get_monitor_socket(events)
    try:
        yield monitor
    finally:
        watched.disable_monitor()
        monitor.close()


NOISE = random.Random(1).randbytes(5000)
RUBBISH: dict[str, Stranger] = {
    "a web browser": saying(b"GET / HTTP/1.1\r\nHost: camera-box\r\n\r\n"),
    "a TLS client": saying(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + NOISE[:512]),
    "zeros": saying(bytes(5000)),
    "ones": saying(b"\xff" * 5000),
    "noise": saying(NOISE),
    "half a greeting": saying(GREETING[:20]),
    "a greeting without end": saying(GREETING[:12] + b"CURVE".ljust(20, b"\x00") + bytes(32) + b"\x06" + b"\xff" * 8),
    "nobody": saying(b""),
}
