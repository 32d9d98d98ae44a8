"""What a stage did: counters and a window of latencies. Time is passed in, in seconds."""

from collections import deque

from stream_ocr.messages import StageStats

__all__ = ["Meter", "percentile"]

_WINDOW = 512


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` (0 to 1) of `values` lie, nearest rank; 0 for no values."""
    if not values:
        return 0.0
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


class Meter:
    """Counts and times the work of one stage; reports at most once per period."""

    def __init__(self, stage: str, *, period: float, now: float, source: str | None = None) -> None:
        self.counts: dict[str, float] = {}
        self._stage = stage
        self._source = source
        self._period = period
        self._since = now
        self._busy = 0.0
        self._latencies: deque[float] = deque(maxlen=_WINDOW)

    def count(self, name: str, amount: float = 1) -> None:
        """Adds to a counter."""
        self.counts[name] = self.counts.get(name, 0) + amount

    def worked(self, seconds: float) -> None:
        """Notes one piece of work that took `seconds`."""
        self._busy += seconds
        self._latencies.append(seconds)

    def due(self, now: float) -> bool:
        """Whether a period has passed since the report before."""
        return now - self._since >= self._period

    def report(self, now: float, wall: float) -> StageStats:
        """The report since the one before; begins a new period."""
        period = max(now - self._since, 1e-9)
        latencies = list(self._latencies)
        stats = StageStats(
            stage=self._stage,
            source=self._source,
            wall=wall,
            period=period,
            busy=min(1.0, self._busy / period),
            latency_p50_ms=1000 * percentile(latencies, 0.5),
            latency_p95_ms=1000 * percentile(latencies, 0.95),
            counts=dict(self.counts),
        )
        self._since, self._busy = now, 0.0
        self._latencies.clear()
        return stats
