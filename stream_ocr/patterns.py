"""Regular expressions of a config: checked when it is read, and bounded in what they cost when they are used.

A pattern may need time that grows exponentially with the text. Each use is given up after a while, so that no pattern
can hold up who uses it.
"""

from typing import Any

import regex

__all__ = ["LONGEST", "Pattern", "check", "check_replacement"]

LONGEST = 1000
"""Characters of a pattern, and of a text that one is tried on, at most."""
_SECONDS = 0.1
"""What one use of a pattern may take."""
_STRIKES = 3
"""Uses that took longer, after which a pattern is not used any more."""


class Pattern:
    """A pattern that is fit for use (`check`). What it does not find in time it does not find."""

    def __init__(self, pattern: str, *, ignore_case: bool = False) -> None:
        self._pattern = regex.compile(pattern, regex.IGNORECASE if ignore_case else 0)
        self.strikes = 0
        """How often it took too long."""

    @property
    def given_up(self) -> bool:
        """It took too long so often that it is not used any more."""
        return self.strikes >= _STRIKES

    def search(self, text: str) -> "regex.Match[str] | None":
        """The first place in the text that it fits."""
        found: regex.Match[str] | None = self._bounded(self._pattern.search, None, text[:LONGEST])
        return found

    def fullmatch(self, text: str) -> "regex.Match[str] | None":
        """The match of the whole text."""
        if len(text) > LONGEST:
            return None
        found: regex.Match[str] | None = self._bounded(self._pattern.fullmatch, None, text)
        return found

    def replace(self, replacement: str, text: str) -> str:
        """The text with every match replaced, and no longer than `LONGEST`."""
        replaced: str = self._bounded(self._pattern.sub, text, replacement, text[:LONGEST])
        return replaced[:LONGEST]

    def _bounded(self, use: Any, otherwise: Any, *arguments: str) -> Any:
        if self.given_up:
            return otherwise
        try:
            # Concurrent: other threads go on meanwhile.
            return use(*arguments, timeout=_SECONDS, concurrent=True)
        except TimeoutError:
            self.strikes += 1
            return otherwise


def check(pattern: str, path: str) -> None:
    """Raises ValueError where it is no pattern; `path` names it in the message, which tells the position."""
    if len(pattern) > LONGEST:
        raise ValueError(f"{path}: expected a pattern of at most {LONGEST} characters, got {len(pattern)}")
    try:
        regex.compile(pattern)
    except regex.error as error:
        raise ValueError(f"{path}: expected a regular expression, got {pattern}: {error}") from None


def check_replacement(pattern: str, replacement: str, path: str) -> None:
    """Raises ValueError where the replacement names a group that the pattern has not, or has a bad escape."""
    # The empty alternative always matches, with every group there, so that no text is needed to try it on.
    match = regex.compile(f"(?:{pattern})|").search("")
    assert match is not None
    try:
        match.expand(replacement)
    except (regex.error, IndexError) as error:
        what = str(error) if isinstance(error, regex.error) else "a group that the pattern has not"
        raise ValueError(f"{path}: expected what replaces {pattern}, got {what} in {replacement}") from None
