import msgspec
import pytest
from texts import APPEAR, ONLINE, STATS, event, gone

from stream_ocr.messages import SourceStats, SourceStatus, StageStats, TextEvent
from stream_ocr.metrics import BOUNDS, Histogram, Meter, SourceMeters, percentile


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.5, 0.0),
        ([7.0], 0.0, 7.0),
        ([7.0], 1.0, 7.0),
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        ([4.0, 3.0, 2.0, 1.0], 0.5, 3.0),
        ([float(number) for number in range(100)], 0.95, 95.0),
        ([1.0, 2.0], 1.0, 2.0),
    ],
)
def test_percentile(values: list[float], share: float, expected: float) -> None:
    before = list(values)
    assert percentile(values, share) == expected
    assert values == before


def test_a_report_says_what_was_done() -> None:
    meter = Meter("detect", period=1.0, now=100.0)
    for seconds in (0.010, 0.030, 0.020):
        meter.count("frames")
        meter.worked(seconds)
    meter.count("boxes", 7)
    stats = meter.report(now=100.5, wall=1795331318.0)
    assert (stats.stage, stats.source, stats.wall, stats.period) == ("detect", None, 1795331318.0, 0.5)
    assert (stats.busy, stats.latency_p50_ms, stats.latency_p95_ms) == pytest.approx((0.12, 20.0, 30.0))
    assert stats.counts == {"frames": 3, "boxes": 7}


def test_counters_go_on_and_times_begin_anew() -> None:
    meter = Meter("capture", period=1.0, now=0.0, source="desk")
    meter.count("frames", 5)
    meter.worked(0.5)
    first = meter.report(now=1.0, wall=1.0)
    meter.count("frames")
    second = meter.report(now=3.0, wall=3.0)
    assert first.source == "desk"
    assert (first.counts, first.busy, first.period) == ({"frames": 5}, 0.5, 1.0)
    assert (second.counts, second.busy, second.period, second.latency_p50_ms) == ({"frames": 6}, 0.0, 2.0, 0.0)


def test_a_report_is_due_once_per_period() -> None:
    meter = Meter("track", period=2.0, now=10.0)
    assert not meter.due(11.9)
    assert meter.due(12.0)
    meter.report(now=12.5, wall=0.0)
    assert not meter.due(14.4)
    assert meter.due(14.5)


def test_a_report_without_time_does_not_divide_by_nothing() -> None:
    meter = Meter("track", period=1.0, now=5.0)
    meter.worked(0.1)
    assert meter.report(now=5.0, wall=0.0).busy == 1.0


def test_the_window_of_latencies_has_a_limit() -> None:
    meter = Meter("track", period=1.0, now=0.0)
    for _ in range(10_000):
        meter.worked(1.0)
    for _ in range(512):
        meter.worked(0.001)
    assert meter.report(now=1.0, wall=0.0).latency_p95_ms == pytest.approx(1.0)


