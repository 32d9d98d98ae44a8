"""A camera that costs next to nothing: a film, encoded once, sent over HTTP as MPEG-TS at its own pace.

python broadcast.py FILM.ts PORT    the film and the ends of its frames in it, as `encode` writes them
"""

import io
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import numpy as np

from stream_ocr.messages import Image

__all__ = ["broadcast", "encode"]


def encode(path: Path, pictures: Iterable[Image], rate: int) -> None:
    """Writes pictures, BGR, as MPEG-TS, and beside it (.ends) how many bytes each of its frames ends at."""
    buffer, ends = io.BytesIO(), []
    with av.open(buffer, "w", format="mpegts") as container:
        stream = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "tune": "zerolatency"})
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = rate
        for index, picture in enumerate(pictures):
            if index == 0:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = index, Fraction(1, rate)
            container.mux(stream.encode(frame))
            ends.append(buffer.tell())
        container.mux(stream.encode(None))
    ends[-1] = buffer.tell()
    path.write_bytes(buffer.getvalue())
    np.save(path.with_suffix(".ends.npy"), np.array([rate, *ends], np.int64))


@contextmanager
def broadcast(film: Path, count: int = 1) -> Iterator[list[str]]:
    """URIs of so many cameras that send a film, which `encode` wrote, to whoever connects; each is a process."""
    ports = [_free_port() for _ in range(count)]
    servers = [subprocess.Popen([sys.executable, __file__, str(film), str(port)]) for port in ports]
    try:
        for port in ports:
            _await(port)
        yield [f"http://127.0.0.1:{port}/film.ts" for port in ports]
    finally:
        for server in servers:
            server.kill()
            server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        threading.Event().wait(0.05)
    raise SystemExit(f"no camera at port {port}")


def _serve(path: Path, port: int) -> None:
    film = path.read_bytes()
    rate, *ends = np.load(path.with_suffix(".ends.npy")).tolist()
    never = threading.Event()

    class Viewer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "video/mp2t")
            self.end_headers()
            began, sent = time.monotonic(), 0
            for index, end in enumerate(ends):
                never.wait(max(0.0, began + index / rate - time.monotonic()))
                try:
                    self.wfile.write(film[sent:end])
                except OSError:
                    return
                sent = end

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    ThreadingHTTPServer(("127.0.0.1", port), Viewer).serve_forever()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
