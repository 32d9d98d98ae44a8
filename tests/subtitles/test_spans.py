import pytest
from cues import FOOT, row, span
from frames import quad
from texts import event, gone

from stream_ocr.subtitles.spans import bridged, span_of, wants


def test_a_text_stands_until_its_last_frame_is_over() -> None:
    box = (95 / 640, 170 / 360, 330 / 640, 210 / 360)
    assert span_of(gone(), 0.04) == span("EXIT 25", 12.48, 14.84, box)
    assert span_of(event(at=13.0), 0.04) == span("EXIT 25", 12.48, 13.04, box, over=False)
    assert span_of(gone(quad=quad(0, 0, 20, 200)), 0.0).tall


@pytest.mark.parametrize(("top", "there"), [(0, "top"), (160, "whole"), (320, "bottom")])
def test_a_text_is_where_its_centre_is(top: int, there: str) -> None:
    found = event(quad=quad(95, top, 330, top + 40))
    assert {region for region in ("whole", "top", "bottom") if wants(region, found)} == {"whole", there}


def test_a_short_gap_is_bridged_with_the_reading_that_lasted_longest() -> None:
    spans = [span("Hello World", 1.0, 2.0), span("hello, world!", 2.1, 5.0), span("Hello World", 5.3, 6.0)]
    assert bridged(spans, 0.1) == [span("hello, world!", 1.0, 5.0), spans[2]]


def test_only_one_text_at_one_place_is_bridged() -> None:
    spans = [span("34", 1.0, 2.0), span("34", 2.0, 3.0, row(0)), span("35", 2.0, 3.0)]
    assert bridged(spans, 0.1) == spans
    twice = [span("34", 1.0, 2.0), span("34", 1.0, 2.0, row(0))]
    assert bridged(twice, 0.1) == twice


def test_a_gap_is_bridged_to_what_is_still_there() -> None:
    assert bridged([span("a", 2.0, 9.0, over=False), span("a", 1.0, 2.0)], 0.1) == [span("a", 1.0, 9.0, over=False)]


def test_signs_alone_are_texts_too() -> None:
    assert len(bridged([span("!", 1.0, 2.0, FOOT), span("?", 2.0, 3.0, FOOT)], 0.1)) == 2


def test_a_text_may_be_in_a_region_that_has_a_name() -> None:
    assert wants("display", event(region="display"))
    assert not wants("display", event(region=None))
