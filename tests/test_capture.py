import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from clips import counting, cut, make_clip, shared

from stream_ocr.capture import Beginning, frames, open_source
from stream_ocr.config import GateConfig, SourceConfig
from stream_ocr.errors import SourceError
from stream_ocr.messages import Frame

ALL = GateConfig(enabled=False)


def capture(name: str, config: SourceConfig, gate: GateConfig, stop: threading.Event) -> Iterator[Frame]:
    """The frames that pass."""
    with open_source(name, config) as media:
        yield from filter(None, frames(name, media, gate, stop))


def taken(config: SourceConfig, gate: GateConfig = ALL, stop: threading.Event | None = None) -> list[Frame]:
    return list(capture("desk", config, gate, stop or threading.Event()))


def still_then_changed(tmp_path: Path) -> Path:
    """One second of one picture, then another for half a second; 10 per second."""
    first, second = counting(2)
    pictures = [first] * 10 + [second] * 5
    return make_clip(tmp_path / "a.avi", pictures=pictures, rate=10, codec="ffv1")


def test_only_what_changed_passes(tmp_path: Path) -> None:
    first, rested, again, second, _ = taken(SourceConfig(uri=str(still_then_changed(tmp_path))), GateConfig(max_gap=60))
    assert (first.seq, first.pts, first.previous_pts, first.skipped) == (0, 0.0, 0.0, 0)
    assert first.dirty.all()
    assert (rested.seq, rested.skipped) == (2, 1)
    assert not rested.dirty.any()
    assert (again.seq, again.skipped) == (6, 3)
    assert not again.dirty.any()
    assert (second.seq, second.skipped, second.dropped, second.epoch) == (10, 3, 0, 0)
    assert (second.pts, second.previous_pts) == pytest.approx((1.0, 0.9))
    assert second.dirty.any()
    assert not second.dirty.all()
    assert second.source == "desk"
    assert second.wall is None
    assert second.size == (160, 96)


def test_what_changes_where_nothing_is_watched_does_not_pass(tmp_path: Path) -> None:
    """The digit is in the left half."""
    path = str(still_then_changed(tmp_path))
    left, right = (((x, 0.0), (x + 0.5, 0.0), (x + 0.5, 1.0), (x, 1.0)) for x in (0.0, 0.5))
    gate = GateConfig(max_gap=60)
    assert [frame.seq for frame in taken(SourceConfig(uri=path, exclude=[left]), gate)] == [0, 2, 6, 14]
    assert [frame.seq for frame in taken(SourceConfig(uri=path, include=[right]), gate)] == [0, 2, 6, 14]
    assert [frame.seq for frame in taken(SourceConfig(uri=path, exclude=[right]), gate)] == [0, 2, 6, 10, 12]


def test_arrays_are_contiguous_and_read_only(tmp_path: Path) -> None:
    frame = taken(SourceConfig(uri=str(still_then_changed(tmp_path))))[3]
    for array in (frame.image, frame.luma):
        assert array.flags.c_contiguous
        assert not array.flags.writeable
    assert frame.image.shape == (96, 160, 3)
    assert frame.luma.shape == (96, 160)
    assert frame.dirty.shape == (12, 20)


def test_captured_at_is_the_hosts_time() -> None:
    before = time.time()
    frame = taken(SourceConfig(uri="test:size=64x64&rate=5&length=0.2"))[0]
    assert before <= frame.captured_at <= time.time()


def test_start_and_stop() -> None:
    found = taken(SourceConfig(uri="test:size=64x64&rate=10&length=5", start=1.0, stop=1.5))
    assert [frame.pts for frame in found] == pytest.approx([1.0, 1.1, 1.2, 1.3, 1.4])
    assert [frame.seq for frame in found] == [0, 1, 2, 3, 4]


