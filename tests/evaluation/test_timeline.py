import pytest
from judged import found, line

from stream_ocr.evaluation.scoring import score
from stream_ocr.evaluation.timeline import Piece, Span, Tick, closest, differences, span_words, timeline
from stream_ocr.evaluation.truth import TruthLine


def test_a_row_per_line_and_one_per_event_that_has_none() -> None:
    truth = [line("Platform", 4.0, 8.0), line("EXIT 25", 0.0, 2.0), line("Mind the gap", 5.0, 6.0)]
    events = [
        found("Platfarm", 4.0, 9.0),
        found("EXIT 25", 0.0, 2.0),
        found("Exit25", 1.0, 2.0),
        found("WARP", 0.0, 0.0),
    ]
    made = timeline(score(events, truth), 10.0)
    assert [(row.verdict, row.text) for row in made.lines] == [
        ("exact", "EXIT 25"),
        ("surplus", "Exit25"),
        ("inexact", "Platform"),
        ("missed", "Mind the gap"),
    ]
    assert (made.lines[0].shown, made.lines[0].found, made.lines[0].said) == (Span(0.0, 20.0), Span(0.0, 20.0), ())
    assert (made.lines[1].shown, made.lines[1].found) == (None, Span(10.0, 10.0))
    assert (made.lines[2].shown, made.lines[2].found) == (Span(40.0, 40.0), Span(40.0, 50.0))
    assert made.lines[2].said == (Piece("Platf", False), Piece("a", True), Piece("rm", False))
    assert (made.lines[3].shown, made.lines[3].found) == (Span(50.0, 10.0), None)
    assert [(row.verdict, row.text, row.found) for row in made.invented] == [("invented", "WARP", Span(0.0, 0.4))]


def test_the_words_say_all_there_is_to_know() -> None:
    truth = TruthLine(text="Platform", first_s=4.0, last_s=8.0, accept=("Plat form",), note="blurred")
    made = timeline(score([found("Platfarm", 4.5, 9.0), found("WARP", 0.0, 1.0)], [truth]), 10.0)
    assert made.lines[0].words == (
        "inexact: Platform\nshown 4.00–8.00 s\nread Platfarm, 4.50–9.00 s, confidence 0.90, 2 readings\n"
        "also right: Plat form\nblurred"
    )
    assert made.invented[0].words == "invented: WARP\n0.00–1.00 s, confidence 0.90, 2 readings"


@pytest.mark.parametrize(
    ("media_s", "labels"),
    [
        (2.9, ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"]),
        (10.0, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]),
        (95.0, ["0", "10", "20", "30", "40", "50", "60", "70", "80", "90"]),
    ],
)
def test_ticks_are_round_and_few(media_s: float, labels: list[str]) -> None:
    assert [tick.label for tick in timeline(score([], []), media_s).ticks] == labels


def test_an_empty_clip_has_an_axis_too() -> None:
    assert timeline(score([], []), 0.0).ticks[0] == Tick(0.0, "0.000")


def test_what_lies_beyond_the_end_is_still_in_the_picture() -> None:
    made = timeline(score([found("EXIT 25", 9.0, 12.5)], [line("EXIT 25", 9.0, 10.2)]), 10.0)
    assert made.lines[0].found == Span(72.0, 28.0)


def test_differences_are_marked() -> None:
    assert differences("abc", "abc") == (Piece("abc", False),)
    assert differences("abd", "abc") == (Piece("ab", False), Piece("d", True))
    assert differences("ab", "abc") == (Piece("ab", False), Piece("▁", True))
    assert differences("xabc", "abc") == (Piece("x", True), Piece("abc", False))
    assert differences("", "") == ()


def test_the_closest_of_the_accepted_readings() -> None:
    truth = TruthLine(text="Parle-G", first_s=0.0, last_s=1.0, accept=("Parle",))
    assert closest("PARLE", truth) == "Parle"
    assert closest("Parle G", truth) == "Parle-G"


def test_a_span_in_words() -> None:
    assert span_words(1.0, 2.346) == "1.00–2.35 s"
