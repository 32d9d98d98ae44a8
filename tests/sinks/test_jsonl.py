import json
from pathlib import Path

import pytest
from blocked import disk_of
from texts import APPEAR, ONLINE, STATS, event, gone

from stream_ocr.config import JsonlSink
from stream_ocr.errors import StageError
from stream_ocr.sinks import open_event_sink, open_frame_sink
from stream_ocr.sinks.jsonl import Jsonl
from stream_ocr.transport import Context


def _open(path: Path) -> Jsonl:
    sink = open_event_sink(JsonlSink(path=str(path)), Context.instance())
    assert isinstance(sink, Jsonl)
    return sink


def test_an_event_is_a_line_at_once(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    sink = _open(path)
    sink.write(APPEAR)
    line = (
        '{"v":1,"kind":"appear","source":"desk","track":17,"place":4,"seq":42,"epoch":0,"text":"EXIT 25",'
        '"confidence":0.97,"reads":3,"agreement":1.0,"alternatives":["EX1T 25"],"direction":0,'
        '"quad":[[95,170],[330,170],[330,210],[95,210]],"size":[640,360],"start":12.48,"end":null,"at":12.6,'
        '"wall":"2026-11-22T07:08:38.123Z","age_ms":84.0,"reason":null,"id":"5f0c9a3b71d2-42",'
        '"region":null,"tags":[],"value":null,"unit":null,"rules":[]}\n'
    )
    assert path.read_text(encoding="utf-8") == line
    sink.write(gone(text="出口\n25"))
    sink.poll()
    sink.close()
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(each)["text"] for each in lines] == ["EXIT 25", "出口\n25"]
    assert "出口" in lines[1]


def test_only_text_events_are_written(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    sink = _open(path)
    sink.write(ONLINE)
    sink.write(STATS)
    sink.close()
    assert path.read_bytes() == b""


def test_what_was_there_is_replaced_and_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "events.jsonl"
    _open(path).close()
    path.write_text("old\n" * 100, encoding="utf-8")
    sink = _open(path)
    assert path.read_bytes() == b""
    sink.write(APPEAR)
    sink.close()
    assert path.read_bytes().count(b"\n") == 1


def test_it_takes_no_frames(tmp_path: Path) -> None:
    assert open_frame_sink(JsonlSink(path=str(tmp_path / "a.jsonl")), Context.instance()) is None


def test_a_folder_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(StageError, match=f"^{tmp_path}: cannot write events there: Is a directory$"):
        _open(tmp_path)


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    path = tmp_path / "file" / "events.jsonl"
    with pytest.raises(StageError, match=f"^{path}: cannot make the folder {path.parent}: "):
        _open(path)


def test_a_full_device_is_one_clear_line() -> None:
    sink = _open(Path("/dev/full"))
    expected = "/dev/full: cannot write an event: No space left on device; the 0 events before it are kept"
    with pytest.raises(StageError, match=f"^{expected}$"):
        sink.write(APPEAR)
    sink.close()


@pytest.mark.parametrize("room", [1, 100, 360])
def test_a_full_disk_leaves_whole_lines(tmp_path: Path, room: int) -> None:
    path = tmp_path / "events.jsonl"
    sink = _open(path)
    for number in range(3):
        sink.write(event(seq=number))
    with (
        disk_of(path.stat().st_size + room),
        pytest.raises(StageError, match="File too large; the 3 events before it are kept"),
    ):
        sink.write(event(seq=3, text="x" * 400))
    sink.close()
    assert [json.loads(line)["seq"] for line in path.read_text(encoding="utf-8").splitlines()] == [0, 1, 2]


def test_when_there_is_room_again_it_goes_on_after_the_last_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    sink = _open(path)
    sink.write(event(seq=0))
    with disk_of(path.stat().st_size + 50), pytest.raises(StageError):
        sink.write(event(seq=1))
    sink.write(event(seq=2))
    sink.close()
    assert [json.loads(line)["seq"] for line in path.read_text(encoding="utf-8").splitlines()] == [0, 2]
