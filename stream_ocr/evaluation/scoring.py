"""Scoring: which event stands for which line of the ground truth, and what that comes to.

Texts are compared in NFKC, case-folded, without white space and punctuation. An event may stand for a line when they
are at least 0.8 alike (1 - Levenshtein distance / longer length; equal where the line has at most four characters) and
their times overlap within half a second. Each event goes to the line it is most like, the first of several equal ones.

The comparison is written out here although the vote of the tracker has one much like it: what is measured must not
change with what measures it.
"""

import re
import unicodedata
from collections.abc import Sequence
from statistics import median
from typing import Literal, TypeAlias

from msgspec import Struct
from rapidfuzz.distance import Levenshtein

from stream_ocr.evaluation.truth import TruthLine
from stream_ocr.messages import Quad

__all__ = [
    "EventScore",
    "EventVerdict",
    "Found",
    "LineScore",
    "LineVerdict",
    "Score",
    "Sighting",
    "Tally",
    "letters",
    "likeness",
    "pooled",
    "score",
]

EventVerdict: TypeAlias = Literal["exact", "inexact", "surplus", "optional", "invented"]
LineVerdict: TypeAlias = Literal["exact", "inexact", "missed", "optional"]

_TOLERANCE = 0.5
"""Seconds by which the times of an event and a line may miss each other."""
_ALIKE = 0.8
_SHORT = 4
"""Characters up to which a line has to be read without an error."""
_EXACT = 0.999
_IGNORED = re.compile(r"[\W_]+")


class Sighting(Struct, frozen=True):
    """Where a text stood at one moment."""

    at: float
    """Media seconds."""
    quad: Quad


class Found(Struct, frozen=True, kw_only=True):
    """One text that was said to have been there."""

    text: str
    start: float
    """Media seconds of the first frame that shows it, and of the last."""
    end: float
    confidence: float = 0.0
    reads: int = 0
    sightings: tuple[Sighting, ...] = ()
    """In the order of their times; may be empty."""


class EventScore(Struct, frozen=True, kw_only=True):
    """What became of one event."""

    event: Found
    verdict: EventVerdict
    """exact, inexact: the longest-lasting event of its line; surplus: another one of a line that has one; optional: of
    an optional line; invented: of no line."""
    line: int | None = None
    """Index of the line it stands for."""
    likeness: float = 0.0
    """To that line, 0 to 1."""

    @property
    def is_exact(self) -> bool:
        """Whether it is letter for letter right."""
        return self.likeness >= _EXACT


class LineScore(Struct, frozen=True, kw_only=True):
    """What became of one line of the ground truth."""

    line: TruthLine
    verdict: LineVerdict
    events: tuple[int, ...] = ()
    """Indices of the events that stand for it, the longest-lasting first."""
    start_error_s: float | None = None
    """Seconds between its beginning and that of its first event; likewise at the end with the last one."""
    end_error_s: float | None = None


class Tally(Struct, frozen=True, kw_only=True):
    """Counts of one or several clips; shares are None where there is nothing to take a share of."""

    lines: int = 0
    """Lines that are not optional."""
    hit: int = 0
    exact_lines: int = 0
    surplus: int = 0
    events: int = 0
    matched: int = 0
    """Events that stand for a line, optional ones included."""
    start_errors: tuple[float, ...] = ()
    end_errors: tuple[float, ...] = ()

    @property
    def recall(self) -> float | None:
        """Lines with an event / lines."""
        return _share(self.hit, self.lines)

    @property
    def exact(self) -> float | None:
        """Lines whose longest-lasting event is letter for letter right / lines."""
        return _share(self.exact_lines, self.lines)

    @property
    def dup(self) -> float | None:
        """Surplus events per line that has one."""
        return _share(self.surplus, self.hit)

    @property
    def precision(self) -> float | None:
        """Events that stand for a line / events; too low where the ground truth leaves lines out."""
        return _share(self.matched, self.events)

    @property
    def start_error_s(self) -> float | None:
        """Median, in seconds."""
        return median(self.start_errors) if self.start_errors else None

    @property
    def end_error_s(self) -> float | None:
        """Median, in seconds."""
        return median(self.end_errors) if self.end_errors else None


