from cues import row, span

from stream_ocr.subtitles.cutting import Cue, cut
from stream_ocr.subtitles.spans import Span

FRAME = 0.04


def _cut(*spans: Span, min_duration: float = 0.2, since: float = 0.0) -> list[tuple[float, float, str]]:
    return [(cue.start, cue.end, "|".join(cue.rows)) for cue in cut(spans, min_duration, since)]


def test_lines_that_stand_together_are_one_cue_from_top_to_bottom() -> None:
    two = [span("second", 1.0, 3.0, row(1)), span("first", 1.0, 3.0, row(0))]
    assert cut(two, 0.2, 0.0) == [Cue(1.0, 3.0, ("first", "second"), (0.3, 0.7, 0.7, row(1)[3]))]


def test_lines_in_one_row_are_read_along_it() -> None:
    right, left = span("- No.", 1.0, 3.0, row(0, 0.6, 0.8)), span("- Yes?", 1.0, 3.0, row(0, 0.2, 0.4))
    assert _cut(right, left) == [(1.0, 3.0, "- Yes? - No.")]


def test_scripts_that_run_to_the_left_are_read_that_way() -> None:
    right, left = span("مرحبا", 1.0, 3.0, row(0, 0.6, 0.8)), span("بك", 1.0, 3.0, row(0, 0.2, 0.4))
    assert _cut(left, right) == [(1.0, 3.0, "مرحبا بك")]


def test_columns_are_read_from_right_to_left() -> None:
    columns = [span(text, 1.0, 3.0, (x, 0.1, x + 0.05, 0.8), tall=True) for text, x in (("二", 0.5), ("一", 0.7))]
    assert _cut(*columns) == [(1.0, 3.0, "一|二")]


def test_lines_that_come_and_go_apart_make_cues_that_follow_one_another() -> None:
    assert _cut(span("a", 1.0, 3.0, row(0)), span("b", 2.0, 4.0, row(1))) == [
        (1.0, 2.0, "a"),
        (2.0, 3.0, "a|b"),
        (3.0, 4.0, "b"),
    ]


def test_lines_that_come_and_go_nearly_together_do_so_together() -> None:
    two = [span("a", 1.0, 3.0 + FRAME, row(0)), span("b", 1.0 + 2 * FRAME, 3.0, row(1))]
    assert _cut(*two) == [(1.0, 3.0 + FRAME, "a|b")]


def test_a_line_that_hangs_over_gives_way_to_the_next() -> None:
    assert _cut(span("a", 1.0, 3.0 + FRAME), span("b", 3.0, 5.0)) == [(1.0, 3.0, "a"), (3.0, 5.0, "b")]


def test_a_line_that_is_replaced_beside_one_that_stays_leaves_no_gap() -> None:
    lines = [span("a", 1.0, 3.0, row(0)), span("b", 1.0, 5.0, row(1)), span("c", 3.0 + FRAME, 5.0, row(0))]
    assert _cut(*lines) == [(1.0, 3.0 + FRAME, "a|b"), (3.0 + FRAME, 5.0, "c|b")]


def test_what_stands_for_an_instant_only_is_left_out() -> None:
    lines = [span("a", 1.0, 3.0, row(0)), span("b", 2.0, 2.19, row(1)), span("c", 4.0, 4.2)]
    assert _cut(*lines) == [(1.0, 3.0, "a"), (4.0, 4.2, "c")]
    assert _cut(*lines, min_duration=0.0)[1] == (2.0, 2.19, "a|b")


def test_what_was_cut_before_is_left_out() -> None:
    assert _cut(span("a", 1.0, 3.0), span("b", 3.0, 5.0), since=2.95) == [(2.95, 5.0, "b")]


def test_white_space_and_what_cannot_be_seen_is_put_right() -> None:
    assert _cut(span(" one\n two\x1b ", 1.0, 2.0, row(0)), span(" ", 1.0, 2.0, row(1))) == [(1.0, 2.0, "one two")]
    assert _cut(span("\u200b", 1.0, 2.0)) == []


def test_a_cue_is_over_when_one_of_its_lines_is() -> None:
    cues = cut([span("a", 1.0, 5.0, row(0), over=False), span("b", 2.0, 3.0, row(1))], 0.2, 0.0)
    assert [cue.over for cue in cues] == [True, True, False]
