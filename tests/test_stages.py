"""The stages by themselves, with the real models."""

import math
import re
import threading
import time
from collections.abc import Mapping

import msgspec
import numpy as np
import pytest
from frames import frame, picture, quad, searched
from texts import STATS

from stream_ocr import inference
from stream_ocr.config import AnnotateConfig, ClassifyConfig, DetectConfig, OcrConfig, RecognizeConfig, TrackConfig
from stream_ocr.messages import (
    Crop,
    EndOfStream,
    Frame,
    FrameText,
    Image,
    Line,
    Message,
    SourceStats,
    SourceStatus,
    TextEvent,
)
from stream_ocr.regions import Regions
from stream_ocr.sinks import EventSink, Item, Said
from stream_ocr.sinks.account import Account
from stream_ocr.sinks.backlog import Backlog
from stream_ocr.sinks.outlet import Outlet, SinkDesk
from stream_ocr.sinks.outlets import Outlets, event_outlets
from stream_ocr.sinks.pictures import Pictures
from stream_ocr.sinks.studio import Shown, Studio, Style
from stream_ocr.stages import Annotate, Classify, Detect, Publish, Recognize, Stage, Track
from stream_ocr.transport import Context

OCR = OcrConfig(precision="f32")
SIGN = picture(("EXIT 25", (100, 200)))
ONLINE = SourceStatus(source="desk", state="online", epoch=0, wall=0.0)


@pytest.fixture(scope="module")
def detector() -> inference.Detector:
    return inference.load_detector(OCR)


@pytest.fixture(scope="module")
def classifier() -> inference.Classifier:
    return inference.load_classifier(OCR)


@pytest.fixture(scope="module")
def recognizer() -> inference.Recognizer:
    return inference.load_recognizer(OCR)


def _detect(detector: inference.Detector, rate: float = 10.0, regions: Mapping[str, Regions] = {}) -> Detect:
    return Detect(detector, lambda _: DetectConfig(max_side=640, rate=rate, least_rate=rate), regions)


def _texts(messages: list[Message]) -> list[FrameText]:
    return [message for message in messages if isinstance(message, FrameText)]


def _through(stage: Stage[Frame], frames: list[Frame]) -> list[FrameText]:
    sent = [message for made in frames for message in stage.work(made)]
    return _texts([*sent, *stage.finish(EndOfStream(source="elsewhere"))])


def _upside_down(image: Image) -> Image:
    return np.ascontiguousarray(image[::-1, ::-1])


def test_frames_leave_detection_in_order_and_at_most_ten_a_second_are_searched(detector: inference.Detector) -> None:
    stage = _detect(detector)
    texts = _through(stage, [frame(n / 25, SIGN, interval=1 / 25) for n in range(50)])
    assert [text.frame.seq for text in texts] == list(range(50))
    searched_at = [text.frame.pts for text in texts if text.areas]
    assert len(searched_at) == 20
    assert searched_at[0] == 0.0
    assert stage.counts["detections"] == 20
    assert stage.by_source == {"desk": {"detections": 20}}
    assert stage.held == 0


def test_a_search_finds_the_line(detector: inference.Detector) -> None:
    (text,) = _through(_detect(detector), [frame(0.0, SIGN)])
    (line,) = text.lines
    assert text.areas == ((0, 0, 640, 360),)
    assert line.quad[0] == pytest.approx((98, 172), abs=8)
    assert line.quad[2] == pytest.approx((212, 206), abs=8)


def test_a_picture_in_which_nothing_changed_is_not_searched(detector: inference.Detector) -> None:
    stage = _detect(detector)
    texts = _through(stage, [frame(0.0, SIGN), *(frame(float(n), SIGN, dirty=False) for n in range(1, 4))])
    assert [bool(text.areas) for text in texts] == [True, False, False, False]


