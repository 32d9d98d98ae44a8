"""What inference keeps, and what a very large picture takes.

    python tests/bench/memory.py soak     10,000 crops of random widths and 1,000 frames of changing size
    python tests/bench/memory.py read     a picture of 810 x 12,119 pixels full of text, beside RapidOCR on its engines

Each measurement runs in a process of its own. The soak fails where memory grows by more than 1 MB per 1,000 inferences
once all shapes have been there; RapidOCR is asked for the whole picture at its own size, too, which it scales down to
2,000 pixels if it may.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import psutil
from rapidfuzz.distance import Levenshtein
from rich.console import Console
from rich.table import Table

from stream_ocr import drawing
from stream_ocr.config import DetectConfig, OcrConfig
from stream_ocr.messages import Image

_MB = 1 << 20
_LIMIT = 1.0
"""MB per 1,000 inferences."""
_SIZES = ((1280, 720), (1920, 1080), (640, 480), (720, 576), (960, 540), (320, 240), (800, 600), (480, 640))
"""Width and height."""
_PAGE = (810, 12_119)
_SPACING = 34
_WORDS = ["harbour", "lantern", "copper", "meadow", "signal", "winter", "granite", "orchard", "velvet", "thunder"]


class Fit(NamedTuple):
    """Memory over inferences."""

    slope: float
    """MB per 1,000 inferences."""
    first: float
    """MB when it begins to count."""
    last: float
    peak: float


class Read(NamedTuple):
    """One reading of the large picture."""

    seconds: float
    peak: float
    """MB, above that of the process before anything was loaded."""
    found: int
    """Lines of the page that were read, give or take a character in ten."""


def main() -> None:
    """Runs what is asked for."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("what", choices=["soak", "read", "one"])
    options.add_argument("engine", nargs="?", help=argparse.SUPPRESS)
    options.add_argument("--crops", type=int, default=10_000)
    options.add_argument("--frames", type=int, default=1_000)
    chosen = options.parse_args()
    if chosen.what == "one":
        print(json.dumps(_read_by(chosen.engine)))
    elif chosen.what == "read":
        _compare()
    else:
        sys.exit(_soak(chosen.crops, chosen.frames))


# --- the soak ---------------------------------------------------------------------------------------------------------


def _soak(crops: int, frames: int) -> int:
    from stream_ocr.inference import load_detector, load_recognizer

    random = np.random.default_rng(1)
    recognizer, detector = load_recognizer(OcrConfig()), load_detector(OcrConfig())
    strip, page = _strip(), np.resize(_page(_lines(60)), (1200, 2000, 3))
    settings = DetectConfig()

    def crop() -> None:
        recognizer.read([strip[:, : int(random.integers(20, strip.shape[1]))]])

    def frame() -> None:
        width, height = _SIZES[random.integers(len(_SIZES))]
        detector.detect(page[:height, :width], settings)

    fits = {"crops": _fitted(crop, crops), "frames of changing size": _fitted(frame, frames)}
    table = Table("what", "MB per 1,000", "at first", "at last", "peak MB")
    for name, fit in fits.items():
        table.add_row(name, f"{fit.slope:+.2f}", f"{fit.first:.0f}", f"{fit.last:.0f}", f"{fit.peak:.0f}")
    Console().print(table)
    return int(any(fit.slope >= _LIMIT for fit in fits.values()))


def _fitted(work: Callable[[], None], count: int) -> Fit:
    """Does the work so often; the first fifth is not counted."""
    process = psutil.Process()
    seen = []
    for index in range(count):
        work()
        if index >= count // 5:
            seen.append((index, process.memory_info().rss / _MB))
    numbers, memory = np.array(seen).T
    slope = float(np.polyfit(numbers, memory, 1)[0]) * 1000
    return Fit(slope, float(memory[0]), float(memory[-1]), float(memory.max()))


# --- the large picture ------------------------------------------------------------------------------------------------


def _compare() -> None:
    lines = len(_lines(_PAGE[1] // _SPACING - 1))
    table = Table("read by", "seconds", "peak MB", f"of {lines} lines")
    for name in ("stream-ocr", *_RAPIDOCR):
        command = [sys.executable, __file__, "one", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            table.add_row(name, (done.stderr.splitlines() or [f"ended with {done.returncode}"])[-1])
            continue
        read = Read(*json.loads(done.stdout.splitlines()[-1]))
        table.add_row(name, f"{read.seconds:.1f}", f"{read.peak:.0f}", str(read.found))
    Console(width=120).print(table)


def _read_by(name: str) -> Read:
    lines = _lines(_PAGE[1] // _SPACING - 1)
    page = _page(lines)
    read = _stream_ocr() if name == "stream-ocr" else _rapidocr(**_RAPIDOCR[name])
    read(page[:400])
    began = time.monotonic()
    texts = read(page)
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = sum(any(Levenshtein.normalized_similarity(line, text) >= 0.9 for text in texts) for line in lines)
    return Read(round(seconds, 2), peak, found)


def _stream_ocr() -> Callable[[Image], list[str]]:
    import stream_ocr

    return lambda image: [line.text for line in stream_ocr.read(image)]


def _rapidocr(engine: str, side: int) -> Callable[[Image], list[str]]:
    from rapidocr import EngineType, RapidOCR

    parts: dict[str, Any] = {f"{part}.engine_type": EngineType(engine) for part in ("Det", "Cls", "Rec")}
    made: Any = RapidOCR(params={"Global.log_level": "critical", "Global.max_side_len": side, **parts})
    return lambda image: list(made(image).txts or ())


_RAPIDOCR: dict[str, dict[str, Any]] = {
    "RapidOCR, OpenVINO": {"engine": "openvino", "side": 2000},
    "RapidOCR, ONNX Runtime": {"engine": "onnxruntime", "side": 2000},
    "RapidOCR, OpenVINO, not scaled": {"engine": "openvino", "side": 20_000},
    "RapidOCR, ONNX Runtime, not scaled": {"engine": "onnxruntime", "side": 20_000},
}


# --- what is read -----------------------------------------------------------------------------------------------------


def _lines(count: int) -> list[str]:
    random = np.random.default_rng(2)
    return [f"{index:03d} {' '.join(random.choice(_WORDS, 5))}" for index in range(count)]


def _page(lines: Sequence[str]) -> Image:
    """Dark on light, in the width of the large picture."""
    image = np.full((_SPACING * (len(lines) + 1), _PAGE[0], 3), 250, np.uint8)
    for index, line in enumerate(lines):
        drawing.write(image, line, (24, _SPACING * (index + 1)), 20, (30, 30, 30))
    return image


def _strip() -> Image:
    image = np.full((48, 1900, 3), 250, np.uint8)
    drawing.write(image, " ".join(_WORDS), (10, 36), 30, (30, 30, 30))
    return image


if __name__ == "__main__":
    main()
