"""Cutting: spans that lie over one another in time become cues that follow one another."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from stream_ocr.geometry import Bounds, union
from stream_ocr.subtitles.spans import Span

__all__ = ["TOGETHER", "Cue", "cut"]

TOGETHER = 0.1
"""Seconds; texts that come or go less than this apart do it together. No eye tells that apart."""
_SAME_ROW = 0.5
"""How much of the lower one of two boxes must be beside the other for them to stand in one row."""
_ROUNDING = 1e-6
"""Seconds by which the length of a span may miss what it is."""


class Cue(NamedTuple):
    """What stands there from `start` to `end`, in media seconds."""

    start: float
    end: float
    rows: tuple[str, ...]
    box: Bounds
    """Around all of it, in fractions of the picture."""
    over: bool = True
    """False: its end is only as far as it is known to stand."""


class _Piece(NamedTuple):
    """A time during which the same spans are there."""

    start: float
    end: float
    spans: frozenset[Span]


def cut(spans: Iterable[Span], min_duration: float, since: float) -> list[Cue]:
    """The cues of the spans, by time; none is there together with another one, or before `since`.

    Spans shorter than `min_duration` are left out: whatever is said stands for so long.
    """
    kept = [span for span in spans if span.end - span.start >= min_duration - _ROUNDING and span.end > since]
    pieces = _smoothed(list(_pieces(kept, since)))
    return [cue for cue in map(_cue, pieces) if cue.rows]


def _pieces(spans: Sequence[Span], since: float) -> Iterator[_Piece]:
    starting = sorted(spans, key=attrgetter("start"), reverse=True)
    times = sorted({max(span.start, since) for span in spans} | {span.end for span in spans})
    there: set[Span] = set()
    for start, end in pairwise(times):
        there = {span for span in there if span.end > start}
        while starting and starting[-1].start <= start:
            there.add(starting.pop())
        if there:
            yield _Piece(start, end, frozenset(there))


def _smoothed(pieces: list[_Piece]) -> list[_Piece]:
    """Without those that are short: the one beside it that shows as much takes its time, or else the one after."""
    done: list[_Piece] = []
    for index, piece in enumerate(pieces):
        before = done[-1] if done and done[-1].end == piece.start else None
        after = pieces[index + 1] if index + 1 < len(pieces) and pieces[index + 1].start == piece.end else None
        if piece.end - piece.start >= TOGETHER - _ROUNDING:
            done.append(piece)
        elif before is not None and (piece.spans <= before.spans or after is None):
            done[-1] = before._replace(end=piece.end)
        elif after is not None:
            pieces[index + 1] = after._replace(start=piece.start)
        else:
            done.append(piece)
    return done


def _cue(piece: _Piece) -> Cue:
    over = all(span.over or span.end > piece.end for span in piece.spans)
    box = reduce(union, (span.box for span in piece.spans))
    return Cue(piece.start, piece.end, tuple(filter(None, _rows(piece.spans))), box, over)


def _rows(spans: Iterable[Span]) -> Iterator[str]:
    """The texts in reading order, a row each; what stands in one row is joined by spaces."""
    if all(span.tall for span in spans):
        yield from (_clean(span.text) for span in sorted(spans, key=lambda span: (-span.box[2], span.box[1])))
        return
    rows: list[list[Span]] = []
    for span in sorted(spans, key=lambda span: (span.box[1] + span.box[3], span.box[0], span.text)):
        if rows and _beside(rows[-1][-1], span):
            rows[-1].append(span)
        else:
            rows.append([span])
    for row in rows:
        leftward = _is_leftward("".join(span.text for span in row))
        row.sort(key=lambda span: span.box[0], reverse=leftward)
        yield " ".join(filter(None, (_clean(span.text) for span in row)))


def _beside(one: Span, other: Span) -> bool:
    """Whether they stand in one row, neither over the other."""
    common = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    lower = min(one.box[3] - one.box[1], other.box[3] - other.box[1])
    apart = one.box[2] <= other.box[0] or other.box[2] <= one.box[0]
    return apart and common >= _SAME_ROW * lower


def _is_leftward(text: str) -> bool:
    """Whether the script runs from right to left: its first letter does."""
    kinds = (unicodedata.bidirectional(character) for character in text)
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L"


def _clean(text: str) -> str:
    """On one row, without what cannot be seen."""
    seen = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(seen.split())