def test_a_change_that_came_too_early_is_searched_later(detector: inference.Detector) -> None:
    stage = _detect(detector)
    made = [frame(0.0, SIGN), frame(0.04, SIGN, interval=0.04), frame(0.3, SIGN, interval=0.04, dirty=False)]
    assert [bool(text.areas) for text in _through(stage, made)] == [True, False, True]


def test_a_source_that_comes_again_begins_anew(detector: inference.Detector) -> None:
    stage = _detect(detector, rate=1)
    _through(stage, [frame(100.0, SIGN)])
    end = EndOfStream(source="desk")
    assert list(stage.finish(end)) == [end]
    assert [bool(text.areas) for text in _through(stage, [frame(0.0, SIGN)])] == [True]


def test_lines_outside_the_regions_are_dropped(detector: inference.Detector) -> None:
    two = picture(("EXIT 25", (100, 200)), ("12:40", (450, 60)))
    corner = Regions(exclude=[((0.6, 0.0), (1.0, 0.0), (1.0, 0.3), (0.6, 0.3))])
    elsewhere, desk = (
        _through(_detect(detector, regions={"desk": corner}), [frame(0.0, two, source=source)])[0].lines
        for source in ("lobby", "desk")
    )
    assert len(elsewhere) == 2
    assert [line.quad[0] for line in desk] == [pytest.approx((98, 172), abs=8)]


def test_lines_that_are_too_low_are_dropped(detector: inference.Detector) -> None:
    kept = [
        len(_through(_detect(detector, regions={"desk": Regions(min_height=height)}), [frame(0.0, SIGN)])[0].lines)
        for height in (20, 60)
    ]
    assert kept == [1, 0]


def test_what_changes_outside_the_regions_is_not_searched(detector: inference.Detector) -> None:
    left = Regions(include=[((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))])
    inside, outside = np.zeros((2, 12, 20), np.bool_)
    inside[3, 9] = outside[3, 10] = True
    made = [frame(0.0, SIGN)]
    made += [msgspec.structs.replace(frame(at, SIGN), dirty=dirty) for at, dirty in ((1.0, outside), (2.0, inside))]
    stage = _detect(detector, regions={"desk": left})
    assert [bool(text.areas) for text in _through(stage, made)] == [True, False, True]


def test_what_is_not_a_frame_goes_on_untouched(detector: inference.Detector) -> None:
    assert list(_detect(detector).relay(ONLINE)) == [ONLINE]


def test_the_end_of_a_stream_ends_its_tracks() -> None:
    stage = Track(lambda _: TrackConfig())
    list(stage.work(searched(frame(0.0, SIGN), quad(95, 170, 235, 210))))
    (end,) = stage.finish(EndOfStream(source="desk", reason="source-lost"))
    assert isinstance(end, EndOfStream)
    assert [(over.track, over.end, over.reason) for over in end.ended] == [(1, 0.0, "source-lost")]


def test_after_a_reconnect_numbers_go_on_and_places_are_known_again() -> None:
    stage = Track(lambda _: TrackConfig())
    box = quad(95, 170, 235, 210)
    list(stage.work(searched(frame(0.0, SIGN), box)))
    list(stage.finish(EndOfStream(source="desk", reason="source-lost", final=False)))
    larger = picture(("EXIT 25", (100, 200)), size=(800, 450))
    (text,) = _texts(list(stage.work(searched(frame(5.0, larger), box))))
    assert [(line.track, line.place, line.start) for line in text.lines] == [(2, 1, 5.0)]


def test_after_the_end_numbers_begin_anew() -> None:
    stage = Track(lambda _: TrackConfig())
    box = quad(95, 170, 235, 210)
    list(stage.work(searched(frame(0.0, SIGN), box)))
    list(stage.finish(EndOfStream(source="desk")))
    (text,) = _texts(list(stage.work(searched(frame(5.0, SIGN), box))))
    assert [line.track for line in text.lines] == [1]


