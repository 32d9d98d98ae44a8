"""The folder of what is kept: damaged entries, folders that cannot be written, full disks."""

import logging
import os
import shutil
from pathlib import Path

import pytest
from disks import files_of_at_most

from stream_ocr.inference import cache
from stream_ocr.inference.cache import Cache, opened

CONTENT = bytes(range(256)) * 100


def test_the_default_is_the_users_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert opened(None) is not None
    assert (tmp_path / "stream-ocr").is_dir()
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert opened(None) is not None
    assert (tmp_path / "home" / ".cache" / "stream-ocr").is_dir()


def test_none_is_wanted() -> None:
    assert opened("") is None


def test_a_folder_that_cannot_be_made_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    for _ in range(3):
        assert opened(str(tmp_path / "file" / "cache")) is None
    (record,) = caplog.records
    assert record.getMessage().endswith("file/cache: no cache of compiled models there: Not a directory")


def test_no_home_is_a_warning(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert opened(None) is None
    assert "the user's cache folder: no cache of compiled models there: Could not determine" in caplog.text


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    kept = Cache(tmp_path)
    assert kept.get("one") is None
    kept.put("one", CONTENT)
    kept.put("none", b"")
    assert (Cache(tmp_path).get("one"), kept.get("none")) == (CONTENT, b"")
    kept.put("one", b"another")
    assert kept.get("one") == b"another"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["none.kept", "one.kept"]


@pytest.mark.parametrize("damage", ["empty", "head", "cut", "bit", "longer", "noise"])
def test_a_damaged_entry_is_none(tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture) -> None:
    kept = Cache(tmp_path)
    kept.put("one", CONTENT)
    (path,) = tmp_path.iterdir()
    good = path.read_bytes()
    bit = bytearray(good)
    bit[-1000] ^= 1
    damaged = {"empty": b"", "head": good[:20], "cut": good[:-1], "bit": bytes(bit), "longer": good + b"x"}
    path.write_bytes(damaged.get(damage, os.urandom(len(good))))
    assert kept.get("one") is None
    assert caplog.messages == [f"{path}: damaged, so it is made anew"]
    kept.put("one", CONTENT)
    assert kept.get("one") == CONTENT


def test_an_entry_that_cannot_be_read_is_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "one.kept").mkdir()
    assert Cache(tmp_path).get("one") is None
    assert caplog.messages == [f"{tmp_path}/one.kept: cannot be read, so it is made anew: Is a directory"]


def test_a_full_disk_is_said_once_and_leaves_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = Cache(tmp_path)
    kept.put("old", b"x")
    with files_of_at_most(10_000):
        kept.put("one", CONTENT)
        kept.put("two", CONTENT)
    assert caplog.messages == [f"{tmp_path}: no more compiled models are kept there: File too large"]
    assert [path.name for path in tmp_path.iterdir()] == ["old.kept"]
    assert kept.get("old") == b"x"


def test_a_folder_that_is_gone_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = opened(str(tmp_path / "cache"))
    assert kept is not None
    shutil.rmtree(tmp_path / "cache")
    kept.put("one", CONTENT)
    assert caplog.messages == [f"{tmp_path}/cache: no more compiled models are kept there: No such file or directory"]
    assert kept.get("one") is None


def test_what_was_used_longest_ago_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Cache(tmp_path)
    for age, name in enumerate(["new", "middle", "old", "oldest"]):
        kept.put(name, b"x" * 1000)
        os.utime(tmp_path / f"{name}.kept", (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "notes.txt").write_bytes(b"x" * 10_000)
    (tmp_path / "left.part").write_bytes(b"")
    os.utime(tmp_path / "left.part", (1_000_000, 1_000_000))
    assert kept.get("old") is not None
    monkeypatch.setattr(cache, "_MAX_BYTES", 3500)
    kept.put("newest", b"x" * 1000)
    left = ["new.kept", "newest.kept", "notes.txt", "old.kept"]
    assert sorted(path.name for path in tmp_path.iterdir()) == left
    monkeypatch.setattr(cache, "_MAX_ENTRIES", 2)
    kept.put("newest", b"x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["newest.kept", "notes.txt", "old.kept"]


def test_warnings_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Cache(tmp_path / "missing").put("one", b"")
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
