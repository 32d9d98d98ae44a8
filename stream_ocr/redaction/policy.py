"""Which lines are to be hidden, by what they say."""

import re
from collections.abc import Iterable
from typing import Literal, TypeAlias

from stream_ocr.config import RedactConfig
from stream_ocr.messages import Line

__all__ = ["HIDDEN", "Policy", "Verdict"]

Verdict: TypeAlias = Literal["hide", "show", "unknown"]

HIDDEN = "[redacted]"
"""What is said instead of a hidden text."""


class Policy:
    """The patterns of a config, compiled."""

    def __init__(self, config: RedactConfig) -> None:
        self._all_but = config.but is not None
        self._pattern = re.compile(config.but or config.match or "")

    def hides(self, text: str, alternatives: Iterable[str] = ()) -> bool:
        """Whether a text that was voted on is to be hidden.

        With `match`, so is one that was read as a match just once: then nobody can be sure that it is none.
        """
        if self._all_but:
            return self._pattern.search(text) is None
        return any(self._pattern.search(reading) for reading in (text, *alternatives))

    def verdict(self, line: Line, before: Verdict = "unknown") -> Verdict:
        """What is to become of a line; `before`: what it was for this text so far.

        A text that is not known well enough to be said may be anything. With `match`, what matched once stays hidden.
        """
        if not self._all_but and (before == "hide" or self.hides(line.text, line.alternatives)):
            return "hide"
        if not line.settled or not line.text:
            return "unknown"
        return "hide" if self.hides(line.text, line.alternatives) else "show"
