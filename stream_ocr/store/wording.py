"""What is searched for: plain text in, what SQLite is asked out. No database here."""

import re
from collections.abc import Iterable

from rapidfuzz import fuzz

__all__ = [
    "SHORTEST",
    "alike",
    "any_of",
    "beginning_with",
    "halves",
    "literally",
    "patterns",
    "plain",
    "trigrams",
]

SHORTEST = 3
"""Characters of a text that the index knows: it is one of trigrams."""
_MAX_TRIGRAMS = 64


def plain(query: str) -> str:
    """With single spaces only, as texts have them, and without control characters."""
    return " ".join("".join(each if each.isprintable() else " " for each in query).split())


def literally(text: str) -> str:
    """What the index is asked for this text, of at least three characters, wherever it stands and in either case."""
    return '"' + text.replace('"', '""') + '"'


def any_of(parts: Iterable[str]) -> str:
    """What the index is asked for a text that has any of these in it."""
    return " OR ".join(map(literally, parts))


def trigrams(text: str) -> list[str]:
    """What the text has of three characters in a row; of a very long one the first."""
    return [*dict.fromkeys(text[at : at + SHORTEST] for at in range(len(text) - SHORTEST + 1))][:_MAX_TRIGRAMS]


def beginning_with(text: str) -> tuple[str, str]:
    """The first trigram of the index that may begin so, and the first behind those that do."""
    text = text.lower()
    return text, text + chr(0x10FFFF)


def patterns(text: str) -> list[str]:
    """Patterns for LIKE, backslash escaping, that find a text of any length; LIKE knows upper and lower case of ASCII
    only, so there is one for each way to write it."""
    ways = (text,) if text.isascii() else (text, text.lower(), text.upper(), text.capitalize())
    return ["%" + re.sub(r"([\\%_])", r"\\\1", way) + "%" for way in dict.fromkeys(ways)]


def halves(text: str) -> list[str]:
    """The two halves of a text; one that differs from it in one place has one of them."""
    middle = len(text) // 2
    return [half for half in (text[:middle], text[middle:]) if half]


def alike(query: str, text: str) -> float:
    """How like the query the most similar part of a text is, 0 to 1, in either case.

    A text that is shorter than the query is compared as a whole: a part of the query is not what was searched for.
    """
    query, text = query.casefold(), text.casefold()
    alike = fuzz.partial_ratio if len(text) >= len(query) else fuzz.ratio
    return alike(query, text) / 100
