"""Numbers in texts."""

import re
import unicodedata

from stream_ocr.config import NumberConfig
from stream_ocr.patterns import LONGEST, Pattern

__all__ = ["Numbers"]

_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)*)")
_DASHES = str.maketrans(dict.fromkeys("−–—﹣－", "-"))
_DIGITS = 15
"""Of a number at most: a float holds no more."""


class Numbers:
    """Finds the number of a display."""

    def __init__(self, config: NumberConfig) -> None:
        self._config = config
        self._pattern = None if config.pattern is None else Pattern(config.pattern)
        self._unit = unicodedata.normalize("NFKC", config.unit or "").strip().casefold()

    @property
    def patterns(self) -> list[Pattern]:
        """What it uses of its own."""
        return [] if self._pattern is None else [self._pattern]

    def find(self, text: str) -> float | None:
        """The number in the text; None where there is none, or more than one, or what stands there may be a letter."""
        if self._pattern is not None:
            match = self._pattern.search(text)
            if match is None:
                return None
            text = (match[1] if match.re.groups else match[0]) or ""
        text = unicodedata.normalize("NFKC", text[:LONGEST]).translate(_DASHES)
        found = list(_NUMBER.finditer(text))
        if len(found) != 1 or not self._stands_alone(text, *found[0].span()):
            return None
        return self._parsed(found[0][0])

    def _stands_alone(self, text: str, start: int, end: int) -> bool:
        """Whether no letter touches it, which may be a digit that was misread: 3S, l2. The unit may."""
        after = text[end:].casefold()
        if self._unit and after.lstrip().startswith(self._unit):
            after = after.lstrip()[len(self._unit) :]
        return not (text[:start][-1:].isalnum() or after[:1].isalnum())

    def _parsed(self, digits: str) -> float | None:
        decimals = self._config.decimals
        whole, fraction = _parts(re.sub(r"[ ']", "", digits), whole_only=decimals == 0)
        if decimals and not fraction:
            sign, figures = whole[: -len(whole.lstrip("+-"))], whole.lstrip("+-").rjust(decimals + 1, "0")
            whole, fraction = sign + figures[:-decimals], figures[-decimals:]
        if decimals is not None and len(fraction) != decimals:
            return None
        if len(whole) + len(fraction) > _DIGITS:
            return None
        return float(f"{whole}.{fraction or '0'}")


def _parts(digits: str, *, whole_only: bool) -> tuple[str, str]:
    """What stands before and behind the decimal point: of two kinds of points the last one is it, and one alone is."""
    points = re.findall(r"[.,]", digits)
    several = len(points) > 1 and len(set(points)) == 1
    at = len(digits) if whole_only or several or not points else digits.rindex(points[-1])
    return re.sub(r"[.,]", "", digits[:at]), digits[at + 1 :]
