"""Whole runs with stages and sources as processes: real processes, real sockets, real models."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from placement.processes import children, process_of
from takers import eventually
from texts import timeless
from watching import Watched

from stream_ocr.config import Config
from stream_ocr.configfile import build
from stream_ocr.errors import ModelError, SourceError, StageError
from stream_ocr.messages import EndReason, SourceStatus, StageStats, TextEvent
from stream_ocr.pipeline import Pipeline

MOVABLE = ("detect", "track", "classify", "recognize")
SHORT = "test:size=640x360&rate=8&length=2&seed=1"
SOON = 20.0
"""Seconds after which something that should have come did not, on a machine that has much else to do."""


def _config(source: dict[str, Any], *processes: str, **sections: Any) -> Config:
    stages = {name: {"run": "process"} for name in processes}
    return build(
        {"sources": {"desk": source}, "ocr": {"precision": "f32"}, "stages": stages, "stats_every": 0.1, **sections}
    )


def _live(clip: Path, **settings: Any) -> dict[str, Any]:
    """A source that sets its own pace: the clip, again and again."""
    return {"uri": f"movie=filename={clip}:loop=0,setpts=N/(FRAME_RATE*TB)", "format": "lavfi", **settings}


def _events(config: Config) -> list[TextEvent]:
    with Watched(config) as run:
        run.result(timeout=60)
    return [timeless(event) for event in run.notes.events]


@pytest.fixture(scope="module")
def expected() -> list[TextEvent]:
    """What a run says whose stages are all threads."""
    return _events(_config({"uri": SHORT}))


@pytest.mark.parametrize("stage", MOVABLE)
def test_the_events_are_the_same_with_a_stage_as_a_process(stage: str, expected: list[TextEvent]) -> None:
    assert _events(_config({"uri": SHORT}, stage)) == expected
    assert "EXIT 25" in {event.text for event in expected}


def test_the_events_are_the_same_with_everything_as_a_process(expected: list[TextEvent]) -> None:
    assert _events(_config({"uri": SHORT, "run": "process"}, *MOVABLE)) == expected


# --- when a process dies ----------------------------------------------------------------------------------------------


def _killed(kind: str, name: str, number: signal.Signals = signal.SIGKILL) -> float:
    """Sends the signal to the process; returns when."""
    process = process_of(kind, name)
    assert process is not None
    os.kill(process, number)
    return time.monotonic()


def _gone_because(run: Watched, reason: EndReason, since: float) -> list[TextEvent]:
    return [
        item
        for at, item in run.notes.items
        if at >= since and isinstance(item, TextEvent) and item.kind == "disappear" and item.reason == reason
    ]


def _assert_each_track_came_and_went_once(run: Watched) -> None:
    came, went = (
        Counter(event.track for event in run.notes.events if event.kind == kind) for kind in ("appear", "disappear")
    )
    assert came == went
    assert set(came.values()) == {1}


@pytest.fixture
def everywhere(clip: Path) -> Iterator[Watched]:
    """A run of a live source in which everything that can be is a process, and something has appeared."""
    with Watched(_config(_live(clip), *MOVABLE)) as run:
        run.appear("EXIT 25")
        yield run


def test_a_stage_that_dies_is_back_soon_and_numbers_go_on(everywhere: Watched) -> None:
    for stage in MOVABLE:
        killed = _killed("stage", stage)
        assert everywhere.published(since=killed) - killed < 3.0
        # The first two know of no track that would be lost with them.
        assert bool(_gone_because(everywhere, "source-lost", killed)) == (stage in ("track", "recognize")), stage
    again = everywhere.appear("EXIT 25", since=killed)
    everywhere.stop()
    everywhere.result()
    _assert_each_track_came_and_went_once(everywhere)
    starts = {event.track: event.start for event in everywhere.notes.events if event.kind == "appear"}
    for event in _gone_because(everywhere, "source-lost", 0.0):
        # What is said again begins after what was lost.
        assert event.end is not None
        assert not any(start < event.end for track, start in starts.items() if track >= 1_000_000 > event.track)
    assert again > killed
    counts = {
        item.stage: item.counts
        for _, item in everywhere.notes.items
        if isinstance(item, StageStats) and not item.source
    }
    assert [counts[stage]["restarts"] for stage in MOVABLE] == [1, 1, 1, 1]


def test_a_stage_that_hangs_is_replaced(clip: Path) -> None:
    with Watched(_config(_live(clip), "track")) as run:
        run.appear("EXIT 25")
        first = process_of("stage", "track")
        stopped = _killed("stage", "track", signal.SIGSTOP)
        assert run.published(since=stopped) - stopped < 6.0
        assert process_of("stage", "track") not in (None, first)


def test_five_deaths_in_a_minute_end_the_run(clip: Path) -> None:
    killed: set[int] = set()

    def another_is_dead() -> bool:
        process = process_of("stage", "classify")
        if process is not None and process not in killed:
            os.kill(process, signal.SIGKILL)
            killed.add(process)
        return len(killed) == 5

    with pytest.raises(StageError) as caught, Watched(_config(_live(clip), "classify")) as run:
        run.appear("EXIT 25")
        eventually(another_is_dead)
        run.result()
    assert str(caught.value) == "classify: its process was killed by SIGKILL, 5 times within a minute"
    _assert_each_track_came_and_went_once(run)


def test_a_live_source_that_dies_goes_on_from_there(clip: Path) -> None:
    with Watched(_config(_live(clip, run="process"))) as run:
        run.appear("EXIT 25")
        killed = _killed("source", "desk")
        lost = run.status("reconnecting", since=killed)
        back = run.status("online", since=killed)
        run.appear("EXIT 25", since=back)
    told = [item for at, item in run.notes.items if isinstance(item, SourceStatus) and at >= killed]
    assert lost - killed < 1.0
    assert back - killed < 3.0
    assert [(status.state, status.epoch, status.cause) for status in told[:2]] == [
        ("reconnecting", 0, "its process was killed by SIGKILL"),
        ("online", 1, None),
    ]
    _assert_each_track_came_and_went_once(run)
    before = [event for event in run.notes.events if event.epoch == 0]
    after = [event for event in run.notes.events if event.epoch == 1]
    assert max(event.at for event in before) < min(event.start for event in after)
    assert {event.reason for event in before if event.kind == "disappear"} <= {"source-lost", "replaced", "left"}


def test_a_file_that_dies_is_read_on(clip: Path) -> None:
    with Watched(_config({"uri": str(clip), "pace": "realtime", "run": "process"})) as run:
        run.appear("EXIT 25")
        killed = _killed("source", "desk")
        run.status("online", since=killed)
        run.result(timeout=60)
    (last,) = [event for event in run.notes.events if event.reason == "end-of-stream" and event.text == "EXIT 25"]
    assert last.end == pytest.approx(4.9, abs=0.11)
    assert (last.epoch, last.start > 0.2) == (1, True)
    _assert_each_track_came_and_went_once(run)


# --- beginning and end ------------------------------------------------------------------------------------------------


def test_a_stage_that_cannot_start_says_why_in_its_own_words() -> None:
    config = _config({"uri": SHORT}, "detect", ocr={"model": "PP-OCRv99"})
    with pytest.raises(ModelError) as elsewhere:
        Pipeline(config).run()
    with pytest.raises(ModelError) as here:
        Pipeline(_config({"uri": SHORT}, ocr={"model": "PP-OCRv99"})).run()
    assert str(elsewhere.value) == str(here.value)


def test_a_source_that_cannot_be_opened_says_why_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"desk: .*nothing\.mp4: expected a video file"):
        Pipeline(_config({"uri": str(tmp_path / "nothing.mp4"), "run": "process"})).run()


def test_stop_reaches_everything(everywhere: Watched) -> None:
    began = time.monotonic()
    everywhere.stop()
    report = everywhere.result()
    assert time.monotonic() - began < 3.0
    assert report.sources == {"desk": None}
    assert {event.reason for event in everywhere.notes.events if event.kind == "disappear"} <= {
        "end-of-stream",
        "replaced",
        "left",
    }
    assert children() == {}


def test_stop_does_not_wait_for_a_source_that_hangs(clip: Path) -> None:
    with Watched(_config(_live(clip, run="process"))) as run:
        run.appear("EXIT 25")
        _killed("source", "desk", signal.SIGSTOP)
        began = time.monotonic()
        run.stop()
        run.result()
        assert time.monotonic() - began < 4.0
    _assert_each_track_came_and_went_once(run)
