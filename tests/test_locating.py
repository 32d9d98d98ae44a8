from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cameras import notice
from screens import Screen

from stream_ocr.config import ReconnectConfig, SourceConfig
from stream_ocr.decoder import Location
from stream_ocr.errors import SourceError
from stream_ocr.locating import location_of, path_of
from stream_ocr.sources import is_live, is_waited_for, open_reader


def located(uri: str, **settings: Any) -> Location:
    return location_of("x", SourceConfig(uri=uri, **settings))


def test_paths_and_what_is_none() -> None:
    expected = {
        "a/b.mp4": Path("a/b.mp4"),
        "file:///a%20b.mp4": Path("/a b.mp4"),
        "/dev/videos/a.mp4": Path("/dev/videos/a.mp4"),
        "webcam:0": None,
        "/dev/video0": None,
        "/dev/v4l/by-id/usb-Cam-index0": None,
        "screen:": None,
        "rtsp://cam/a": None,
    }
    assert {uri: path_of(SourceConfig(uri=uri)) for uri in expected} == expected


@pytest.mark.parametrize(
    ("uri", "settings", "live", "waited_for"),
    [
        ("a.mp4", {}, False, False),
        ("test:", {}, False, False),
        ("testsrc2", {"format": "lavfi"}, True, False),
        ("testsrc2", {"format": "lavfi", "pace": "max"}, False, False),
        ("webcam:1", {}, True, True),
        ("/dev/video1", {}, True, True),
        ("screen:", {}, True, True),
        ("http://cam/video", {}, True, True),
        ("rtsps://cam/a", {}, True, True),
    ],
)
def test_what_may_be_away(uri: str, settings: dict[str, Any], live: bool, waited_for: bool) -> None:
    config = SourceConfig(uri=uri, **settings)
    assert (is_live(config), is_waited_for(config)) == (live, waited_for)


def test_limits_of_a_camera_of_the_network() -> None:
    found = located("rtsp://cam/a", reconnect=ReconnectConfig(open=7.5, stall=3.0))
    assert found == Location(
        "x",
        "rtsp://cam/a",
        options={"rtsp_transport": "tcp", "timeout": "7500000"},
        live=True,
        kind="network",
        open=7.5,
        stall=3.0,
    )
    assert located("https://cam/a.m3u8").options == {"rw_timeout": "10000000"}
    assert located("https://cam/a.m3u8").live is None


def test_own_options_win() -> None:
    options = {"rtsp_transport": "udp", "timeout": "1", "buffer_size": "9"}
    assert located("rtsp://cam/a", options=options).options == options


@pytest.mark.parametrize("uri", ["webcam:/dev/null", "webcam:null"])
def test_what_is_asked_of_a_webcam(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/dev")
    found = located(uri, size="640x480", rate=7.5, pixel_format="mjpeg", options={"framerate": "5", "channel": "1"})
    assert (found.format, found.live, found.kind) == ("v4l2", True, "camera")
    assert found.options == {"video_size": "640x480", "framerate": "5", "input_format": "mjpeg", "channel": "1"}


def test_a_webcam_named_by_its_path() -> None:
    with pytest.raises(SourceError, match="expected a camera at /dev/video93, got: no such device"):
        located("/dev/video93")


@pytest.mark.parametrize(
    ("uri", "display"),
    [
        ("screen:", ":7"),
        ("screen:+10,20", ":7+10,20"),
        ("screen::1.0", ":1.0"),
        ("screen:host:1.0+10,20", "host:1.0+10,20"),
    ],
)
def test_displays(uri: str, display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":7")
    found = located(uri, size="640x480", rate=5)
    assert (found.url, found.format, found.live, found.kind) == (display, "x11grab", True, "screen")
    assert found.options == {"video_size": "640x480", "framerate": "5"}


def test_the_pictures_of_a_screen() -> None:
    picture = notice("GATE 12").pictures[0]
    options = {"draw_mouse": "0"}
    with Screen(picture) as screen:
        whole = SourceConfig(uri=f"screen:{screen.display}", rate=10, options=options)
        with closing(open_reader("x", whole)) as reader:
            assert (reader.info.size, reader.info.rate, reader.info.live) == ((640, 360), 10, True)
            pictures = reader.pictures(0.0)
            assert np.array_equal(next(pictures).bgr(), picture)
            assert next(pictures).pts > 0
        part = SourceConfig(uri=f"screen:{screen.display}+100,50", size="320x200", options=options)
        with closing(open_reader("x", part)) as reader:
            assert np.array_equal(next(reader.pictures(0.0)).bgr(), picture[50:250, 100:420])
        beyond = SourceConfig(uri=f"screen:{screen.display}+600,0", size="320x200")
        with pytest.raises(SourceError, match=r"it has no such area \(size, or the offset in its URI\)$"):
            open_reader("x", beyond)
    with pytest.raises(SourceError, match=r"no X display there, or no access to it$"):
        open_reader("x", whole)
