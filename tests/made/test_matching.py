from texts import gone

from made.act import Line
from made.matching import match
from stream_ocr.messages import TextEvent


def line(text: str, first: float, last: float, place: str = "", whole: bool = True) -> Line:
    return Line(text, place, first, last, first, last, (0, 0, 9, 9), whole)


def said(text: str, start: float, end: float) -> TextEvent:
    return gone(text=text, start=start, end=end)


def test_case_space_and_punctuation_do_not_count() -> None:
    event = said("exit25!", 1.0, 2.0)
    outcome = match([line("EXIT 25", 1.0, 2.0)], [event])
    assert [pair[1] for pair in outcome.pairs] == [event]
    assert (outcome.missed, outcome.besides) == ([], [])


def test_another_text_is_missed_and_besides() -> None:
    outcome = match([line("GATE 12", 1.0, 2.0)], [said("GATE 13", 1.0, 2.0)])
    assert [missed.text for missed in outcome.missed] == ["GATE 12"]
    assert [event.text for event in outcome.besides] == ["GATE 13"]


def test_a_line_said_twice_has_one_event_besides() -> None:
    first, second = said("Oslo", 1.0, 3.0), said("Oslo", 3.2, 4.0)
    outcome = match([line("Oslo", 1.0, 4.0)], [second, first])
    assert [pair[1] for pair in outcome.pairs] == [first]
    assert outcome.besides == [second]


def test_equal_lines_take_the_events_that_agree_in_time() -> None:
    short, long = line("EXIT", 0.0, 1.0, "left"), line("EXIT", 0.0, 3.0, "right")
    events = [said("EXIT", 0.0, 2.9), said("EXIT", 0.1, 1.0)]
    assert [pair[1].end for pair in match([short, long], events).pairs] == [1.0, 2.9]


def test_the_right_text_at_a_wrong_time_does_not_match() -> None:
    outcome = match([line("Oslo", 1.0, 2.0)], [said("Oslo", 2.6, 4.0)])
    assert len(outcome.missed) == len(outcome.besides) == 1


def test_what_is_never_whole_is_forgiven() -> None:
    outcome = match([line("Rain from the west", 1.0, 2.0, whole=False)], [said("Rain from the we", 1.0, 2.0)])
    assert (outcome.missed, outcome.besides) == ([], [])


def test_appearances_are_not_counted() -> None:
    appear = said("Oslo", 1.0, 2.0)
    assert (
        match(
            [], [TextEvent(**{name: getattr(appear, name) for name in appear.__struct_fields__} | {"kind": "appear"})]
        ).besides
        == []
    )
