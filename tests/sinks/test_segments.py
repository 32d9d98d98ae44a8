from pathlib import Path

import av
import msgspec
import pytest
from blocked import disk_of
from frames import quad
from texts import ONLINE, SOURCE_STATS, event, gone

from stream_ocr.config import VttSink
from stream_ocr.errors import StageError
from stream_ocr.messages import SourceStats
from stream_ocr.sinks.subtitles import Subtitles

LOW = quad(200, 320, 440, 345)


def _sink(folder: Path, window: int = 3, seconds: float = 6.0) -> Subtitles:
    return Subtitles(VttSink(segments=str(folder), seconds=seconds, window=window, mpegts=900_000))


def _at(position: float) -> SourceStats:
    """The source has decoded so far, and everything up to two seconds before is read."""
    return msgspec.structs.replace(SOURCE_STATS, position=position + 2.0)


def _cues(path: Path) -> list[str]:
    head, *cues = path.read_text(encoding="utf-8").rstrip("\n").split("\n\n")
    assert head == "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000"
    return cues


def _listed(folder: Path) -> list[str]:
    lines = (folder / "subtitles.m3u8").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#EXT-X-") and not line.startswith("#EXTM")]


def test_a_segment_comes_three_seconds_after_its_end_whether_or_not_anything_is_said(tmp_path: Path) -> None:
    sink = _sink(tmp_path)
    sink.write(ONLINE)
    assert _listed(tmp_path) == []
    sink.write(_at(8.9))
    assert _listed(tmp_path) == []
    sink.write(_at(9.0))
    assert _listed(tmp_path) == ["#EXTINF:6.000,", "subtitles-00000000.vtt"]
    assert _cues(tmp_path / "subtitles-00000000.vtt") == []
    assert not list(tmp_path.glob("*.part"))


def test_a_cue_stands_in_each_segment_that_it_reaches_into(tmp_path: Path) -> None:
    sink = _sink(tmp_path)
    sink.write(gone(track=1, text="a", start=4.0, end=7.0, at=8.0, quad=LOW))
    sink.write(event(track=2, text="b", start=8.0, at=8.1, quad=LOW))
    sink.write(_at(9.0))
    sink.write(_at(15.0))
    sink.write(gone(track=2, text="B", start=8.0, end=14.0, at=15.0, quad=LOW))
    sink.close()
    a = "00:00:04.000 --> 00:00:07.000\na"
    assert _cues(tmp_path / "subtitles-00000000.vtt") == [a]
    # What is not over goes on in the next one, so that it is never there twice at a time.
    assert _cues(tmp_path / "subtitles-00000001.vtt") == [a, "00:00:08.000 --> 00:00:12.000\nb"]
    assert _cues(tmp_path / "subtitles-00000002.vtt") == ["00:00:12.000 --> 00:00:14.000\nB"]
    assert _listed(tmp_path)[-2:] == ["#EXTINF:3.000,", "subtitles-00000002.vtt"]
    assert (tmp_path / "subtitles.m3u8").read_text(encoding="utf-8").endswith("#EXT-X-ENDLIST\n")


def test_the_window_moves_and_old_segments_are_removed(tmp_path: Path) -> None:
    (tmp_path / "subtitles-00000099.vtt").write_text("of an earlier run", encoding="utf-8")
    (tmp_path / "notes.vtt").write_text("mine", encoding="utf-8")
    sink = _sink(tmp_path, window=3)
    for position in range(100):
        sink.write(_at(position + 0.5))
    kept = sorted(path.name for path in tmp_path.iterdir())
    last = [f"subtitles-{number:08}.vtt" for number in range(10, 16)]
    assert kept == ["notes.vtt", *last, "subtitles.m3u8"]
    assert [line for line in _listed(tmp_path) if not line.startswith("#")] == last[-3:]
    assert "#EXT-X-MEDIA-SEQUENCE:13\n" in (tmp_path / "subtitles.m3u8").read_text(encoding="utf-8")


def test_a_source_that_begins_late_does_not_begin_with_hours_of_nothing(tmp_path: Path) -> None:
    sink = _sink(tmp_path)
    sink.write(_at(36_000.0))
    names = [line for line in _listed(tmp_path) if not line.startswith("#")]
    assert names == [f"subtitles-{number:08}.vtt" for number in range(5996, 5999)]


def test_a_player_reads_the_whole(tmp_path: Path) -> None:
    sink = Subtitles(VttSink(segments=str(tmp_path)))
    for number in range(6):
        start = 3.0 * number
        sink.write(gone(track=number, text=f"cue {number}", start=start, end=start + 1.5, at=start + 2.5, quad=LOW))
    sink.close()
    with av.open(str(tmp_path / "subtitles.m3u8"), options={"strict": "experimental"}) as container:
        (stream,) = container.streams
        packets = [packet for packet in container.demux(stream) if packet.size]
    assert [(packet.pts, packet.duration, bytes(packet)) for packet in packets] == [
        (3000 * number, 1500, b"cue %d" % number) for number in range(6)
    ]


def test_a_full_disk_is_said_and_the_segment_comes_when_there_is_room(tmp_path: Path) -> None:
    sink = _sink(tmp_path)
    with (
        disk_of(0),
        pytest.raises(StageError, match=r"subtitles-00000000\.vtt: cannot write a segment: File too large"),
    ):
        sink.write(gone(track=1, text="a", start=1.0, end=2.0, at=9.0, quad=LOW))
    with disk_of(110), pytest.raises(StageError, match=r"subtitles\.m3u8: cannot write a segment: File too large"):
        sink.write(_at(9.0))
    sink.write(_at(9.0))
    assert _cues(tmp_path / "subtitles-00000000.vtt") == ["00:00:01.000 --> 00:00:02.000\na"]
    assert _listed(tmp_path) == ["#EXTINF:6.000,", "subtitles-00000000.vtt"]


def test_after_a_long_silence_the_playlist_begins_anew(tmp_path: Path) -> None:
    sink = _sink(tmp_path)
    sink.write(_at(30.0))
    sink.write(_at(600.0))
    names = [line for line in _listed(tmp_path) if not line.startswith("#")]
    assert names == [f"subtitles-{number:08}.vtt" for number in (96, 97, 98)]
    for position in range(600, 660):
        sink.write(_at(float(position)))
    assert len(list(tmp_path.glob("*.vtt"))) == 6
