"""Trials of real devices, with real weights, some of which only f32 can compute."""

import threading
import time
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from stream_ocr import inference
from stream_ocr.config import ModelFiles, OcrConfig
from stream_ocr.errors import ModelError
from stream_ocr.inference import samples, trial
from stream_ocr.inference.cache import Cache
from stream_ocr.inference.device import Device
from stream_ocr.inference.trial import Verdict, chosen, map_fault, reading_fault, settled
from stream_ocr.ocr.alphabet import Reading
from stream_ocr.ocr.reader import Reader
from stream_ocr.ocr.weights import resolve

SMALL = resolve("PP-OCRv6-small")
OFFERED = Device(OcrConfig(cache="")).offered
needs_bf16 = pytest.mark.skipif("bf16" not in OFFERED, reason="this processor has no bf16")
AMOUNT = 256.0
"""Added to activations of about 1, it leaves them no digit of the three that bf16 has."""


def _delicate(source: Path, target: Path) -> str:
    """Weights that say the same in f32, and nonsense in bf16: before some convolutions a large number is added to what
    they take, and what comes of it is subtracted after them."""
    model = ov.Core().read_model(source)
    convolutions = [op for op in model.get_ordered_ops() if op.get_type_name() == "Convolution"]
    pointwise = [op for op in convolutions if tuple(op.input(1).get_shape()[2:]) == (1, 1)]
    for op in pointwise[:4]:
        kernel = op.input_value(1).get_node()
        while kernel.get_type_name() != "Constant":
            kernel = kernel.input_value(0).get_node()
        users = list(op.output(0).get_target_inputs())
        raised = ops.add(op.input_value(0), ops.constant(np.float32(AMOUNT)))
        op.input(0).replace_source_output(raised.output(0))
        surplus = AMOUNT * kernel.data.astype(np.float32).sum((1, 2, 3)).reshape(1, -1, 1, 1)
        lowered = ops.subtract(op, ops.constant(surplus))
        for user in users:
            user.replace_source_output(lowered.output(0))
    ov.save_model(model, target, compress_to_fp16=False)
    return str(target)


@pytest.fixture(scope="module")
def delicate(tmp_path_factory: pytest.TempPathFactory) -> ModelFiles:
    """The usual weights, with a recognition that bf16 garbles."""
    target = tmp_path_factory.mktemp("weights") / "rec.xml"
    return ModelFiles(detection=str(SMALL.detection.path), recognition=_delicate(SMALL.recognition.path, target))


def test_the_samples_are_read_as_they_are_drawn(reader: Reader) -> None:
    recognizer = inference.load_recognizer(OcrConfig(precision="f32", cache=""))
    texts = [reading.text for reading in recognizer.read(samples.lines())]
    assert texts == [
        "EXIT 25",
        "09:19:00",
        "ZR-43-TV",
        "欢迎乘车",
        "さくら東京",
        "Mind the gap",
        "BUS 17 DEPARTS IN 5 MINUTES",
    ]
    assert [line.text for line in reader.read(samples.picture())] == ["EXIT 25", "Mind the gap"]


@needs_bf16
def test_the_outcome_is_kept_and_costs_nothing_the_next_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ocr = OcrConfig(cache=str(tmp_path))
    first = settled(ocr)
    assert first.precision in ("bf16", "f32")
    (entry,) = tmp_path.glob("trial-*")
    trial._settled.cache_clear()
    began = time.process_time()
    assert settled(ocr) == first
    # It takes more than a second of computing, and a hundredth to look it up.
    assert time.process_time() - began < 0.3
    entry.write_bytes(b"nonsense")
    trial._settled.cache_clear()
    assert settled(ocr).precision in ("bf16", "f32")
    assert caplog.messages == [f"{entry}: damaged, so it is made anew"]


@needs_bf16
def test_a_precision_that_garbles_is_not_used(
    tmp_path: Path, delicate: ModelFiles, caplog: pytest.LogCaptureFixture
) -> None:
    ocr = OcrConfig(model=delicate, cache=str(tmp_path))
    assert settled(ocr).precision == "f32"
    (message,) = caplog.messages
    assert message.startswith("bf16 on CPU reads `")
    assert message.endswith("` where f32 on CPU reads `EXIT 25`, so it is not used, but f32")
    reading, *_ = inference.load_recognizer(ocr).read(samples.lines())
    assert reading.text == "EXIT 25"
    assert len(caplog.messages) == 1


@needs_bf16
def test_a_precision_that_garbles_is_refused_where_it_is_asked_for(tmp_path: Path, delicate: ModelFiles) -> None:
    ocr = OcrConfig(model=delicate, precision="bf16", cache=str(tmp_path))
    for load in (inference.load_recognizer, inference.load_detector):
        with pytest.raises(
            ModelError, match=r"^ocr\.precision: bf16 on CPU reads `.*` where f32 on CPU reads `EXIT 25`"
        ):
            load(ocr)


@needs_bf16
def test_a_device_that_garbles_is_refused(delicate: ModelFiles) -> None:
    ocr = OcrConfig(model=delicate, device="HETERO:CPU", precision="bf16", cache="")
    with pytest.raises(ModelError, match=r"^ocr\.device: bf16 on HETERO:CPU reads `.*`: expected another device$"):
        settled(ocr)


