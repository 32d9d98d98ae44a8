import pytest

from stream_ocr.metrics import Meter, percentile


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