def test_texts_read_after_a_reconnect_have_numbers_of_their_own(recognizer: inference.Recognizer) -> None:
    stage, tracker = Recognize(recognizer, lambda _: RecognizeConfig()), Track(lambda _: TrackConfig())
    numbers = []
    for at in (0.0, 5.0):
        (text,) = _texts(list(tracker.work(searched(frame(at, SIGN), quad(95, 170, 235, 210)))))
        (read,) = _texts(list(stage.work(text)))
        numbers += [line.track for line in read.lines]
        for end in tracker.finish(EndOfStream(source="desk", reason="source-lost", final=False)):
            assert isinstance(end, EndOfStream)
            list(stage.finish(end))
    assert numbers == [1, 2]


def test_a_lost_connection_is_no_problem_to_report() -> None:
    stage = Publish(_outlets())
    list(stage.finish(EndOfStream(source="desk", problem="gone", final=False)))
    assert stage.problems == {}


@pytest.mark.parametrize("turned", [False, True])
def test_a_line_is_read_whichever_way_up(
    turned: bool,
    classifier: inference.Classifier,
    recognizer: inference.Recognizer,
) -> None:
    image = _upside_down(SIGN) if turned else SIGN
    box = quad(405, 150, 545, 190) if turned else quad(95, 170, 235, 210)
    (text,) = _texts(list(Classify(classifier, lambda _: ClassifyConfig()).work(_tracked(frame(0.0, image), box))))
    (read,) = _texts(list(Recognize(recognizer, lambda _: RecognizeConfig()).work(text)))
    (line,) = read.lines
    assert line.text == "EXIT 25"
    assert line.direction == (180 if turned else 0)
    assert line.quad[0] == ((545, 190) if turned else (95, 170))


def test_direction_is_left_alone_where_it_is_not_wanted(classifier: inference.Classifier) -> None:
    stage = Classify(classifier, lambda _: ClassifyConfig(enabled=False))
    text = _tracked(frame(0.0, _upside_down(SIGN)), quad(405, 150, 545, 190))
    (sent,) = _texts(list(stage.work(text)))
    assert sent.lines[0].direction == 0


def test_direction_is_looked_at_a_few_times_per_track_only(classifier: inference.Classifier) -> None:
    stage = Classify(classifier, lambda _: ClassifyConfig(votes=2))
    for n in range(5):
        list(stage.work(_tracked(frame(0.1 * n, SIGN), quad(95, 170, 235, 210))))
    assert stage.counts["looks"] == 2