def test_nothing_from_start_on_is_an_error(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", pictures=counting(10))
    with pytest.raises(SourceError, match=r"^desk: expected pictures from 30 s on, found none$"):
        taken(SourceConfig(uri=str(path), start=30.0))


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_loop_goes_on_forward(tmp_path: Path, codec: str) -> None:
    path = make_clip(tmp_path / "a.mp4", pictures=counting(30), rate=10, codec=codec)
    config = SourceConfig(uri=str(path), loop=True, start=1.0, stop=2.0)
    stop = threading.Event()
    found = []
    for frame in capture("desk", config, ALL, stop):
        found.append(frame)
        if len(found) == 35:
            stop.set()
    assert [frame.pts for frame in found] == pytest.approx([1.0 + index / 10 for index in range(35)], abs=1e-3)
    assert [frame.seq for frame in found] == list(range(35))
    assert np.array_equal(found[3].image, found[13].image)


def test_a_loop_whose_file_goes_is_an_error(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", pictures=counting(10))
    with open_source("desk", SourceConfig(uri=str(path), loop=True)) as media:
        pictures = iter(media)
        next(pictures)
        path.unlink()
        with pytest.raises(SourceError, match="No such file"):
            list(pictures)
        assert media.decoded == 10


def test_a_loop_whose_file_becomes_shorter_than_start_ends(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", pictures=counting(20), rate=10)
    with open_source("desk", SourceConfig(uri=str(path), loop=True, start=1.0)) as media:
        pictures = iter(media)
        next(pictures)
        make_clip(path, pictures=counting(3), rate=10)
        assert len(list(pictures)) == 9


def test_realtime_holds_frames_back() -> None:
    config = SourceConfig(uri="test:size=64x64&rate=50&length=0.5", pace="realtime", start=0.1)
    begin = time.monotonic()
    found = taken(config)
    assert len(found) == 20
    assert 0.37 < time.monotonic() - begin < 5
    moments = [frame.captured_at - frame.pts for frame in found]
    assert min(moments) >= moments[0] - 0.005


def test_max_does_not() -> None:
    begin = time.monotonic()
    assert len(taken(SourceConfig(uri="test:size=64x64&rate=1&length=60"))) == 60
    assert time.monotonic() - begin < 20


def test_a_synthetic_camera_paces_itself_and_has_the_hosts_time() -> None:
    config = SourceConfig(uri="testsrc2=size=64x48:rate=25:duration=0.4", format="lavfi")
    begin = time.monotonic()
    found = taken(config)
    assert time.monotonic() - begin > 0.33
    assert len(found) == 10
    assert all(frame.wall == frame.captured_at for frame in found)


def test_stop_ends_a_wait_at_once() -> None:
    stop = threading.Event()
    found: list[Frame] = []
    config = SourceConfig(uri="test:size=64x64&rate=0.1&length=60", pace="realtime")
    thread = threading.Thread(target=lambda: found.extend(capture("desk", config, ALL, stop)))
    begin = time.monotonic()
    thread.start()
    threading.Timer(0.2, stop.set).start()
    thread.join(10)
    assert not thread.is_alive()
    assert time.monotonic() - begin < 5
    assert len(found) == 1


def test_stop_before_the_start_gives_nothing() -> None:
    stop = threading.Event()
    stop.set()
    assert taken(SourceConfig(uri="test:size=64x64"), stop=stop) == []


def test_a_reconnect_has_its_epoch() -> None:
    with open_source("desk", SourceConfig(uri="test:size=64x64&rate=5&length=0.4")) as media:
        found = [frame for frame in frames("desk", media, ALL, threading.Event(), Beginning(epoch=3)) if frame]
        assert [frame.epoch for frame in found] == [3, 3]
        assert (media.decoded, media.corrupt, media.problem) == (2, 0, None)
        assert media.position == pytest.approx(0.2)


def test_an_abandoned_capture_closes_its_source(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", pictures=counting(10))
    running = capture("desk", SourceConfig(uri=str(path)), ALL, threading.Event())
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert list(running) == []


def test_a_truncated_file_is_reported_and_not_an_error(tmp_path: Path) -> None:
    pictures = counting(15)
    path = make_clip(tmp_path / "a.avi", pictures=pictures, rate=10, codec="rawvideo", pixel_format="bgr24")
    cut(path, 0.6)
    with open_source("desk", SourceConfig(uri=str(path))) as media:
        assert len(list(frames("desk", media, ALL, threading.Event()))) == media.decoded
        assert media.decoded == 8
        assert media.problem == "ends at 0.80 s where its header says 1.50 s: truncated or damaged"


def test_a_missing_file_is_an_error_at_the_first_frame(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nothing\.mp4"):
        taken(SourceConfig(uri=str(tmp_path / "nothing.mp4")))


def real_clips() -> list[Path]:
    folder = Path(__file__).resolve().parent.parent.parent / "shared" / "clips"
    return [path for path in sorted(folder.glob("*")) if path.suffix in {".mp4", ".m4v", ".avi", ".gif", ".webm"}]


def test_every_real_clip_runs_to_its_end_strictly_forward(capfd: pytest.CaptureFixture[str]) -> None:
    shared("clips")
    clips = real_clips()
    assert len(clips) > 15
    for path in clips:
        with open_source("desk", SourceConfig(uri=str(path))) as media:
            pts = [picture.pts for picture in media]
            assert media.problem is None, path.name
            assert media.corrupt == 0, path.name
            duration = media.info.duration or 0.0
        assert pts[0] == 0.0
        assert all(before < after for before, after in pairwise(pts)), path.name
        assert duration - 0.2 < pts[-1] < duration + 0.2, path.name
    assert capfd.readouterr().err == ""
