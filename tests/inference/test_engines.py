"""Detection, direction and recognition for streams, with the real weights on made pictures."""

import os
from pathlib import Path

import numpy as np
import pytest
from frames import quad
from printing import page, printed

from stream_ocr import inference
from stream_ocr.config import DetectConfig, OcrConfig
from stream_ocr.geometry import bounds, box_iou
from stream_ocr.inference.engines import Detector
from stream_ocr.inference.ring import Ring
from stream_ocr.messages import Box, Image
from stream_ocr.ocr.alphabet import Reading
from stream_ocr.ocr.detect import Shape
from stream_ocr.ocr.recognize import WIDTHS

SIGN = page((640, 360), ("EXIT 25", (100, 100)), ("Platform 4", (300, 250)), height=36)
SMALL = DetectConfig(max_side=640)


@pytest.fixture(scope="module")
def detector(ocr: OcrConfig) -> Detector:
    return inference.load_detector(ocr)


def test_lines_are_found_where_they_are_in_reading_order(detector: Detector) -> None:
    exit_sign, platform = detector.detect(SIGN, SMALL)
    assert box_iou(bounds(exit_sign.quad), (100, 108, 230, 136)) > 0.5
    assert box_iou(bounds(platform.quad), (300, 258, 480, 286)) > 0.5
    assert exit_sign.score > 0.7


def test_detections_are_taken_in_the_order_of_submission(detector: Detector) -> None:
    blank = np.full((360, 640, 3), 255, np.uint8)
    lower = page((360, 640), ("EXIT 25", (60, 500)), height=36)
    found = []
    for image in (SIGN, lower, blank, SIGN):
        if detector.full(detector.shape((640, 360), SMALL)):
            found.append(detector.take())
        detector.submit(image, SMALL)
    while len(found) < 4:
        found.append(detector.take())
    assert [len(lines) for lines in found] == [2, 1, 0, 2]
    assert not detector.ready


def test_detection_does_not_write_into_the_picture(detector: Detector) -> None:
    image = SIGN.copy()
    image.flags.writeable = False
    detector.detect(image, SMALL)
    assert np.array_equal(image, SIGN)


def test_settings_come_with_each_picture(detector: Detector) -> None:
    for settings in (SMALL, DetectConfig(max_side=320, max_boxes=1), DetectConfig(max_side=640, box_threshold=1.0)):
        assert not detector.full(detector.shape((SIGN.shape[1], SIGN.shape[0]), settings))
        detector.submit(SIGN, settings)
    assert [len(detector.take()) for _ in range(3)] == [2, 1, 0]


class _Counted(Ring[Box]):
    """A ring that infers nothing; two under way at once."""

    def __init__(self) -> None:
        self.tags: list[Box] = []

    @property
    def full(self) -> bool:
        return len(self.tags) == 2

    def submit(self, inputs: Image, tag: Box) -> None:
        assert inputs.shape == (1, *tag[2:], 3)
        assert not self.full
        self.tags.append(tag)

    def take(self) -> tuple[Box, list[Image]]:
        return self.tags.pop(0), [np.zeros((1, 1, 32, 32), np.uint8)]


def _counting(places: int) -> tuple[Detector, list[Shape | None]]:
    """A detector whose pictures have the shape that they have, and the shapes that it compiled."""
    compiled: list[Shape | None] = []

    def compile_for(shape: Shape | None) -> Ring[Box]:
        compiled.append(shape)
        return _Counted()

    return Detector(compile_for, lambda size, _: size, places), compiled


def _square(side: int) -> Image:
    return np.zeros((side, side, 3), np.uint8)


def test_shapes_that_take_turns_are_compiled_once_and_those_beyond_the_places_share_one() -> None:
    detector, compiled = _counting(places=3)
    for side in (32, 64, 96, 128, 160) * 3:
        detector.detect(_square(side))
    assert compiled == [(32, 32), (64, 64), (96, 96), None]


def test_a_shape_that_does_not_come_again_gives_up_its_place() -> None:
    detector, compiled = _counting(places=2)
    for side in (32, 64, *[96] * 997, 64, 96, 96):
        detector.detect(_square(side))
    assert compiled == [(32, 32), (64, 64), None, (96, 96)]
    detector.detect(_square(32))
    assert compiled[4:] == []


def test_detections_in_more_shapes_than_there_are_places() -> None:
    detector, _ = _counting(places=1)
    for side in (32, 64, 96):
        assert not detector.full((side, side))
        detector.submit(_square(side), SMALL)
    assert detector.full((64, 64))
    assert detector.full((128, 128))
    assert not detector.full((32, 32))
    assert [detector.take() for _ in range(3)] == [[]] * 3
    assert not detector.full((128, 128))


def test_direction(classifier: inference.Classifier) -> None:
    short, long = printed("Amount 4711"), printed("the quick brown fox jumps over the lazy dog " * 3)
    crops = [short, long, *(np.ascontiguousarray(crop[::-1, ::-1]) for crop in (short, long))]
    turns = classifier.classify(crops)
    assert [turn.direction for turn in turns] == [0, 0, 180, 180]
    assert min(turn.probability for turn in turns) > 0.9
    assert classifier.classify([]) == []


def test_lines_are_read_in_their_order(recognizer: inference.Recognizer) -> None:
    texts = ["EXIT 25", "the quick brown fox jumps over the lazy dog", "Amount 4711", "fox"]
    readings = recognizer.read([printed(text) for text in texts])
    assert [reading.text for reading in readings] == texts
    assert min(reading.confidence for reading in readings) > 0.9
    assert recognizer.read([]) == []


def test_a_line_of_nothing(recognizer: inference.Recognizer) -> None:
    assert recognizer.read([np.full((30, 90, 3), 255, np.uint8)]) == [Reading("", 0.0)]
    assert recognizer.read([np.zeros((1, 1, 3), np.uint8)])[0].confidence < 0.5


@pytest.mark.parametrize("words", [40, 90])
def test_a_line_longer_than_the_longest_width_is_read_whole(recognizer: inference.Recognizer, words: int) -> None:
    text = " ".join(f"number {index}" for index in range(words))
    crop = printed(text)
    assert crop.shape[1] / crop.shape[0] * 48 > WIDTHS[-1]
    (reading,) = recognizer.read([crop])
    assert reading.text == text


def _resident() -> int:
    """Megabytes of memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20


def test_memory_stays_flat_over_lines_of_any_width(recognizer: inference.Recognizer) -> None:
    recognizer.read([np.zeros((48, width, 3), np.uint8) for width in WIDTHS[:7] for _ in range(4)])
    before = _resident()
    widths = np.random.default_rng(1).integers(20, 1200, 80)
    recognizer.read([np.zeros((48, int(width), 3), np.uint8) for width in widths])
    assert _resident() - before < 40


def test_memory_stays_flat_over_pictures_of_any_shape(ocr: OcrConfig) -> None:
    detector = inference.load_detector(ocr)
    resident = []
    for side in range(640, 256, -32):
        for height in range(640, 160, -96):
            detector.detect(page((640, height)), DetectConfig(max_side=side))
        resident.append(_resident())
    # In the first rounds every request of the network for any shape gets its memory.
    assert resident[-1] - resident[4] < 40


def test_the_quad_of_a_detection_is_clockwise_from_its_top_left(detector: Detector) -> None:
    (line,) = detector.detect(page((640, 360), ("EXIT 25", (100, 100)), height=36), SMALL)
    left, top, right, bottom = bounds(line.quad)
    assert line.quad == quad(left, top, right, bottom)
