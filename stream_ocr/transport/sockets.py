"""Sockets with our limits set, and the errors of binding and connecting them in words.

Sockets live and die in the thread that made them; every wait has a timeout.
"""

import errno
import threading
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

import zmq

from stream_ocr import endpoints, wire
from stream_ocr.errors import WireError
from stream_ocr.transport.bell import Bell
from stream_ocr.transport.doorkeeper import DOMAIN, Doorkeeper
from stream_ocr.transport.security import NO_KEYS, Security
from stream_ocr.transport.visitors import Visitors

__all__ = ["Context", "Socket", "Waitable"]

_MAX_MESSAGE = wire.MAX_PICTURE + wire.MAX_BODY
_MAX_PORT = 65_535
_HANDSHAKE_MS = 5000
_KEEPALIVE = 2
"""Seconds of silence after which a peer is asked, twice, whether it is still there."""
_FOLDER_MODE = 0o700
_EXPECTED = "expected tcp://HOST:PORT or ipc://PATH"


class Context(zmq.Context[zmq.Socket[bytes]]):
    """What sockets are made from; all ends of an inproc link share one. `security` holds for every socket of it."""

    security: Security
    _doorkeeper: Doorkeeper | None
    _hiring: threading.Lock

    def __init__(self, security: Security = NO_KEYS, *, io_threads: int = 1) -> None:
        super().__init__(io_threads)
        self.security = security
        self._doorkeeper = None
        self._hiring = threading.Lock()

    def watch(self, socket: zmq.Socket[bytes]) -> Visitors:
        """Counts the connections of a socket that is about to be bound or connected; any thread may call it."""
        with self._hiring:
            if self._doorkeeper is None:
                self._doorkeeper = Doorkeeper(self.underlying, self.security.clients)
        return self._doorkeeper.watch(socket)

    def term(self) -> None:
        """Ends the context once all its sockets are closed."""
        if self._doorkeeper is not None:
            self._doorkeeper.stop()
        super().term()


