"""A small HTTP server: GET and HEAD of a few paths, for whoever may reach the address. Bounded in every way.

One request per connection, with a limit on its size and on the time that it may take; a few connections at once, the
others wait for their turn. It answers in threads of its own, and says nothing on standard error.
"""

import errno
import io
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

from stream_ocr.endpoints import host_and_port
from stream_ocr.errors import WireError

__all__ = ["Answer", "Request", "Server"]

_CONNECTIONS = 8
_DEADLINE = 5.0
"""Seconds that a client has to ask, and again to take the answer."""
_TURN = 1.0
"""Seconds for which one more connection waits until another is over."""
_MAX_HEAD = 16 << 10
"""Bytes of a request that are read; what comes after them is as if it had not been sent."""
_POLL = 0.2
_TEXT = "text/plain; charset=utf-8"
_ASKED = ("GET", "HEAD")


class Request(NamedTuple):
    """What was asked of a path."""

    query: dict[str, list[str]]
    accept: str


class Answer(NamedTuple):
    """What is said to it."""

    status: HTTPStatus
    content_type: str
    body: bytes


class Server:
    """Answers while it is entered. Raises WireError on entering when the address cannot be bound."""

    def __init__(self, address: str, routes: Mapping[str, Callable[[Request], Answer]]) -> None:
        """`address` as in 127.0.0.1:9100; `routes`: what answers which path, in any thread."""
        self._address = address
        self._routes = routes

    def __enter__(self) -> Self:
        try:
            self._listener = _Listener(host_and_port(self._address), self._routes)
        except OSError as error:
            raise WireError(f"health: {self._address}: cannot bind: {_reason(error)}") from error
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(_POLL,), name="stream-ocr health", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown()
        self._thread.join()
        self._listener.server_close()


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    # They end by themselves within their deadline: nobody has to wait for them.
    daemon_threads = True

    def __init__(self, address: tuple[str, int], routes: Mapping[str, Callable[[Request], Answer]]) -> None:
        self.routes = routes
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._free = threading.BoundedSemaphore(_CONNECTIONS)
        super().__init__(address, _Handler)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        if self._free.acquire(timeout=_TURN):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        # A client that goes away is no error of ours.
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    error_message_format, error_content_type = "%(code)d %(message)s\n", _TEXT

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self.rfile = io.BufferedReader(_Head(self.connection))

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        if self.command in _ASKED:
            return True
        self._say(Answer(HTTPStatus.METHOD_NOT_ALLOWED, _TEXT, b"expected GET or HEAD\n"))
        return False

    def do_GET(self) -> None:
        target = urlsplit(self.path)
        route = self.server.routes.get(target.path)
        if route is None:
            known = ", ".join(self.server.routes)
            self._say(Answer(HTTPStatus.NOT_FOUND, _TEXT, f"expected one of {known}\n".encode()))
        else:
            self._say(route(Request(parse_qs(target.query, keep_blank_values=True), self.headers.get("Accept", ""))))

    do_HEAD = do_GET  # noqa: N815

    def version_string(self) -> str:
        """What the header `Server` says."""
        return "stream-ocr"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the name of the base class
        """Says nothing: standard error belongs to the run."""

    def _say(self, answer: Answer) -> None:
        self.connection.settimeout(_DEADLINE)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "no-store")
        if answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", ", ".join(_ASKED))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)


class _Head(io.RawIOBase):
    """What a client sends: so many bytes, and only for so many seconds, however slowly they come."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._deadline = time.monotonic() + _DEADLINE
        self._left = _MAX_HEAD

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        self._connection.settimeout(seconds)
        wanted = memoryview(buffer)[: self._left]
        count = self._connection.recv_into(wanted) if wanted else 0
        self._left -= count
        return count


def _reason(error: OSError) -> str:
    known = {
        errno.EADDRINUSE: "the port is in use",
        errno.EADDRNOTAVAIL: "this machine has no such address",
        errno.EACCES: "permission denied",
    }
    return known.get(error.errno or 0, error.strerror or str(error))
