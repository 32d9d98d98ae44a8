"""What happened in one clip, laid out along its time: a row per line of the ground truth, and one per invented event.

Places are percent of the width.
"""

import math
from collections.abc import Iterator, Sequence

from msgspec import Struct
from rapidfuzz.distance import Levenshtein

from stream_ocr.evaluation.scoring import EventScore, LineScore, Score, letters, likeness
from stream_ocr.evaluation.truth import TruthLine

__all__ = ["Piece", "Row", "Span", "Tick", "Timeline", "closest", "differences", "span_words", "timeline"]

_NARROWEST = 0.4
"""Percent; what lasts a frame is to be seen too."""
_MAX_TICKS = 10
_NICE = (1, 2, 5, 10)
_GAP = "▁"
"""Stands where something is missing."""


class Span(Struct, frozen=True):
    """From where to where a bar goes."""

    left: float
    width: float


class Piece(Struct, frozen=True):
    """A part of a text that is right or not."""

    text: str
    wrong: bool


class Row(Struct, frozen=True, kw_only=True):
    """One row: a line of the ground truth with its longest-lasting event, or an event alone."""

    verdict: str
    """That of the line, or surplus or invented."""
    text: str
    said: tuple[Piece, ...] = ()
    """What was read, where that is not what is shown."""
    shown: Span | None = None
    """When the line can be read, by the ground truth."""
    found: Span | None = None
    """When it was said to be there."""
    words: str
    """All there is to know about it."""


class Tick(Struct, frozen=True):
    """A mark of the time axis."""

    left: float
    label: str


class Timeline(Struct, frozen=True):
    """The rows in the order of their beginnings."""

    ticks: tuple[Tick, ...]
    lines: tuple[Row, ...]
    invented: tuple[Row, ...]


def timeline(score: Score, media_s: float) -> Timeline:
    """Lays out a clip of `media_s` media seconds."""
    ends = [media_s, *(line.line.last_s for line in score.lines), *(each.event.end for each in score.events)]
    length = max(*ends, 1e-3)
    lines = sorted(score.lines, key=lambda line: line.line.first_s)
    alone = sorted((each for each in score.events if each.verdict == "invented"), key=lambda each: each.event.start)
    return Timeline(
        ticks=tuple(_ticks(length)),
        lines=tuple(row for line in lines for row in _rows(line, score.events, length)),
        invented=tuple(_event_row(each, length) for each in alone),
    )


def differences(said: str, shown: str) -> tuple[Piece, ...]:
    """`said` in pieces, those that are not as in `shown` being wrong; a mark stands for what is missing."""
    pieces = []
    for step in Levenshtein.opcodes(shown, said):
        text = said[step.dest_start : step.dest_end]
        pieces.append(Piece(_GAP if step.tag == "delete" else text, wrong=step.tag != "equal"))
    return tuple(pieces)


def span_words(start: float, end: float) -> str:
    """As in `1.04-3.20 s`."""
    return f"{start:.2f}\N{EN DASH}{end:.2f} s"


def closest(said: str, line: TruthLine) -> str:
    """The reading of the line, among those that are accepted, that `said` is most like."""
    return max((line.text, *line.accept), key=lambda text: likeness(letters(said), letters(text)))


def _rows(line: LineScore, events: Sequence[EventScore], length: float) -> Iterator[Row]:
    mine = [events[number] for number in line.events]
    best = mine[0] if mine else None
    exact = best is None or best.is_exact
    yield Row(
        verdict=line.verdict,
        text=line.line.text,
        said=() if best is None or exact else differences(best.event.text, closest(best.event.text, line.line)),
        shown=_span(line.line.first_s, line.line.last_s, length),
        found=None if best is None else _span(best.event.start, best.event.end, length),
        words=_line_words(line, best),
    )
    for surplus in mine[1:]:
        yield _event_row(surplus, length)


def _event_row(each: EventScore, length: float) -> Row:
    event = each.event
    return Row(
        verdict=each.verdict,
        text=event.text,
        found=_span(event.start, event.end, length),
        words=f"{each.verdict}: {event.text}\n{_event_words(each)}",
    )


def _line_words(line: LineScore, best: EventScore | None) -> str:
    truth = line.line
    words = [f"{line.verdict}: {truth.text}", f"shown {span_words(truth.first_s, truth.last_s)}"]
    if best is not None:
        words.append(f"read {best.event.text}, {_event_words(best)}")
    words += [f"also right: {', '.join(truth.accept)}"] if truth.accept else []
    return "\n".join([*words, *([truth.note] if truth.note else [])])


def _event_words(each: EventScore) -> str:
    event = each.event
    return f"{span_words(event.start, event.end)}, confidence {event.confidence:.2f}, {event.reads} readings"


def _span(start: float, end: float, length: float) -> Span:
    left = min(100 * start / length, 100 - _NARROWEST)
    return Span(round(left, 3), round(max(100 * (end - start) / length, _NARROWEST), 3))


def _ticks(length: float) -> Iterator[Tick]:
    step = _step(length)
    digits = 0 if step >= 1 else 1 if step >= 0.1 else 3
    for number in range(int(length / step) + 1):
        yield Tick(round(100 * number * step / length, 3), f"{number * step:.{digits}f}")


def _step(length: float) -> float:
    """A round number of seconds of which at most ten go into `length`."""
    least = length / _MAX_TICKS
    power = 10.0 ** math.floor(math.log10(least))
    return next(nice * power for nice in _NICE if nice * power >= least * (1 - 1e-9))
