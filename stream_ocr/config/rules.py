"""Settings of the rules: which texts are meant, and what becomes of them."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from stream_ocr import patterns
from stream_ocr.config.fields import Name, Seconds

__all__ = ["NumberConfig", "OnlyConfig", "RuleConfig"]

_Text = Annotated[str, Meta(min_length=1, max_length=64)]
_MATCHERS = ("regex", "watch", "format", "number", "clock")


class NumberConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the number of a display is taken from its text, and which numbers it can show."""

    pattern: str | None = None
    """Where in the text the number is: the first group of a regular expression, or all that it matches."""
    unit: Annotated[str, Meta(max_length=32)] | None = None
    """What the number counts; it may stand behind it in the text."""
    min: float | None = None
    max: float | None = None
    max_rate: Annotated[float, Meta(gt=0.0)] | None = None
    """By how much it can change per second; a larger step is believed once it could have been made."""
    debounce: Seconds = 0.0
    """Seconds that a new number has to stand before it is said."""
    decimals: Annotated[int, Meta(ge=0, le=9)] | None = None
    """Digits that the display always shows behind the point; a point that was not read is put there."""

    def __post_init__(self) -> None:
        if self.pattern is not None:
            patterns.check(self.pattern, "pattern")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"max: expected at least `min` ({self.min:g}), or no number fits, got {self.max:g}")


class RuleConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule: of the texts that it is for, it does something with those that its matcher fits."""

    name: Name
    sources: list[Name] = msgspec.field(default_factory=list)
    """For texts of these sources only; empty: all."""
    regions: list[Name] = msgspec.field(default_factory=list)
    """For texts in these regions only; empty: everywhere."""
    replace: Annotated[dict[str, str], Meta(max_length=64)] = msgspec.field(default_factory=dict)
    """Regular expressions and what is put in their place, in this order, before the matcher sees the text."""
    regex: str | None = None
    """Matcher: a regular expression that is found in the text."""
    watch: Annotated[list[_Text], Meta(max_length=1000)] = msgspec.field(default_factory=list)
    """Matcher: words or phrases of which one is in the text, capital or small."""
    distance: Annotated[int, Meta(ge=0, le=3)] = 0
    """Letters by which what is in the text may differ from what is watched for."""
    format: Annotated[list[_Text], Meta(max_length=1000)] = msgspec.field(default_factory=list)
    """Matcher: forms of the whole text: A a letter, 9 a digit, X either, - and spaces may be missing."""
    number: NumberConfig | None = None
    """Matcher: a text that holds a number, which is the value of its events."""
    clock: bool = False
    """Matcher: a text that is nothing but a time of day, a running time or a date."""
    tag: Name | None = None
    """A tag for its events."""
    value: float | None = None
    """A value for its events, where a word stands for one."""
    sinks: list[Name] = msgspec.field(default_factory=list)
    """Sinks, by name, that get its events; they get no others, unless another rule names them, too."""
    drop: bool = False
    """Nothing is said of the text."""

    def __post_init__(self) -> None:
        self._check_matcher()
        self._check_effect()
        for pattern, replacement in self.replace.items():
            patterns.check(pattern, "replace")
            patterns.check_replacement(pattern, replacement, "replace")

    def _check_matcher(self) -> None:
        chosen = [name for name in _MATCHERS if getattr(self, name) not in (None, [], False)]
        if len(chosen) > 1:
            raise ValueError(f"expected at most one of {', '.join(_MATCHERS)}, got {' and '.join(chosen)}")
        if self.regex is not None:
            patterns.check(self.regex, "regex")
        if self.distance and not self.watch:
            raise ValueError(f"distance: expected `watch` beside it, got {self.distance} alone")
        for index, word in enumerate(self.watch):
            if self.distance * 2 > len(word):
                raise ValueError(
                    f"watch[{index}]: expected at least {self.distance * 2} letters with a distance of "
                    f"{self.distance}, or nearly every text fits, got {word}"
                )
        for index, form in enumerate(self.format):
            if not any(letter.isalnum() for letter in form):
                raise ValueError(f"format[{index}]: expected letters or digits (AA-999-A), got {form}")

    def _check_effect(self) -> None:
        beside = [name for name in ("tag", "sinks") if getattr(self, name)]
        beside += ["value"] if self.value is not None else []
        if self.drop and beside:
            raise ValueError(f"drop: expected nothing else to be done with what is dropped, got {beside[0]} beside it")
        if not (self.drop or beside or self.replace or self.number):
            raise ValueError("expected at least one of replace, tag, value, sinks, drop, or a number")
        if self.number is not None and self.value is not None:
            raise ValueError("value: expected it without `number`, which tells the value")


class OnlyConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which events a sink gets: those of one of these rules, and those with one of these tags."""

    rules: list[Name] = msgspec.field(default_factory=list)
    tags: list[Name] = msgspec.field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.rules and not self.tags:
            raise ValueError("expected `rules` or `tags`, or nothing is left for the sink")
