import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
from clips import counting, cut, damage, make_clip, make_sound, shared

from stream_ocr.cores import capped, usable
from stream_ocr.decoder import Location, VideoReader
from stream_ocr.errors import SourceError
from stream_ocr.masking import masked
from stream_ocr.media import Decoded
from stream_ocr.messages import Image
from stream_ocr.scene import Scene


def opened(path: Path) -> "closing[VideoReader]":
    return closing(VideoReader(Location(path.name, f"file:{path}")))


def read(path: Path, start: float = 0.0) -> list[Decoded]:
    with opened(path) as reader:
        return list(reader.pictures(start))


def number(picture: Decoded, of: list[Image]) -> int:
    """Which of the pictures it is."""
    distances = [float(np.abs(picture.bgr().astype(int) - other).mean()) for other in of]
    return int(np.argmin(distances))


def test_a_decoder_has_no_more_threads_than_there_are_cores(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", pictures=counting(3))

    def started() -> int:
        before = set(Path("/proc/self/task").iterdir())
        with opened(path):
            return len(set(Path("/proc/self/task").iterdir()) - before)

    with capped(1):
        assert started() == 0
    assert (started() > 0) == (usable() > 1)


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format", "options"),
    [
        ("a.mp4", "libx264", "yuv420p", {"bf": "2", "g": "6"}),
        ("a.mkv", "libx265", "yuv420p", {"x265-params": "log-level=none"}),
        ("a.mkv", "libx264", "yuv420p10le", {}),
        ("a.mkv", "libx264rgb", "rgb24", {"qp": "0"}),
        ("a.webm", "libvpx", "yuv420p", {}),
        ("a.avi", "mjpeg", "yuvj420p", {}),
        ("a.avi", "rawvideo", "bgr24", {}),
        ("a.nut", "rawvideo", "gray16le", {}),
        ("a.nut", "ffv1", "bgra", {}),
        ("a.mov", "prores_ks", "yuv422p10le", {}),
        ("a.nut", "rawvideo", "yuyv422", {}),
        ("a.nut", "rawvideo", "nv12", {}),
        ("a.gif", "gif", "rgb8", {}),
        ("a.ts", "mpeg2video", "yuv420p", {}),
    ],
)
def test_containers_codecs_and_pixel_formats(
    tmp_path: Path, name: str, codec: str, pixel_format: str, options: dict[str, str]
) -> None:
    pictures = counting(12)
    path = make_clip(tmp_path / name, pictures=pictures, codec=codec, pixel_format=pixel_format, options=options)
    found = read(path)
    assert [number(picture, pictures) for picture in found] == list(range(12))
    assert [picture.pts for picture in found] == pytest.approx([index / 25 for index in range(12)], abs=0.005)
    for picture, original in zip(found, pictures, strict=True):
        luma, image = picture.luma, picture.bgr()
        assert luma.shape == (96, 160)
        assert np.abs(luma.astype(int) - original[..., 0]).mean() < 20
        assert image.shape == (96, 160, 3)
        assert image.flags.c_contiguous
        assert not luma.flags.writeable
        assert not image.flags.writeable
        assert picture.wall is None


def test_the_luma_of_yuv_is_a_view(tmp_path: Path) -> None:
    picture = read(
        make_clip(tmp_path / "a.avi", pictures=counting(1, (150, 96)), codec="mjpeg", pixel_format="yuvj420p")
    )[0]
    assert not picture.luma.flags.owndata
    assert picture.luma.strides[0] > 150


@pytest.mark.parametrize("size", [(161, 97), (33, 17), (1, 1)])
def test_odd_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    pictures = [np.full((size[1], size[0], 3), 200, np.uint8)] * 2
    path = make_clip(tmp_path / "a.avi", pictures=pictures, codec="mjpeg", pixel_format="yuvj444p")
    picture = read(path)[-1]
    assert picture.luma.shape == (size[1], size[0])
    assert picture.bgr().shape == (size[1], size[0], 3)
    assert picture.bgr().flags.c_contiguous
    assert abs(int(picture.bgr()[-1, -1, 0]) - 200) < 4


@pytest.mark.parametrize(("rotation", "corner"), [(0, (0, 0)), (90, (-1, 0)), (180, (-1, -1)), (-90, (0, -1))])
def test_rotation_is_applied(tmp_path: Path, rotation: int, corner: tuple[int, int]) -> None:
    """The light corner, top left as stored, is where turning counter-clockwise brings it."""
    picture = np.full((64, 96, 3), 30, np.uint8)
    picture[:32, :48] = 220
    path = make_clip(tmp_path / "a.mp4", pictures=[picture] * 3, rotation=rotation)
    with opened(path) as reader:
        first = next(reader.pictures(0.0))
        assert reader.info.size == ((96, 64) if rotation % 180 == 0 else (64, 96))
    assert (first.luma.shape[1], first.luma.shape[0]) == reader.info.size
    assert first.bgr().flags.c_contiguous
    for array in (first.luma, first.bgr()[..., 1]):
        light = {(y, x) for y in (0, -1) for x in (0, -1) if array[y, x] > 128}
        assert light == {corner}


