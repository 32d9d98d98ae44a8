import os
import sys
from pathlib import Path

import msgspec
import pytest
from blocked import disk_of
from frames import quad
from texts import APPEAR, BEHIND, ONLINE, SOURCE_STATS, STATS, event, gone

from stream_ocr.config import AssSink, SrtSink, VttSink
from stream_ocr.errors import SinkGoneError, StageError
from stream_ocr.messages import TextEvent
from stream_ocr.sinks import open_event_sink, open_frame_sink, sink_name
from stream_ocr.sinks.subtitles import Subtitles, SubtitleSettings
from stream_ocr.transport import Context

LOW = quad(200, 320, 440, 345)


def _open(settings: SubtitleSettings) -> Subtitles:
    sink = open_event_sink(settings, Context.instance())
    assert isinstance(sink, Subtitles)
    return sink


def _gone(number: int, start: float, end: float, *, text: str | None = None) -> TextEvent:
    return gone(track=number, text=text or f"cue {number}", start=start, end=end, at=end + 1.0, quad=LOW)


def _srt(*cues: tuple[str, str, str]) -> str:
    return "".join(f"{number}\n{start} --> {end}\n{text}\n\n" for number, (start, end, text) in enumerate(cues, 1))


def test_a_file_has_at_any_time_what_is_over(tmp_path: Path) -> None:
    path = tmp_path / "new" / "film.srt"
    sink = _open(SrtSink(path=str(path)))
    assert path.read_bytes() == b""
    for item in (ONLINE, STATS, BEHIND, APPEAR, _gone(1, 13.0, 15.0)):
        sink.write(item)
    sign = ("00:00:12,480", "00:00:13,000", "EXIT 25")
    assert path.read_text(encoding="utf-8") == _srt(sign, ("00:00:13,000", "00:00:15,040", "EXIT 25\ncue 1"))
    # What was misread is put right, and what is over is taken off again where it was not.
    sink.write(event(kind="disappear", text="EXIT 26", end=20.0, at=21.0))
    sink.write(_gone(2, 22.0, 23.0))
    sink.close()
    assert path.read_text(encoding="utf-8") == _srt(
        ("00:00:12,480", "00:00:13,000", "EXIT 26"),
        ("00:00:13,000", "00:00:15,040", "EXIT 26\ncue 1"),
        ("00:00:15,040", "00:00:20,040", "EXIT 26"),
        ("00:00:22,000", "00:00:23,040", "cue 2"),
    )


def test_what_is_settled_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "film.srt"
    sink = _open(SrtSink(path=str(path)))
    for number in range(60):
        sink.write(_gone(number, 2.0 * number, 2.0 * number + 1.0))
    written = path.read_text(encoding="utf-8")
    path.write_text(written.replace("cue 3\n", "CUE 3\n"), encoding="utf-8")
    sink.write(_gone(60, 120.0, 121.0))
    sink.close()
    cues = path.read_text(encoding="utf-8").split("\n\n")
    assert len(cues) == 62
    assert [cues[index].splitlines() for index in (3, 60)] == [
        ["4", "00:00:06,000 --> 00:00:07,000", "CUE 3"],
        ["61", "00:02:00,000 --> 00:02:01,000", "cue 60"],
    ]


def test_a_source_that_has_come_further_settles_what_is_over(tmp_path: Path) -> None:
    sink = _open(SrtSink(path=str(tmp_path / "film.srt")))
    sink.write(_gone(1, 1.0, 2.0))
    sink.write(msgspec.structs.replace(SOURCE_STATS, position=60.0))
    sink.write(_gone(2, 2.0, 3.0))
    sink.close()
    assert (tmp_path / "film.srt").read_text(encoding="utf-8") == _srt(("00:00:01,000", "00:00:02,000", "cue 1"))


