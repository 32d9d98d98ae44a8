"""Files under way, and disks that do not take them."""

import hashlib
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stream_ocr.errors import WeightsError
from stream_ocr.fetching.part import DiskError, HashError, Part

CONTENT = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@contextmanager
def _room_for(size: int) -> Iterator[None]:
    """No file of this process gets larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_gets_its_name_when_it_is_right(tmp_path: Path) -> None:
    target = tmp_path / "made" / "w.onnx"
    with Part(target) as part:
        part.write(CONTENT[:1000])
        assert not target.exists()
        part.write(CONTENT[1000:])
        part.settle(SHA256)
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]


def test_what_came_stays_for_the_next_time(tmp_path: Path) -> None:
    target = tmp_path / "w.onnx"
    with Part(target) as part:
        part.write(CONTENT[:1000])
    with Part(target) as part:
        assert part.size == 1000
        part.write(CONTENT[1000:])
        part.settle(SHA256)
    assert target.read_bytes() == CONTENT


def test_nothing_stays_of_nothing(tmp_path: Path) -> None:
    with Part(tmp_path / "w.onnx"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_file_is_forgotten(tmp_path: Path) -> None:
    got = hashlib.sha256(b"rubbish").hexdigest()
    with Part(tmp_path / "w.onnx") as part:
        part.write(b"rubbish")
        with pytest.raises(HashError, match=f"^expected SHA-256 {SHA256}, got {got}$"):
            part.settle(SHA256)
        assert part.size == 0
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_replaced_in_one_step(tmp_path: Path) -> None:
    target = tmp_path / "w.onnx"
    target.write_bytes(b"old")
    with Part(target) as part:
        part.write(CONTENT)
        assert target.read_bytes() == b"old"
        part.settle(SHA256)
    assert target.read_bytes() == CONTENT


def test_two_at_one_file(tmp_path: Path) -> None:
    target = tmp_path / "w.onnx"
    with Part(target) as part:
        part.write(b"x")
        with pytest.raises(DiskError, match=r"w\.onnx\.part: another fetch is at this file"), Part(target):
            pass
    with Part(target) as part:
        assert part.size == 1


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    (tmp_path / "w.onnx.part").symlink_to("/dev/full")
    with Part(tmp_path / "w.onnx") as part, pytest.raises(DiskError) as raised:
        part.write(CONTENT)
    assert str(raised.value) == (
        f"{tmp_path}/w.onnx.part: cannot write: No space left on device; the 0 bytes that came are kept, "
        "and the next fetch goes on from there"
    )


def test_what_had_room_on_the_disk_stays(tmp_path: Path) -> None:
    target = tmp_path / "w.onnx"
    with Part(target) as part, _room_for(100_000):
        part.write(CONTENT[:65_536])
        with pytest.raises(DiskError, match="cannot write: File too large; the 100000 bytes that came are kept"):
            part.write(CONTENT[65_536:])
    with Part(target) as part:
        assert part.size == 100_000
        part.write(CONTENT[100_000:])
        part.settle(SHA256)
    assert target.read_bytes() == CONTENT


def test_what_is_too_large_to_be_weights_is_forgotten(tmp_path: Path) -> None:
    with (tmp_path / "w.onnx.part").open("wb") as file:
        file.truncate(1 << 30)
    with Part(tmp_path / "w.onnx") as part, pytest.raises(WeightsError, match="expected at most 1073741824 bytes"):
        part.write(b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DiskError, match=r"w\.onnx\.part: cannot write: "), Part(tmp_path / "file" / "w.onnx"):
        pass
