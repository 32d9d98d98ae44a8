"""Sockets with our limits set, and the errors of binding and connecting them in words.

Sockets live and die in the thread that made them; every wait has a timeout.
"""

import errno
from types import TracebackType
from typing import Self

import zmq

from stream_ocr import wire
from stream_ocr.errors import WireError

__all__ = ["Context", "Socket"]

_MAX_MESSAGE = wire.MAX_PICTURE + wire.MAX_BODY
_MAX_PORT = 65_535


class Context(zmq.Context[zmq.Socket[bytes]]):
    """What sockets are made from; all ends of an inproc link share one."""


class Socket:
    """A context manager around one socket, with our limits set."""

    def __init__(self, context: Context, kind: int, *, linger: int) -> None:
        self._socket = context.socket(kind)
        self._socket.linger = linger
        self._socket.maxmsgsize = _MAX_MESSAGE
        # ZMTP heartbeats find peers that died without closing the connection.
        self._socket.setsockopt(zmq.HEARTBEAT_IVL, 2000)
        self._socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 6000)

    def _bind(self, endpoint: str) -> None:
        try:
            _check_port(endpoint)
            self._socket.bind(endpoint)
        except zmq.ZMQError as error:
            self._socket.close()
            raise WireError(f"{endpoint}: cannot bind: {_reason(error)}") from error

    def _connect(self, endpoint: str) -> None:
        try:
            _check_port(endpoint)
            self._socket.connect(endpoint)
        except zmq.ZMQError as error:
            self._socket.close()
            raise WireError(f"{endpoint}: cannot connect: {_reason(error)}") from error

    def _readable(self, timeout: float) -> bool:
        return bool(self._socket.poll(max(0, int(timeout * 1000)), zmq.POLLIN))

    def _poll_with(self, other: int, timeout: float) -> None:
        """Returns when there is something to read here or at `other`, a file descriptor, or after `timeout` seconds."""
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN)
        poller.register(other, zmq.POLLIN)
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


def _check_port(endpoint: str) -> None:
    """ZeroMQ itself takes 65536 for 0."""
    port = endpoint.rpartition(":")[2]
    if endpoint.startswith("tcp://") and port.isdecimal() and int(port) > _MAX_PORT:
        raise zmq.ZMQError(zmq.EINVAL)


def _reason(error: zmq.ZMQError) -> str:
    known = {
        zmq.EADDRINUSE: "the port is in use",
        zmq.EADDRNOTAVAIL: "this machine has no such address",
        errno.EACCES: "permission denied",
        zmq.EINVAL: "expected tcp://HOST:PORT or ipc://PATH",
        zmq.EPROTONOSUPPORT: "expected tcp://HOST:PORT or ipc://PATH",
    }
    return known.get(error.errno or 0, str(error))