def test_what_is_known_of_a_clip(tmp_path: Path) -> None:
    with opened(make_clip(tmp_path / "a.mp4", scene=Scene((320, 180), rate=15, length=2))) as reader:
        info = reader.info
        assert (info.size, info.rate, info.duration, info.live, info.codec) == ((320, 180), 15, 2.0, False, "h264")
        assert sum(1 for _ in reader.pictures(0.0)) == 30
        assert (reader.corrupt, reader.problem) == (0, None)


def test_media_time_begins_at_zero_and_follows_pts(tmp_path: Path) -> None:
    pts = [1000, 1001, 1002, 1010, 1011]
    path = make_clip(tmp_path / "a.ts", pictures=counting(5), codec="mpeg2video", pts=pts)
    assert [picture.pts for picture in read(path)] == pytest.approx([0, 0.04, 0.08, 0.4, 0.44], abs=1e-3)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi", "a.gif", "a.ts"])
@pytest.mark.parametrize("start", [0.5, 2.0, 3.3])
def test_start(tmp_path: Path, name: str, start: float) -> None:
    """Whether the format can be sought in or not."""
    codec, pixel_format = {"a.avi": ("mjpeg", "yuvj420p"), "a.gif": ("gif", "rgb8")}.get(name, ("libx264", "yuv420p"))
    pictures = counting(40)
    path = make_clip(
        tmp_path / name, pictures=pictures, rate=10, codec=codec, pixel_format=pixel_format, options={"g": "10"}
    )
    found = read(path, start)
    assert [number(picture, pictures) for picture in found] == list(range(round(start * 10), 40))
    assert found[0].pts == pytest.approx(start, abs=0.01)


def test_start_beyond_the_end(tmp_path: Path) -> None:
    assert read(make_clip(tmp_path / "a.mp4", pictures=counting(10)), 30.0) == []


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format", "muxer"),
    [
        ("a.mp4", "libx264", "yuv420p", {"movflags": "faststart"}),
        ("a.mkv", "libx264", "yuv420p", {}),
        ("a.avi", "mjpeg", "yuvj420p", {}),
    ],
)
def test_a_truncated_file_gives_what_it_has_and_says_so(
    tmp_path: Path, name: str, codec: str, pixel_format: str, muxer: dict[str, str]
) -> None:
    scene = Scene((320, 180), rate=10, length=6)
    path = make_clip(
        tmp_path / name, scene=scene, codec=codec, pixel_format=pixel_format, options={"g": "5"}, muxer=muxer
    )
    cut(path, 0.6)
    with opened(path) as reader:
        found = list(reader.pictures(0.0))
    assert 15 < len(found) < 50
    assert reader.problem is not None
    assert "its header says 6.00 s" in reader.problem


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"), [("a.mp4", "libx264", "yuv420p"), ("a.avi", "mpeg4", "yuv420p")]
)
def test_corrupt_bytes_are_counted_and_passed_over(tmp_path: Path, name: str, codec: str, pixel_format: str) -> None:
    scene = Scene((320, 180), rate=10, length=6)
    path = make_clip(tmp_path / name, scene=scene, codec=codec, pixel_format=pixel_format, options={"g": "10"})
    damage(path, 0.4, 0.5)
    with opened(path) as reader:
        found = list(reader.pictures(0.0))
    assert reader.corrupt > 0
    assert 40 <= len(found) < 60
    assert all(before.pts < after.pts for before, after in pairwise(found))
    assert found[-1].pts == pytest.approx(5.9, abs=0.25)


def broken(tmp_path: Path) -> Iterator[tuple[str, Path, str]]:
    """What is wrong, the file, and what its error says."""
    text = tmp_path / "notes.txt"
    text.write_text("Meeting at noon\n" * 40)
    yield "text", text, "expected video, found text$"
    renamed = tmp_path / "notes.mp4"
    renamed.write_text("Meeting at noon\n" * 40)
    yield "text named mp4", renamed, "not a format that FFmpeg knows"
    yield "sound", make_sound(tmp_path / "sound.wav"), "expected video, found audio$"
    yield "missing", tmp_path / "nothing.mp4", "No such file"
    headless = cut(make_clip(tmp_path / "headless.mp4", pictures=counting(20)), 0.5)
    yield "index cut off", headless, "not a format that FFmpeg knows"
    strange = make_clip(tmp_path / "strange.avi", pictures=counting(3), codec="mjpeg", pixel_format="yuvj420p")
    strange.write_bytes(strange.read_bytes().replace(b"MJPG", b"ZZZZ"))
    yield "unknown codec", strange, "expected video, found video of an unknown codec$"
    blank = make_clip(tmp_path / "blank.mp4", pictures=counting(3))
    content = blank.read_bytes()
    begin, end = content.index(b"mdat") + 4, content.index(b"moov") - 4
    blank.write_bytes(content[:begin] + bytes(end - begin) + content[end:])
    yield "no picture", blank, "none in its video can be decoded"


