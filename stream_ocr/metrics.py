"""What a stage did, and how a source does: counters, latencies and ages. Time is passed in, in seconds."""

from bisect import bisect_left
from collections import deque
from itertools import accumulate

import msgspec

from stream_ocr.messages import EventKind, SourceStats, SourceStatus, StageStats, TextEvent

__all__ = ["BOUNDS", "Histogram", "Meter", "SourceMeters", "percentile"]

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of histograms, in seconds; what is above the last one is counted too."""

_WINDOW = 512
_COUNTED = {
    "capture": ("frames", "passed", "dropped", "corrupt"),
    "detect": ("detections",),
    "recognize": ("readings",),
}
"""Which stage counts what of a source."""


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` (0 to 1) of `values` lie, nearest rank; 0 for no values."""
    if not values:
        return 0.0
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


class Histogram:
    """How often something took how long, over BOUNDS."""

    def __init__(self) -> None:
        self.sum = 0.0
        """Seconds."""
        self._counts = [0] * (len(BOUNDS) + 1)

    def add(self, seconds: float) -> None:
        """Counts one duration."""
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self.sum += seconds

    @property
    def cumulative(self) -> tuple[int, ...]:
        """How many durations were at most each of BOUNDS, and last how many there were."""
        return tuple(accumulate(self._counts))


class _Window:
    """Durations of one period, and all of them as a histogram."""

    def __init__(self) -> None:
        self.all = Histogram()
        self._recent: deque[float] = deque(maxlen=_WINDOW)

    def add(self, seconds: float) -> None:
        self._recent.append(seconds)
        self.all.add(seconds)

    def close(self) -> tuple[float, float]:
        """50th and 95th percentile of the period, in milliseconds; begins a new one."""
        recent = list(self._recent)
        self._recent.clear()
        return 1000 * percentile(recent, 0.5), 1000 * percentile(recent, 0.95)


class Meter:
    """Counts and times the work of one stage; reports at most once per period."""

    def __init__(self, stage: str, *, period: float, now: float, source: str | None = None) -> None:
        self.counts: dict[str, float] = {}
        self.by_source: dict[str, dict[str, float]] = {}
        """What of `counts` came of each source."""
        self._stage = stage
        self._source = source
        self._period = period
        self._since = now
        self._busy = 0.0
        self._latencies = _Window()

    def count(self, name: str, amount: float = 1) -> None:
        """Adds to a counter."""
        self.counts[name] = self.counts.get(name, 0) + amount

    def worked(self, seconds: float) -> None:
        """Notes that work on one frame took `seconds`."""
        self._busy += seconds
        self._latencies.add(seconds)

    def busied(self, seconds: float) -> None:
        """Notes `seconds` of other work."""
        self._busy += seconds

    def due(self, now: float) -> bool:
        """Whether a period has passed since the report before."""
        return now - self._since >= self._period

    def report(self, now: float, wall: float, *, queue: int = 0) -> StageStats:
        """The report since the one before; begins a new period. `queue`: frames that are held or wait."""
        period = max(now - self._since, 1e-9)
        p50, p95 = self._latencies.close()
        stats = StageStats(
            stage=self._stage,
            source=self._source,
            wall=wall,
            period=period,
            busy=min(1.0, self._busy / period),
            latency_p50_ms=p50,
            latency_p95_ms=p95,
            counts=dict(self.counts),
            queue=queue,
            latencies=self._latencies.all.cumulative,
            latency_sum=self._latencies.all.sum,
            by_source={source: dict(counts) for source, counts in self.by_source.items()},
        )
        self._since, self._busy = now, 0.0
        return stats


class _Total:
    """A count as somebody else tells it; when they begin anew with 0, it goes on."""

    def __init__(self) -> None:
        self._before = 0
        self._told = 0

    def tell(self, count: float) -> int:
        """Takes the count as it is now; returns by how much it grew."""
        before = self.value
        if count < self._told:
            self._before += self._told
        self._told = int(count)
        return self.value - before

    @property
    def value(self) -> int:
        return self._before + self._told


class SourceMeters:
    """Puts together how each source does, from what the stages tell of it. A source is known by its first status."""

    def __init__(self) -> None:
        self._meters: dict[str, _SourceMeter] = {}

    def take(self, item: SourceStatus | StageStats | TextEvent | SourceStats, now: float) -> None:
        """Takes what is told of one source, or of what a stage did for all of them."""
        if isinstance(item, SourceStatus) and item.source not in self._meters:
            self._meters[item.source] = _SourceMeter(item, now)
        if item.source is None:
            for meter in self._meters.values():
                meter.take(item)
        elif item.source in self._meters:
            self._meters[item.source].take(item)

    def aged(self, source: str, seconds: float) -> None:
        """Notes how old a frame was when everything was done with it."""
        if source in self._meters:
            self._meters[source].aged(seconds)

    def report(self, now: float, wall: float) -> list[SourceStats]:
        """The reports since those before; begins a new period."""
        return [meter.report(now, wall) for meter in self._meters.values()]

    def finish(self, source: str, now: float, wall: float) -> list[SourceStats]:
        """The last report of a source that is over, if it was known."""
        meter = self._meters.pop(source, None)
        return [] if meter is None else [msgspec.structs.replace(meter.report(now, wall), state="offline", fps=0.0)]


class _SourceMeter:
    """How one source does."""

    def __init__(self, status: SourceStatus, now: float) -> None:
        self._status = status
        self._since = now
        self._fps = 0.0
        self._position = 0.0
        self._totals = {name: _Total() for names in _COUNTED.values() for name in names}
        self._events: dict[EventKind, int] = {"appear": 0, "update": 0, "disappear": 0}
        self._ages = _Window()

    def take(self, item: SourceStatus | StageStats | TextEvent | SourceStats) -> None:
        match item:
            case SourceStatus():
                self._status = item
            case TextEvent():
                self._events[item.kind] += 1
            case StageStats():
                self._count(item)

    def aged(self, seconds: float) -> None:
        # A clock that is set back must not make frames that come from the future.
        self._ages.add(max(0.0, seconds))

    def report(self, now: float, wall: float) -> SourceStats:
        p50, p95 = self._ages.close()
        stats = SourceStats(
            source=self._status.source,
            state=self._status.state,
            wall=wall,
            period=max(now - self._since, 1e-9),
            fps=self._fps if self._status.state == "online" else 0.0,
            events=dict(self._events),
            reconnects=self._status.epoch,
            position=self._position,
            age_p50_ms=p50,
            age_p95_ms=p95,
            ages=self._ages.all.cumulative,
            age_sum=self._ages.all.sum,
            **{name: total.value for name, total in self._totals.items()},
        )
        self._since = now
        return stats

    def _count(self, stats: StageStats) -> None:
        ours = stats.counts if stats.source == self._status.source else stats.by_source.get(self._status.source, {})
        grown = {name: self._totals[name].tell(ours[name]) for name in _COUNTED.get(stats.stage, ()) if name in ours}
        if "frames" in grown:
            self._fps = grown["frames"] / stats.period
            self._position = ours.get("position", self._position)
