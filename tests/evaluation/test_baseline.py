import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from clips import counting, make_clip
from frames import quad

from stream_ocr.config import SourceConfig
from stream_ocr.evaluation.baseline import load_rapidocr, read_clip
from stream_ocr.evaluation.merging import LineReading
from stream_ocr.messages import Image

HERE = quad(10, 20, 90, 50)


def _reads_exit(image: Image) -> tuple[LineReading, ...]:
    assert image.shape == (96, 160, 3)
    return (LineReading("EXIT 25", 0.9, HERE),)


@pytest.mark.parametrize(("rate", "frames", "end"), [(25.0, 10, 0.36), (50.0, 2, 0.12)])
def test_every_frame_is_read_or_every_sixth_of_a_fast_clip(
    tmp_path: Path, rate: float, frames: int, end: float
) -> None:
    path = make_clip(tmp_path / "a.mp4", pictures=counting(10), rate=rate)
    told: list[float] = []
    outcome = read_clip(path, SourceConfig(uri=str(path)), _reads_exit, told.append)
    assert (outcome.effort.frames, len(told)) == (frames, 10)
    (found,) = outcome.found
    assert (found.text, found.start) == ("EXIT 25", 0.0)
    assert found.end == pytest.approx(end, abs=1e-3)


def test_what_rapidocr_returns_is_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = iter(
        [
            SimpleNamespace(txts=("EXIT",), scores=(0.75,), boxes=np.array([HERE], np.float32)),
            SimpleNamespace(txts=None, scores=None, boxes=None),
        ]
    )
    asked: list[dict[str, object]] = []

    def made(params: dict[str, object]) -> object:
        asked.append(params)
        return lambda _: next(outputs)

    fake = SimpleNamespace(EngineType=SimpleNamespace(OPENVINO="openvino"), RapidOCR=made)
    monkeypatch.setitem(sys.modules, "rapidocr", fake)
    engine = load_rapidocr()
    picture = np.zeros((96, 160, 3), np.uint8)
    assert engine(picture) == (LineReading("EXIT", 0.75, HERE),)
    assert engine(picture) == ()
    assert asked[0]["Rec.engine_type"] == "openvino"
