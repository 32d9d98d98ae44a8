"""Devices, precisions, and networks that are not what they should be."""

import os
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from disks import files_of_at_most
from openvino import opset13 as ops

from stream_ocr.config import OcrConfig, Precision
from stream_ocr.cores import capped, usable
from stream_ocr.errors import ModelError
from stream_ocr.inference import identity, networks
from stream_ocr.inference.cache import Cache
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


def test_precisions_that_are_offered() -> None:
    device = Device(OcrConfig(cache=""))
    assert device.precision == device.offered[0]
    assert device.offered[-1] == "f32"


def test_a_precision_that_is_not_offered() -> None:
    precisions: tuple[Precision, ...] = ("bf16", "f16")
    missing = [precision for precision in precisions if precision not in Device(NO_CACHE).offered]
    if not missing:
        pytest.skip("this processor has them all")
    with pytest.raises(ModelError, match=rf"ocr\.precision: CPU does not offer {missing[0]}; expected f32 or auto"):
        Device(OcrConfig(precision=missing[0], cache=""))


def test_no_more_threads_than_cores() -> None:
    def threads(**settings: int) -> int:
        with capped(settings.pop("cores", 0)):
            device = Device(OcrConfig(precision="f32", cache="", **settings))  # type: ignore[arg-type]
            return int(device._settings(1)["INFERENCE_NUM_THREADS"])

    assert threads() == usable()
    assert threads(threads=1) == 1
    assert threads(threads=64) == usable()
    assert threads(threads=64, cores=1) == 1


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


def _first(folder: Path | str) -> float:
    """What the direction network, compiled with the cache there, says of an empty strip."""
    device = Device(OcrConfig(precision="f32", cache=str(folder)))
    ring = device.ring(networks.direction(device.read(SMALL.direction, rank=2), "cls"), "cls")
    ring.submit(np.zeros((1, 3, 48, 192), np.float32), None)
    return float(ring.take()[1][0][0, 0])


def test_compiled_networks_are_kept_and_found_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    expected = _first("")
    assert _first(tmp_path) == expected
    (kept,) = tmp_path.iterdir()
    written = kept.stat().st_mtime_ns
    os.utime(kept, ns=(written, written - 10**9))
    inode = kept.stat().st_ino
    assert _first(tmp_path) == expected
    assert [(path, path.stat().st_ino) for path in tmp_path.iterdir()] == [(kept, inode)]
    assert kept.stat().st_mtime_ns > written - 10**9
    assert not caplog.records


def test_openvino_loads_nonsense_without_a_word() -> None:
    """Why what is kept has a hash of our own; the day that this fails it may go."""
    device = Device(NO_CACHE)
    model = networks.direction(device.read(SMALL.direction, rank=2), "cls")
    core, strip = ov.Core(), np.zeros((1, 3, 48, 192), np.float32)
    network = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    blob = bytearray(network.export_model().getvalue())
    middle = len(blob) // 2
    blob[middle : middle + 4096] = bytes(4096)
    damaged = core.import_model(bytes(blob), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    assert not np.allclose(damaged({0: strip})[0], network({0: strip})[0])


@pytest.mark.parametrize("damage", ["empty", "cut", "noise", "hole"])
def test_a_damaged_cache_is_compiled_anew(tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture) -> None:
    expected = _first(tmp_path)
    (kept,) = tmp_path.iterdir()
    good = kept.read_bytes()
    middle = len(good) // 2
    hole = good[:middle] + bytes(4096) + good[middle + 4096 :]
    kept.write_bytes({"empty": b"", "cut": good[:middle], "noise": os.urandom(len(good)), "hole": hole}[damage])
    assert _first(tmp_path) == expected
    assert caplog.messages == [f"{kept}: damaged, so it is made anew"]
    assert Cache(tmp_path).get(kept.stem) is not None


def test_a_full_disk_costs_no_more_than_the_cache(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with files_of_at_most(100_000):
        first = _first(tmp_path)
    assert first == _first("")
    assert caplog.messages == [f"{tmp_path}: no more compiled models are kept there: File too large"]
    assert list(tmp_path.iterdir()) == []


def test_what_openvino_does_not_take_is_compiled_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    expected = _first(tmp_path)
    (kept,) = tmp_path.iterdir()
    Cache(tmp_path).put(kept.stem, b"<?xml version='1.0'?>\n of another version")
    assert _first(tmp_path) == expected
    (message,) = caplog.messages
    assert message.startswith("cls: compiled anew, because what was kept of it cannot be loaded: ")


def test_settings_and_versions_do_not_share_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _first(tmp_path)
    monkeypatch.setattr(identity, "version", lambda _: "1999.1")
    _first(tmp_path)
    for shapes in (True, False):
        device = Device(OcrConfig(precision="f32", cache=str(tmp_path)), keep_shapes=shapes)
        device.ring(networks.direction(device.read(SMALL.direction, rank=2), "cls"), "cls")
    assert len(list(tmp_path.iterdir())) == 3


def test_nothing_is_kept_of_devices_that_are_made_of_others(tmp_path: Path) -> None:
    device = Device(OcrConfig(device="AUTO", precision="f32", cache=str(tmp_path)))
    device.ring(networks.direction(device.read(SMALL.direction, rank=2), "cls"), "cls")
    assert list(tmp_path.iterdir()) == []


def test_a_network_that_cannot_be_compiled_is_one_line(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> ov.CompiledModel:
        raise RuntimeError("\n")

    monkeypatch.setattr(ov.Core, "compile_model", failing)
    with pytest.raises(ModelError, match=r"^cls: cannot be compiled for CPU: RuntimeError$"):
        device.ring(networks.direction(device.read(SMALL.direction, rank=2), "cls"), "cls")
