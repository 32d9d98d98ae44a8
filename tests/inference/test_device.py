"""Devices, precisions, and networks that are not what they should be."""

import logging
import os
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from stream_ocr.config import OcrConfig, Precision
from stream_ocr.errors import ModelError
from stream_ocr.inference import networks
from stream_ocr.inference.device import Device
from stream_ocr.ocr.alphabet import Alphabet
from stream_ocr.ocr.weights import WeightFile, resolve

SMALL = resolve("PP-OCRv6-small")
NO_CACHE = OcrConfig(precision="f32", cache="")


@pytest.fixture(scope="module")
def device() -> Device:
    return Device(NO_CACHE)


@pytest.mark.parametrize("name", ["TPU", "", "CPU:GPU", "AUTO:TPU"])
def test_an_unknown_device_lists_the_known_ones(name: str) -> None:
    with pytest.raises(ModelError, match=rf"ocr\.device: expected one of CPU.*, AUTO, got `{name}`"):
        Device(OcrConfig(device=name, cache=""))


@pytest.mark.parametrize("name", ["CPU", "AUTO", "AUTO:CPU", "HETERO:CPU"])
def test_devices_that_are_there_run(name: str) -> None:
    device = Device(OcrConfig(device=name, precision="f32", cache=""))
    model = networks.direction(device.read(SMALL.direction, rank=2), "cls")
    ring = device.ring(model, "cls", many=True)
    ring.submit(np.zeros((1, 3, 48, 192), np.float32), None)
    assert ring.take()[1][0].sum() == pytest.approx(1.0, abs=1e-4)


def test_auto_takes_the_fastest_precision_that_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    def chosen(offered: set[str]) -> str:
        monkeypatch.setattr(Device, "_capabilities", lambda _: offered)
        return Device(OcrConfig(cache="")).precision

    assert chosen({"FP32", "BF16", "FP16"}) == "bf16"
    assert chosen({"FP32", "FP16", "INT8"}) == "f16"
    assert chosen({"FP32"}) == "f32"


@pytest.mark.parametrize("precision", ["bf16", "f16"])
def test_a_precision_that_is_not_offered(monkeypatch: pytest.MonkeyPatch, precision: Precision) -> None:
    monkeypatch.setattr(Device, "_capabilities", lambda _: {"FP32"})
    with pytest.raises(ModelError, match=rf"ocr\.precision: CPU does not offer {precision}; expected f32 or auto"):
        Device(OcrConfig(precision=precision, cache=""))


@pytest.mark.parametrize("name", ["letter.onnx", "letter.xml", "letter.pdmodel"])
@pytest.mark.parametrize("content", [b"", b"Dear all,\n" * 50])
def test_a_file_that_is_no_network(
    device: Device, tmp_path: Path, name: str, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ModelError, match=f"{name}: ") as raised:
        device.read(WeightFile(path), rank=4)
    assert "\n" not in str(raised.value)
    assert capfd.readouterr().err == ""


def test_a_truncated_network(device: Device, tmp_path: Path) -> None:
    path = tmp_path / "cut.onnx"
    path.write_bytes(SMALL.direction.path.read_bytes()[:100_000])
    with pytest.raises(ModelError, match=r"cut\.onnx: cannot be read as a network: "):
        device.read(WeightFile(path), rank=2)


def test_weights_with_another_hash(device: Device) -> None:
    with pytest.raises(ModelError, match="expected SHA-256 00ff, got e47acedf"):
        device.read(WeightFile(SMALL.direction.path, "00ff"), rank=2)


def test_the_wrong_network(device: Device) -> None:
    with pytest.raises(ModelError, match=r"expected an output of 4 dimensions, got .*: is it the right network"):
        device.read(SMALL.direction, rank=4)
    detection = device.read(SMALL.detection, rank=4)
    with pytest.raises(ModelError, match=r"det\.onnx: cannot be used for detection: "):
        networks.detection(detection, (33, 1), "det.onnx")


def test_the_dictionary_is_in_the_metadata(device: Device) -> None:
    alphabet = networks.alphabet(device.read(SMALL.recognition, rank=3), None, "rec.onnx")
    assert len(alphabet.characters) == 18_709
    assert alphabet.characters[:3] == ("!", '"', "#")


