"""The stages by themselves, with the real models."""

import threading

import msgspec
import numpy as np
import pytest
from frames import frame, picture, quad, searched

from stream_ocr import inference
from stream_ocr.config import ClassifyConfig, DetectConfig, OcrConfig, RecognizeConfig, TrackConfig
from stream_ocr.messages import EndOfStream, Frame, FrameText, Image, Line, Message, SourceStatus
from stream_ocr.regions import Regions
from stream_ocr.sinks.outlet import SinkDesk
from stream_ocr.sinks.outlets import Outlets
from stream_ocr.stages import Classify, Detect, Publish, Recognize, Stage, Track

OCR = OcrConfig(precision="f32")
SIGN = picture(("EXIT 25", (100, 200)))
ONLINE = SourceStatus(source="desk", state="online", epoch=0, wall=0.0)


@pytest.fixture(scope="module")
def detector() -> inference.Detector:
    return inference.load_detector(OCR, DetectConfig(max_side=640))


@pytest.fixture(scope="module")
def classifier() -> inference.Classifier:
    return inference.load_classifier(OCR)


@pytest.fixture(scope="module")
def recognizer() -> inference.Recognizer:
    return inference.load_recognizer(OCR)


def _texts(messages: list[Message]) -> list[FrameText]:
    return [message for message in messages if isinstance(message, FrameText)]


def _through(stage: Stage[Frame], frames: list[Frame]) -> list[FrameText]:
    sent = [message for made in frames for message in stage.work(made)]
    return _texts([*sent, *stage.finish(EndOfStream(source="elsewhere"))])


def _upside_down(image: Image) -> Image:
    return np.ascontiguousarray(image[::-1, ::-1])


def test_frames_leave_detection_in_order_and_at_most_ten_a_second_are_searched(detector: inference.Detector) -> None:
    stage = Detect(detector, DetectConfig(rate=10))
    texts = _through(stage, [frame(n / 25, SIGN, interval=1 / 25) for n in range(50)])
    assert [text.frame.seq for text in texts] == list(range(50))
    searched_at = [text.frame.pts for text in texts if text.area is not None]
    assert len(searched_at) == 20
    assert searched_at[0] == 0.0
    assert stage.counts["detections"] == 20


def test_a_search_finds_the_line(detector: inference.Detector) -> None:
    (text,) = _through(Detect(detector, DetectConfig()), [frame(0.0, SIGN)])
    (line,) = text.lines
    assert text.area == (0, 0, 640, 360)
    assert line.quad[0] == pytest.approx((98, 172), abs=8)
    assert line.quad[2] == pytest.approx((212, 206), abs=8)


def test_a_picture_in_which_nothing_changed_is_not_searched(detector: inference.Detector) -> None:
    stage = Detect(detector, DetectConfig())
    texts = _through(stage, [frame(0.0, SIGN), *(frame(float(n), SIGN, dirty=False) for n in range(1, 4))])
    assert [text.area is not None for text in texts] == [True, False, False, False]


def test_a_change_that_came_too_early_is_searched_later(detector: inference.Detector) -> None:
    stage = Detect(detector, DetectConfig(rate=10))
    made = [frame(0.0, SIGN), frame(0.04, SIGN, interval=0.04), frame(0.3, SIGN, interval=0.04, dirty=False)]
    assert [text.area is not None for text in _through(stage, made)] == [True, False, True]


def test_a_source_that_comes_again_begins_anew(detector: inference.Detector) -> None:
    stage = Detect(detector, DetectConfig(rate=1))
    _through(stage, [frame(100.0, SIGN)])
    end = EndOfStream(source="desk")
    assert list(stage.finish(end)) == [end]
    assert [text.area is not None for text in _through(stage, [frame(0.0, SIGN)])] == [True]


