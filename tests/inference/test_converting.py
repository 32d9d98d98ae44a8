"""Converting the installed weights, and refusing what does not compute the same."""

from pathlib import Path

import cv2
import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from stream_ocr import inference
from stream_ocr.config import ModelFiles, OcrConfig
from stream_ocr.drawing import WHITE, write
from stream_ocr.errors import ConfigError, ModelError, WeightsError
from stream_ocr.inference import Conversion, Converted, convert
from stream_ocr.inference.device import Device
from stream_ocr.ocr.weights import WeightFile, resolve

SMALL = resolve("PP-OCRv6-small")
DIRECTION = SMALL.direction.path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("converted")


@pytest.fixture(scope="module")
def recognition(folder: Path) -> Converted:
    return convert(SMALL.recognition.path, folder / "rec.xml", Conversion())


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_half_the_size_and_the_same_to_the_eye(recognition: Converted, folder: Path) -> None:
    assert recognition.shape == "[?,3,48,?]"
    assert recognition.compared == ((1, 3, 48, 320), (1, 3, 48, 480), (1, 3, 48, 800))
    assert 0.0 < recognition.mean < recognition.greatest < 0.1
    assert (folder / "rec.bin").stat().st_size < 0.55 * SMALL.recognition.path.stat().st_size


def test_the_result_reads_with_its_own_dictionary(recognition: Converted, folder: Path) -> None:
    assert recognition.characters == 18_708
    picture = np.zeros((60, 400, 3), np.uint8)
    write(picture, "Caffè 出口 25", (20, 45), 40, WHITE)
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.8), np.uint8)
    files = ModelFiles(detection=str(SMALL.detection.path), recognition=str(folder / "rec.xml"))
    recognizer = inference.load_recognizer(OcrConfig(model=files, precision="f32", cache=""))
    original = inference.load_recognizer(OcrConfig(precision="f32", cache=""))
    reading = recognizer.read([picture])[0]
    assert reading.text == original.read([picture])[0].text
    assert reading.text.startswith("Caff")
    assert reading.confidence > 0.9


def test_f32_computes_exactly_the_same(tmp_path: Path) -> None:
    converted = convert(DIRECTION, tmp_path / "cls.xml", Conversion(half=False))
    assert (converted.greatest, converted.mean, converted.characters) == (0.0, 0.0, None)
    assert not converted.recognises
    assert _names(tmp_path) == ["cls.bin", "cls.xml"]


def test_a_fixed_shape(tmp_path: Path) -> None:
    converted = convert(DIRECTION, tmp_path / "cls.xml", Conversion(shape=(2, 3, 80, 160)))
    assert converted.shape == "[2,3,80,160]"
    assert converted.compared == ((2, 3, 80, 160),)
    model = Device(OcrConfig(precision="f32", cache="")).read(WeightFile(tmp_path / "cls.xml"), rank=2)
    assert list(model.inputs[0].shape) == [2, 3, 80, 160]


def test_a_recogniser_of_one_width_reads_any_line(tmp_path: Path) -> None:
    convert(SMALL.recognition.path, tmp_path / "rec.xml", Conversion(half=False, shape=(1, 3, 48, 320)))
    files = ModelFiles(detection=str(SMALL.detection.path), recognition=str(tmp_path / "rec.xml"))
    recognizer = inference.load_recognizer(OcrConfig(model=files, precision="f32", cache=""))
    picture = np.zeros((60, 800, 3), np.uint8)
    write(picture, "The quick brown fox 0123456789", (20, 45), 40, WHITE)
    assert recognizer.read([picture])[0].text == "The quick brown fox 0123456789"


def test_a_shape_that_is_fixed_in_part(tmp_path: Path) -> None:
    network = _made(tmp_path / "made.xml", [1, 3, -1, -1])
    converted = convert(network, tmp_path / "det.xml", Conversion(shape=(1, 3, -1, 640)))
    assert converted.shape == "[1,3,?,640]"
    assert converted.compared == ((1, 3, 192, 640), (1, 3, 384, 640), (1, 3, 416, 640))


