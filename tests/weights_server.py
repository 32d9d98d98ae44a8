"""A web server on the loopback address that serves a file, and fails to in every way that was seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

__all__ = ["Answer", "WeightsServer", "served"]

_SOON = 30.0


@dataclass(frozen=True)
class Answer:
    """What becomes of one request."""

    status: int | None = None
    """Instead of the file."""
    cut: int | None = None
    """Bytes after which the connection is closed."""
    stall: bool = False
    """Whether it stays open then, silent."""
    ranges: bool = True
    """Whether a part can be asked for."""
    content: bytes | None = None
    """Another file."""


@dataclass
class WeightsServer:
    """What is served, and what was asked for."""

    files: dict[str, bytes]
    answers: list[Answer] = field(default_factory=list)
    """For the next requests; those after them get the file."""
    asked: list[str | None] = field(default_factory=list)
    """The `Range` of every request."""
    url: str = ""
    closing: Event = field(default_factory=Event)

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        """Answers one request."""
        wanted = handler.headers.get("Range")
        self.asked.append(wanted)
        answer = self.answers.pop(0) if self.answers else Answer()
        content = answer.content or self.files.get(Path(handler.path).name)
        if answer.status or content is None:
            handler.send_error(answer.status or 404)
            return
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and answer.ranges else 0
        if wanted and answer.ranges and start >= len(content):
            handler.send_response(416)
            handler.send_header("Content-Range", f"bytes */{len(content)}")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        handler.send_header("Content-Length", str(len(content) - start))
        handler.end_headers()
        handler.wfile.write(content[start:] if answer.cut is None else content[start : start + answer.cut])
        if answer.stall:
            self.closing.wait(_SOON)


@contextmanager
def served(files: dict[str, bytes]) -> Iterator[WeightsServer]:
    """Serves the files, by their names, at `url`/NAME."""
    server = WeightsServer(files)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                server.respond(self)
            except (BrokenPipeError, ConnectionResetError):
                return

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = False
        server.url = f"http://127.0.0.1:{http.server_port}"
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            http.shutdown()
            thread.join(_SOON)
