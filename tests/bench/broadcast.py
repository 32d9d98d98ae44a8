"""A camera that costs next to nothing: a film, encoded once, sent over HTTP as MPEG-TS at its own pace.

python broadcast.py FILM.ts PORT    the film and the ends of its frames in it, as `encode` writes them
"""

import io
import sys
import threading
import time
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import numpy as np

from stream_ocr.scene import Scene

__all__ = ["encode"]


def encode(path: Path, *, size: tuple[int, int], rate: int, seconds: int) -> None:
    """Writes the built-in scene as MPEG-TS, and beside it (.ends) how many bytes each of its frames ends at."""
    scene = Scene(size, float(rate), float(seconds), 1)
    buffer, ends = io.BytesIO(), []
    with av.open(buffer, "w", format="mpegts") as container:
        stream = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "tune": "zerolatency"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.gop_size = rate
        for index in range(rate * seconds):
            frame = av.VideoFrame.from_ndarray(scene.picture(index / rate), format="bgr24")
            frame.pts, frame.time_base = index, Fraction(1, rate)
            container.mux(stream.encode(frame))
            ends.append(buffer.tell())
        container.mux(stream.encode(None))
    ends[-1] = buffer.tell()
    path.write_bytes(buffer.getvalue())
    np.save(path.with_suffix(".ends.npy"), np.array([rate, *ends], np.int64))


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
