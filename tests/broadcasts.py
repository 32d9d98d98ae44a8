"""Broadcasts on this machine: Motion JPEG over HTTP, HLS, live or on demand, and MPEG-TS over UDP."""

import base64
import http.server
import itertools
import socket
import socketserver
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import partial
from itertools import takewhile
from typing import Any, Self
from urllib.parse import quote

import av  # channels are written here, for all tests
from av.container import OutputContainer
from av.video.stream import VideoStream
from cameras import Feed

__all__ = ["Broadcast", "HlsChannel", "MjpegCamera", "TsSender", "encode"]

_PATIENCE = 10.0
_BOUNDARY = "picture"
_PAGE = b"<!DOCTYPE html><html><body><h1>Camera 3</h1><p>Please log in.</p></body></html>"


class Broadcast(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A server of live pictures: from `with` on, on a port that the system gives."""

    daemon_threads = False
    """Closing waits for whoever is being served."""

    def __init__(self, handler: Callable[..., socketserver.BaseRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.port: int = self.server_address[1]
        self.stopping = threading.Event()
        self.flowing = threading.Event()
        self.flowing.set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="broadcast")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.flowing.set()
        self.shutdown()
        self._thread.join(_PATIENCE)
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reader that goes is no error."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def hold(self) -> None:
        """Keeps the video back; connections stay open."""
        self.flowing.clear()

    def flow(self) -> None:
        """Lets the video go on."""
        self.flowing.set()

    def numbers(self, rate: int, *, at_once: int = 0) -> Iterator[int]:
        """0, 1, 2, ... in time, each when the picture of that number is due; the first `at_once` without waiting."""
        for number in itertools.count():
            if self.stopping.wait(0 if number < at_once else 1 / rate):
                return
            self.flowing.wait()
            yield number


class _WebServer(Broadcast, http.server.HTTPServer):
    """A broadcast over HTTP; it asks for a login where there is one."""

    def __init__(self, handler: Callable[..., "_Handler"], login: tuple[str, str] | None) -> None:
        super().__init__(handler)
        self.login = login

    def uri_of(self, path: str, *, port: int = 0, login: tuple[str, str] | None = None) -> str:
        """Something of this server, also through another port (a proxy) or with another login."""
        user, password = login or self.login or ("", "")
        credentials = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
        return f"http://{credentials}127.0.0.1:{port or self.port}{path}"


class _Handler(http.server.SimpleHTTPRequestHandler):
    """`/page` is a page, which is no video."""

    timeout = _PATIENCE

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        assert isinstance(self.server, _WebServer)
        if not self._allowed(self.server.login):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.end_headers()
        elif self.path == "/page":
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(_PAGE)
        else:
            self.serve_video()

    def serve_video(self) -> None:
        super().do_GET()

    def _allowed(self, login: tuple[str, str] | None) -> bool:
        if login is None:
            return True
        expected = base64.b64encode(":".join(login).encode()).decode()
        return self.headers.get("Authorization") == f"Basic {expected}"


class MjpegCamera(_WebServer):
    """`/video` is multipart/x-mixed-replace, as cheap cameras have it; `finish` ends it for whoever reads it."""

    def __init__(self, feed: Feed, *, login: tuple[str, str] | None = None) -> None:
        super().__init__(_MjpegHandler, login)
        self.jpegs = feed.jpegs()
        self.rate = feed.rate
        self.finished = threading.Event()

    @property
    def uri(self) -> str:
        """The video, with the right login."""
        return self.uri_of("/video")

    def finish(self) -> None:
        """Ends the video, without a last boundary."""
        self.finished.set()


class _MjpegHandler(_Handler):
    def serve_video(self) -> None:
        camera = self.server
        assert isinstance(camera, MjpegCamera)
        if self.path != "/video":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        self.end_headers()
        for number in camera.numbers(camera.rate):
            if camera.finished.is_set():
                return
            jpeg = camera.jpegs[number % len(camera.jpegs)]
            head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            self.wfile.write(head.encode() + jpeg + b"\r\n")


class HlsChannel(_WebServer):
    """`/list.m3u8`: segments of a second, written as time goes; or, on demand, all of them at once, and the end."""

    def __init__(self, feed: Feed, *, live: bool = True, login: tuple[str, str] | None = None) -> None:
        """`live`: round and round without end; otherwise the pictures once."""
        self._folder = tempfile.TemporaryDirectory(prefix="channel-")
        super().__init__(partial(_Handler, directory=self._folder.name), login)
        self._feed = feed
        self._live = live
        self._ready = threading.Event()
        self._writer = threading.Thread(target=self._write, name="channel")

    def __enter__(self) -> Self:
        self._writer.start()
        assert self._ready.wait(_PATIENCE)
        return super().__enter__()

    def __exit__(self, *details: object) -> None:
        super().__exit__(*details)
        self._writer.join(_PATIENCE)
        self._folder.cleanup()

    @property
    def uri(self) -> str:
        """The playlist, with the right login."""
        return self.uri_of("/list.m3u8")

    def _write(self) -> None:
        flags = {"hls_flags": "delete_segments", "hls_list_size": "6"} if self._live else {"hls_playlist_type": "vod"}
        options = {"hls_time": "1", **flags}
        with av.open(f"{self._folder.name}/list.m3u8", "w", format="hls", options=options) as container:
            encode(container, self._feed, self._numbers())
        self._ready.set()

    def _numbers(self) -> Iterator[int]:
        """All pictures, or without end; a reader begins three segments before the end of the list."""
        if not self._live:
            yield from range(len(self._feed.pictures))
            return
        at_once = 4 * self._feed.rate
        for number in self.numbers(self._feed.rate, at_once=at_once):
            if number == at_once:
                self._ready.set()
            yield number


class TsSender:
    """MPEG-TS over UDP to a port of this machine, whether anybody listens or not; from `with` on."""

    def __init__(self, feed: Feed) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._feed = feed
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send, name="sender")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.fall_silent()

    @property
    def uri(self) -> str:
        """Where to listen."""
        return f"udp://127.0.0.1:{self.port}"

    def fall_silent(self) -> None:
        """Sends no more."""
        self._over.set()
        self._thread.join(_PATIENCE)

    def _send(self) -> None:
        with av.open(f"{self.uri}?pkt_size=1316", "w", format="mpegts") as container:
            encode(container, self._feed, takewhile(self._wait, itertools.count()))

    def _wait(self, _: int) -> bool:
        return not self._over.wait(1 / self._feed.rate)


def encode(container: OutputContainer, feed: Feed, numbers: Iterable[int]) -> None:
    """Writes the pictures of a feed as H.264 with a key picture every second."""
    stream = container.add_stream(
        "libx264", rate=feed.rate, options={"g": str(feed.rate), "preset": "ultrafast", "tune": "zerolatency"}
    )
    assert isinstance(stream, VideoStream)
    stream.width, stream.height = feed.size
    stream.pix_fmt = "yuv420p"
    for number in numbers:
        frame = av.VideoFrame.from_ndarray(feed.pictures[number % len(feed.pictures)], format="bgr24")
        frame.pts, frame.time_base = number, Fraction(1, feed.rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
