from random import Random

import pytest
import reference
from frames import quad

from stream_ocr.evaluation.merging import FrameReadings, LineReading, merged
from stream_ocr.messages import Quad

HERE = quad(100, 100, 200, 120)


def _frame(pts: float, *lines: tuple[str, float, Quad]) -> FrameReadings:
    return FrameReadings(pts, (640, 360), tuple(LineReading(*line) for line in lines))


def _texts(*frames: FrameReadings) -> list[tuple[str, float, float]]:
    return [(found.text, found.start, found.end) for found in merged(frames)]


def test_readings_that_are_alike_are_one_text_called_as_most_of_them_say() -> None:
    frames = [
        _frame(0.0, ("Plattorm", 0.6, HERE)),
        _frame(0.1, ("Platform", 0.9, HERE)),
        _frame(0.2, ("Platform", 0.7, HERE)),
    ]
    (found,) = merged(frames)
    assert (found.text, found.start, found.end, found.reads) == ("Platform", 0.0, 0.2, 3)
    assert found.confidence == pytest.approx(0.8)
    assert [(sighting.at, sighting.quad) for sighting in found.sightings] == [(0.0, HERE), (0.2, HERE)]


def test_a_text_that_stays_away_is_over() -> None:
    assert _texts(_frame(0.0, ("EXIT", 0.9, HERE)), _frame(0.5, ("EXIT", 0.9, HERE))) == [("EXIT", 0.0, 0.5)]
    away = _frame(0.0, ("EXIT", 0.9, HERE)), _frame(0.6), _frame(0.7, ("EXIT", 0.9, HERE))
    assert _texts(*away) == [("EXIT", 0.0, 0.0), ("EXIT", 0.7, 0.7)]


def test_what_is_elsewhere_or_different_or_unsure_is_not_the_same() -> None:
    there = quad(300, 100, 400, 120)
    assert len(_texts(_frame(0.0, ("EXIT", 0.9, HERE)), _frame(0.1, ("EXIT", 0.9, there)))) == 2
    assert len(_texts(_frame(0.0, ("EXIT", 0.9, HERE)), _frame(0.1, ("Taxi", 0.9, HERE)))) == 2
    assert _texts(_frame(0.0, ("EXIT", 0.49, HERE))) == []


def test_punctuation_is_compared_as_it_stands() -> None:
    assert _texts(_frame(0.0, ("::", 0.9, HERE)), _frame(0.1, ("::", 0.9, HERE))) == [("::", 0.0, 0.1)]


def test_the_nearest_of_equally_alike_texts_goes_on() -> None:
    beside = quad(150, 100, 250, 120)
    frames = [_frame(0.0, ("36", 0.9, HERE), ("37", 0.9, beside)), _frame(0.1, ("36", 0.9, HERE), ("37", 0.9, beside))]
    assert _texts(*frames) == [("36", 0.0, 0.1), ("37", 0.0, 0.1)]


def test_it_agrees_with_the_reference() -> None:
    merge = reference.module("merge_naive").merge
    for name, truth in reference.truths():
        random = Random(name)
        frames = []
        for number in range(60):
            lines = []
            for index, line in enumerate(truth):
                if random.random() < 0.8:
                    left, top = 40 * (index % 5) + random.uniform(-20, 20), 30 * (index // 5) + random.uniform(-9, 9)
                    lines.append((reference.garbled(line["text"], random), random.uniform(0.4, 1.0), (left, top)))
            frames.append((number * random.choice([0.1, 0.2]), lines))
        frames.sort(key=lambda frame: frame[0])
        ours = merged(
            _frame(pts, *((text, sure, quad(x, y, x + 30, y + 12)) for text, sure, (x, y) in lines))
            for pts, lines in frames
        )
        theirs = merge(
            {
                "t": pts,
                "w": 640,
                "h": 360,
                "lines": [(text, sure, quad(x, y, x + 30, y + 12)) for text, sure, (x, y) in lines],
            }
            for pts, lines in frames
        )
        assert [(each.text, each.start, each.end) for each in ours] == [
            (each["text"], each["start"], each["end"]) for each in theirs
        ], name
