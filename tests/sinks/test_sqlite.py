import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest
from frames import picture
from takers import eventually
from texts import APPEAR, ONLINE, RUN, STATS, event, gone

from stream_ocr.config import SinkConfig, SqliteSink
from stream_ocr.errors import SinkGoneError, StageError
from stream_ocr.messages import Crop, SinkStatus
from stream_ocr.sinks import open_event_sink, open_frame_sink, shows
from stream_ocr.sinks.outlet import SinkDesk
from stream_ocr.sinks.outlets import event_outlets
from stream_ocr.sinks.sqlite import Sqlite
from stream_ocr.store import Archive, opening
from stream_ocr.transport import Context

CROP = Crop(run=RUN, source="desk", track=17, quality=2.0, image=picture(("EXIT 25", (10, 40)), size=(200, 60)))


def _open(path: Path) -> Sqlite:
    sink = open_event_sink(SqliteSink(path=str(path)), Context.instance())
    assert isinstance(sink, Sqlite)
    return sink


def _seqs(path: Path) -> list[int]:
    with Archive(path) as archive:
        return [stored.event.seq for stored in archive.events()]


def test_events_and_pictures_are_stored_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    sink = _open(path)
    for item in (ONLINE, APPEAR, STATS):
        sink.write(item)
    sink.show(CROP)
    sink.poll()
    with Archive(path) as archive:
        (found,) = archive.search("EXIT")
        assert found.event == APPEAR
        jpeg = archive.crop(found.number)
        assert jpeg is not None
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert image.shape == CROP.image.shape
    assert np.abs(image.astype(int) - CROP.image).mean() < 3
    sink.write(gone())
    sink.close()
    assert _seqs(path) == [42, 43]


def test_it_takes_no_frames_and_shows_what_it_is_told_to(tmp_path: Path) -> None:
    settings = SqliteSink(path=str(tmp_path / "events.db"))
    assert open_frame_sink(settings, Context.instance()) is None
    assert shows(settings)
    assert not shows(SqliteSink(path="events.db", crops=False))


def test_what_cannot_be_opened_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(StageError, match=f"^{tmp_path}: expected a file for the store, got a folder$"):
        _open(tmp_path)
    path = tmp_path / "events.db"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(SinkGoneError, match=f"^{path}: cannot open the store: expected a store"):
        _open(path)


def test_a_locked_store_of_a_camera_gets_everything_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_PATIENCE", 0.05)
    path = tmp_path / "events.db"
    config = [SinkConfig(sqlite=SqliteSink(path=str(path), keep=None))]
    desk = SinkDesk(stop=threading.Event(), live=True)
    outlets = event_outlets(config, [], Context.instance(), desk)
    assert outlets.show
    said: list[SinkStatus] = []

    def heard(state: str) -> bool:
        said.extend(item for item in outlets.news() if isinstance(item, SinkStatus))
        return state in {status.state for status in said}

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        outlets.put(event(seq=0))
        eventually(lambda: heard("failing"))
        assert (said[0].sink, said[0].cause) == (
            f"sqlite {path}",
            "cannot store events: another program holds it locked",
        )
        for seq in range(1, 3000):
            outlets.put(event(seq=seq, track=seq))
    eventually(lambda: len(_seqs(path)) == 3000)
    outlets.close()
    assert _seqs(path) == [*range(3000)]
    assert outlets.report()[f"sqlite {path}"].lost == 0
