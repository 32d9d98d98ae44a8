import socket
from pathlib import Path

import pytest

from stream_ocr.doorstep import Doorstep, address


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("rtsp://admin:secret@10.0.0.5/stream", ("10.0.0.5", 554)),
        ("rtsp://10.0.0.5:8554/stream", ("10.0.0.5", 8554)),
        ("HTTPS://camera.local/video", ("camera.local", 443)),
        ("http://[::1]:8080/", ("::1", 8080)),
        ("udp://239.0.0.1", None),
        ("rtsp://camera:port/", None),
        ("rtsp://[::1/", None),
        ("/dev/video0", None),
    ],
)
def test_where_a_source_lives(uri: str, expected: tuple[str, int] | None) -> None:
    assert address(uri) == expected


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_server_that_comes_back_is_heard() -> None:
    port = _free_port()
    with Doorstep(f"rtsp://127.0.0.1:{port}/") as doorstep:
        assert not doorstep.back.wait(0.3)
        with socket.create_server(("127.0.0.1", port)):
            assert doorstep.back.wait(5)


def test_a_device_that_is_plugged_in_is_seen(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    with Doorstep(str(device)) as doorstep:
        assert not doorstep.back.wait(0.3)
        device.touch()
        assert doorstep.back.wait(5)


def test_who_was_at_home_all_along_is_no_news() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with Doorstep(f"http://127.0.0.1:{port}/") as doorstep:
            assert not doorstep.back.wait(2.5)
