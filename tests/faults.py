"""A bad network: a TCP proxy between a camera and its reader, whose faults are switched while it runs."""

import contextlib
import random
import select
import socket
import struct
import threading
from typing import Self

__all__ = ["FaultProxy"]

_HOST = "127.0.0.1"
_GLANCE = 0.02
"""Seconds after which a thread looks at the switches again."""
_CHUNK = 4096
"""Bytes that are forwarded, and spoiled, at once."""
_PATIENCE = 10.0
_ABORT = struct.pack("ii", 1, 0)
"""For SO_LINGER: closing sends RST."""


class FaultProxy:
    """Forwards every connection to a port of this machine, as well as its switches let it.

    `delay`, `rate`, `cut` and `flip` act on what the camera sends, and may be set at any time. What is spoiled depends
    on the seed and on the pieces in which the bytes come.
    """

    def __init__(self, target: int, *, seed: int = 1) -> None:
        """`target`: the camera's port."""
        self.target = target
        self.port = 0
        """Where the reader is to go; given by the system at first, and kept."""
        self.delay = 0.0
        """Seconds for which each piece is held."""
        self.rate: float | None = None
        """Bytes a second; None: as fast as it goes."""
        self.cut = 0.0
        """Share of the pieces that lose some bytes from their middle."""
        self.flip = 0.0
        """Share of the bytes in which a bit is turned."""
        self.connections = 0
        """Taken so far."""
        self.forwarded = 0
        """Bytes from the camera to the reader so far."""
        self.stalled = False
        """Connections stay open, also new ones, and nothing is forwarded."""
        self._random = random.Random(seed)
        self._links: list[_Link] = []
        self._guard = threading.Lock()
        self._listener: socket.socket | None = None
        self._acceptor: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.accept()
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()
        self.hang_up()

    def clear(self) -> None:
        """No faults any more."""
        self.delay, self.rate, self.cut, self.flip, self.stalled = 0.0, None, 0.0, 0.0, False
        self.accept()

    def accept(self) -> None:
        """Takes new connections; it does at first."""
        if self._listener is not None:
            return
        self._listener = socket.create_server((_HOST, self.port))
        self._listener.settimeout(_GLANCE)
        self.port = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept_all, args=(self._listener,), name="fault proxy")
        self._acceptor.start()

    def refuse(self) -> None:
        """Nobody listens any more: new connections are refused, those that are open go on."""
        listener, self._listener = self._listener, None
        if listener is not None and self._acceptor is not None:
            self._acceptor.join(_PATIENCE)
            listener.close()

    def reset(self) -> None:
        """Breaks every open connection with RST; new ones are taken."""
        self._end_all(abort=True)

    def hang_up(self) -> None:
        """Closes every open connection in order (FIN); new ones are taken."""
        self._end_all(abort=False)

    def spoil(self, piece: bytes) -> bytes:
        """What becomes of a piece from the camera."""
        if self.cut and len(piece) > 2 and self._random.random() < self.cut:
            begin, end = sorted(self._random.sample(range(1, len(piece)), 2))
            piece = piece[:begin] + piece[end:]
        if self.flip:
            spoiled = bytearray(piece)
            for index in range(len(spoiled)):
                if self._random.random() < self.flip:
                    spoiled[index] ^= 1 << self._random.randrange(8)
            piece = bytes(spoiled)
        return piece

    def _accept_all(self, listener: socket.socket) -> None:
        while self._listener is listener:
            try:
                reader, _ = listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            try:
                camera = socket.create_connection((_HOST, self.target), _PATIENCE)
            except OSError:
                reader.close()
                continue
            link = _Link(self, camera, reader)
            with self._guard:
                self._links = [each for each in self._links if not each.over] + [link]
                link.start()

    def _end_all(self, *, abort: bool) -> None:
        with self._guard:
            links, self._links = self._links, []
        for link in links:
            link.end(abort=abort)


class _Link:
    """One connection through the proxy: two threads, one for each direction."""

    def __init__(self, proxy: FaultProxy, camera: socket.socket, reader: socket.socket) -> None:
        self._proxy = proxy
        self._sockets = (camera, reader)
        self._ended = threading.Event()
        self._abort = False
        for each in self._sockets:
            each.settimeout(_GLANCE)
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._threads = [
            threading.Thread(target=self._forward, args=(camera, reader), name="fault proxy, from the camera"),
            threading.Thread(target=self._forward, args=(reader, camera), name="fault proxy, to the camera"),
        ]
        self._closing = threading.Thread(target=self._close, name="fault proxy, closing")

    def start(self) -> None:
        """Begins to forward."""
        for thread in (*self._threads, self._closing):
            thread.start()

    @property
    def over(self) -> bool:
        """Both ends are closed."""
        return not self._closing.is_alive()

    def end(self, *, abort: bool) -> None:
        """Closes both ends, and returns when they are closed."""
        self._abort = abort
        self._ended.set()
        self._closing.join(_PATIENCE)
        assert self.over

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        """Copies until either end closes, which ends the link."""
        from_camera = source is self._sockets[0]
        try:
            while not self._ended.is_set():
                if self._proxy.stalled:
                    self._ended.wait(_GLANCE)
                    continue
                piece = self._receive(source)
                if piece is None:
                    continue
                if not piece:
                    break
                if from_camera:
                    self._deliver(piece, sink)
                else:
                    self._send(piece, sink)
        except ConnectionError:
            self._abort = True
        self._ended.set()

    def _receive(self, source: socket.socket) -> bytes | None:
        """A piece; None: nothing came; empty: the end."""
        if not select.select([source], [], [], _GLANCE)[0]:
            return None
        return source.recv(_CHUNK)

    def _deliver(self, piece: bytes, sink: socket.socket) -> None:
        """From the camera to the reader, with all faults."""
        proxy = self._proxy
        if proxy.delay:
            self._ended.wait(proxy.delay)
        piece = proxy.spoil(piece)
        while piece and not self._ended.is_set():
            rate = proxy.rate
            portion = piece if rate is None else piece[: max(1, int(rate * _GLANCE))]
            piece = piece[len(portion) :]
            self._send(portion, sink)
            proxy.forwarded += len(portion)
            if rate is not None:
                self._ended.wait(len(portion) / rate)

    def _send(self, piece: bytes, sink: socket.socket) -> None:
        """All of it, however slowly it is taken, unless the link ends meanwhile."""
        while piece and not self._ended.is_set():
            if self._proxy.stalled:
                self._ended.wait(_GLANCE)
            elif select.select([], [sink], [], _GLANCE)[1]:
                piece = piece[sink.send(piece) :]

    def _close(self) -> None:
        """Closes both ends when both threads are through."""
        for thread in self._threads:
            thread.join()
        for each in self._sockets:
            if self._abort:
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
            else:
                # Closing alone would send RST where something has not been read.
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            each.close()
