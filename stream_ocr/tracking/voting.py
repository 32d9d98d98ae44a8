"""Voting: many readings of one text to the one text they stand for.

Readings are clustered by likeness, the heaviest cluster wins, and its confidence-weighted medoid speaks for it.
Whole readings are compared, never characters of one with characters of another.
"""

import re
import unicodedata
from collections.abc import Sequence

import msgspec
from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import partial_ratio

__all__ = ["Reading", "Vote", "alike", "extends", "likeness", "normalised", "part_of", "says_same", "vote"]

_IGNORED = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d")
_ALIKE = 0.8
_SHORT = 4
_ALTERNATIVES = 3
_LEAST = 0.3
"""However badly a line could be seen compared with its best look, its reading counts as if it were this well seen."""


class Reading(msgspec.Struct, frozen=True):
    """What one look at a line said."""

    text: str
    confidence: float
    weight: float = 1.0
    """How well the line could be seen, compared with its other readings."""
    pts: float = 0.0
    """Media time of the look."""
    since: float = 0.0
    """Media time of the first frame, since the picture changed, that looks as in this look; of doubts only."""


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a vote."""

    text: str
    confidence: float
    """Mean confidence of the readings that say `text`, but for spaces and punctuation."""
    agreeing: int
    """Readings that say `text`, but for spaces and punctuation."""
    readings: int
    """All readings that say anything."""
    agreement: float
    """Share of the weight of all readings that lies in the winning cluster."""
    alternatives: tuple[str, ...]
    """What else was read, best first."""


def normalised(text: str) -> str:
    """The text for comparing: NFKC, case-folded, without white space and punctuation; itself if nothing is left."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text).casefold()) or text


def likeness(one: str, other: str) -> float:
    """1 - Levenshtein distance / longer length, of the normalised texts."""
    return Levenshtein.normalized_similarity(normalised(one), normalised(other))


def alike(one: str, other: str) -> bool:
    """Whether two readings may be of the same text: 0.8 alike, short ones equal, and as many digits equal ones.

    A letter is misread easily; 09:19:01 after 09:19:00 is another text.
    """
    first, second = normalised(one), normalised(other)
    if min(len(first), len(second)) <= _SHORT:
        return first == second
    digits, others = _DIGITS.findall(first), _DIGITS.findall(second)
    if len(digits) == len(others) and digits != others:
        return False
    return likeness(one, other) >= _ALIKE


def says_same(one: str, other: str) -> bool:
    """Whether two readings are equal, but for spaces, punctuation and case."""
    return bool(one) and normalised(one) == normalised(other)


def extends(longer: str, shorter: str) -> bool:
    """Whether `longer` is `shorter` with more behind it, as text that is typed or scrolls in; 36 does not extend 3."""
    begin, whole = normalised(shorter), normalised(longer)
    return bool(begin) and not begin.isdecimal() and len(whole) > len(begin) and whole.startswith(begin)


def part_of(piece: str, whole: str) -> bool:
    """Whether `piece` is what is left of `whole` when an end of it is hidden; numbers never are."""
    short, long = normalised(piece), normalised(whole)
    if len(short) >= len(long) or short.isdecimal():
        return False
    return short in long or (len(short) > _SHORT and partial_ratio(short, long) >= 100 * _ALIKE)


def vote(readings: Sequence[Reading]) -> Vote | None:
    """The text that `readings` stand for, or None where none says anything."""
    spoken = _weighed([reading for reading in readings if reading.text])
    if not spoken:
        return None
    clusters = _clusters(spoken)
    winner = max(clusters, key=_weight)
    text = _medoid(winner)
    same = [reading.confidence for reading in winner if says_same(reading.text, text)]
    return Vote(
        text=text,
        confidence=sum(same) / len(same),
        agreeing=len(same),
        readings=len(spoken),
        agreement=_weight(winner) / max(_weight(spoken), 1e-9),
        alternatives=_others(spoken, text),
    )


def _clusters(readings: Sequence[Reading]) -> list[list[Reading]]:
    """Each reading joins the first cluster whose first member it is like, the surest readings first."""
    clusters: list[list[Reading]] = []
    for reading in sorted(readings, key=lambda reading: -reading.confidence):
        for cluster in clusters:
            if alike(cluster[0].text, reading.text):
                cluster.append(reading)
                break
        else:
            clusters.append([reading])
    return clusters


def _weighed(readings: Sequence[Reading]) -> list[Reading]:
    """The readings with weights of which the largest is 1."""
    best = max((reading.weight for reading in readings), default=1.0)
    return [
        msgspec.structs.replace(reading, weight=max(reading.weight / max(best, 1e-9), _LEAST) ** 2)
        for reading in readings
    ]


def _weight(readings: Sequence[Reading]) -> float:
    return sum(reading.confidence * reading.weight for reading in readings)


def _medoid(cluster: Sequence[Reading]) -> str:
    """The reading that the others, weighted by confidence, are most like."""

    def support(candidate: Reading) -> float:
        return sum(
            other.confidence * other.weight * Levenshtein.normalized_similarity(candidate.text, other.text)
            for other in cluster
        )

    return max(cluster, key=lambda reading: (support(reading), reading.confidence)).text


def _others(readings: Sequence[Reading], text: str) -> tuple[str, ...]:
    weights: dict[str, float] = {}
    for reading in readings:
        if reading.text != text:
            weights[reading.text] = weights.get(reading.text, 0.0) + reading.confidence * reading.weight
    return tuple(sorted(weights, key=lambda other: -weights[other])[:_ALTERNATIVES])
