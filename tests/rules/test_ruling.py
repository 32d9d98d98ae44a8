from typing import Any

import pytest
from frames import quad
from texts import event

from stream_ocr.config import NumberConfig, RegionConfig, RuleConfig
from stream_ocr.messages import TextEvent
from stream_ocr.regions import WHOLE_PICTURE, Regions
from stream_ocr.rules.book import Rulebook
from stream_ocr.rules.ruling import Ruling

CLOCKS = RuleConfig(name="clocks", clock=True, drop=True)
ERRORS = RuleConfig(name="errors", watch=["error"], tag="alert")
LEFT = RegionConfig(polygon=((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))
RIGHT = RegionConfig(polygon=((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)))


def _ruling(*rules: RuleConfig, regions: Regions = WHOLE_PICTURE) -> Ruling:
    return Ruling(Rulebook(rules), regions)


def _number(**limits: Any) -> RuleConfig:
    return RuleConfig(name="values", number=NumberConfig(**limits))


def _appear(text: str, start: float, **fields: Any) -> TextEvent:
    return event(**{"text": text, "start": start, "at": start, "alternatives": (), **fields})


def _update(text: str, at: float, **fields: Any) -> TextEvent:
    return _appear(text, **{"start": 0.0, "kind": "update", "at": at, **fields})


def _gone(text: str, end: float, **fields: Any) -> TextEvent:
    return _appear(text, **{"start": 0.0, "kind": "disappear", "at": end, "end": end, "reason": "left", **fields})


def _applied(ruling: Ruling, *events: TextEvent) -> list[tuple[str, str]]:
    return [(told.kind, told.text) for event in events for told in ruling.apply([event])]


def test_without_rules_events_are_as_they_were() -> None:
    events = [_appear("EXIT", 0.0), _update("EXIT 25", 0.5), _gone("EXIT 25", 1.0)]
    ruling = _ruling()
    assert [told for event in events for told in ruling.apply([event])] == events
    assert ruling.apply([_appear("A", 2.0), _gone("A", 2.1, start=2.0)]) == [
        _appear("A", 2.0),
        _gone("A", 2.1, start=2.0),
    ]


def test_a_dropped_text_says_nothing() -> None:
    assert _applied(_ruling(CLOCKS), _appear("12:34", 0.0), _update("12:35", 0.5), _gone("12:35", 1.0)) == []


@pytest.mark.parametrize(
    ("events", "told"),
    [
        (
            [_appear("12:34", 0.0), _update("EXIT", 0.5), _gone("EXIT", 1.0)],
            [("appear", "EXIT"), ("disappear", "EXIT")],
        ),
        ([_appear("12:34", 0.0), _gone("EXIT", 1.0)], [("appear", "EXIT"), ("disappear", "EXIT")]),
        (
            [_appear("EXIT", 0.0), _update("12:34", 0.5), _gone("12:34", 1.0)],
            [("appear", "EXIT"), ("disappear", "EXIT")],
        ),
        (
            [_appear("EXIT", 0.0), _update("12:34", 0.5), _update("EXIT 2", 0.7), _gone("12:34", 1.0)],
            [("appear", "EXIT"), ("update", "EXIT 2"), ("disappear", "EXIT 2")],
        ),
    ],
    ids=["read better later", "read better at its end", "dropped after it was said", "there and back"],
)
def test_what_appeared_disappears_and_what_is_dropped_is_never_said(
    events: list[TextEvent], told: list[tuple[str, str]]
) -> None:
    assert _applied(_ruling(CLOCKS), *events) == told


def test_a_text_that_was_not_said_begins_without_an_end() -> None:
    first, last = _ruling(CLOCKS).apply([_gone("EXIT", 1.0)])
    assert (first.end, first.reason, last.end, last.reason) == (None, None, 1.0, "left")


def test_the_last_words_hold_nothing_of_what_is_dropped() -> None:
    ruling = _ruling(CLOCKS, ERRORS)
    ruling.apply([_appear("ERROR", 0.0, confidence=0.9)])
    (told,) = ruling.apply([_gone("12:34", 1.0, confidence=0.5, alternatives=("12:34:5",))])
    assert (told.text, told.confidence, told.alternatives, told.tags) == ("ERROR", 0.9, (), ("alert",))


def test_tags_and_rules_stay_to_the_end() -> None:
    ruling = _ruling(ERRORS)
    told = [ruling.apply([each])[0] for each in (_appear("ERROR", 0.0), _update("TERRACE", 1.0), _gone("TERRACE", 2.0))]
    assert [(each.tags, each.rules) for each in told] == [(("alert",), ("errors",))] * 3


def test_an_update_that_rules_make_nothing_new_of_is_not_told() -> None:
    ruling = _ruling(RuleConfig(name="zeros", replace={"O": "0"}))
    assert _applied(ruling, _appear("1O", 0.0), _update("10", 1.0), _update("11", 2.0)) == [
        ("appear", "10"),
        ("update", "11"),
    ]


def test_the_region_is_the_one_where_it_was_said() -> None:
    ruling = _ruling(regions=Regions(named={"left": LEFT}))
    left, right = quad(10, 10, 90, 30), quad(400, 10, 600, 30)
    told = [*ruling.apply([_appear("A", 0.0, quad=left)]), *ruling.apply([_gone("A", 1.0, quad=right)])]
    told += ruling.apply([_appear("B", 2.0, quad=right)])
    assert [each.region for each in told] == ["left", "left", None]


def _values(told: list[TextEvent]) -> list[tuple[str, float | None, bool]]:
    return [(each.kind, each.value, "value-changed" in each.tags) for each in told]


def test_one_event_marks_a_change_of_value() -> None:
    ruling = _ruling(_number(unit="mmHg"))
    events = [
        _appear("34", 0.0, track=1),
        _gone("34", 4.0, track=1),
        _appear("35", 4.1, track=2),
        _gone("35", 5.0, track=2, start=4.1),
        _appear("35", 6.0, track=3),
    ]
    told = [each for event in events for each in ruling.apply([event])]
    assert _values(told) == [
        ("appear", 34.0, True),
        ("disappear", 34.0, False),
        ("appear", 35.0, True),
        ("disappear", 35.0, False),
        ("appear", 35.0, False),
    ]
    assert {each.unit for each in told} == {"mmHg"}


def test_places_without_a_region_are_displays_of_their_own() -> None:
    ruling = _ruling(_number())
    told = ruling.apply([_appear("34", 0.0, track=1, place=1), _appear("34", 0.0, track=2, place=2)])
    assert _values(told) == [("appear", 34.0, True)] * 2


def test_a_region_is_one_display_wherever_the_line_is_in_it() -> None:
    ruling = _ruling(_number(), regions=Regions(named={"left": LEFT, "right": RIGHT}))
    told = ruling.apply(
        [
            _appear("34", 0.0, track=1, place=1, quad=quad(10, 10, 90, 30)),
            _appear("34", 1.0, track=2, place=2, quad=quad(10, 40, 90, 60)),
            _appear("34", 1.0, track=3, place=3, quad=quad(400, 10, 600, 30)),
        ]
    )
    assert _values(told) == [("appear", 34.0, True), ("appear", 34.0, False), ("appear", 34.0, True)]


def test_a_value_that_cannot_be_is_a_text_all_the_same() -> None:
    ruling = _ruling(_number(max=100, unit="%"))
    told = [*ruling.apply([_appear("984", 0.0)]), *ruling.apply([_update("98.4", 1.0)])]
    assert _values(told) == [("appear", None, False), ("update", 98.4, True)]
    assert [each.unit for each in told] == [None, "%"]


def test_a_value_that_has_stood_is_told_by_an_update() -> None:
    ruling = _ruling(_number(debounce=0.5))
    assert _values(ruling.apply([_appear("34", 0.0)])) == [("appear", None, False)]
    assert ruling.due(0.4) == []
    assert ruling.due(0.5) == [17]
    assert _values(ruling.apply([_update("34", 0.5)])) == [("update", 34.0, True)]
    assert ruling.due(0.6) == []
    assert _values(ruling.apply([_gone("34", 2.0)])) == [("disappear", 34.0, False)]


def test_one_that_stood_between_two_looks_is_told_by_its_end() -> None:
    ruling = _ruling(_number(debounce=0.5))
    ruling.apply([_appear("34", 0.0)])
    assert _values(ruling.apply([_gone("34", 0.7)])) == [("disappear", 34.0, True)]


def test_one_that_was_there_for_a_moment_is_not_believed_for_being_told_late() -> None:
    told = _ruling(_number(debounce=0.5)).apply([_appear("34", 0.0, at=3.0), _gone("34", 0.2)])
    assert _values(told) == [("appear", None, False), ("disappear", None, False)]


def test_a_change_that_is_told_at_the_end_is_told_once() -> None:
    told = _ruling(CLOCKS, _number()).apply([_gone("34", 1.0)])
    assert _values(told) == [("appear", 34.0, True), ("disappear", 34.0, False)]


def test_a_held_number_that_comes_to_be_dropped_is_not_due_any_more() -> None:
    ruling = _ruling(CLOCKS, _number(debounce=0.5))
    ruling.apply([_appear("34", 0.0)])
    ruling.apply([_update("3:34", 0.2)])
    assert ruling.due(9.0) == []


def test_a_misread_value_beside_the_right_one_is_held_while_that_is_there() -> None:
    ruling = _ruling(_number(max_rate=5), regions=Regions(named={"left": LEFT}))
    ruling.apply([_appear("30", 0.0, track=1)])
    ruling.due(50.0)
    assert _values(ruling.apply([_appear("80", 50.0, track=2)])) == [("appear", None, False)]
    assert ruling.due(55.0) == []
    ruling.apply([_gone("30", 55.0, track=1)])
    assert ruling.due(66.0) == [2]


def test_a_value_that_was_covered_by_a_misread_one_comes_back() -> None:
    ruling = _ruling(_number(), regions=Regions(named={"left": LEFT}))
    told = ruling.apply([_appear("34", 0.0, track=1), _appear("3", 2.0, track=2)])
    assert _values(told) == [("appear", 34.0, True), ("appear", 3.0, True)]
    assert ruling.due(2.5) == []
    ruling.apply([_gone("3", 3.0, track=2, start=2.0)])
    assert ruling.due(3.1) == [1]
    assert _values(ruling.apply([_update("34", 3.1, track=1)])) == [("update", 34.0, True)]
    assert ruling.due(3.2) == []
