from random import Random
from typing import Any

import pytest
import reference
from judged import found, line

from stream_ocr.evaluation.scoring import Found, Tally, letters, likeness, pooled, score
from stream_ocr.evaluation.truth import TruthLine


@pytest.mark.parametrize(
    ("text", "compared"),
    [("EXIT 25", "exit25"), ("12-AB_3", "12ab3"), ("Ｓtraße № 5", "strasseno5"), ("«…»", ""), ("", "")],
)
def test_the_letters_of_a_text(text: str, compared: str) -> None:
    assert letters(text) == compared


def test_likeness() -> None:
    assert likeness("abcde", "abcde") == 1.0
    assert likeness("abcde", "abcdx") == 0.8
    assert likeness("abc", "abcdef") == 0.5
    assert likeness("", "") == 0.0


def test_what_may_become_of_an_event_and_a_line() -> None:
    truth = [line("EXIT 25"), line("Platform"), line("Mind the gap"), line("Taxi rank", optional=True)]
    events = [
        found("EX1T 25", 0.0, 0.5),
        found("exit-25", 0.2, 2.1),
        found("Plattform", 0.5, 2.0),
        found("Taxi rank"),
        found("WARP"),
    ]
    result = score(events, truth)
    assert [each.verdict for each in result.events] == ["surplus", "exact", "inexact", "optional", "invented"]
    assert [each.line for each in result.events] == [0, 0, 1, 3, None]
    assert [each.verdict for each in result.lines] == ["exact", "inexact", "missed", "optional"]
    assert [each.events for each in result.lines] == [(1, 0), (2,), (), (3,)]
    assert [each.start_error_s for each in result.lines] == [0.0, 0.5, None, None]
    assert result.lines[0].end_error_s == pytest.approx(0.1)


def test_the_figures_of_a_clip() -> None:
    truth = [line("EXIT 25"), line("Platform"), line("Mind the gap"), line("Taxi rank", optional=True)]
    events = [found("EXIT 25"), found("EXIT 25", 0.0, 1.0), found("Platfarm", 1.0), found("Taxi rank"), found("WARP")]
    tally = score(events, truth).tally
    assert (tally.lines, tally.hit, tally.exact_lines, tally.surplus) == (3, 2, 1, 1)
    assert (tally.events, tally.matched) == (5, 4)
    assert tally.recall == pytest.approx(2 / 3)
    assert tally.exact == pytest.approx(1 / 3)
    assert (tally.dup, tally.precision) == (0.5, 0.8)
    assert (tally.start_error_s, tally.end_error_s) == (0.5, 0.0)


def test_without_lines_and_events_nothing_is_defined() -> None:
    tally = score([], []).tally
    shares = (tally.recall, tally.exact, tally.dup, tally.precision, tally.start_error_s, tally.end_error_s)
    assert shares == (None,) * 6
    assert score([found("ghost")], []).tally.precision == 0.0


@pytest.mark.parametrize(
    ("shown", "said", "hit"),
    [("36", "3B", 0), ("36", "3-6", 1), ("abcd", "abcx", 0), ("abcde", "abcdx", 1), ("...", "...", 0)],
)
def test_short_lines_have_to_be_read_without_an_error(shown: str, said: str, hit: int) -> None:
    assert score([found(said)], [line(shown)]).tally.hit == hit


@pytest.mark.parametrize(
    ("start", "end", "hit"), [(2.5, 3.0, 1), (2.51, 3.0, 0), (0.0, 0.5, 1), (0.0, 0.49, 0), (0.0, 9.0, 1)]
)
def test_times_may_miss_each_other_by_half_a_second(start: float, end: float, hit: int) -> None:
    assert score([found("EXIT 25", start, end)], [line("EXIT 25", 1.0, 2.0)]).tally.hit == hit


def test_the_first_of_equal_lines_gets_the_event_and_the_most_alike_of_different_ones() -> None:
    twice = [line("Platform 3"), line("Platform 3")]
    assert score([found("Platform 3"), found("Platform 3")], twice).lines[1].verdict == "missed"
    assert score([found("Platform 4")], [line("Platform 3"), line("Platform 4")]).events[0].line == 1


def test_other_readings_may_be_as_good() -> None:
    truth = TruthLine(text="Parle-G", first_s=0.0, last_s=1.0, accept=("Parle",))
    assert score([found("PARLE")], [truth]).lines[0].verdict == "exact"


def test_totals_are_counted_over_all_lines() -> None:
    one = Tally(lines=1, hit=1, exact_lines=1, events=1, matched=1, start_errors=(0.1,), end_errors=(0.0,))
    other = Tally(lines=3, hit=1, surplus=2, events=7, matched=3, start_errors=(0.5, 0.3), end_errors=())
    both = pooled([one, other])
    assert (both.recall, both.exact, both.dup, both.precision) == (0.5, 0.25, 1.0, 0.5)
    assert (both.start_error_s, both.end_error_s) == (0.3, 0.0)
    assert pooled([]) == Tally()


def _figures(events: list[dict[str, Any]], truth: list[dict[str, Any]]) -> dict[str, float | None]:
    """Ours, named as the reference names them."""
    lines = [
        TruthLine(
            text=each["text"],
            first_s=each["first_s"],
            last_s=each["last_s"],
            optional=each.get("optional", False),
            accept=tuple(each.get("accept", ())),
        )
        for each in truth
    ]
    tally = score([Found(**event) for event in events], lines).tally
    shares = {"recall": tally.recall, "exact": tally.exact, "dup": tally.dup, "precision": tally.precision}
    return {
        "truth": tally.lines,
        "events": tally.events,
        "hit": tally.hit,
        **shares,
        "start": tally.start_error_s,
        "end": tally.end_error_s,
    }


def test_it_agrees_with_the_reference_on_faulty_events_of_the_real_clips() -> None:
    reference_score = reference.module("score").score
    for name, truth in reference.truths():
        random = Random(name)
        for _ in range(20):
            events = reference.made_events(truth, random)
            assert _figures(events, truth) == reference_score(events, truth), name


def test_it_agrees_with_the_reference_on_nonsense() -> None:
    reference_score = reference.module("score").score
    random = Random(7)
    alphabet = "ab1_- ßﬀ中"
    for _ in range(500):
        truth: list[dict[str, Any]] = [
            {
                "text": "".join(random.choices(alphabet, k=random.randint(1, 7))),
                "first_s": (first := random.choice([0.0, 0.5, 1.0])),
                "last_s": first + random.choice([0.0, 0.5, 2.0]),
                "optional": random.random() < 0.2,
                "accept": ["".join(random.choices(alphabet, k=3))] if random.random() < 0.3 else [],
            }
            for _ in range(random.randint(0, 5))
        ]
        events = [
            {
                "text": reference.garbled(random.choice(truth)["text"] if truth else "a", random),
                "start": (start := random.choice([0.0, 0.5, 1.5, 3.0])),
                "end": start + random.choice([0.0, 0.5, 1.0]),
            }
            for _ in range(random.randint(0, 8))
        ]
        assert _figures(events, truth) == reference_score(events, truth)