def test_what_cannot_be_read_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for what, path, expected in broken(tmp_path):
        with pytest.raises(SourceError, match=expected) as caught, opened(path):
            pass
        assert str(caught.value).startswith(f"{path.name}: "), what
        assert "\n" not in str(caught.value), what
    assert capfd.readouterr().err == ""


def test_an_unknown_format_is_one_line() -> None:
    with pytest.raises(SourceError, match="cannot be opened as video: no container format 'nonsense'"):
        VideoReader(Location("x", "y", "nonsense"))


def test_credentials_never_appear(capfd: pytest.CaptureFixture[str]) -> None:
    url = "http://admin:s3cret@127.0.0.1:1/live"
    with pytest.raises(SourceError) as caught:
        VideoReader(Location(masked(url), url, live=True, kind="network"))
    assert str(caught.value) == "http://***@127.0.0.1:1/live: connection refused: nobody listens there"
    assert caught.value.__cause__ is None
    assert "s3cret" not in capfd.readouterr().err


def test_a_synthetic_camera() -> None:
    location = Location("cam", "testsrc2=size=320x240:rate=30:duration=0.5", "lavfi", live=True)
    with closing(VideoReader(location)) as reader:
        found = list(reader.pictures(0.0))
        assert reader.info.live
        assert reader.info.duration is None
        assert reader.info.size == (320, 240)
    assert [picture.pts for picture in found] == pytest.approx([index / 30 for index in range(15)])


@contextmanager
def served(content: bytes) -> Iterator[tuple[int, threading.Event]]:
    """A TCP port that sends `content` to the first who connects, and resets the connection when the event is set."""
    broken = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(content)
                broken.wait(10)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1], broken
        broken.set()
        thread.join(10)


def test_a_live_source_that_breaks_off_is_an_error(tmp_path: Path) -> None:
    scene = Scene((320, 180), rate=25, length=4)
    content = make_clip(tmp_path / "a.ts", scene=scene, codec="mpeg2video", options={"b": "4M"}).read_bytes()
    with served(content) as (port, broken):
        location = Location("cam", f"tcp://127.0.0.1:{port}", live=True, kind="network")
        with closing(VideoReader(location)) as reader:
            pictures = reader.pictures(0.0)
            assert next(pictures).pts == 0.0
            broken.set()
            with pytest.raises(SourceError, match=r"^cam: the stream broke off: Connection reset by peer$"):
                list(pictures)


def test_a_live_source_goes_on_after_packets_that_cannot_be_decoded(tmp_path: Path) -> None:
    scene = Scene((320, 180), rate=25, length=4)
    path = make_clip(tmp_path / "a.ts", scene=scene, codec="mpeg2video", options={"b": "4M", "g": "5"})
    damage(path, 0.4, 0.6)
    with served(path.read_bytes()) as (port, broken):
        location = Location("cam", f"tcp://127.0.0.1:{port}", live=True, kind="network")
        with closing(VideoReader(location)) as reader:
            pictures = reader.pictures(0.0)
            found = [next(pictures).pts]
            while found[-1] < 3.5:
                found.append(next(pictures).pts)
            broken.set()
            assert reader.corrupt > 0
            assert len(found) > 30


def test_a_file_that_cannot_be_read_to_its_end_says_so(tmp_path: Path) -> None:
    """The connection stands in for a failing disk."""
    scene = Scene((320, 180), rate=25, length=4)
    content = make_clip(tmp_path / "a.ts", scene=scene, codec="mpeg2video", options={"b": "4M"}).read_bytes()
    with served(content) as (port, broken), closing(VideoReader(Location("disk", f"tcp://127.0.0.1:{port}"))) as reader:
        pictures = reader.pictures(0.0)
        assert len(list(islice(pictures, 20))) == 20
        broken.set()
        assert sum(1 for _ in pictures) <= 80
        assert reader.problem == "cannot be read to its end: Connection reset by peer"


def test_reading_in_another_thread(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", pictures=counting(5))
    found: list[Decoded] = []
    thread = threading.Thread(target=lambda: found.extend(read(path)))
    thread.start()
    thread.join(10)
    assert len(found) == 5


def test_pts_that_run_backwards_in_a_real_clip() -> None:
    found = read(shared("clips", "plates-bad-pts.avi"))
    assert len(found) == 144
    assert all(before.pts < after.pts for before, after in pairwise(found))
    assert max(abs(picture.pts - index / 12) for index, picture in enumerate(found)) < 0.25


def test_a_real_clip_with_rotation() -> None:
    with opened(shared("clips", "conveyor-carton-rotated.mp4")) as reader:
        picture = next(reader.pictures(2.0))
        assert reader.info.size == (720, 1280)
    bands = picture.bgr()[:, 300:420].mean(axis=(1, 2))
    blue = picture.bgr()[1150:, 100:600].mean(axis=(0, 1))
    assert bands.shape == (1280,)
    assert blue[0] > blue[2] + 60
