"""Real cameras on this machine: what they show, and GStreamer's RTSP server. Those of the web are in broadcasts.py."""

import functools
import json
import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias
from urllib.parse import quote

import cv2
import numpy as np
import trustme
from requirements import missing

from stream_ocr.drawing import WHITE, lay, panel
from stream_ocr.messages import Image
from stream_ocr.scene import Scene

__all__ = ["Codec", "Feed", "RtspCamera", "Scheme", "needs_gstreamer", "notice", "scenery"]

Codec: TypeAlias = Literal["h264", "h265", "mjpeg"]
Scheme: TypeAlias = Literal["basic", "digest"]

_PROGRAM = Path(__file__).with_name("rtsp_server.py")
_PYTHONS = ("/usr/bin/python3", "/usr/local/bin/python3", sys.executable)
"""Debian's packages are seen by the system's Python only."""
_PATIENCE = 30.0
"""Seconds; GStreamer's first start on a machine looks through all its plugins."""
_NAVY = (90, 40, 20)


@dataclass(frozen=True)
class Feed:
    """What a camera shows, round and round."""

    pictures: tuple[Image, ...]
    """BGR, all of one size; of sides that 8 divides, which Motion JPEG in RTP needs."""
    rate: int = 10
    """Pictures per second."""
    codec: Codec = "h264"
    sound: bool = False
    """Silence, but packets of it (RTSP only)."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.pictures[0].shape[1], self.pictures[0].shape[0]

    def jpegs(self) -> list[bytes]:
        """The pictures, each as a JPEG file."""
        return [cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes() for picture in self.pictures]


def notice(text: str, size: tuple[int, int] = (640, 360), *, rate: int = 10, **kind: Any) -> Feed:
    """Two seconds of one large text that stands still, over a light that moves: every picture is another one."""
    patch = panel(text, 0.16 * size[1], WHITE, _NAVY)
    pictures = []
    for index in range(2 * rate):
        picture = np.full((size[1], size[0], 3), (60, 70, 60), np.uint8)
        centre = (round(size[0] * index / (2 * rate)), round(0.85 * size[1]))
        cv2.circle(picture, centre, size[1] // 12, (120, 200, 220), -1, cv2.LINE_AA)
        lay(picture, patch, (size[0] - patch.image.shape[1]) // 2, round(0.2 * size[1]))
        pictures.append(picture)
    return Feed(tuple(pictures), rate, **kind)


def scenery(scene: Scene, **kind: Any) -> Feed:
    """The built-in scene; `scene.truth()` tells what stands in it. Its rate is to be a whole number."""
    pictures = tuple(scene.picture(index / scene.rate) for index in range(scene.frames or 0))
    return Feed(pictures, round(scene.rate), **kind)


class RtspCamera:
    """GStreamer's RTSP server in a process of its own; over TCP and UDP, as the reader asks.

    It serves from `with` or `start` on, and `stop`, `kill` and `start` may follow each other on the same port.
    """

    def __init__(
        self,
        feed: Feed,
        *,
        login: tuple[str, str] | None = None,
        scheme: Scheme = "digest",
        tls: bool = False,
    ) -> None:
        """`login`: user and password that it asks for; `tls`: rtsps, its certificate signed by `authority`."""
        needs_gstreamer()
        self.port = 0
        """Given by the system at the first start, and kept."""
        self._feed = feed
        self._login = login
        self._scheme = scheme
        self._tls = tls
        self._folder = tempfile.TemporaryDirectory(prefix="camera-")
        self._process: subprocess.Popen[str] | None = None
        if tls:
            self._make_certificate()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._folder.cleanup()

    @property
    def uri(self) -> str:
        """Where it is, with the right user and password."""
        return self.uri_at(self.port)

    @property
    def authority(self) -> Path:
        """PEM file of who signed its certificate."""
        return Path(self._folder.name) / "authority.pem"

    def uri_at(self, port: int, *, login: tuple[str, str] | None = None, path: str = "/live") -> str:
        """The same camera through another port (a proxy), with another login or path."""
        user, password = login or self._login or ("", "")
        credentials = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
        return f"rtsp{'s' if self._tls else ''}://{credentials}127.0.0.1:{port}{path}"

    def start(self, feed: Feed | None = None) -> None:
        """Begins to serve, on the same port as before; another `feed` may have another size, rate and codec."""
        assert self._process is None, "it is serving already"
        self._feed = feed or self._feed
        python, _ = _gstreamer()
        assert python is not None
        pipe = subprocess.PIPE
        with self._log().open("w") as log:
            self._process = subprocess.Popen(
                [python, str(_PROGRAM)], stdin=pipe, stdout=pipe, stderr=log, text=True, env=_environment()
            )
        self._say(json.dumps(self._settings()))
        self.port = self._read_port()

    def stop(self) -> None:
        """Ends the server in order; its readers see the connection closed."""
        self._end(gently=True)

    def kill(self) -> None:
        """Ends it as a power cut would, as far as the system allows: connections are closed without a goodbye."""
        self._end(gently=False)

    def hold(self) -> None:
        """Keeps the video back; connections stay open, and sound goes on."""
        self._say("hold")

    def flow(self) -> None:
        """Lets the video go on."""
        self._say("flow")

    def _settings(self) -> Mapping[str, object]:
        pictures = Path(self._folder.name) / "pictures"
        pictures.mkdir(exist_ok=True)
        for old in pictures.iterdir():
            old.unlink()
        for index, jpeg in enumerate(self._feed.jpegs()):
            (pictures / f"{index:05}.jpg").write_bytes(jpeg)
        user, password = self._login or (None, None)
        width, height = self._feed.size
        return {
            "pictures": str(pictures),
            "size": [width, height],
            "rate": self._feed.rate,
            "codec": self._feed.codec,
            "kbits": max(500, width * height * self._feed.rate // 1500),
            "sound": self._feed.sound,
            "user": user,
            "password": password,
            "scheme": self._scheme,
            "certificate": str(Path(self._folder.name) / "server.pem") if self._tls else None,
            "port": self.port,
            "path": "/live",
        }

    def _make_certificate(self) -> None:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.authority))
        server = authority.issue_cert("127.0.0.1", "localhost")
        server.private_key_and_cert_chain_pem.write_to_path(str(Path(self._folder.name) / "server.pem"))

    def _say(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _read_port(self) -> int:
        assert self._process is not None
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            line = self._process.stdout.readline() if selector.select(_PATIENCE) else ""
        word, _, port = line.partition(" ")
        if word != "port":
            self.kill()
            raise AssertionError(f"the RTSP server does not start: {self._log().read_text()}")
        return int(port)

    def _end(self, *, gently: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with process:
            assert process.stdin is not None
            if gently:
                process.stdin.close()
            else:
                process.kill()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                raise

    def _log(self) -> Path:
        return Path(self._folder.name) / "log.txt"


def needs_gstreamer() -> None:
    """Skips the test where GStreamer's RTSP server is not installed; fails it where `CI` is set."""
    python, wrong = _gstreamer()
    if python is not None:
        return
    missing(f"no RTSP server, for GStreamer is not usable: {wrong}")


@functools.cache
def _gstreamer() -> tuple[str | None, str]:
    """The Python that can run the server; and if there is none, what the last one lacks."""
    wrong = "no Python of the system's own"
    for python in filter(os.path.exists, _PYTHONS):
        command = [python, str(_PROGRAM), "--missing"]
        found = subprocess.run(command, capture_output=True, text=True, env=_environment(), timeout=60, check=False)
        wrong = (found.stdout or found.stderr).strip().rpartition("\n")[2]
        if not wrong:
            return python, ""
    return None, wrong


def _environment() -> dict[str, str]:
    """Without what makes another Python look for our packages."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
