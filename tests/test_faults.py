import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from faults import FaultProxy

SHORT = 0.3
"""Seconds in which nothing is expected to happen."""


class Camera(socketserver.ThreadingTCPServer):
    """Sends its content to whoever connects, then waits for the other end to close, and counts what that sent."""

    daemon_threads = True

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.content = content
        self.heard = b""
        self.left = threading.Event()


class Visit(socketserver.BaseRequestHandler):
    server: Camera

    def handle(self) -> None:
        self.request.sendall(self.server.content)
        try:
            while piece := self.request.recv(1000):
                self.server.heard += piece
        except ConnectionResetError:
            self.server.heard += b"<reset>"
        self.server.left.set()


@contextmanager
def camera(content: bytes = b"picture") -> Iterator[Camera]:
    with Camera(content) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def proxied(content: bytes = b"picture", **switches: float) -> Iterator[FaultProxy]:
    with camera(content) as server, FaultProxy(server.server_address[1]) as proxy:
        for name, value in switches.items():
            setattr(proxy, name, value)
        yield proxy


def connect(proxy: FaultProxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), 5)


def received(reader: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count and (piece := reader.recv(count - len(found))):
        found += piece
    return found


def silent(reader: socket.socket) -> bool:
    reader.settimeout(SHORT)
    try:
        reader.recv(1)
    except TimeoutError:
        return True
    finally:
        reader.settimeout(5)
    return False


def test_it_passes_both_ways_and_hands_on_the_end() -> None:
    content = bytes(range(256)) * 1000
    with camera(content) as server, FaultProxy(server.server_address[1]) as proxy:
        with connect(proxy) as reader:
            assert received(reader, len(content)) == content
            reader.sendall(b"hello")
        assert server.left.wait(5)
        assert server.heard == b"hello"
        assert (proxy.connections, proxy.forwarded) == (1, len(content))


def test_stalled_connections_stay_open_and_silent() -> None:
    with proxied(b"x" * 10) as proxy, connect(proxy) as before:
        assert received(before, 10) == b"x" * 10
        proxy.stalled = True
        with connect(proxy) as after:
            assert silent(before)
            assert silent(after)
            proxy.stalled = False
            assert received(after, 10) == b"x" * 10


def test_reset_is_seen_by_both_ends() -> None:
    with camera() as server, FaultProxy(server.server_address[1]) as proxy, connect(proxy) as reader:
        assert received(reader, 7) == b"picture"
        proxy.reset()
        with pytest.raises(ConnectionResetError):
            reader.recv(1)
        assert server.left.wait(5)
        assert server.heard == b"<reset>"
        with connect(proxy) as again:
            assert received(again, 7) == b"picture"


def test_hanging_up_is_an_end_in_order() -> None:
    with proxied() as proxy, connect(proxy) as reader:
        assert received(reader, 7) == b"picture"
        proxy.hang_up()
        assert reader.recv(1) == b""


def test_refusing_and_back_on_the_same_port() -> None:
    with proxied() as proxy, connect(proxy) as open_already:
        port = proxy.port
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            connect(proxy)
        assert received(open_already, 7) == b"picture"
        proxy.accept()
        assert proxy.port == port
        with connect(proxy) as reader:
            assert received(reader, 7) == b"picture"


def test_a_camera_that_is_gone_ends_the_connection() -> None:
    with camera() as server:
        port = server.server_address[1]
    with FaultProxy(port) as proxy, connect(proxy) as reader:
        assert reader.recv(1) == b""


def taking(action: Callable[[], object]) -> float:
    began = time.monotonic()
    action()
    return time.monotonic() - began


def test_delay() -> None:
    with proxied(delay=SHORT) as proxy, connect(proxy) as reader:
        assert taking(lambda: received(reader, 7)) >= SHORT - 0.01


def test_throttle() -> None:
    with proxied(b"x" * 3000, rate=5000) as proxy, connect(proxy) as reader:
        assert taking(lambda: received(reader, 3000)) >= 0.5


def test_cut_loses_bytes_from_the_middle() -> None:
    proxy = FaultProxy(1)
    proxy.cut = 1.0
    piece = bytes(range(256))
    left = proxy.spoil(piece)
    begin = next(index for index, byte in enumerate(left) if byte != index)
    assert 0 < len(left) < len(piece)
    assert left == piece[:begin] + piece[begin - len(left) :]


def test_what_is_cut_never_arrives() -> None:
    with proxied(bytes(1000), cut=1.0) as proxy, connect(proxy) as reader:
        reader.settimeout(SHORT)
        with pytest.raises(TimeoutError):
            received(reader, 1000)
        assert 0 < proxy.forwarded < 1000


def test_flip_turns_single_bits() -> None:
    content = bytes(20_000)
    with proxied(content, flip=0.01) as proxy, connect(proxy) as reader:
        found = received(reader, len(content))
    turned = [byte for byte in found if byte]
    assert 100 < len(turned) < 400
    assert all(byte.bit_count() == 1 for byte in turned)


def test_the_same_seed_spoils_alike() -> None:
    spoiled = []
    for seed in (1, 1, 2):
        proxy = FaultProxy(1, seed=seed)
        proxy.cut, proxy.flip = 0.5, 0.1
        spoiled.append([proxy.spoil(b"abcdefgh" * 20) for _ in range(5)])
    assert spoiled[0] == spoiled[1] != spoiled[2]


def test_clear_takes_every_fault_back() -> None:
    with proxied(bytes(2000), flip=1.0, cut=1.0, delay=30.0, rate=1.0) as proxy:
        proxy.stalled = True
        proxy.refuse()
        proxy.clear()
        with connect(proxy) as reader:
            assert received(reader, 2000) == bytes(2000)