def test_a_histogram_counts_what_is_at_most_each_bound() -> None:
    histogram = Histogram()
    for seconds in (0.0, 0.005, 0.0051, 0.3, 10.0, 10.1, 3600.0):
        histogram.add(seconds)
    assert BOUNDS == (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
    assert histogram.cumulative == (2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 7)
    assert histogram.sum == pytest.approx(3620.4101)


def test_latencies_are_counted_from_the_start_and_other_work_is_none() -> None:
    meter = Meter("detect", period=1.0, now=0.0)
    meter.worked(0.02)
    meter.report(now=1.0, wall=1.0)
    meter.worked(0.2)
    meter.busied(0.3)
    stats = meter.report(now=2.0, wall=2.0, queue=3)
    assert stats.latencies == (0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2)
    assert (stats.latency_sum, stats.latency_p50_ms, stats.busy, stats.queue) == pytest.approx((0.22, 200.0, 0.5, 3))


def test_a_report_says_what_came_of_each_source_and_stays_as_it_was() -> None:
    meter = Meter("detect", period=1.0, now=0.0)
    meter.by_source = {"desk": {"detections": 2}}
    first = meter.report(now=1.0, wall=1.0)
    meter.by_source["desk"]["detections"] = 3
    assert first.by_source == {"desk": {"detections": 2}}
    assert meter.report(now=2.0, wall=2.0).by_source == {"desk": {"detections": 3}}


GATE = msgspec.structs.replace(ONLINE, source="gate", epoch=2)


def _capture(period: float = 1.0, source: str = "desk", **counts: float) -> StageStats:
    return msgspec.structs.replace(STATS, source=source, period=period, counts=counts)


def _stage(stage: str, **by_source: dict[str, float]) -> StageStats:
    return msgspec.structs.replace(STATS, stage=stage, source=None, counts={}, by_source=by_source)


def _told(*items: SourceStatus | StageStats | TextEvent) -> dict[str, SourceStats]:
    """What is reported of each source when all this was told."""
    meters = SourceMeters()
    for item in items:
        meters.take(item, 10.0)
    return {stats.source: stats for stats in meters.report(12.0, 1795331318.0)}


def test_how_a_source_does_is_put_together_from_what_the_stages_say() -> None:
    told = _told(
        ONLINE,
        GATE,
        _capture(2.0, frames=60, passed=20, dropped=3, corrupt=1, position=2.0),
        _capture(source="gate", frames=7, passed=7, dropped=0, corrupt=0, position=0.5),
        _stage("detect", desk={"detections": 9}, gate={"detections": 4}),
        _stage("recognize", desk={"readings": 5}, elsewhere={"readings": 1}),
        _stage("classify", desk={"looks": 4, "detections": 1000}),
        APPEAR,
        event(source="gate"),
        gone(),
    )
    assert told["desk"] == SourceStats(
        source="desk",
        state="online",
        wall=1795331318.0,
        period=2.0,
        fps=30.0,
        frames=60,
        passed=20,
        dropped=3,
        corrupt=1,
        detections=9,
        readings=5,
        events={"appear": 1, "update": 0, "disappear": 1},
        reconnects=0,
        position=2.0,
        age_p50_ms=0.0,
        age_p95_ms=0.0,
        ages=(0,) * 12,
        age_sum=0.0,
    )
    gate = told["gate"]
    assert (gate.frames, gate.fps, gate.detections, gate.readings, gate.reconnects) == (7, 7.0, 4, 0, 2)
    assert gate.events == {"appear": 1, "update": 0, "disappear": 0}


def test_a_source_is_known_by_its_status() -> None:
    assert _told(_capture(frames=5), APPEAR) == {}


def test_the_state_is_the_last_one_that_was_told_and_what_is_away_has_no_rate() -> None:
    lost = msgspec.structs.replace(ONLINE, state="reconnecting", epoch=1)
    told = _told(ONLINE, _capture(frames=30), lost)
    assert (told["desk"].state, told["desk"].fps, told["desk"].reconnects) == ("reconnecting", 0.0, 1)


def test_counts_go_on_when_whoever_counts_begins_anew() -> None:
    told = _told(ONLINE, _capture(frames=60), _capture(frames=90), _capture(frames=10), _capture(frames=25))
    assert (told["desk"].frames, told["desk"].fps) == (115, 15.0)


def test_ages_are_those_of_the_period_and_their_histogram_that_of_all() -> None:
    meters = SourceMeters()
    meters.take(ONLINE, 0.0)
    for seconds in (0.040, 0.060, 0.020):
        meters.aged("desk", seconds)
    meters.aged("elsewhere", 5.0)
    (first,) = meters.report(1.0, 1.0)
    assert (first.age_p50_ms, first.age_p95_ms, first.age_sum) == pytest.approx((40.0, 60.0, 0.12))
    # The clock was set back.
    meters.aged("desk", -3.0)
    (second,) = meters.report(2.0, 2.0)
    assert (second.age_p50_ms, second.period) == (0.0, 1.0)
    assert second.ages == (1, 1, 2, 3, 4, 4, 4, 4, 4, 4, 4, 4)


def test_a_source_that_is_over_is_reported_once_more() -> None:
    meters = SourceMeters()
    meters.take(ONLINE, 0.0)
    meters.take(_capture(frames=5), 0.5)
    (last,) = meters.finish("desk", 1.0, 1.0)
    assert (last.state, last.fps, last.frames) == ("offline", 0.0, 5)
    assert meters.finish("desk", 1.0, 1.0) == meters.report(2.0, 2.0) == []
