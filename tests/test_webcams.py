"""Without a webcam: a made folder of the kernel's, and FFmpeg's log as its source writes it."""

from pathlib import Path

import pytest

from stream_ocr.cli.webcams import table
from stream_ocr.decoder import CameraFormat, camera_formats
from stream_ocr.decoder.formats import parsed
from stream_ocr.errors import SourceError
from stream_ocr.webcams import Webcam, webcams

MJPEG = CameraFormat(name="mjpeg", description="Motion-JPEG", sizes=("640x480", "1280x720"))


def registered(folder: Path, *names: tuple[str, str]) -> Path:
    for number, name in names:
        (folder / number).mkdir()
        (folder / number / "name").write_text(f"{name}\n", encoding="utf-8")
    return folder


def test_devices_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    sysfs = registered(tmp_path, ("video10", "Ten"), ("video2", "Two"), ("v4l-subdev0", "Sensor"))
    (sysfs / "video3").mkdir()
    found = webcams(sysfs, Path("/dev"), lambda path, name: Webcam(path=path, name=name, problem=None))
    assert [(each.path, each.name) for each in found] == [
        ("/dev/video2", "Two"),
        ("/dev/video3", ""),
        ("/dev/video10", "Ten"),
    ]


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    sysfs = registered(tmp_path, ("video0", "Gone"), ("video1", "Null"))
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "video1").symlink_to("/dev/null")
    assert webcams(sysfs, tmp_path / "dev") == [
        Webcam(path=str(tmp_path / "dev" / "video0"), name="Gone", problem="no such device"),
        Webcam(path=str(tmp_path / "dev" / "video1"), name="Null", problem="it is no camera"),
    ]


def test_no_devices(tmp_path: Path) -> None:
    assert webcams(tmp_path) == []
    assert webcams(tmp_path / "nothing") == []


def test_formats_in_ffmpegs_log() -> None:
    log = [
        *("Compressed:       mjpeg :          Motion-JPEG :", " 640x480", " 1280x720", "\n"),
        *("Raw       :     yuyv422 :           YUYV 4:2:2 :", " {48-1920, 2}x{32-1080, 2}", "\n"),
        *("Raw       : Unsupported :              Z16 :", " 640x480", "\n"),
        *("Raw       :       bgr24 :          BGR3 :", " Emulated :", " 320x240", "\n"),
        "Something else\n",
    ]
    assert list(parsed(log)) == [
        MJPEG,
        CameraFormat(name="yuyv422", description="YUYV 4:2:2"),
        CameraFormat(name="bgr24", description="BGR3", sizes=("320x240",)),
    ]


def test_formats_of_what_is_no_webcam() -> None:
    with pytest.raises(SourceError, match=r"^it is no camera$"):
        camera_formats("/dev/null")


def test_the_table() -> None:
    good = Webcam(
        path="/dev/video0", name="HD Cam", problem=None, size=(640, 480), rate=30.0, codec="mjpeg", formats=(MJPEG,)
    )
    busy = Webcam(path="/dev/video2", name="Cam", problem="it is busy: another program uses it")
    assert list(table([good, busy])) == [
        "/dev/video0  HD Cam  (640x480 mjpeg, 30 a second)",
        "    mjpeg  640x480 1280x720",
        "/dev/video2  Cam  (it is busy: another program uses it)",
    ]
