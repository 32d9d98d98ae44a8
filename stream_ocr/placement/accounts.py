"""What the workers of one stage did, one after the other, as if they were one: counts go on where one is lost."""

from collections.abc import Mapping
from itertools import zip_longest

import msgspec

from stream_ocr.messages import StageStats

__all__ = ["Accounts"]


class Accounts:
    """The reports of one worker after the other."""

    def __init__(self) -> None:
        self._before: list[StageStats] = []
        """At most one: the sum of the last reports of those that are lost."""
        self._now: StageStats | None = None

    def tell(self, stats: StageStats) -> None:
        """Takes a report of the worker that is there."""
        self._now = stats

    def close(self) -> None:
        """The worker is lost; the next one counts from 0."""
        if self._now is not None:
            self._before = [_sum(before, self._now) for before in self._before] or [self._now]
        self._now = None

    def complete(self, report: StageStats) -> StageStats:
        """The report of what stands in for the workers, with theirs; frames are counted here, latencies there."""
        now = self._now
        told = [*self._before, *([] if now is None else [now])]
        if not told:
            return report
        workers = told[0] if len(told) == 1 else _sum(*told)
        return msgspec.structs.replace(
            report,
            busy=0.0 if now is None else now.busy,
            latency_p50_ms=0.0 if now is None else now.latency_p50_ms,
            latency_p95_ms=0.0 if now is None else now.latency_p95_ms,
            counts={**workers.counts, **report.counts},
            latencies=workers.latencies,
            latency_sum=workers.latency_sum,
            by_source=_both(workers.by_source, report.by_source),
        )


def _sum(first: StageStats, second: StageStats) -> StageStats:
    """What is counted since the start, of both."""
    latencies = zip_longest(first.latencies, second.latencies, fillvalue=0)
    return msgspec.structs.replace(
        second,
        counts=_added(first.counts, second.counts),
        latencies=tuple(one + other for one, other in latencies),
        latency_sum=first.latency_sum + second.latency_sum,
        by_source=_both(first.by_source, second.by_source),
    )


def _both(
    first: Mapping[str, Mapping[str, float]], second: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    return {source: _added(first.get(source, {}), second.get(source, {})) for source in {**first, **second}}


def _added(first: Mapping[str, float], second: Mapping[str, float]) -> dict[str, float]:
    return {name: first.get(name, 0) + second.get(name, 0) for name in {**first, **second}}