@needs_bf16
def test_a_detection_that_is_garbled_is_refused(tmp_path: Path) -> None:
    model = ModelFiles(
        detection=_delicate(SMALL.detection.path, tmp_path / "det.xml"), recognition=str(SMALL.recognition.path)
    )
    with pytest.raises(ModelError, match=r"^ocr\.precision: bf16 on CPU finds text in \d+ pixels, \d+ of them among"):
        settled(OcrConfig(model=model, precision="bf16", cache=""))


def test_other_devices_are_tried_in_f32_too(tmp_path: Path) -> None:
    ocr = OcrConfig(device="HETERO:CPU", precision="f32", cache=str(tmp_path))
    assert settled(ocr) == ocr
    assert len(list(tmp_path.glob("trial-*"))) == 1


def test_f32_on_the_processor_needs_no_trial(tmp_path: Path) -> None:
    ocr = OcrConfig(precision="f32", cache=str(tmp_path))
    assert settled(ocr) is ocr
    assert list(tmp_path.iterdir()) == []


@needs_bf16
def test_what_is_kept_of_other_weights_does_not_count(tmp_path: Path, delicate: ModelFiles) -> None:
    settled(OcrConfig(cache=str(tmp_path)))
    assert settled(OcrConfig(model=delicate, cache=str(tmp_path))).precision == "f32"
    assert len(list(tmp_path.glob("trial-*"))) == 2


@needs_bf16
def test_stages_that_start_together_wait_for_one_trial(tmp_path: Path) -> None:
    ocr = OcrConfig(cache=str(tmp_path))
    found: list[OcrConfig] = []
    threads = [threading.Thread(target=lambda: found.append(settled(ocr))) for _ in range(3)]
    began = time.process_time()
    settled(OcrConfig(cache=str(tmp_path), threads=1))
    alone = time.process_time() - began
    for entry in tmp_path.glob("trial-*"):
        entry.unlink()
    began = time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert time.process_time() - began < 2 * alone


def test_the_fastest_without_a_fault_is_chosen() -> None:
    assert chosen({"bf16": Verdict(10.0), "f32": Verdict(16.0)}) == "bf16"
    assert chosen({"bf16": Verdict(10.0, "reads nonsense"), "f32": Verdict(16.0)}) == "f32"
    assert chosen({"bf16": Verdict(16.0), "f16": Verdict(9.0), "f32": Verdict(30.0)}) == "f16"


def test_what_gains_little_is_not_worth_it() -> None:
    assert chosen({"bf16": Verdict(15.0), "f32": Verdict(16.0)}) == "f32"
    assert chosen({"bf16": Verdict(40.0), "f32": Verdict(16.0)}) == "f32"
    assert chosen({"bf16": Verdict(10.0), "f16": Verdict(10.5), "f32": Verdict(16.0)}) == "f16"


EXPECTED = [Reading("EXIT 25", 0.99), Reading("Mind the gap", 0.98), Reading("乘车", 0.97), Reading("", 0.0)]


@pytest.mark.parametrize(
    ("texts", "fault"),
    [
        (["EXIT 25", "Mind the gap", "乘车", ""], None),
        (["EX1T 25", "Mind tne qap", "乘年", "|"], None),
        (["EX1T Z5", "Mind the gap", "乘车", ""], "reads `EX1T Z5` where f32 on CPU reads `EXIT 25`"),
        (["EXIT 25", "", "乘车", ""], "reads `` where f32 on CPU reads `Mind the gap`"),
    ],
)
def test_readings_may_differ_a_little(texts: list[str], fault: str | None) -> None:
    got = [Reading(text, one.confidence) for text, one in zip(texts, EXPECTED, strict=True)]
    assert reading_fault(EXPECTED, got) == fault


@pytest.mark.parametrize("confidence", [0.5, 0.0, float("nan")])
def test_confidence_may_not_collapse(confidence: float) -> None:
    got = [one._replace(confidence=confidence) for one in EXPECTED]
    fault = reading_fault(EXPECTED, got)
    assert fault == f"is {confidence:.2f} sure of texts of which f32 on CPU is 0.98"


def test_what_the_reference_is_not_sure_of_does_not_count() -> None:
    assert reading_fault([Reading("lIl|", 0.5)], [Reading("", 0.0)]) is None


def test_maps_may_differ_a_little() -> None:
    expected = np.zeros((10, 10), np.float32)
    expected[:, :5] = 0.9
    shifted = np.roll(expected, 1, axis=0)
    assert map_fault(expected, shifted) is None
    assert map_fault(expected, 0.5 * expected) is None
    assert map_fault(np.zeros_like(expected), np.zeros_like(expected)) is None
    nothing = "finds text in 0 pixels, 0 of them among the 50 of f32 on CPU"
    assert map_fault(expected, np.full_like(expected, np.nan)) == nothing
    assert map_fault(expected, expected[:, ::-1]) == "finds text in 50 pixels, 0 of them among the 50 of f32 on CPU"


def test_a_kept_outcome_that_is_of_another_kind_is_made_anew(tmp_path: Path) -> None:
    ocr = OcrConfig(device="HETERO:CPU", precision="f32", cache=str(tmp_path))
    settled(ocr)
    (entry,) = tmp_path.glob("trial-*")
    good = Cache(tmp_path).get(entry.stem)
    Cache(tmp_path).put(entry.stem, b'{"f32": 3}')
    trial._settled.cache_clear()
    assert settled(ocr) == ocr
    kept = Cache(tmp_path).get(entry.stem)
    assert kept is not None and good is not None
    assert kept.startswith(b'{"f32":{"ms":')
