"""Curves as SVG coordinates. A plot is 100 wide and 100 high, its origin at the bottom left."""

from collections.abc import Sequence

from msgspec import Struct

from stream_ocr.evaluation.curves import Bin, Point

__all__ = ["Bar", "Dot", "Trace", "bars", "threshold_traces", "trade_off"]


class Bar(Struct, frozen=True, kw_only=True):
    """A bin of the reliability diagram; bins are drawn equally wide."""

    label: str
    left: float
    width: float
    height: float
    """Share of exact events, in percent."""
    mark: float
    """Mean confidence, in percent."""
    events: int
    words: str


class Dot(Struct, frozen=True):
    """A point of a curve."""

    x: float
    y: float
    words: str


class Trace(Struct, frozen=True):
    """A curve."""

    name: str
    dots: tuple[Dot, ...]


def bars(bins: Sequence[Bin]) -> tuple[Bar, ...]:
    """The reliability diagram; empty bins have no height."""
    width = 100 / len(bins)
    return tuple(
        Bar(
            label=_short(each.low) + "\N{EN DASH}" + _short(each.high),
            left=round(number * width, 3),
            width=round(width, 3),
            height=100 * (each.exact_share or 0.0),
            mark=100 * (each.confidence or 0.0),
            events=each.events,
            words=_bin_words(each),
        )
        for number, each in enumerate(bins)
    )


def threshold_traces(points: Sequence[Point]) -> tuple[Trace, ...]:
    """Recall, exact and precision over the threshold; where one is not defined its curve has no point."""
    return tuple(
        Trace(name, tuple(_dot(point, name) for point in points if getattr(point, name) is not None))
        for name in ("recall", "exact", "precision")
    )


def trade_off(points: Sequence[Point]) -> Trace:
    """Precision over recall, a point per threshold."""
    return Trace(
        "precision over recall",
        tuple(
            Dot(100 * point.recall, 100 * point.precision, _point_words(point))
            for point in points
            if point.recall is not None and point.precision is not None
        ),
    )


def _dot(point: Point, name: str) -> Dot:
    return Dot(100 * point.threshold, 100 * getattr(point, name), _point_words(point))


def _short(share: float) -> str:
    """As in `.95`."""
    return f"{share:g}".replace("0.", ".")


def _bin_words(each: Bin) -> str:
    if each.exact_share is None or each.confidence is None:
        return "no events"
    return f"{each.events} events, {each.exact_share:.3f} exact, mean confidence {each.confidence:.3f}"


def _point_words(point: Point) -> str:
    figures = ((name, getattr(point, name)) for name in ("recall", "exact", "precision"))
    shares = ", ".join(f"{name} {'-' if value is None else format(value, '.3f')}" for name, value in figures)
    return f"from {point.threshold:g}: {shares}; {point.events} events, {point.invented} invented without any text"
