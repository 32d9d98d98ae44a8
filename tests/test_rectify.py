"""A display that is seen from aside, in the stage that looks for text, and read where it lies."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from frames import frame, picture

from stream_ocr import inference
from stream_ocr.config import DetectConfig, OcrConfig, RegionConfig
from stream_ocr.geometry import crop
from stream_ocr.messages import EndOfStream, Frame, FrameText, Image
from stream_ocr.regions import Regions
from stream_ocr.stages import Detect

TEXTS = ("PUMP 3 RUNNING", "LEVEL 128.4")
SIZE = (1280, 1280)
PANEL = ((0.45, 0.88), (0.20, 0.47), (0.36, 0.45), (0.66, 0.82))
"""Corners of a panel that lies on its side and runs away to the top, from its own top left."""


@pytest.fixture(scope="module")
def detector() -> inference.Detector:
    return inference.load_detector(OcrConfig(precision="f32"))


@pytest.fixture(scope="module")
def recognizer() -> inference.Recognizer:
    return inference.load_recognizer(OcrConfig(precision="f32"))


def _scene() -> Image:
    panel = picture((TEXTS[0], (20, 45)), (TEXTS[1], (20, 105)), size=(300, 130), background=90)
    target = np.array(PANEL, np.float32) * SIZE
    there = cv2.getPerspectiveTransform(
        np.array([(0, 0), (300, 0), (300, 130), (0, 130)], np.float32), target.astype(np.float32)
    )
    scene = picture(("EXIT 25", (900, 150)), size=SIZE)
    cv2.warpPerspective(panel, there, SIZE, scene, cv2.INTER_CUBIC, cv2.BORDER_TRANSPARENT)
    return scene


def _searched(detector: inference.Detector, rectify: bool, *frames: Frame) -> Iterator[FrameText]:
    regions = Regions(named={"panel": RegionConfig(polygon=PANEL, rectify=rectify)})
    stage = Detect(detector, lambda _: DetectConfig(), {"desk": regions})
    sent = [message for made in frames for message in stage.work(made)]
    for message in (*sent, *stage.finish(EndOfStream(source="elsewhere"))):
        if isinstance(message, FrameText):
            yield message


def test_a_tilted_panel_is_read_beside_the_rest(detector: inference.Detector, recognizer: inference.Recognizer) -> None:
    scene = _scene()
    read = {}
    for rectify in (False, True):
        (text,) = _searched(detector, rectify, frame(0.0, scene))
        read[rectify] = sorted(got.text for got in recognizer.read([crop(scene, line.quad) for line in text.lines]))
    assert read[True] == sorted([*TEXTS, "EXIT 25"])
    assert read[False] != read[True]


def test_its_lines_lie_in_the_frame_as_they_are_read(detector: inference.Detector) -> None:
    (text,) = _searched(detector, True, frame(0.0, _scene()))
    lines = [line.quad for line in text.lines if line.quad[0][0] < 850]
    assert len(lines) == 2
    for first, second, third, _ in lines:
        # The text runs upwards, and its lines follow one another from left to right.
        assert first[1] - second[1] > 200
        assert third[0] > second[0]


def test_what_changes_elsewhere_does_not_have_it_looked_at(detector: inference.Detector) -> None:
    scene = _scene()
    later = frame(0.5, scene, dirty=False)
    later.dirty[3:6, 28:34] = True
    _, text = _searched(detector, True, frame(0.0, scene), later)
    ((_, _, _, bottom),) = text.areas
    assert bottom < 450
    assert len(text.lines) == 1


def test_where_a_window_would_cut_it_the_whole_is_searched(detector: inference.Detector) -> None:
    scene = _scene()
    later = frame(0.5, scene, dirty=False)
    later.dirty[20:22, 12:14] = True
    _, text = _searched(detector, True, frame(0.0, scene), later)
    assert text.areas == ((0, 0, *SIZE),)
    assert len(text.lines) == 3
