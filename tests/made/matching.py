"""Holding events against the truth: which event says which line, what is missing, what is said besides."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from made.act import Line
from stream_ocr.messages import TextEvent
from stream_ocr.tracking.voting import likeness, normalised

__all__ = ["Match", "match"]

_LOOSE = 0.5
"""Seconds by which the spans of an event and its line may miss each other."""
_ALIKE = 0.8


class Match(NamedTuple):
    """The outcome for one clip."""

    pairs: list[tuple[Line, TextEvent]]
    """Each line with the one event that says exactly its text, by the line's first frame."""
    missed: list[Line]
    """Lines that no event says."""
    besides: list[TextEvent]
    """Events that say no line, or say one again."""


def match(truth: Sequence[Line], events: Iterable[TextEvent]) -> Match:
    """Pairs lines with the disappearances among `events`, one to one, those first that agree best in time.

    A text agrees when it is equal but for case, white space and punctuation. A line that can never be read wholly
    is not missed, and events that say it more or less are forgiven.
    """
    said = [event for event in events if event.kind == "disappear"]
    wanted = [line for line in truth if line.whole]
    candidates = sorted(
        (_apart(line, event), row, column)
        for row, line in enumerate(wanted)
        for column, event in enumerate(said)
        if normalised(line.text) == normalised(event.text) and _apart(line, event) < float("inf")
    )
    found: dict[int, int] = {}
    for _, row, column in candidates:
        if row not in found and column not in found.values():
            found[row] = column
    forgiven = [line for line in truth if not line.whole]
    others = (event for column, event in enumerate(said) if column not in found.values())
    return Match(
        pairs=[(wanted[row], said[found[row]]) for row in sorted(found)],
        missed=[line for row, line in enumerate(wanted) if row not in found],
        besides=[event for event in others if not any(_like(line, event) for line in forgiven)],
    )


def _apart(line: Line, event: TextEvent) -> float:
    """Seconds by which begin and end differ together; infinite where the spans do not meet."""
    end = event.start if event.end is None else event.end
    if event.start > line.gone + _LOOSE or end < line.born - _LOOSE:
        return float("inf")
    return abs(event.start - line.first) + abs(end - line.last)


def _like(line: Line, event: TextEvent) -> bool:
    return likeness(line.text, event.text) >= _ALIKE and _apart(line, event) < float("inf")
