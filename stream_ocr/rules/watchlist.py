"""Words that are watched for in texts."""

import unicodedata
from collections.abc import Sequence

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from stream_ocr.patterns import LONGEST

__all__ = ["Watchlist"]

_LINE = 200
"""Characters of a text in which something similar is looked for."""


class Watchlist:
    """Words or phrases, and by how many letters what is in a text may differ from one."""

    def __init__(self, words: Sequence[str], distance: int) -> None:
        self._words = [_plain(word) for word in words]
        self._distance = distance

    def found_in(self, text: str) -> bool:
        """Whether one of the words stands somewhere in the text."""
        text = _plain(text[:LONGEST])
        return any(word in text or (self._distance > 0 and self._nearly(word, text)) for word in self._words)

    def _nearly(self, word: str, text: str) -> bool:
        """Whether some part of the text, as long as the word but for the distance, is so near to it."""
        distance, text = self._distance, text[:_LINE]
        # A part as long as the word differs from it by as many insertions and deletions at most; most texts by more.
        if not fuzz.partial_ratio(word, text, score_cutoff=100 * (1 - 1.5 * distance / len(word))):
            return False
        for length in range(len(word) - distance, len(word) + distance + 1):
            for start in range(max(len(text) - length, 0) + 1):
                part = text[start : start + length]
                if Levenshtein.distance(word, part, score_cutoff=distance) <= distance:
                    return True
        return False


def _plain(text: str) -> str:
    """Without what an eye passes over: case, widths of letters, and how much space there is."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
