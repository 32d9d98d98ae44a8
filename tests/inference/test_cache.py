"""The folder of compiled networks."""

import logging
import os
from importlib.metadata import version
from pathlib import Path

import pytest

from stream_ocr.inference import cache
from stream_ocr.inference.cache import cache_folder


def test_the_default_is_the_users_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder(None) == tmp_path / "stream-ocr" / f"openvino-{version('openvino')}"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = cache_folder(None)
    assert folder is not None
    assert folder.parent == tmp_path / "home" / ".cache" / "stream-ocr"
    assert folder.is_dir()


def test_a_folder_of_ones_own_or_none(tmp_path: Path) -> None:
    assert cache_folder(str(tmp_path / "a" / "b")) == tmp_path / "a" / "b"
    assert cache_folder("") is None


def test_a_folder_that_cannot_be_made_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING):
        assert cache_folder(str(tmp_path / "file" / "cache")) is None
    (record,) = caplog.records
    assert record.getMessage().endswith("file/cache: no cache of compiled models there: Not a directory")


def test_a_folder_that_cannot_be_written_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("stream_ocr.inference.cache.os.access", lambda *_: False)
    assert cache_folder(str(tmp_path)) is None
    assert "not writable" in caplog.text


def test_no_home_is_a_warning(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert cache_folder(None) is None
    assert "the user's cache folder: no cache of compiled models there: Could not determine" in caplog.text


def test_what_was_compiled_longest_ago_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for age, name in enumerate(["new", "middle", "old"]):
        path = tmp_path / f"{name}.blob"
        path.write_bytes(b"x" * 100)
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "notes.txt").write_bytes(b"x" * 1000)
    monkeypatch.setattr(cache, "_MAX_BYTES", 200)
    assert cache_folder(str(tmp_path)) == tmp_path
    assert sorted(path.name for path in tmp_path.iterdir()) == ["middle.blob", "new.blob", "notes.txt"]
