"""The reader against RapidOCR 3.10 with the same weights, both on OpenVINO in f32, over real pictures.

A line of RapidOCR's counts as read alike if a line of ours at its place says the same, letter for letter.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from stream_ocr import inference
from stream_ocr.config import OcrConfig
from stream_ocr.geometry import bounds, box_iou, quad_of
from stream_ocr.messages import Line, Quad
from stream_ocr.ocr.reader import Reader
from stream_ocr.pictures import load_picture

IMAGES = Path(__file__).parents[3] / "shared" / "images"
SLOW = {"8071_093.3B.tif"}
"""A scan like 8087_054.3B.tif: it doubles the time."""

pytestmark = [
    pytest.mark.skipif(not IMAGES.is_dir(), reason="the shared pictures are not here"),
    pytest.mark.filterwarnings("ignore"),
]


class Found(NamedTuple):
    """A line of RapidOCR's."""

    picture: str
    quad: Quad
    text: str
    confidence: float


@pytest.fixture(scope="module")
def reader() -> Reader:
    return inference.load_reader(OcrConfig(precision="f32", cache=""))


@pytest.fixture(scope="module")
def rapidocr() -> Iterator[Any]:
    """RapidOCR on OpenVINO; its own settings have no precision, and the default is not f32 everywhere."""
    from rapidocr import EngineType, RapidOCR
    from rapidocr.inference_engine.openvino.device_config import CPUConfig

    configured = CPUConfig.get_config
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CPUConfig, "get_config", lambda self: configured(self) | {"INFERENCE_PRECISION_HINT": "f32"})
        engines = {f"{part}.engine_type": EngineType.OPENVINO for part in ("Det", "Cls", "Rec")}
        yield RapidOCR(params={"Global.log_level": "critical", **engines})


def _pictures() -> list[Path]:
    kinds = {".tif", ".png", ".jpg", ".jpeg"}
    return sorted(path for path in IMAGES.iterdir() if path.suffix in kinds and path.name not in SLOW)


def _reference(rapidocr: Any, path: Path) -> list[Found]:
    result = rapidocr(str(path))
    if result.boxes is None:
        return []
    rows = zip(result.boxes, result.txts, result.scores, strict=True)
    return [Found(path.name, quad_of(box), text, float(score)) for box, text, score in rows]


def _at(quad: Quad, lines: list[Line]) -> Line | None:
    """Our line at a place, if there is one."""
    best = max(lines, key=lambda line: box_iou(bounds(line.quad), bounds(quad)), default=None)
    return best if best is not None and box_iou(bounds(best.quad), bounds(quad)) > 0.5 else None


def test_lines_agree_letter_for_letter(reader: Reader, rapidocr: Any) -> None:
    total, surplus = 0, 0
    different: list[tuple[Found, Line | None]] = []
    for path in _pictures():
        ours, theirs = reader.read(load_picture(path)), _reference(rapidocr, path)
        pairs = [(found, _at(found.quad, ours)) for found in theirs]
        total += len(theirs)
        surplus += len(ours) - sum(line is not None for _, line in pairs)
        different += [(found, line) for found, line in pairs if line is None or line.text != found.text]
    print(f"\n{total - len(different)} of {total} lines of RapidOCR's are read alike, {surplus} more are found")
    for found, line in different:
        ours_is = "not found" if line is None else f"{line.text!r} ({line.confidence:.2f})"
        print(f"  {found.picture}: RapidOCR {found.text!r} ({found.confidence:.2f}), here {ours_is}")
    assert total > 200
    assert len(different) <= 0.02 * total
    # What is left are lines that RapidOCR reads upside down: ours are surer.
    assert all(line is not None and line.confidence > found.confidence for found, line in different)
