"""The metrics for Prometheus, made from what was said last. The only place that knows its client."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from importlib.metadata import version
from itertools import chain

from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from stream_ocr.health.snapshot import Seen
from stream_ocr.messages import SourceStats, StageStats
from stream_ocr.metrics import BOUNDS

__all__ = ["Figures"]

_BUCKETS = [*map(floatToGoString, BOUNDS), "+Inf"]

_SOURCE_COUNTERS: dict[str, tuple[str, Callable[[SourceStats], int]]] = {
    "frames": ("Frames decoded.", lambda stats: stats.frames),
    "frames_passed": ("Frames that went through the gate.", lambda stats: stats.passed),
    "frames_dropped": ("Frames that passed the gate and were lost to overload.", lambda stats: stats.dropped),
    "frames_corrupt": ("Packets and pictures that could not be decoded.", lambda stats: stats.corrupt),
    "detections": ("Pictures in which text was looked for.", lambda stats: stats.detections),
    "readings": ("Lines that were read.", lambda stats: stats.readings),
    "source_reconnects": ("Times that the source came back.", lambda stats: stats.reconnects),
}
_SOCKET_COUNTERS = {
    "rejected_messages": ("Messages that were none of ours.", "rejected"),
    "refused_peers": ("Connections that were not let in.", "refused"),
}
_SINK = "sink:"
"""What the stats of a sink begin with, where other stats name the stage."""
_SINK_COUNTERS = {
    "sink_written": ("Events, or frames, that the sink took.", "written"),
    "sink_lost": ("Events, or frames, that the sink lost.", "lost"),
    "sink_overruns": ("Times that a subscriber was too slow and missed some.", "overruns"),
}


class Figures:
    """The metrics page. `look` gives what was said last, `sources` are those of the config."""

    def __init__(self, look: Callable[[], Seen], sources: Sequence[str]) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Collector(look, sources))
        ProcessCollector(registry=self._registry)

    def page(self, accept: str) -> tuple[bytes, str]:
        """The metrics in the format that fits an `Accept` header best, and its content type."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


class _Collector(Collector):
    def __init__(self, look: Callable[[], Seen], sources: Sequence[str]) -> None:
        self._look = look
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        """All families, as of now."""
        seen = self._look()
        sinks = [stats for stats in seen.stages.values() if stats.stage.startswith(_SINK)]
        stages = [stats for stats in seen.stages.values() if not stats.stage.startswith(_SINK)]
        yield InfoMetricFamily("stream_ocr", "The program.", value={"version": version("stream-ocr")})
        yield _up(seen, self._sources)
        yield from chain(_of_sources(seen.sources.values()), _of_stages(stages), _of_sinks(sinks))
        named = [([stats.stage, ""], stats) for stats in stages]
        named += [(["", stats.stage.removeprefix(_SINK)], stats) for stats in sinks]
        yield from _counters(_SOCKET_COUNTERS, ["stage", "sink"], named)


def _up(seen: Seen, sources: Iterable[str]) -> Metric:
    family = GaugeMetricFamily("stream_ocr_source_up", "1 while the source is online.", labels=["source"])
    for source in sources:
        status = seen.statuses.get(source)
        family.add_metric([source], float(status is not None and status.state == "online"))
    return family


def _of_sources(reports: Collection[SourceStats]) -> Iterator[Metric]:
    for name, (text, count) in _SOURCE_COUNTERS.items():
        counter = CounterMetricFamily(f"stream_ocr_{name}", text, labels=["source"])
        for stats in reports:
            counter.add_metric([stats.source], count(stats))
        yield counter
    events = CounterMetricFamily("stream_ocr_events", "Text events.", labels=["source", "kind"])
    position = GaugeMetricFamily("stream_ocr_source_position_seconds", "Media time.", labels=["source"])
    ages = HistogramMetricFamily(
        "stream_ocr_frame_age_seconds", "From capture until publish is done with a frame.", labels=["source"]
    )
    for stats in reports:
        for kind, number in stats.events.items():
            events.add_metric([stats.source, kind], number)
        position.add_metric([stats.source], stats.position)
        _add_histogram(ages, [stats.source], stats.ages, stats.age_sum)
    yield from (events, position, ages)


def _of_stages(reports: Sequence[StageStats]) -> Iterator[Metric]:
    """The stage capture reports by source; with the others that label is empty, which is to have none."""
    labels = ["stage", "source"]
    busy = GaugeMetricFamily("stream_ocr_stage_busy_ratio", "Share of the time spent working.", labels=labels)
    queue = GaugeMetricFamily("stream_ocr_stage_queue_frames", "Frames held by the stage, or waiting.", labels=labels)
    latency = HistogramMetricFamily(
        "stream_ocr_stage_latency_seconds", "Time that a stage spent on a frame.", labels=labels
    )
    for stats in reports:
        names = [stats.stage, stats.source or ""]
        busy.add_metric(names, stats.busy)
        queue.add_metric(names, stats.queue)
        _add_histogram(latency, names, stats.latencies, stats.latency_sum)
    yield from (busy, queue, latency)


def _of_sinks(reports: Sequence[StageStats]) -> Iterator[Metric]:
    named = [([stats.stage.removeprefix(_SINK)], stats) for stats in reports]
    queue = GaugeMetricFamily("stream_ocr_sink_queue", "Events, or frames, that wait for the sink.", labels=["sink"])
    for labels, stats in named:
        queue.add_metric(labels, stats.queue)
    yield queue
    yield from _counters(_SINK_COUNTERS, ["sink"], named)


def _counters(
    table: dict[str, tuple[str, str]], labels: list[str], reports: Sequence[tuple[list[str], StageStats]]
) -> Iterator[Metric]:
    """Counters that stand in the reports under a name of theirs, if at all."""
    for name, (text, key) in table.items():
        counter = CounterMetricFamily(f"stream_ocr_{name}", text, labels=labels)
        for values, stats in reports:
            if key in stats.counts:
                counter.add_metric(values, stats.counts[key])
        yield counter


def _add_histogram(family: HistogramMetricFamily, labels: list[str], counts: Sequence[int], total: float) -> None:
    # A stage of another version, on another machine, may report none or other buckets.
    if len(counts) == len(_BUCKETS):
        family.add_metric(labels, buckets=list(zip(_BUCKETS, counts, strict=True)), sum_value=total)
