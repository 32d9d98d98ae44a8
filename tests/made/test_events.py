"""What stream-ocr has to say of the made clips: each line once, letter by letter, at its time, and nothing else."""

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from texts import timeless

from made.act import Line
from made.catalogue import takes
from made.matching import Match, match
from stream_ocr.messages import TextEvent
from stream_ocr.testing import replay

TAKES = {take.name: take for take in takes()}
TRUTH = {name: take.truth() for name, take in TAKES.items()}
WITH_TEXT = [name for name, lines in TRUTH.items() if lines]
COUNT = ("34", "35", "36", "38")
TIMES = ("09:19:58", "09:19:59", "09:20:00")
GATES = ("GATE 12", "GATE 13", "GATE 18")
TOWNS = ("Oslo", "Bern", "开往北京")
CHAINS: list[tuple[str, tuple[str, ...]]] = [
    ("counter", COUNT),
    ("counter-60fps-x264-30-noise3", COUNT),
    ("digits", tuple("0123456789")),
    ("clock", TIMES),
    ("swaps", GATES),
    ("swaps", TOWNS),
    ("swaps-50fps-mpeg4", GATES),
    ("swaps-50fps-mpeg4", TOWNS),
    ("swaps-24fps-x264-30-noise6", GATES),
    ("swaps-24fps-x264-30-noise6", TOWNS),
]
"""Takes with the texts that follow each other at one place."""
SOON = 0.25
"""Seconds after the first frame with a whole line, where it comes gradually, within which it must be noticed."""
GROWING = ("typed",)
"""Acts of which more updates are right."""
UPDATES = 0.3
"""Per track, on average."""

Clip = Callable[[str], Path]
Said = Callable[[str], list[TextEvent]]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """The file of a take; each take is written once."""
    folder = tmp_path_factory.mktemp("made")
    return cache(lambda name: TAKES[name].write(folder))


@pytest.fixture(scope="module")
def said(clip: Clip) -> Said:
    """The events of a take; each take is replayed once."""
    return cache(lambda name: replay(clip(name)))


def matched(said: Said, name: str) -> Match:
    return match(TRUTH[name], said(name))


def told(events: list[TextEvent]) -> list[str]:
    """For reading in a failure."""
    return [f"{event.text!r} {event.start:.2f}-{event.end or 0:.2f} {event.reason}" for event in events]


def gone(events: list[TextEvent]) -> list[TextEvent]:
    return sorted((event for event in events if event.kind == "disappear"), key=lambda event: event.start)


@pytest.mark.parametrize("name", WITH_TEXT)
def test_every_line_is_said(said: Said, name: str) -> None:
    missed = [f"{line.text!r} {line.first:.2f}-{line.last:.2f}" for line in matched(said, name).missed]
    assert not missed, f"instead of these: {told(matched(said, name).besides)}"


@pytest.mark.parametrize("name", TAKES)
def test_nothing_else_is_said_and_nothing_twice(said: Said, name: str) -> None:
    assert told(matched(said, name).besides) == []


@pytest.mark.parametrize("name", WITH_TEXT)
def test_begin_and_end_are_right(said: Said, name: str) -> None:
    wrong = [timing(line, event, TAKES[name].interval) for line, event in matched(said, name).pairs]
    assert list(filter(None, wrong)) == []


def timing(line: Line, event: TextEvent, interval: float) -> str | None:
    """What is wrong with the times of an event, if anything.

    It may miss by two frames; where the line comes or goes gradually, it may begin or end anywhere in between.
    """
    slack = 2 * interval + 1e-3
    end = event.start if event.end is None else event.end
    earliest, latest = line.born - slack, line.first + (slack if line.born == line.first else max(SOON, slack))
    if not earliest <= event.start <= latest:
        return f"{line.text!r} begins at {event.start:.3f}, expected {earliest:.3f} to {latest:.3f}"
    earliest, latest = line.last - (slack if line.gone == line.last else max(SOON, slack)), line.gone + slack
    if not earliest <= end <= latest:
        return f"{line.text!r} ends at {end:.3f}, expected {earliest:.3f} to {latest:.3f}"
    return None