@pytest.mark.parametrize("kind", ["vtt", "ass"])
def test_a_file_without_cues_is_one_all_the_same(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"film.{kind}"
    sink = _open(VttSink(path=str(path)) if kind == "vtt" else AssSink(path=str(path)))
    signature = {"vtt": "WEBVTT\n", "ass": "[Script Info]\n"}[kind]
    assert path.read_text(encoding="utf-8").startswith(signature)
    sink.write(ONLINE)
    sink.close()
    text = path.read_text(encoding="utf-8")
    assert text.startswith(signature)
    assert ("PlayResX: 640\nPlayResY: 360\n" in text) == (kind == "ass")


def test_each_source_has_a_file(tmp_path: Path) -> None:
    sink = _open(SrtSink(path=str(tmp_path / "{source}.srt"), region="bottom", min_duration=0.5))
    for source in ("a", "b"):
        sink.write(msgspec.structs.replace(_gone(1, 1.0, 2.0, text=source), source=source))
        sink.write(msgspec.structs.replace(_gone(2, 3.0, 3.4, text="short"), source=source))
        sink.write(gone(track=3, source=source))
    sink.close()
    for source in ("a", "b"):
        written = (tmp_path / f"{source}.srt").read_text(encoding="utf-8")
        assert written == _srt(("00:00:01,000", "00:00:02,000", source))


def test_a_full_disk_leaves_whole_cues_and_loses_none(tmp_path: Path) -> None:
    path = tmp_path / "film.srt"
    sink = _open(SrtSink(path=str(path)))
    sink.write(_gone(1, 1.0, 2.0))
    sink.write(_gone(2, 30.0, 31.0, text="x" * 100))
    before = path.read_text(encoding="utf-8")
    third = _gone(3, 60.0, 61.0, text="y" * 100)
    with (
        disk_of(len(before) + 20),
        pytest.raises(
            StageError, match=rf"^{path}: cannot write a cue: File too large; the 2 cues before it are kept$"
        ),
    ):
        sink.write(third)
    assert path.read_text(encoding="utf-8") == before
    sink.write(third)
    sink.close()
    texts = [cue.splitlines()[-1][:5] for cue in path.read_text(encoding="utf-8").split("\n\n")[:-1]]
    assert texts == ["cue 1", "xxxxx", "yyyyy"]


def test_a_pipe_gets_each_cue_once(tmp_path: Path) -> None:
    path = tmp_path / "film.vtt"
    os.mkfifo(path)
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    sink = _open(VttSink(path=str(path)))
    sink.write(_gone(1, 1.0, 2.0))
    sink.write(_gone(2, 30.0, 31.0))
    assert os.read(reading, 1000).decode() == "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\ncue 1\n\n"
    sink.close()
    assert os.read(reading, 1000).decode() == "00:00:30.000 --> 00:00:31.000\ncue 2\n\n"
    os.close(reading)


def test_a_reader_that_has_gone_is_said_to(tmp_path: Path) -> None:
    path = tmp_path / "film.srt"
    os.mkfifo(path)
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    sink = _open(SrtSink(path=str(path)))
    os.close(reading)
    sink.write(_gone(1, 1.0, 2.0))
    with pytest.raises(SinkGoneError, match="cannot write a cue: Broken pipe"):
        sink.close()


def test_a_dash_is_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    sink = _open(SrtSink(path="-"))
    sink.write(_gone(1, 1.0, 2.0))
    sink.close()
    assert capfdbinary.readouterr().out.decode() == _srt(("00:00:01,000", "00:00:02,000", "cue 1"))
    assert not sys.stdout.closed


def test_where_nothing_can_be_written_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(StageError, match=f"^{tmp_path}: cannot write subtitles there: Is a directory$"):
        _open(SrtSink(path=str(tmp_path)))
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StageError, match="cannot make the folder"):
        _open(SrtSink(path=str(tmp_path / "file" / "film.srt")))
    with pytest.raises(StageError, match="cannot write segments there: File exists"):
        _open(VttSink(segments=str(tmp_path / "file")))


def test_what_they_are_called() -> None:
    assert sink_name(SrtSink(path="a.srt"), "events") == "srt a.srt"
    assert sink_name(AssSink(path="-"), "events") == "ass -"
    assert sink_name(VttSink(segments="live"), "events") == "vtt live"
    assert open_frame_sink(SrtSink(path="a.srt"), Context.instance()) is None