class _Notes:
    """An event sink that keeps everything."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    def write(self, item: Item) -> None:
        self.items.append(item)

    def poll(self) -> None:
        pass

    def close(self) -> None:
        pass


def _outlets(*sinks: EventSink) -> Outlets[Said]:
    return event_outlets([], sinks, Context.instance(), SinkDesk(threading.Event(), stats_every=math.inf))


def test_frames_behind_a_detection_are_held(detector: inference.Detector) -> None:
    stage = Detect(detector, lambda _: DetectConfig(rate=10))
    sent = _texts(list(stage.work(frame(0.0, SIGN))))
    sent += _texts(list(stage.work(frame(0.01, SIGN, interval=0.01))))
    assert stage.held == 2 - len(sent)
    list(stage.finish(EndOfStream(source="desk")))
    assert stage.held == 0


def test_publish_says_how_old_frames_are_when_it_is_done_with_them() -> None:
    notes = _Notes()
    stage = Publish(_outlets(notes))
    stage.relay(ONLINE)
    began = time.time()
    list(stage.work(searched(frame(0.0, captured_at=began - 0.3))))
    stage.report(STATS)
    stage.close()
    assert notes.items[:2] == [ONLINE, STATS]
    stats = notes.items[2]
    assert isinstance(stats, SourceStats)
    assert 300 <= stats.age_p50_ms <= 300 + 1000 * (time.time() - began)
    assert (stats.source, stats.ages[-1]) == ("desk", 1)


def test_what_stages_after_publish_say_is_found_by_it() -> None:
    notes = _Notes()
    theirs = msgspec.structs.replace(STATS, stage="annotate", source=None)
    outlets = _outlets(notes)
    assert list(Annotate(Outlets(outlets.desk)).report(theirs)) == []
    publish = Publish(outlets)
    publish.report(STATS)
    publish.report(STATS)
    publish.close()
    assert notes.items == [STATS, theirs, STATS]


def test_the_end_of_a_source_brings_its_last_figures() -> None:
    notes = _Notes()
    stage = Publish(_outlets(notes))
    stage.relay(ONLINE)
    list(stage.finish(EndOfStream(source="desk", final=False)))
    stage.relay(STATS)
    list(stage.finish(EndOfStream(source="desk")))
    stage.close()
    assert notes.items[:2] == [ONLINE, STATS]
    (_, _, last) = notes.items
    assert isinstance(last, SourceStats)
    assert last.state == "offline"


def test_publish_tells_who_is_through() -> None:
    through: list[tuple[str, int]] = []
    stage = Publish(_outlets(), lambda source, seq: through.append((source, seq)))
    list(stage.work(FrameText(frame=frame(0.4, SIGN))))
    assert through == [("desk", 4)]


def test_an_event_has_an_id_that_no_other_run_gives() -> None:
    ids = []
    for _ in range(2):
        notes = _Notes()
        stage = Publish(_outlets(notes))
        for source in ("desk", "hall"):
            text = _tracked(frame(0.0, SIGN, source=source), quad(95, 170, 235, 210))
            line = msgspec.structs.replace(text.lines[0], text="EXIT 25", settled=True)
            list(stage.work(msgspec.structs.replace(text, lines=(line,))))
        stage.close()
        ids += [event.id for event in notes.items if isinstance(event, TextEvent)]
    (one, first), (same, second), (other, _), _ = (made.split("-") for made in ids)
    assert (one, first, second) == (same, "1", "2")
    assert re.fullmatch("[0-9a-f]{12}", one)
    assert other != one


class _Album(_Notes):
    """Notes, with pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.crops: list[Crop] = []

    def show(self, crop: Crop) -> None:
        self.crops.append(crop)


def test_pictures_of_texts_go_to_sinks_that_have_a_use_for_them() -> None:
    notes, album = _Notes(), _Album()
    plain = _outlets(notes)
    assert not plain.show
    plain.close()
    stage = Publish(_outlets(album, notes))
    text = _tracked(frame(0.0, SIGN), quad(95, 170, 235, 210))
    line = msgspec.structs.replace(text.lines[0], text="EXIT 25", settled=True)
    list(stage.work(msgspec.structs.replace(text, lines=(line,))))
    list(stage.finish(EndOfStream(source="desk")))
    stage.close()
    (crop,) = album.crops
    assert (crop.track, crop.image.shape) == (1, (40, 140, 3))
    assert [event.id.partition("-")[0] for event in notes.items if isinstance(event, TextEvent)] == [crop.run] * 2
    assert not any(isinstance(item, Crop) for item in notes.items)


# --- settings by source -----------------------------------------------------------------------------------------------


def test_each_source_is_searched_at_its_own_rate(detector: inference.Detector) -> None:
    rates = {"desk": 10.0, "yard": 2.0}
    stage = Detect(detector, lambda source: DetectConfig(max_side=640, rate=rates[source], least_rate=10.0))
    made = [frame(n / 10, SIGN, source=source) for n in range(10) for source in rates]
    found = [text.frame.source for text in _through(stage, made) if text.areas]
    assert [found.count(source) for source in rates] == [10, 2]


