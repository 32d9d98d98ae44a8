"""How far confidence can be trusted: reliability by bins, and recall against precision by threshold."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from msgspec import Struct

from stream_ocr.evaluation.scoring import EventScore, Found, pooled, score
from stream_ocr.evaluation.truth import TruthLine

__all__ = ["THRESHOLDS", "Bin", "Point", "calibration_error", "reliability", "threshold_curve"]

_EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
THRESHOLDS = (*(step / 20 for step in range(20)), 0.98, 1.0)

_Judged: TypeAlias = tuple[Sequence[Found], Sequence[TruthLine]]


class Bin(Struct, frozen=True, kw_only=True):
    """The events whose confidence lies from `low` up to, not including, `high`; the last bin includes 1."""

    low: float
    high: float
    events: int
    exact: int
    """How many of them are letter for letter right."""
    confidence: float | None
    """Their mean confidence; None where there are none."""
    exact_share: float | None
    """The share that is right: equal to the confidence where that can be trusted."""


class Point(Struct, frozen=True, kw_only=True):
    """What is left when events below a confidence are not said.

    Precision takes every list of truth as complete and is a lower bound where one is not. Free of that doubt is
    `invented`: the events in clips that are known to show no text.
    """

    threshold: float
    events: int
    recall: float | None
    exact: float | None
    precision: float | None
    invented: int


def reliability(events: Iterable[EventScore]) -> tuple[Bin, ...]:
    """Events that stand for a line, by confidence; those of optional lines are left out, their text being doubtful."""
    bins: list[list[EventScore]] = [[] for _ in _EDGES[1:]]
    for event in events:
        if event.verdict in ("exact", "inexact", "surplus"):
            place = bisect_right(_EDGES, event.event.confidence) - 1
            bins[min(place, len(bins) - 1)].append(event)
    return tuple(_bin(low, high, members) for low, high, members in zip(_EDGES[:-1], _EDGES[1:], bins, strict=True))


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """Expected calibration error: |share exact - mean confidence|, weighted by events; None where there are none."""
    total = sum(each.events for each in bins)
    if not total:
        return None
    filled = [(each.events, each.exact, each.confidence) for each in bins if each.confidence is not None]
    return sum(abs(exact - events * confidence) for events, exact, confidence in filled) / total


def threshold_curve(clips: Sequence[_Judged], thresholds: Sequence[float] = THRESHOLDS) -> tuple[Point, ...]:
    """A point per threshold, pooled over `clips`: each the events and the ground truth of one clip."""
    return tuple(_point(threshold, clips) for threshold in thresholds)


def _bin(low: float, high: float, members: Sequence[EventScore]) -> Bin:
    count, exact = len(members), sum(each.is_exact for each in members)
    return Bin(
        low=low,
        high=high,
        events=count,
        exact=exact,
        confidence=sum(each.event.confidence for each in members) / count if count else None,
        exact_share=exact / count if count else None,
    )


def _point(threshold: float, clips: Sequence[_Judged]) -> Point:
    kept = [([event for event in events if event.confidence >= threshold], truth) for events, truth in clips]
    tally = pooled([score(events, truth).tally for events, truth in kept])
    return Point(
        threshold=threshold,
        events=tally.events,
        recall=tally.recall,
        exact=tally.exact,
        precision=tally.precision,
        invented=sum(len(events) for events, truth in kept if not truth),
    )
