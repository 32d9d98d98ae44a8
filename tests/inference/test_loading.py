"""What is loaded from a config, and the reader with the real weights."""

import locale
import threading
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from printing import page, printed

from stream_ocr import inference
from stream_ocr.config import ModelFiles, OcrConfig
from stream_ocr.errors import ModelError
from stream_ocr.geometry import bounds, box_iou
from stream_ocr.messages import Image
from stream_ocr.ocr.reader import Reader
from stream_ocr.ocr.weights import resolve

LETTER = page((640, 480), ("Dear Sir or Madam,", (40, 40)), ("total amount 4711", (40, 120)), ("Yours", (400, 300)))


def _texts(reader: Reader, image: Image) -> list[str]:
    return [line.text for line in reader.read(image)]


def test_a_page(reader: Reader) -> None:
    lines = reader.read(LETTER)
    assert [line.text for line in lines] == ["Dear Sir or Madam,", "total amount 4711", "Yours"]
    assert {(line.direction, line.reads, line.settled) for line in lines} == {(0, 1, True)}
    assert box_iou(bounds(lines[2].quad), (400, 303, 470, 324)) > 0.5


def test_a_page_upside_down(reader: Reader) -> None:
    lines = reader.read(np.ascontiguousarray(LETTER[::-1, ::-1]))
    assert [line.text for line in lines] == ["Yours", "total amount 4711", "Dear Sir or Madam,"]
    assert {line.direction for line in lines} == {180}
    assert lines[0].quad[0] == pytest.approx((242, 176), abs=6)
    assert lines[0].quad[2] == pytest.approx((170, 152), abs=6)


@pytest.mark.parametrize("turns", [1, 3])
def test_a_page_on_its_side(reader: Reader, turns: int) -> None:
    lines = reader.read(np.ascontiguousarray(np.rot90(LETTER, turns)))
    assert sorted(line.text for line in lines) == ["Dear Sir or Madam,", "Yours", "total amount 4711"]
    (dear,) = [line for line in lines if line.text.startswith("Dear")]
    (x0, y0), (x1, y1), *_ = dear.quad
    assert abs(x0 - x1) <= 2
    assert (y1 < y0) == (turns == 1)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((480, 640, 3), np.uint8),
        np.full((3, 300, 3), 255, np.uint8),
        np.full((1500, 2, 3), 255, np.uint8),
    ],
    ids=["one pixel", "black", "flat", "tall"],
)
def test_pictures_without_text(reader: Reader, image: Image) -> None:
    assert reader.read(image) == []


def test_a_low_picture(reader: Reader) -> None:
    assert _texts(reader, printed("Amount 4711", 16)) == ["Amount 4711"]


def test_a_strip_of_20000_pixels(reader: Reader) -> None:
    words = [(f"station {number}", (number * 1500 + 20, number * 40 + 50)) for number in range(13)]
    lines = reader.read(page((20_000, 740), *words, height=40))
    assert [line.text for line in lines] == [text for text, _ in words]


def test_one_line_across_many_tiles(reader: Reader) -> None:
    text = " ".join(f"word {number}" for number in range(40))
    line = printed(text, 30)
    assert line.shape[1] > 4000
    assert _texts(reader, line) == [text]


def test_small_print_on_a_large_page(reader: Reader) -> None:
    places = [(x, y) for y in range(100, 2900, 900) for x in range(100, 4000, 1100)]
    words = [(f"small print {number}", place) for number, place in enumerate(places)]
    assert sorted(_texts(reader, page((4400, 3000), *words, height=28))) == sorted(text for text, _ in words)


def test_weights_of_ones_own_as_openvino_ir(reader: Reader, ocr: OcrConfig, tmp_path: Path) -> None:
    weights = resolve("PP-OCRv6-small")
    for name, file in [("det", weights.detection), ("rec", weights.recognition)]:
        ov.save_model(ov.Core().read_model(file.path), tmp_path / f"{name}.xml", compress_to_fp16=False)
    files = ModelFiles(detection=str(tmp_path / "det.xml"), recognition=str(tmp_path / "rec.xml"))
    own = inference.load_reader(OcrConfig(model=files, precision=ocr.precision, cache=""))
    assert own.read(LETTER) == reader.read(LETTER)


def test_a_dictionary_of_ones_own(ocr: OcrConfig, tmp_path: Path) -> None:
    weights = resolve("PP-OCRv6-small")
    listing = ov.Core().read_model(weights.recognition.path).get_rt_info()["framework"]["character"].value
    (tmp_path / "characters.txt").write_bytes(listing.replace("D\n", "Đ\n").encode())
    files = ModelFiles(
        detection=str(weights.detection.path),
        recognition=str(weights.recognition.path),
        dictionary=str(tmp_path / "characters.txt"),
    )
    own = inference.load_reader(OcrConfig(model=files, precision=ocr.precision, cache=""))
    assert _texts(own, LETTER)[0] == "Đear Sir or Madam,"


def test_a_precision_that_is_asked_for_is_had(ocr: OcrConfig) -> None:
    assert inference.precision_of(ocr) == ocr.precision == "f32"
    assert inference.precision_of(OcrConfig()) in ("f32", "f16", "bf16")


def test_what_cannot_be_loaded() -> None:
    for load in (inference.load_reader, inference.load_recognizer, inference.load_classifier):
        with pytest.raises(ModelError, match=r"ocr\.model: expected a model that .*, got `PP-OCRv9`"):
            load(OcrConfig(model="PP-OCRv9", cache=""))
    with pytest.raises(ModelError, match=r"ocr\.device: expected one of"):
        inference.load_detector(OcrConfig(device="TPU", cache=""))


def test_loading_in_several_threads_leaves_the_locale_alone(tmp_path: Path) -> None:
    before = locale.setlocale(locale.LC_CTYPE)
    loads = (inference.load_classifier, inference.load_recognizer)
    for attempt in range(4):
        ocr = OcrConfig(cache=str(tmp_path / str(attempt)))
        threads = [threading.Thread(target=load, args=(ocr,)) for load in loads]
        for thread in threads:
            thread.start()
        inference.load_detector(ocr).detect(page((320, 180)))
        for thread in threads:
            thread.join()
        assert locale.setlocale(locale.LC_CTYPE) == before
