"""Sources of the network, read from real servers: which are live, and what is said when they fail."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import islice, pairwise
from typing import Any

import pytest
from broadcasts import HlsChannel, MjpegCamera, TsSender
from cameras import RtspCamera, notice
from faults import FaultProxy
from rtmp import RtmpChannel

from stream_ocr.config import ReconnectConfig, SourceConfig
from stream_ocr.errors import SourceError
from stream_ocr.masking import masked
from stream_ocr.media import Reader
from stream_ocr.sources import open_reader

GATE = notice("GATE 12", (320, 240))
QUICK = {"analyzeduration": "300000"}
LIMITS = ReconnectConfig(open=2.0, stall=1.0)


def config(uri: str, *, options: dict[str, str] | None = None, **settings: Any) -> SourceConfig:
    return SourceConfig(**{"uri": uri, "options": {**QUICK, **(options or {})}, "reconnect": LIMITS, **settings})


@contextmanager
def opened(uri: str, **options: str) -> Iterator[Reader]:
    with closing(open_reader("cam", config(uri, options=options))) as reader:
        yield reader


def refused(uri: str, **options: str) -> str:
    """Why it cannot be opened, without the name and the URI."""
    with pytest.raises(SourceError) as caught, opened(uri, **options):
        pass
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix(f"cam: {masked(uri)}: ")


def lost(reader: Reader, breaking: Callable[[], object]) -> str:
    """What is said once it is broken after some pictures, without the name and the URI."""
    pictures = reader.pictures(0.0)
    assert len(list(islice(pictures, 5))) == 5
    breaking()
    with pytest.raises(SourceError) as caught:
        list(pictures)
    return re.sub(r"^cam: \S+: ", "", str(caught.value))


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("tls", [False, True])
def test_rtsp_is_live(transport: str, tls: bool) -> None:
    with (
        RtspCamera(GATE, login=("me", "p@ss/word"), tls=tls) as camera,
        opened(camera.uri, rtsp_transport=transport) as reader,
    ):
        assert (reader.info.live, reader.info.size, reader.info.codec) == (True, (320, 240), "h264")
        found = list(islice(reader.pictures(0.0), 15))
    assert all(before.pts < after.pts for before, after in pairwise(found))


def test_the_clock_of_the_camera() -> None:
    """It is told every few seconds, so that the first pictures may be without."""
    with RtspCamera(GATE) as camera, opened(camera.uri) as reader:
        walls = (picture.wall for picture in islice(reader.pictures(0.0), 100))
        wall = next(filter(None, walls))
        assert abs(wall - time.time()) < 1


@pytest.mark.parametrize(
    ("server", "live", "duration"),
    [
        (lambda: MjpegCamera(GATE, login=("me", "s3cret")), True, None),
        (lambda: HlsChannel(GATE), True, None),
        (lambda: HlsChannel(GATE, live=False), False, 2.0),
        (lambda: RtmpChannel(GATE), True, None),
        (lambda: TsSender(GATE), True, None),
    ],
    ids=["motion jpeg", "hls", "hls on demand", "rtmp", "mpeg-ts over udp"],
)
def test_other_broadcasts(server: Callable[[], Any], live: bool, duration: float | None) -> None:
    with server() as broadcast, opened(broadcast.uri) as reader:
        assert (reader.info.live, reader.info.duration) == (live, duration)
        assert len(list(islice(reader.pictures(0.0), 15))) == 15


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def talker(words: bytes) -> Iterator[int]:
    """A TCP port that says something to everybody, and hangs up after their first words."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        over = threading.Event()

        def talk() -> None:
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.sendall(words)
                    connection.settimeout(1)
                    try:
                        connection.recv(1000)
                    except OSError:
                        continue

        thread = threading.Thread(target=talk)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            thread.join(10)