def test_lines_outside_the_regions_are_dropped(detector: inference.Detector) -> None:
    two = picture(("EXIT 25", (100, 200)), ("12:40", (450, 60)))
    corner = Regions(exclude=[((0.6, 0.0), (1.0, 0.0), (1.0, 0.3), (0.6, 0.3))])
    elsewhere, desk = (
        _through(Detect(detector, DetectConfig(), {"desk": corner}), [frame(0.0, two, source=source)])[0].lines
        for source in ("lobby", "desk")
    )
    assert len(elsewhere) == 2
    assert [line.quad[0] for line in desk] == [pytest.approx((98, 172), abs=8)]


def test_lines_that_are_too_low_are_dropped(detector: inference.Detector) -> None:
    kept = [
        len(
            _through(Detect(detector, DetectConfig(), {"desk": Regions(min_height=height)}), [frame(0.0, SIGN)])[
                0
            ].lines
        )
        for height in (20, 60)
    ]
    assert kept == [1, 0]


def test_what_changes_outside_the_regions_is_not_searched(detector: inference.Detector) -> None:
    left = Regions(include=[((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))])
    inside, outside = np.zeros((2, 12, 20), np.bool_)
    inside[3, 9] = outside[3, 10] = True
    made = [frame(0.0, SIGN)]
    made += [msgspec.structs.replace(frame(at, SIGN), dirty=dirty) for at, dirty in ((1.0, outside), (2.0, inside))]
    stage = Detect(detector, DetectConfig(), {"desk": left})
    assert [text.area is not None for text in _through(stage, made)] == [True, False, True]


def test_what_is_not_a_frame_goes_on_untouched(detector: inference.Detector) -> None:
    assert list(Detect(detector, DetectConfig()).relay(ONLINE)) == [ONLINE]


def test_the_end_of_a_stream_ends_its_tracks() -> None:
    stage = Track(TrackConfig())
    list(stage.work(searched(frame(0.0, SIGN), quad(95, 170, 235, 210))))
    (end,) = stage.finish(EndOfStream(source="desk", reason="source-lost"))
    assert isinstance(end, EndOfStream)
    assert [(over.track, over.end, over.reason) for over in end.ended] == [(1, 0.0, "source-lost")]


@pytest.mark.parametrize("turned", [False, True])
def test_a_line_is_read_whichever_way_up(
    turned: bool,
    classifier: inference.Classifier,
    recognizer: inference.Recognizer,
) -> None:
    image = _upside_down(SIGN) if turned else SIGN
    box = quad(405, 150, 545, 190) if turned else quad(95, 170, 235, 210)
    (text,) = _texts(list(Classify(classifier, ClassifyConfig()).work(_tracked(frame(0.0, image), box))))
    (read,) = _texts(list(Recognize(recognizer, RecognizeConfig()).work(text)))
    (line,) = read.lines
    assert line.text == "EXIT 25"
    assert line.direction == (180 if turned else 0)
    assert line.quad[0] == ((545, 190) if turned else (95, 170))


def test_direction_is_left_alone_where_it_is_not_wanted(classifier: inference.Classifier) -> None:
    stage = Classify(classifier, ClassifyConfig(enabled=False))
    text = _tracked(frame(0.0, _upside_down(SIGN)), quad(405, 150, 545, 190))
    (sent,) = _texts(list(stage.work(text)))
    assert sent.lines[0].direction == 0


def test_direction_is_looked_at_a_few_times_per_track_only(classifier: inference.Classifier) -> None:
    stage = Classify(classifier, ClassifyConfig(votes=2))
    for n in range(5):
        list(stage.work(_tracked(frame(0.1 * n, SIGN), quad(95, 170, 235, 210))))
    assert stage.counts["looks"] == 2


def test_publish_keeps_what_was_passed_over() -> None:
    stage = Publish(Outlets(SinkDesk(threading.Event())))
    list(stage.finish(EndOfStream(source="desk", problem="truncated")))
    assert stage.problems == {"desk": "truncated"}


def _tracked(made: Frame, box: tuple[tuple[float, float], ...]) -> FrameText:
    line = Line(quad=box, score=0.9, track=1, place=1, start=0.0)  # type: ignore[arg-type]
    return FrameText(frame=made, lines=(line,), area=(0, 0, 640, 360))