class Score(Struct, frozen=True):
    """The outcome of one clip."""

    lines: tuple[LineScore, ...]
    """One per line of the ground truth, in its order."""
    events: tuple[EventScore, ...]
    """One per event, in their order."""

    @property
    def tally(self) -> Tally:
        """The counts."""
        due = [line for line in self.lines if not line.line.optional]
        hit = [line for line in due if line.events]
        return Tally(
            lines=len(due),
            hit=len(hit),
            exact_lines=sum(line.verdict == "exact" for line in hit),
            surplus=sum(len(line.events) - 1 for line in hit),
            events=len(self.events),
            matched=sum(event.line is not None for event in self.events),
            start_errors=tuple(line.start_error_s for line in hit if line.start_error_s is not None),
            end_errors=tuple(line.end_error_s for line in hit if line.end_error_s is not None),
        )


def pooled(tallies: Sequence[Tally]) -> Tally:
    """One tally of all: shares become micro-averages, medians those of all lines."""
    return Tally(
        lines=sum(tally.lines for tally in tallies),
        hit=sum(tally.hit for tally in tallies),
        exact_lines=sum(tally.exact_lines for tally in tallies),
        surplus=sum(tally.surplus for tally in tallies),
        events=sum(tally.events for tally in tallies),
        matched=sum(tally.matched for tally in tallies),
        start_errors=tuple(error for tally in tallies for error in tally.start_errors),
        end_errors=tuple(error for tally in tallies for error in tally.end_errors),
    )


def letters(text: str) -> str:
    """What of a text is compared; empty where it is nothing but punctuation."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text).casefold())


def likeness(one: str, other: str) -> float:
    """1 - Levenshtein distance / longer length of two results of `letters`; 0 where one is empty."""
    if not one or not other:
        return 0.0
    return 1 - Levenshtein.distance(one, other) / max(len(one), len(other))


def score(events: Sequence[Found], truth: Sequence[TruthLine]) -> Score:
    """Sets events against the ground truth of their clip."""
    choices = [_choice(event, truth) for event in events]
    lines = [_line_score(index, line, events, choices) for index, line in enumerate(truth)]
    judged = (_event_score(number, events[number], choices[number], lines) for number in range(len(events)))
    return Score(tuple(lines), tuple(judged))


_Choice: TypeAlias = tuple[int | None, float]
"""Index of the line that an event stands for, and how much alike they are."""


def _choice(event: Found, truth: Sequence[TruthLine]) -> _Choice:
    said = letters(event.text)
    line, best = None, 0.0
    for index, candidate in enumerate(truth):
        if event.end < candidate.first_s - _TOLERANCE or event.start > candidate.last_s + _TOLERANCE:
            continue
        alike = max(_fit(said, letters(text)) for text in (candidate.text, *candidate.accept))
        if alike > best:
            line, best = index, alike
    return line, best


def _fit(said: str, shown: str) -> float:
    """How much alike they are, 0 where that is not enough."""
    alike = likeness(said, shown)
    return alike if alike >= (_ALIKE if len(shown) > _SHORT else _EXACT) else 0.0


def _line_score(index: int, line: TruthLine, events: Sequence[Found], choices: Sequence[_Choice]) -> LineScore:
    mine = [number for number, (chosen, _) in enumerate(choices) if chosen == index]
    mine.sort(key=lambda number: events[number].start - events[number].end)
    if line.optional or not mine:
        return LineScore(line=line, verdict="optional" if line.optional else "missed", events=tuple(mine))
    return LineScore(
        line=line,
        verdict="exact" if choices[mine[0]][1] >= _EXACT else "inexact",
        events=tuple(mine),
        start_error_s=abs(min(events[number].start for number in mine) - line.first_s),
        end_error_s=abs(max(events[number].end for number in mine) - line.last_s),
    )


def _event_score(number: int, event: Found, choice: _Choice, lines: Sequence[LineScore]) -> EventScore:
    index, alike = choice
    verdict: EventVerdict = "invented"
    if index is not None:
        line = lines[index]
        verdict = line.verdict if line.verdict != "missed" and number == line.events[0] else "surplus"
        verdict = "optional" if line.line.optional else verdict
    return EventScore(event=event, verdict=verdict, line=index, likeness=alike)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
