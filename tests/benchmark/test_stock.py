from dataclasses import replace
from pathlib import Path

import pytest

from stream_ocr.benchmark import stock
from stream_ocr.benchmark.shows import SHOWS, ticker
from stream_ocr.benchmark.stock import made_clips
from stream_ocr.capture import open_source
from stream_ocr.config import SourceConfig
from stream_ocr.errors import StageError
from stream_ocr.evaluation.clips import read_truth, truth_path


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder in which the show `short`, of ten frames, is kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setitem(SHOWS, "short", lambda: replace(ticker(), name="short", length=10 / 30))
    return tmp_path / "stream-ocr" / "bench"


def test_a_clip_is_written_once_with_its_truth(short: Path) -> None:
    told: list[str] = []
    with made_clips(["short"], told.append) as (clip,):
        assert clip == short / "short.mp4"
        with open_source("short", SourceConfig(uri=str(clip))) as media:
            times = [picture.pts for picture in media]
            assert (media.info.size, media.info.rate) == ((1280, 720), 30.0)
        assert times == pytest.approx([number / 30 for number in range(10)], abs=1e-4)
        (first, *_) = read_truth(clip)
        assert (first.text, first.first_s, first.last_s) == ("Harbour News", 0.0, 0.3)
    written = clip.stat().st_mtime_ns
    with made_clips(["short"], told.append) as (clip,):
        assert clip.stat().st_mtime_ns == written
    assert told == ["short"]
    assert sorted(path.name for path in short.iterdir()) == ["short.mp4", "short.mp4.gt.json", "short.recipe"]


def test_it_is_the_same_to_the_byte(short: Path) -> None:
    with made_clips(["short"]) as (clip,):
        content = clip.read_bytes()
    (short / "short.mp4").unlink()
    with made_clips(["short"]) as (clip,):
        assert clip.read_bytes() == content


@pytest.mark.parametrize("spoilt", ["short.mp4", "short.recipe"])
def test_what_is_not_as_it_would_be_made_now_is_made_again(short: Path, spoilt: str) -> None:
    with made_clips(["short"]) as (clip,):
        size = clip.stat().st_size
    (short / spoilt).write_text("older")
    if spoilt == "short.mp4":
        (short / "short.recipe").unlink()
    told: list[str] = []
    with made_clips(["short"], told.append) as (clip,):
        assert clip.stat().st_size == size
    assert told == ["short"]


def test_without_a_cache_folder_it_is_there_for_as_long_as_it_is_needed(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = short.parent.parent / "file"
    file.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(file))
    with made_clips(["short"]) as (clip,):
        assert truth_path(clip).exists()
    assert not clip.parent.exists()


def test_a_full_disk_is_told(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stock, "_write", full)
    with pytest.raises(StageError, match="cannot write the made clip: No space left"), made_clips(["short"]):
        pass
    assert list(short.iterdir()) == []