def test_a_dictionary_that_does_not_fit(device: Device) -> None:
    with pytest.raises(ModelError, match=r"rec\.onnx: the dictionary of 2 characters asks for 4 classes .*, got 18710"):
        networks.alphabet(device.read(SMALL.recognition, rank=3), Alphabet.of("a\nb"), "rec.onnx")


def _unlabelled(path: Path, *order: int) -> WeightFile:
    """A network without metadata, from (1, 3, 48, any) to (1, 48, any) with its dimensions in another order."""
    given = ops.parameter([1, 3, 48, -1], np.float32)
    grey = ops.reduce_mean(given, np.array([1], np.int64))
    ov.save_model(ov.Model([ops.transpose(grey, np.array(order, np.int64))], [given], "rec"), path)
    return WeightFile(path)


def test_no_dictionary_at_all(device: Device, tmp_path: Path) -> None:
    model = device.read(_unlabelled(tmp_path / "rec.xml", 0, 2, 1), rank=3)
    with pytest.raises(ModelError, match=r"rec\.xml: expected a dictionary in its metadata, or ocr\.model\.dictionary"):
        networks.alphabet(model, None, "rec.xml")
    listing = "\n".join(chr(ord("A") + index) for index in range(46))
    assert networks.alphabet(model, Alphabet.of(listing), "rec.xml").characters[:2] == ("A", "B")


def test_a_network_of_any_number_of_classes(device: Device, tmp_path: Path) -> None:
    model = device.read(_unlabelled(tmp_path / "rec.xml", 0, 1, 2), rank=3)
    with pytest.raises(ModelError, match="expected a fixed number of classes, got any"):
        networks.alphabet(model, Alphabet.of("a\nb"), "rec.xml")


def test_compiled_networks_are_kept_and_found_again(tmp_path: Path) -> None:
    for _ in range(2):
        device = Device(OcrConfig(precision="f32", cache=str(tmp_path)))
        device.ring(networks.recognition(device.read(SMALL.recognition, rank=3), "rec"), "rec", many=True)
    assert len(list(tmp_path.glob("*.blob"))) == 1


@pytest.mark.parametrize("damage", ["empty", "cut", "noise"])
def test_a_damaged_cache_is_compiled_anew(tmp_path: Path, damage: str) -> None:
    def compiled() -> float:
        device = Device(OcrConfig(precision="f32", cache=str(tmp_path)))
        ring = device.ring(networks.direction(device.read(SMALL.direction, rank=2), "cls"), "cls")
        ring.submit(np.zeros((1, 3, 48, 192), np.float32), None)
        return float(ring.take()[1][0][0, 0])

    expected = compiled()
    (blob,) = tmp_path.glob("*.blob")
    good = blob.read_bytes()
    blob.chmod(0o600)
    blob.write_bytes({"empty": b"", "cut": good[: len(good) // 2], "noise": os.urandom(len(good))}[damage])
    assert compiled() == expected


def test_a_cache_that_fails_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    device = Device(OcrConfig(precision="f32", cache=str(tmp_path)))
    compile_model = ov.Core.compile_model

    def failing(core: ov.Core, model: ov.Model, name: str, settings: dict[str, object]) -> ov.CompiledModel:
        if "CACHE_DIR" in settings:
            raise RuntimeError("Exception from somewhere:\nCannot write the blob\n\n")
        return compile_model(core, model, name, settings)

    monkeypatch.setattr(ov.Core, "compile_model", failing)
    with caplog.at_level(logging.WARNING):
        device.ring(networks.direction(device.read(SMALL.direction, rank=2), "cls"), "cls")
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path}: compiling without this cache: Cannot write the blob"
    ]


def test_a_network_that_cannot_be_compiled_is_one_line(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> ov.CompiledModel:
        raise RuntimeError("\n")

    monkeypatch.setattr(ov.Core, "compile_model", failing)
    with pytest.raises(ModelError, match=r"^cls: cannot be compiled for CPU: RuntimeError$"):
        device.ring(networks.direction(device.read(SMALL.direction, rank=2), "cls"), "cls")