class Socket:
    """A context manager around one socket, with our limits set."""

    def __init__(self, context: Context, kind: int, *, linger: int) -> None:
        self._context = context
        self._visitors = Visitors()
        self._socket = context.socket(kind)
        self._socket.linger = linger
        self._socket.maxmsgsize = _MAX_MESSAGE
        # Whoever connects and says nothing is not waited for.
        self._socket.setsockopt(zmq.HANDSHAKE_IVL, _HANDSHAKE_MS)
        # Finds peers that died without closing the connection. It is left to the kernel: ZeroMQ's own heartbeats end
        # the whole process when a connection breaks that was held up because nobody read what had come.
        self._socket.tcp_keepalive = 1
        self._socket.tcp_keepalive_idle = self._socket.tcp_keepalive_intvl = _KEEPALIVE
        self._socket.tcp_keepalive_cnt = 2
        self._socket.setsockopt(zmq.TCP_MAXRT, 3000 * _KEEPALIVE)

    @property
    def refused(self) -> int:
        """Connections so far that were not let in (or on the connecting side: that did not let us in).

        They had no key or a wrong one, did not speak the protocol, or said nothing.
        """
        return self._visitors.refused

    def _bind(self, endpoint: str) -> None:
        try:
            _check_address(endpoint)
            self._guard(endpoint)
            self._prepare(endpoint)
            self._socket.bind(endpoint)
        except (zmq.ZMQError, OSError, _RefusalError) as error:
            self._socket.close()
            raise WireError(f"{endpoint}: cannot bind: {_reason(error)}") from error

    def _connect(self, endpoint: str) -> None:
        try:
            _check_address(endpoint)
            self._show_keys(endpoint)
            self._prepare(endpoint)
            self._socket.connect(endpoint)
        except (zmq.ZMQError, _RefusalError) as error:
            self._socket.close()
            raise WireError(f"{endpoint}: cannot connect: {_reason(error)}") from error

    def _guard(self, endpoint: str) -> None:
        """Sees to it that what is about to be bound lets in nobody but those who are meant."""
        security = self._context.security
        if endpoint.startswith("tcp://") and security.own is not None:
            if not security.clients:
                raise _RefusalError("expected the public keys of those who may connect, got none")
            self._socket.curve_server = True
            self._socket.curve_secretkey = security.own.secret
            # Without these two, a socket that finds nobody to ask lets in everybody.
            self._socket.zap_domain = DOMAIN.encode()
            self._socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)
        elif endpoint.startswith("ipc://"):
            _prepare_folder(endpoint, insecure=security.insecure)
        elif endpoints.exposed(endpoint) and not security.insecure:
            raise _RefusalError(endpoints.KEYS_WANTED)

    def _show_keys(self, endpoint: str) -> None:
        """Over TCP, who has keys connects only to whom it knows."""
        security = self._context.security
        if endpoint.startswith("tcp://") and security.own is not None:
            if endpoint not in security.servers:
                raise _RefusalError("expected the public key of the other side, got none")
            self._socket.curve_serverkey = security.servers[endpoint]
            self._socket.curve_publickey = security.own.public
            self._socket.curve_secretkey = security.own.secret

    def _prepare(self, endpoint: str) -> None:
        self._socket.ipv6 = "[" in endpoint
        if not endpoint.startswith("inproc://"):
            self._visitors = self._context.watch(self._socket)

    def _readable(self, timeout: float) -> bool:
        return bool(self._socket.poll(max(0, int(timeout * 1000)), zmq.POLLIN))

    def _parts(self, limit: int) -> list[zmq.Frame] | None:
        """Reads the message that is there; None: it had more parts than `limit`."""
        parts: list[zmq.Frame] = []
        count, more = 0, True
        while more:
            part = self._socket.recv(copy=False)
            count, more = count + 1, part.more
            if count <= limit:
                parts.append(part)
        return parts if count <= limit else None

    def wait_for(self, timeout: float, *others: "Waitable") -> None:
        """Returns when there is something to read here or at one of `others`, or after `timeout` seconds."""
        poller = zmq.Poller()
        for each in (self, *others):
            poller.register(each._socket if isinstance(each, Socket) else each.fileno(), zmq.POLLIN)
        poller.poll(max(0, int(timeout * 1000)))

    def close(self) -> None:
        """Closes the socket; what is unsent goes out within the linger time."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


Waitable: TypeAlias = Socket | Bell


class _RefusalError(Exception):
    """It could be bound or connected, and must not be."""


def _check_address(endpoint: str) -> None:
    """ZeroMQ knows more transports than are guarded here, and takes port 65536 for 0."""
    if not endpoint.startswith(("inproc://", "ipc://", "tcp://")):
        raise zmq.ZMQError(zmq.EPROTONOSUPPORT)
    port = endpoint.rpartition(":")[2]
    if endpoint.startswith("tcp://") and port.isdecimal() and int(port) > _MAX_PORT:
        raise zmq.ZMQError(zmq.EINVAL)


def _prepare_folder(endpoint: str, *, insecure: bool) -> None:
    """Makes the folder of an ipc endpoint if it is not there, and lets nobody else in."""
    path = Path(endpoint.removeprefix("ipc://"))
    path.parent.mkdir(mode=_FOLDER_MODE, exist_ok=True)
    trouble = None if insecure else endpoints.trouble_with_folder(endpoint)
    if trouble is not None:
        raise _RefusalError(trouble)
    # ZeroMQ removes what bears the name, and means the socket of a run before.
    if path.exists() and not path.is_socket():
        raise _RefusalError("expected a new file or a socket, got a file that is something else")


def _reason(error: zmq.ZMQError | OSError | _RefusalError) -> str:
    known = {
        zmq.EADDRINUSE: "the port is in use",
        zmq.EADDRNOTAVAIL: "this machine has no such address",
        errno.ENODEV: "this machine has no such address",
        errno.EACCES: "permission denied",
        zmq.EINVAL: _EXPECTED,
        zmq.EPROTONOSUPPORT: _EXPECTED,
    }
    if isinstance(error, _RefusalError):
        return str(error)
    return known.get(error.errno or 0, error.strerror or str(error))
