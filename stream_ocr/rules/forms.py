"""Forms of whole texts, such as those of number plates and of clocks."""

import re
import unicodedata
from collections.abc import Sequence

from stream_ocr.patterns import Pattern

__all__ = ["is_clock", "pattern_of"]

_SLOTS = {"A": r"\p{L}", "9": r"\p{Nd}", "X": r"[\p{L}\p{Nd}]"}
_GAP = r"[\s\-.·•:]*"
"""What may stand where a form has `-` or a space: plates have a dot, a seal or nothing there."""

_TIME = r"[-+]?(?:\d{1,3}\s?:\s?)?\d{1,2}\s?:\s?\d{2}(?:[.,:]\d{1,3})?\s?(?:[ap]\.?m\.?)?"
_DOTTED_TIME = r"\d{2}[.;]\d{2}[.;]\d{2}\s?(?:[ap]\.?m\.?)?"
_MONTH = r"(?:jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-z]*\.?"
_DATE = (
    r"(?:(?:19|20)\d{2}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}日?"
    r"|\d{1,2}\s?[-/.]\s?\d{1,2}\s?[-/.]\s?(?:19|20)?\d{2}"
    rf"|\d{{1,2}}\.?[\s-]?{_MONTH}[\s-]?(?:19|20)\d{{2}}|{_MONTH}\s?\d{{1,2}},?\s?(?:19|20)\d{{2}})"
)
_DAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?|星期[一二三四五六日天])"
_ZONE = r"(?:utc|gmt|z|[cew]es?t|[acemp][sd]t|[ijk]st|msk)?(?:\s?[-+]\d{1,2}(?::?\d{2})?)?"
_CLOCK = Pattern(
    rf"(?:{_DAY}[\s,]*)?(?:{_DATE}[\s,t]*(?:{_DAY}[\s,]*)?(?:(?:{_TIME}|{_DOTTED_TIME})\s?{_ZONE})?"
    rf"|(?:{_TIME}|{_DOTTED_TIME})\s?{_ZONE}(?:[\s,]*{_DATE})?)"
    rf"(?:[\s,]*{_DAY})?",
    ignore_case=True,
)


def pattern_of(forms: Sequence[str]) -> Pattern:
    """What fits one of the forms: A stands for a letter, 9 for a digit, X for either, anything else for itself."""
    return Pattern("|".join(f"(?:{_form(form)})" for form in forms), ignore_case=True)


def is_clock(text: str) -> bool:
    """Whether the text is a time of day, a running time or a date, and nothing else."""
    return _CLOCK.fullmatch(unicodedata.normalize("NFKC", text).strip()) is not None


def _form(form: str) -> str:
    return "".join(_slot(letter) for letter in form.upper())


def _slot(letter: str) -> str:
    if letter in _SLOTS:
        return _SLOTS[letter]
    if letter == "-" or letter.isspace():
        return _GAP
    return re.escape(letter)
