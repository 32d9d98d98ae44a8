import multiprocessing
import os
import signal
from pathlib import Path

import av  # what was written is read back
import numpy as np
import pytest
from blocked import disk_of
from frames import frame

from stream_ocr.config import VideoSink
from stream_ocr.errors import StageError
from stream_ocr.messages import Image
from stream_ocr.sinks import open_event_sink, open_frame_sink
from stream_ocr.sinks.video import Video
from stream_ocr.transport import Context

TICKS = 90_000


def _open(path: Path | str, quality: int = 23) -> Video:
    sink = open_frame_sink(VideoSink(path=str(path), quality=quality), Context.instance())
    assert isinstance(sink, Video)
    return sink


def _picture(width: int = 320, height: int = 180, level: int = 128) -> Image:
    return np.full((height, width, 3), level, np.uint8)


def _noise(seed: int) -> Image:
    return np.random.default_rng(seed).integers(0, 255, (180, 320, 3), np.uint8)


def _write(sink: Video, *times: float, interval: float = 0.04) -> None:
    for number, pts in enumerate(times):
        sink.write(frame(pts, interval=interval), _noise(number))


def _times(path: Path) -> list[float]:
    """Media times of the frames that can be decoded."""
    with av.open(path) as container:
        times = [each.time for each in container.decode(video=0)]
    assert None not in times
    return [time for time in times if time is not None]


def _boxes(path: Path) -> list[str]:
    """Names of the top-level boxes of an MP4."""
    content, place, names = path.read_bytes(), 0, []
    while place + 8 <= len(content):
        size = int.from_bytes(content[place : place + 4], "big")
        names.append(content[place + 4 : place + 8].decode())
        assert size >= 8
        place += size
    return names


