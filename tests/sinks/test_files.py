from pathlib import Path

import pytest
from blocked import disk_of

from stream_ocr.sinks.files import WholeFile


def test_all_is_written_and_counted(tmp_path: Path) -> None:
    with WholeFile(tmp_path / "a", "wb") as file:
        assert file.write(b"one") == 3
        assert file.write(memoryview(bytearray(b"two"))) == 3
        assert (tmp_path / "a").read_bytes() == b"onetwo"


def test_a_disk_that_takes_a_part_is_an_error(tmp_path: Path) -> None:
    with WholeFile(tmp_path / "a", "wb") as file:
        with disk_of(100), pytest.raises(OSError, match="File too large"):
            file.write(bytes(150))
        assert (tmp_path / "a").stat().st_size == 100