def test_each_source_is_searched_with_its_own_thresholds(detector: inference.Detector) -> None:
    least = {"desk": 0.5, "yard": 1.0}
    stage = Detect(detector, lambda source: DetectConfig(max_side=640, box_threshold=least[source]))
    texts = _through(stage, [frame(n / 10, SIGN, source=source) for n in range(3) for source in least])
    assert [(text.frame.source, len(text.lines)) for text in texts] == [("desk", 1), ("yard", 0)] * 3


def test_each_source_loses_a_track_after_its_own_gap() -> None:
    gaps = {"desk": 0.2, "yard": 2.0}
    stage = Track(lambda source: TrackConfig(max_gap=gaps[source]))
    box = quad(95, 170, 235, 210)
    ended = set()
    for source in gaps:
        list(stage.work(searched(frame(0.0, SIGN, source=source), box)))
        for n in range(1, 11):
            (text,) = _texts(list(stage.work(searched(frame(n / 10, picture(), source=source)))))
            ended |= {source for _ in text.ended}
    assert ended == {"desk"}


def test_each_source_is_turned_or_not(classifier: inference.Classifier) -> None:
    turned = {"desk": True, "yard": False}
    stage = Classify(classifier, lambda source: ClassifyConfig(enabled=turned[source]))
    directions = []
    for source in turned:
        text = _tracked(frame(0.0, _upside_down(SIGN), source=source), quad(405, 150, 545, 190))
        directions += [sent.lines[0].direction for sent in _texts(list(stage.work(text)))]
    assert directions == [180, 0]


def test_each_source_has_its_own_least_confidence(recognizer: inference.Recognizer) -> None:
    least = {"desk": 0.6, "yard": 1.0}
    stage = Recognize(recognizer, lambda source: RecognizeConfig(min_confidence=least[source]))
    settled = []
    for source in least:
        for n in range(10):
            text = _tracked(frame(n / 10, SIGN, source=source), quad(95, 170, 235, 210))
            (sent,) = _texts(list(stage.work(text)))
        (line,) = sent.lines
        assert line.text == "EXIT 25"
        settled.append(line.settled)
    assert settled == [True, False]


class _Drawn:
    """A frame sink that keeps the last picture of each source."""

    def __init__(self) -> None:
        self.pictures: dict[str, Image] = {}

    def write(self, frame: Frame, drawn: Image) -> None:
        self.pictures[frame.source] = drawn

    def poll(self) -> None:
        pass

    def close(self) -> None:
        pass


def test_each_source_is_drawn_on_in_its_own_way() -> None:
    shown = {"desk": True, "yard": False, "hall": True}
    sink = _Drawn()
    desk = SinkDesk(threading.Event())
    account = Account("drawn", "frames", period=math.inf, now=0.0)
    studio = Studio(Style(lambda source: AnnotateConfig(show_track=shown[source])))
    outlet = Outlet(account, desk, lambda: Pictures(sink, studio), Backlog[Shown](4, lambda _: True))
    stage = Annotate(Outlets(desk, [outlet]))
    for source in shown:
        text = _tracked(frame(0.0, SIGN, source=source), quad(95, 170, 235, 210))
        line = msgspec.structs.replace(text.lines[0], text="EXIT 25", settled=True)
        stage.work(msgspec.structs.replace(text, lines=(line,)))
    stage.close()
    assert not np.array_equal(sink.pictures["desk"], sink.pictures["yard"])
    assert np.array_equal(sink.pictures["desk"], sink.pictures["hall"])


def test_publish_keeps_what_was_passed_over() -> None:
    stage = Publish(_outlets())
    list(stage.finish(EndOfStream(source="desk", problem="truncated")))
    assert stage.problems == {"desk": "truncated"}


def _tracked(made: Frame, box: tuple[tuple[float, float], ...]) -> FrameText:
    line = Line(quad=box, score=0.9, track=1, place=1, start=0.0)  # type: ignore[arg-type]
    return FrameText(frame=made, lines=(line,), areas=((0, 0, 640, 360),))