def test_each_frame_is_at_its_media_time(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    sink = _open(path)
    times = [0.0, 0.04, 0.08, 1.08, 2.08, 2.12, 7.5]
    _write(sink, *times)
    sink.close()
    assert _times(path) == pytest.approx(times, abs=1 / TICKS)


def test_a_recording_that_begins_late_begins_late(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    sink = _open(path)
    _write(sink, 65.5, 65.54, 65.58)
    sink.close()
    assert _times(path) == pytest.approx([65.5, 65.54, 65.58], abs=1 / TICKS)


def test_the_last_frame_shows_as_long_as_a_frame_does(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    sink = _open(path)
    _write(sink, 0.0, 1.0, 2.0, interval=0.5)
    sink.close()
    with av.open(path) as container:
        stream = container.streams.video[0]
        assert stream.duration is not None
        assert stream.duration / TICKS == pytest.approx(2.5, abs=1e-3)


def test_a_single_frame_is_a_video(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    sink = _open(path)
    sink.write(frame(0.0), _picture())
    sink.close()
    assert _times(path) == [0.0]


def test_a_finished_file_is_an_ordinary_mp4_of_h264(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    sink = _open(path)
    _write(sink, *(0.5 * number for number in range(12)))
    sink.close()
    assert _boxes(path) == ["ftyp", "free", "mdat", "moov"]
    with av.open(path) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height, stream.frames) == (320, 180, 12)


@pytest.mark.parametrize(
    "colour", [(20, 20, 230), (20, 230, 20), (230, 20, 20), (94, 197, 34), (128, 128, 128), (255, 255, 255)]
)
def test_colours_come_back(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    path = tmp_path / "a.mp4"
    sink = _open(path, quality=1)
    picture = np.full((180, 320, 3), colour, np.uint8)
    sink.write(frame(0.0), picture)
    sink.close()
    with av.open(path) as container:
        shown = next(container.decode(video=0)).to_ndarray(format="bgr24")
    assert np.abs(shown.astype(int) - picture).max() <= 6


def test_the_picture_is_not_written_on(tmp_path: Path) -> None:
    picture = _noise(1)
    picture.flags.writeable = False
    before = picture.copy()
    sink = _open(tmp_path / "a.mp4")
    sink.write(frame(0.0), picture)
    sink.close()
    assert np.array_equal(picture, before)


@pytest.mark.parametrize(
    ("size", "even"),
    [((321, 180), (322, 180)), ((320, 181), (320, 182)), ((1, 1), (2, 2)), ((33, 7), (34, 8)), ((2, 2), (2, 2))],
)
def test_odd_sizes_are_padded(tmp_path: Path, size: tuple[int, int], even: tuple[int, int]) -> None:
    path = tmp_path / "a.mp4"
    sink = _open(path)
    for pts in (0.0, 0.1, 0.2):
        sink.write(frame(pts), _picture(*size))
    sink.close()
    with av.open(path) as container:
        assert [(each.width, each.height) for each in container.decode(video=0)] == [even] * 3


def test_another_size_is_fitted_into_the_first(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    sink = _open(path)
    for pts, size in ((0.0, (320, 180)), (0.1, (640, 480)), (0.2, (101, 77)), (0.3, (320, 180))):
        sink.write(frame(pts), _picture(*size, level=200))
    sink.close()
    with av.open(path) as container:
        frames = list(container.decode(video=0))
    assert [(each.width, each.height) for each in frames] == [(320, 180)] * 4
    assert min(int(each.to_ndarray(format="gray").min()) for each in frames) > 190


@pytest.mark.parametrize(
    ("size", "fitted"), [((20_000, 100), (4096, 20)), ((10, 9000), (6, 4096)), ((20_000, 1), (4096, 2))]
)
def test_a_huge_picture_is_made_smaller(tmp_path: Path, size: tuple[int, int], fitted: tuple[int, int]) -> None:
    path = tmp_path / "a.mp4"
    sink = _open(path)
    sink.write(frame(0.0), _picture(*size))
    sink.close()
    with av.open(path) as container:
        assert [(each.width, each.height) for each in container.decode(video=0)] == [fitted]


def test_time_that_begins_anew_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    sink = _open(path)
    for epoch, pts in ((0, 5.0), (0, 5.5), (1, 0.0), (1, 0.5), (1, 1.0)):
        previous = max(0.0, pts - 0.5)
        sink.write(frame(pts, epoch=epoch, previous_pts=previous), _picture())
    sink.close()
    assert _times(path) == pytest.approx([5.0, 5.5, 5.54, 6.04, 6.54], abs=1e-3)


def test_a_video_per_source(tmp_path: Path) -> None:
    sink = _open(tmp_path / "{source}" / "out-{source}.mp4")
    for pts in (0.0, 0.1):
        sink.write(frame(pts, source="desk"), _picture(320, 180))
        sink.write(frame(pts + 3, source="gate"), _picture(160, 90))
    sink.close()
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.mp4")) == [
        "desk/out-desk.mp4",
        "gate/out-gate.mp4",
    ]
    assert _times(tmp_path / "gate" / "out-gate.mp4") == pytest.approx([3.0, 3.1], abs=1e-3)


def test_a_better_quality_is_larger(tmp_path: Path) -> None:
    sizes = []
    for quality in (18, 40):
        path = tmp_path / f"{quality}.mp4"
        sink = _open(path, quality=quality)
        _write(sink, 0.0, 0.04, 0.08)
        sink.close()
        sizes.append(path.stat().st_size)
    assert sizes[0] > 1.5 * sizes[1]


def test_without_frames_there_is_no_file(tmp_path: Path) -> None:
    _open(tmp_path / "a.mp4").close()
    assert list(tmp_path.iterdir()) == []


def test_it_takes_no_events(tmp_path: Path) -> None:
    assert open_event_sink(VideoSink(path=str(tmp_path / "a.mp4")), Context.instance()) is None


def test_a_folder_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(StageError, match=f"^{tmp_path}: cannot write a video there: Is a directory$"):
        _open(tmp_path)


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StageError, match="cannot make the folder"):
        _open(tmp_path / "file" / "a.mp4")


def test_a_place_without_permission_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may write anywhere, and tests often run as root.
    monkeypatch.setattr(os, "access", lambda path, mode: (path, mode) != (tmp_path, os.W_OK))
    with pytest.raises(StageError, match="Permission denied"):
        _open(tmp_path / "a.mp4")


def test_a_name_that_is_too_long_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="cannot write a video there: File name too long"):
        _open(tmp_path / ("a" * 300 + ".mp4"))


def test_a_place_that_goes_away_is_one_clear_line(tmp_path: Path) -> None:
    sink = _open(tmp_path / "a.mp4")
    (tmp_path / "a.mp4").symlink_to("a.mp4")
    with pytest.raises(StageError, match="cannot write a video there: Too many levels of symbolic links"):
        sink.write(frame(0.0), _picture())
    sink.close()


def test_a_full_device_is_one_clear_line() -> None:
    sink = _open("/dev/full")
    with pytest.raises(StageError, match="/dev/full: cannot write the video: No space left on device") as caught:
        _write(sink, *(0.5 * number for number in range(20)))
    assert "\n" not in str(caught.value)
    sink.close()


def _playable(path: Path) -> int:
    """How many frames can be decoded before the file breaks off."""
    count = 0
    with av.open(path) as container:
        try:
            for _ in container.decode(video=0):
                count += 1
        except av.FFmpegError:
            return count
    return count


def test_a_full_disk_leaves_what_was_finished(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    sink = _open(path)
    with disk_of(600_000), pytest.raises(StageError, match=r"File too large; [0-9]+ frames were written"):
        _write(sink, *(0.5 * number for number in range(200)))
    sink.close()
    assert path.stat().st_size <= 600_000
    assert _playable(path) >= 5


def test_a_disk_that_is_full_at_the_end_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    sink = _open(path)
    _write(sink, 0.0, 0.04, 0.08)
    with disk_of(100), pytest.raises(StageError, match=r"File too large; 3 frames were written$"):
        sink.close()


def _write_and_die(path: Path) -> None:
    sink = _open(path)
    _write(sink, *(0.5 * number for number in range(20)))
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_run_leaves_what_was_finished(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    process = multiprocessing.get_context("spawn").Process(target=_write_and_die, args=(path,))
    process.start()
    process.join(30)
    assert process.exitcode == -signal.SIGKILL
    # Fragments are a second long: what was not yet in one is lost.
    assert _playable(path) >= 16