@pytest.mark.parametrize("name", TAKES)
def test_every_appear_has_one_disappear(said: Said, name: str) -> None:
    kinds: dict[int, list[str]] = {}
    for event in said(name):
        kinds.setdefault(event.track, []).append(event.kind)
    assert [order for order in kinds.values() if [order[0], order[-1]] != ["appear", "disappear"]] == []
    assert all(set(order[1:-1]) <= {"update"} for order in kinds.values())


@pytest.mark.parametrize("name", TAKES)
def test_only_what_stands_on_its_head_is_turned(said: Said, name: str) -> None:
    assert {event.direction for event in said(name)} <= {180 if name == "upside_down" else 0}


@pytest.mark.parametrize("name", WITH_TEXT)
def test_lines_that_share_a_place_carry_its_number(said: Said, name: str) -> None:
    numbers: dict[str, set[int]] = {}
    for line, event in matched(said, name).pairs:
        numbers.setdefault(line.place, set()).add(event.place)
    assert {place: given for place, given in numbers.items() if len(given) > 1} == {}
    assert len(set.union(set(), *numbers.values())) == len(numbers)


@pytest.mark.parametrize(("name", "texts"), CHAINS, ids=[f"{name}-{texts[0]}" for name, texts in CHAINS])
def test_a_display_tells_its_values_in_order(said: Said, name: str, texts: tuple[str, ...]) -> None:
    chain = [event for event in gone(said(name)) if event.text in texts]
    assert [event.text for event in chain] == list(texts)
    assert len({event.place for event in chain}) == 1
    assert [event.reason for event in chain] == ["replaced"] * (len(texts) - 1) + ["end-of-stream"]


@pytest.mark.parametrize(("name", "texts"), CHAINS, ids=[f"{name}-{texts[0]}" for name, texts in CHAINS])
def test_the_next_value_begins_on_the_frame_after(said: Said, name: str, texts: tuple[str, ...]) -> None:
    chain = [event for event in gone(said(name)) if event.text in texts]
    gaps = [after.start - (before.end or 0) for before, after in pairwise(chain)]
    assert gaps == pytest.approx([TAKES[name].interval] * (len(texts) - 1), abs=2e-3)


def test_a_typed_line_is_one_track_that_grows(said: Said) -> None:
    events = said("typed")
    tracks = {event.text: event.track for event in gone(events)}
    for text in ("$ make install", "$ run --port 8080"):
        spoken = [event.text.replace(" ", "") for event in events if event.track == tracks.get(text)]
        assert spoken
        assert all(text.replace(" ", "").startswith(part) for part in spoken)


@pytest.mark.parametrize("name", ["covered", "covered-12fps-x264-30"])
def test_what_is_covered_for_a_while_goes_on(said: Said, name: str) -> None:
    assert [(event.text, event.reason) for event in gone(said(name))] == [
        ("Central Library", "end-of-stream"),
        ("Opening hours 9-17", "end-of-stream"),
    ]


def test_equal_texts_side_by_side_are_two(said: Said) -> None:
    left, right = sorted(gone(said("twins")), key=lambda event: event.quad[0])
    assert left.place != right.place
    assert left.track != right.track
    assert (left.reason, right.reason) == ("left", "end-of-stream")


def test_an_unchanging_line_is_said_once(said: Said) -> None:
    assert [(event.kind, event.text) for event in said("under_traffic")] == [
        ("appear", "Live from Rotterdam"),
        ("disappear", "Live from Rotterdam"),
    ]


def test_a_fifth_of_a_second_is_enough(said: Said) -> None:
    assert [event.text for event in said("flash") if event.kind == "appear" and event.start > 0.5] == ["STOP NOW"]


def test_a_picture_without_text_is_silent(said: Said) -> None:
    assert said("texture") == []


def test_updates_are_rare(said: Said) -> None:
    events = [event for name in TAKES if TAKES[name].act.name not in GROWING for event in said(name)]
    updates = [event for event in events if event.kind == "update"]
    assert len(updates) <= UPDATES * len(gone(events)), told(updates)


def test_two_replays_are_equal(clip: Clip, said: Said) -> None:
    name = "pan-12fps-mjpeg-noise2"
    one, other = ([timeless(event) for event in events] for events in (said(name), replay(clip(name))))
    assert one == other
