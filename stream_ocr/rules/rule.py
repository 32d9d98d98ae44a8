"""One rule, ready for use."""

from typing import NamedTuple

from stream_ocr.config import NumberConfig, RuleConfig
from stream_ocr.patterns import Pattern
from stream_ocr.rules.forms import is_clock, pattern_of
from stream_ocr.rules.numbers import Numbers
from stream_ocr.rules.watchlist import Watchlist

__all__ = ["Fit", "Rule"]

_ANY_NUMBER = NumberConfig()


class Fit(NamedTuple):
    """What a rule makes of a text that it fits."""

    text: str
    value: float | None


class Rule:
    """Fits texts, or does not: that depends on nothing but the text."""

    def __init__(self, config: RuleConfig) -> None:
        self.config = config
        self._replace = [(Pattern(pattern), replacement) for pattern, replacement in config.replace.items()]
        self._regex = None if config.regex is None else Pattern(config.regex)
        self._form = pattern_of(config.format) if config.format else None
        self._watch = Watchlist(config.watch, config.distance) if config.watch else None
        self._numbers = None if config.number is None else Numbers(config.number)

    @property
    def limits(self) -> NumberConfig:
        """What holds of its values."""
        return self.config.number or _ANY_NUMBER

    @property
    def given_up(self) -> bool:
        """One of its patterns takes so long that it is not used any more."""
        used = [pattern for pattern, _ in self._replace]
        used += [] if self._regex is None else [self._regex]
        used += [] if self._numbers is None else self._numbers.patterns
        return any(pattern.given_up for pattern in used)

    def is_for(self, source: str, region: str | None) -> bool:
        """Whether it is for texts of this source in this region."""
        config = self.config
        return (not config.sources or source in config.sources) and (not config.regions or region in config.regions)

    def fit(self, text: str) -> Fit | None:
        """What it makes of a text; None where it does not fit."""
        for pattern, replacement in self._replace:
            text = pattern.replace(replacement, text)
        if self._numbers is not None:
            value = self._numbers.find(text)
            return None if value is None else Fit(text, value)
        return Fit(text, self.config.value) if self._matches(text) else None

    def _matches(self, text: str) -> bool:
        if self._regex is not None:
            return self._regex.search(text) is not None
        if self._form is not None:
            return self._form.fullmatch(text.strip()) is not None
        if self._watch is not None:
            return self._watch.found_in(text)
        return is_clock(text) if self.config.clock else True
