import msgspec
import pytest
from texts import ONLINE, SOURCE_STATS

from stream_ocr.health.snapshot import Seen
from stream_ocr.health.verdicts import SourceHealth, ThreadHealth, liveness, readiness
from stream_ocr.pulse import Doing

LOST = msgspec.structs.replace(
    ONLINE, source="gate", state="reconnecting", epoch=3, cause="rtsp://admin:s3cret@gate/1: no frame for 5 s"
)
OPENING = SourceHealth(state="opening", cause=None, epoch=0, fps=0.0, age_p95_ms=0.0)


def test_a_run_whose_threads_move_is_alive() -> None:
    verdict = liveness({"detect": ("work", 2.5), "track": ("receive", 0.04)}, 10.0)
    assert (verdict.live, verdict.stuck) == (True, ())
    assert verdict.stages == {
        "detect": ThreadHealth(doing="work", seconds=2.5),
        "track": ThreadHealth(doing="receive", seconds=0.04),
    }


def test_before_there_is_a_thread_it_is_alive() -> None:
    assert liveness({}, 10.0).live


@pytest.mark.parametrize(
    ("threads", "stuck"),
    [
        ({"detect": ("work", 10.1)}, ("detect",)),
        ({"detect": ("receive", 11.0), "track": ("work", 11.0)}, ("detect", "track")),
        # Who waits to send is held up by the stage that does not take it.
        ({"detect": ("send", 11.0), "track": ("work", 12.0), "classify": ("receive", 0.1)}, ("track",)),
        # It is on another machine.
        ({"detect": ("send", 11.0), "publish": ("receive", 0.1)}, ("detect",)),
    ],
)
def test_a_run_with_a_stuck_thread_is_not(threads: dict[str, tuple[Doing, float]], stuck: tuple[str, ...]) -> None:
    verdict = liveness(threads, 10.0)
    assert (verdict.live, verdict.stuck) == (False, stuck)
    assert set(verdict.stages) == set(threads)


def test_a_run_is_ready_when_it_is_loaded_and_all_sources_are_online() -> None:
    seen = Seen({"desk": ONLINE}, {"desk": SOURCE_STATS}, {})
    verdict = readiness(seen, ["desk"], loaded=True)
    assert verdict.ready
    assert verdict.sources == {
        "desk": SourceHealth(state="online", cause=None, epoch=0, fps=25.0, age_p95_ms=84.0),
    }
    assert not readiness(seen, ["desk"], loaded=False).ready
    assert not readiness(seen, ["desk", "gate"], loaded=True).ready
    assert readiness(seen, ["desk", "gate"], loaded=True).sources["gate"] == OPENING


def test_a_source_that_is_lost_says_why_but_no_password() -> None:
    verdict = readiness(Seen({"desk": ONLINE, "gate": LOST}, {}, {}), ["desk", "gate"], loaded=True)
    assert not verdict.ready
    assert verdict.sources["gate"] == SourceHealth(
        state="reconnecting", cause="rtsp://***@gate/1: no frame for 5 s", epoch=3, fps=0.0, age_p95_ms=0.0
    )


def test_a_run_whose_worker_elsewhere_is_away_is_alive() -> None:
    threads: dict[str, tuple[Doing, float]] = {"detect": ("send", 60.0), "track": ("wait", 0.1)}
    assert liveness(threads, 10.0).live
    assert liveness({**threads, "publish": ("work", 11.0)}, 10.0).stuck == ("publish",)
