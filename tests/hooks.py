"""A web server on the loopback address that takes webhooks, and does not in every way that was seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import msgspec

__all__ = ["Answer", "Hook", "Request", "hooked"]

_SOON = 30.0


@dataclass(frozen=True)
class Answer:
    """What becomes of one request."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    """There is none until the server ends."""
    hang_up: bool = False


@dataclass(frozen=True)
class Request:
    """What came."""

    headers: dict[str, str]
    """Names in small letters."""
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


@dataclass
class Hook:
    """What came, and how it is answered."""

    answers: list[Answer] = field(default_factory=list)
    """For the next requests; those after them are taken."""
    requests: list[Request] = field(default_factory=list)
    url: str = ""
    closing: Event = field(default_factory=Event)


@contextmanager
def hooked(*answers: Answer) -> Iterator[Hook]:
    """A server at `url`."""
    hook = Hook([*answers])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.requests.append(Request({name.lower(): value for name, value in self.headers.items()}, body))
            answer = hook.answers.pop(0) if hook.answers else Answer()
            if answer.hang:
                hook.closing.wait(_SOON)
            if answer.hang or answer.hang_up:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        hook.url = f"http://127.0.0.1:{http.server_port}/token/4711"
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield hook
        finally:
            hook.closing.set()
            http.shutdown()
            thread.join(_SOON)