def test_a_shape_that_the_network_does_not_take(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cls_mobile\.onnx: does not take the shape 1,4,48,192: "):
        convert(DIRECTION, tmp_path / "cls.xml", Conversion(shape=(1, 4, 48, 192)))
    assert _names(tmp_path) == []


def _made(path: Path, shape: list[int], largest: float = 0.03) -> Path:
    """A network that gives a weighted mean of the colours as the probability of text."""
    given = ops.parameter(shape, np.float32)
    weights = np.array([0.03, largest, 0.03], np.float32).reshape(1, 3, 1, 1)
    mean = ops.convolution(given, ops.constant(weights), [1, 1], [0, 0], [0, 0], [1, 1])
    ov.save_model(ov.Model([mean], [given], "det"), path, compress_to_fp16=False)
    return path


def test_what_differs_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    """A weight beyond the range of f16 becomes another one."""
    network = _made(tmp_path / "large.xml", [1, 3, -1, -1], largest=1e6)
    expected = rf"^{network}: the result differs by [\de+.]+, expected at most 0\.25: nothing written$"
    with pytest.raises(WeightsError, match=expected):
        convert(network, tmp_path / "det.xml", Conversion())
    assert _names(tmp_path) == ["large.bin", "large.xml"]
    assert convert(network, tmp_path / "det.xml", Conversion(half=False)).greatest == 0.0


def test_the_tolerance_can_be_set(recognition: Converted, tmp_path: Path) -> None:
    network = _made(tmp_path / "made.xml", [1, 3, 64, 64])
    greatest = convert(network, tmp_path / "det.xml", Conversion()).greatest
    assert 0.0 < greatest < recognition.greatest
    with pytest.raises(WeightsError, match="expected at most"):
        convert(network, tmp_path / "other.xml", Conversion(tolerance=greatest / 2))
    assert not (tmp_path / "other.xml").exists()


def test_files_that_are_there_stay_unless_told_otherwise(tmp_path: Path) -> None:
    target = tmp_path / "cls.xml"
    target.write_text("mine")
    with pytest.raises(ConfigError, match=rf"{target}: there is such a file already \(--force replaces it\)"):
        convert(DIRECTION, target, Conversion())
    assert target.read_text() == "mine"
    convert(DIRECTION, target, Conversion(replace=True))
    assert target.read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("source", "target", "complaint"),
    [
        ("none.onnx", "out.xml", r"none\.onnx: no such file"),
        ("folder.onnx", "out.xml", r"folder\.onnx: not a file"),
        ("weights.pt", "out.xml", r"weights\.pt: expected a file ending in \.onnx, \.xml, \.pdmodel, \.json"),
        ("w.onnx", "out.onnx", r"out\.onnx: expected a name ending in \.xml"),
        ("w.onnx", "none/out.xml", r"none/out\.xml: there is no such folder"),
    ],
)
def test_names_that_do_not_fit(tmp_path: Path, source: str, target: str, complaint: str) -> None:
    (tmp_path / "folder.onnx").mkdir()
    for name in ("weights.pt", "w.onnx"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(ConfigError, match=complaint):
        convert(tmp_path / source, tmp_path / target, Conversion())


@pytest.mark.parametrize("name", ["letter.onnx", "letter.pdmodel", "letter.json"])
def test_what_is_no_network(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"Dear all,\n")
    with pytest.raises(ModelError, match=rf"{name}: cannot be read as a network"):
        convert(tmp_path / name, tmp_path / "out.xml", Conversion())


def test_a_network_for_something_else(tmp_path: Path) -> None:
    given = ops.parameter([1, 3, 48, 48], np.float32)
    ov.save_model(ov.Model([ops.reduce_mean(given, np.array([0, 1, 2]))], [given], "mean"), tmp_path / "mean.xml")
    with pytest.raises(ModelError, match=r"mean\.xml: expected a network for detection, direction or recognition"):
        convert(tmp_path / "mean.xml", tmp_path / "out.xml", Conversion())