SCHEMES = ["rtsp", "rtsps", "http", "https", "rtmp", "tcp"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_an_unknown_host(scheme: str) -> None:
    assert refused(f"{scheme}://no-such-host.invalid/live") == "the host no-such-host.invalid is not known"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_nobody_listens(scheme: str) -> None:
    assert refused(f"{scheme}://127.0.0.1:{free_port()}/live") == "connection refused: nobody listens there"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_answer(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        began = time.monotonic()
        assert refused(f"{scheme}://127.0.0.1:{server.getsockname()[1]}/live") == "no answer within 2 s"
        assert 1.8 < time.monotonic() - began < 4


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_port_that_speaks_something_else(scheme: str) -> None:
    expected = {
        "it answers, but not with video: a web page, or another protocol",
        # It depends on who speaks first.
        "the connection was closed before any video came",
    }
    if scheme in ("rtsps", "https"):
        expected.add("no TLS connection: another protocol, or a certificate that is not trusted")
    with talker(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n") as port:
        assert refused(f"{scheme}://127.0.0.1:{port}/live") in expected


def test_a_password_that_is_not_encoded() -> None:
    message = refused(f"rtsp://me:s3/cret@127.0.0.1:{free_port()}/live")
    assert message == "its host is not known; a / ? or # in a password is to be written %2F, %3F or %23"


def test_logins_and_paths_of_rtsp() -> None:
    with RtspCamera(GATE, login=("me", "s3cret")) as camera:
        assert refused(camera.uri_at(camera.port, login=("me", "wr0ng"))) == "wrong user or password (401)"
        assert refused(f"rtsp://127.0.0.1:{camera.port}/live") == "it asks for a user and password (401)"
        assert refused(camera.uri_at(camera.port, path="/dead")) == "there is no such stream (404)"
        assert refused(camera.uri.replace("rtsp", "rtsps", 1)).startswith("no TLS connection")


def test_logins_and_paths_of_http() -> None:
    with MjpegCamera(GATE, login=("me", "s3cret")) as camera:
        assert refused(camera.uri_of("/video", login=("me", "wr0ng"))) == "wrong user or password (401)"
        assert refused(f"http://127.0.0.1:{camera.port}/video") == "it asks for a user and password (401)"
        assert refused(camera.uri_of("/film")) == "there is no such stream (404)"
        assert refused(camera.uri_of("/page")).startswith("it answers, but not with video")
        assert refused(camera.uri.replace("http", "rtsp", 1)).startswith("it answers, but not with video")


def test_a_certificate_that_is_not_trusted() -> None:
    with RtspCamera(GATE, tls=True) as camera, RtspCamera(GATE, tls=True) as other:
        with opened(camera.uri, tls_verify="1", ca_file=str(camera.authority)):
            pass
        message = refused(camera.uri, tls_verify="1", ca_file=str(other.authority))
    assert message == "no TLS connection: another protocol, or a certificate that is not trusted"


def test_a_camera_that_shows_nothing() -> None:
    with RtspCamera(replace(GATE, sound=True)) as camera, opened(camera.uri):
        camera.hold()
        assert refused(camera.uri) == "no frame for 2 s"


BREAKS: dict[str, Callable[[FaultProxy], object]] = {
    "stall": lambda proxy: setattr(proxy, "stalled", True),
    "reset": FaultProxy.reset,
    "hang up": FaultProxy.hang_up,
}


@pytest.mark.parametrize("fault", BREAKS)
@pytest.mark.parametrize("kind", [RtspCamera, MjpegCamera, RtmpChannel])
def test_a_broken_connection(kind: Callable[..., Any], fault: str) -> None:
    with (
        kind(GATE) as camera,
        FaultProxy(camera.port) as proxy,
        opened(camera.uri.replace(f":{camera.port}", f":{proxy.port}")) as reader,
    ):
        message = lost(reader, lambda: BREAKS[fault](proxy))
    closed = "the stream broke off: closed by the other end"
    assert (
        message
        in {
            "stall": ["no frame for 1 s"],
            "reset": ["the stream broke off: Connection reset by peer", closed],
            "hang up": [closed],
        }[fault]
    )


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_sound_does_not_hide_that_the_video_stands_still(transport: str) -> None:
    with RtspCamera(replace(GATE, sound=True)) as camera, opened(camera.uri, rtsp_transport=transport) as reader:
        assert lost(reader, camera.hold) == "no frame for 1 s"


def test_a_live_playlist_that_is_not_continued() -> None:
    with HlsChannel(GATE) as channel, opened(channel.uri) as reader:
        assert lost(reader, channel.hold) == "no frame for 1 s"


def test_datagrams_that_come_no_more() -> None:
    with TsSender(GATE) as sender, opened(sender.uri) as reader:
        assert lost(reader, sender.fall_silent) == "no frame for 1 s"


def test_a_stop_is_noticed_while_only_sound_comes() -> None:
    patient = ReconnectConfig(open=5.0, stall=60.0)
    with RtspCamera(replace(GATE, sound=True)) as camera:
        stop = threading.Event()
        with closing(open_reader("cam", config(camera.uri, reconnect=patient))) as reader:
            pictures = reader.pictures(0.0, stop.is_set)
            next(pictures)
            camera.hold()
            threading.Timer(0.5, stop.set).start()
            began = time.monotonic()
            list(pictures)
            assert 0.4 < time.monotonic() - began < 2


def test_a_slow_taker_is_no_stall() -> None:
    with MjpegCamera(GATE) as camera, opened(camera.uri) as reader:
        pictures = reader.pictures(0.0)
        next(pictures)
        assert not threading.Event().wait(1.5)
        assert len(list(islice(pictures, 5))) == 5
