"""What a run writes is read back, frame by frame, with the reader of the project: no text that was to be hidden."""

import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest
from rapidfuzz import fuzz

import stream_ocr

PLATES = r"^..-\d\d-..$"
RUN = {
    "sources": {"desk": {"uri": "test:size=640x360&rate=10&length=2.5", "start": 0.8, "stop": 2.0}},
    "ocr": {"precision": "f32"},
}


def _read_back(path: Path, every: int = 1) -> Iterator[list[str]]:
    with av.open(path) as container:
        for shown in islice(container.decode(video=0), 0, None, every):
            yield [line.text for line in stream_ocr.read(np.asarray(shown.to_ndarray(format="bgr24"), np.uint8))]


def _likeness(texts: list[str], wanted: str) -> float:
    """Of the most similar part of a text, 0 to 1; of texts that are too short to be any of it, 0."""
    plain = [_plain(text) for text in texts]
    return max((fuzz.partial_ratio(text, _plain(wanted)) / 100 for text in plain if len(text) > 3), default=0.0)


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("redacted")
    sinks = [
        {"video": {"path": str(folder / "clean.mp4"), "annotate": False, "quality": 15}},
        {"video": {"path": str(folder / "drawn.mp4"), "quality": 15}},
        {"sqlite": {"path": str(folder / "events.db"), "keep": None}},
    ]
    stream_ocr.run({**RUN, "sinks": sinks, "redact": {"match": PLATES, "delay": 2.0, "stored": "masked"}})
    return folder


def test_no_frame_shows_what_is_redacted_and_every_frame_what_is_not(written: Path) -> None:
    frames = list(_read_back(written / "clean.mp4"))
    assert len(frames) == 12
    assert max(_likeness(texts, "ZR-43-TV") for texts in frames) < 0.6
    assert min(_likeness(texts, "EXIT 25") for texts in frames) >= 0.8


def test_a_drawn_video_does_not_say_it_either(written: Path) -> None:
    frames = list(_read_back(written / "drawn.mp4", every=3))
    assert max(_likeness(texts, "ZR-43-TV") for texts in frames) < 0.6
    assert any(_likeness(texts, "[redacted]") >= 0.8 for texts in frames)


def test_a_store_keeps_neither_its_text_nor_its_picture(written: Path) -> None:
    with closing(sqlite3.connect(written / "events.db")) as store:
        stored = [text for (text,) in store.execute("SELECT text FROM texts")]
        events = b"".join(event for (event,) in store.execute("SELECT event FROM events"))
        pictured = [
            text for (text,) in store.execute("SELECT texts.text FROM crops JOIN texts ON texts.id = crops.text")
        ]
    assert "[redacted]" in stored and "EXIT 25" in stored
    assert b"EXIT 25" in events and b"ZR-43-TV" not in events
    assert "EXIT 25" in pictured and "[redacted]" not in pictured
