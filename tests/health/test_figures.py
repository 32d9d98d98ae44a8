import io
from collections.abc import Sequence

import msgspec
import pytest
from prometheus_client.openmetrics.parser import text_fd_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families
from texts import APPEAR, ONLINE, SOURCE_STATS, STATS

from stream_ocr import __version__
from stream_ocr.health.figures import Figures
from stream_ocr.health.snapshot import Snapshot
from stream_ocr.messages import StageStats
from stream_ocr.metrics import BOUNDS
from stream_ocr.sinks import Item

AGES = (0, 0, 20, 60, 95, 97, 97, 97, 97, 97, 97, 97)


def _page(items: Sequence[Item], sources: Sequence[str] = ("desk", "gate"), accept: str = "") -> str:
    snapshot = Snapshot()
    for item in items:
        snapshot.take(item)
    page, _ = Figures(snapshot.look, sources).page(accept)
    return page.decode()


def _samples(page: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every value of the page, by its name and labels; each stands there once."""
    samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    found = {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}
    assert len(found) == len(samples)
    return found


def _value(page: str, name: str, **labels: str) -> float | None:
    return _samples(page).get((name, frozenset(labels.items())))


def _stage(stage: str, **fields: object) -> StageStats:
    return msgspec.structs.replace(STATS, stage=stage, source=None, **fields)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("stream_ocr_frames_total", 250),
        ("stream_ocr_frames_passed_total", 100),
        ("stream_ocr_frames_dropped_total", 3),
        ("stream_ocr_frames_corrupt_total", 1),
        ("stream_ocr_detections_total", 40),
        ("stream_ocr_readings_total", 9),
        ("stream_ocr_source_reconnects_total", 1),
        ("stream_ocr_source_position_seconds", 10.0),
    ],
)
def test_what_a_source_did_is_told(name: str, expected: float) -> None:
    gate = msgspec.structs.replace(SOURCE_STATS, source="gate", frames=7)
    page = _page([SOURCE_STATS, gate])
    assert _value(page, name, source="desk") == expected
    assert _value(page, "stream_ocr_frames_total", source="gate") == 7


def test_events_are_told_by_kind() -> None:
    page = _page([SOURCE_STATS, APPEAR])
    counted = {kind: _value(page, "stream_ocr_events_total", source="desk", kind=kind) for kind in SOURCE_STATS.events}
    assert counted == {"appear": 4, "update": 1, "disappear": 2}


def test_ages_are_a_histogram() -> None:
    page = _page([SOURCE_STATS])
    name = "stream_ocr_frame_age_seconds"
    for bound, count in zip([*map(str, BOUNDS), "+Inf"], AGES, strict=True):
        assert _value(page, f"{name}_bucket", source="desk", le=bound) == count
    assert _value(page, f"{name}_count", source="desk") == 97
    assert _value(page, f"{name}_sum", source="desk") == 4.5


def test_every_source_of_the_config_is_up_or_not() -> None:
    page = _page([ONLINE])
    assert _value(page, "stream_ocr_source_up", source="desk") == 1
    assert _value(page, "stream_ocr_source_up", source="gate") == 0
    page = _page([ONLINE, msgspec.structs.replace(ONLINE, state="reconnecting")])
    assert _value(page, "stream_ocr_source_up", source="desk") == 0


def test_what_a_stage_does_is_told() -> None:
    detect = _stage("detect", queue=2, latencies=AGES, latency_sum=4.5, counts={"rejected": 5, "refused": 6})
    page = _page([_stage("detect"), detect, STATS])
    labels = {"stage": "detect", "source": ""}
    assert _value(page, "stream_ocr_stage_busy_ratio", **labels) == 0.5
    assert _value(page, "stream_ocr_stage_queue_frames", **labels) == 2
    assert _value(page, "stream_ocr_stage_latency_seconds_count", **labels) == 97
    assert _value(page, "stream_ocr_stage_latency_seconds_bucket", **labels, le="0.1") == 95
    assert _value(page, "stream_ocr_rejected_messages_total", stage="detect", sink="") == 5
    assert _value(page, "stream_ocr_refused_peers_total", stage="detect", sink="") == 6
    capture = {"stage": "capture", "source": "desk"}
    assert _value(page, "stream_ocr_stage_busy_ratio", **capture) == 0.5
    # No histogram was reported, and no count of this name.
    assert _value(page, "stream_ocr_stage_latency_seconds_count", **capture) is None
    assert _value(page, "stream_ocr_refused_peers_total", stage="capture", sink="") is None


def test_sinks_have_metrics_of_their_own() -> None:
    counts = {"written": 40, "lost": 3, "overruns": 1, "refused": 2}
    page = _page([_stage("sink:jsonl a.jsonl", queue=8, counts=counts)])
    label = {"sink": "jsonl a.jsonl"}
    assert _value(page, "stream_ocr_sink_queue", **label) == 8
    assert _value(page, "stream_ocr_sink_written_total", **label) == 40
    assert _value(page, "stream_ocr_sink_lost_total", **label) == 3
    assert _value(page, "stream_ocr_sink_overruns_total", **label) == 1
    assert _value(page, "stream_ocr_refused_peers_total", stage="", **label) == 2
    assert _value(page, "stream_ocr_stage_queue_frames", stage="sink:jsonl a.jsonl", source="") is None


def test_a_histogram_of_another_version_is_left_out() -> None:
    page = _page([_stage("detect", latencies=(1, 2, 3), latency_sum=1.0)])
    assert "stream_ocr_stage_latency_seconds_bucket" not in page


def test_the_process_and_the_version_are_told() -> None:
    page = _page([])
    assert 1e7 < (_value(page, "process_resident_memory_bytes") or 0) < 1e11
    assert _value(page, "stream_ocr_info", version=__version__) == 1


def test_openmetrics_is_spoken_where_it_is_asked_for() -> None:
    page = _page([SOURCE_STATS, ONLINE, STATS], accept="application/openmetrics-text; version=1.0.0")
    assert page.endswith("# EOF\n")
    families = {family.name: family for family in parse_openmetrics(io.StringIO(page))}  # type: ignore[no-untyped-call]
    assert families["stream_ocr_frames"].type == "counter"
    assert families["stream_ocr_frame_age_seconds"].type == "histogram"


def test_two_runs_in_one_process_have_their_own_figures() -> None:
    first, second = (_page([msgspec.structs.replace(SOURCE_STATS, frames=frames)]) for frames in (1, 2))
    assert _value(first, "stream_ocr_frames_total", source="desk") == 1
    assert _value(second, "stream_ocr_frames_total", source="desk") == 2
