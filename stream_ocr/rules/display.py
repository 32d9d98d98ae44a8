"""What one display shows: numbers that it cannot have come to show are held back."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from stream_ocr.config import NumberConfig

__all__ = ["Answer", "Display", "Showing"]

Answer: TypeAlias = Literal["held", "same", "changed"]


class Showing(NamedTuple):
    """A number that a text stands for, and since when the text is there, in media seconds of its epoch."""

    value: float
    epoch: int
    since: float


@dataclass
class Display:
    """The values of one display. Not thread-safe; time is passed in, in media seconds."""

    limits: NumberConfig
    _shown: Showing | None = None
    """What was last believed."""
    _seen: float = 0.0
    """When it was last there."""
    _gone: bool = False
    """The text that showed it is not there any more."""
    _candidate: Showing | None = None
    """What was last held back, and since when it is there, whatever came and went meanwhile."""

    def told(self, showing: Showing, now: float) -> Answer:
        """Takes a number that is still there at `now`, and goes by it where it is not held back."""
        answer = self.weigh(showing, now)
        if answer == "changed" or (answer == "same" and not self._is_old(showing, now)):
            self._believe(showing, now)
        return answer

    def weigh(self, showing: Showing, now: float) -> Answer:
        """What it would be taken for: to be held back, the one that was shown already, or a new one.

        What an older text says is no news, because another one has come since, unless that has gone and it has not.
        """
        if self._impossible(showing.value):
            return "held"
        if self._shown is not None and (showing.value == self._shown.value or self._is_old(showing, now)):
            return "same"
        return "changed" if self._credible(showing, now) else "held"

    def seen(self, value: float, now: float) -> None:
        """Learns that the number is still there."""
        if self._shown is not None and self._shown.value == value:
            self._seen = max(self._seen, now)

    def _believe(self, showing: Showing, now: float) -> None:
        same_epoch = self._shown is not None and self._shown.epoch == showing.epoch
        self._shown, self._gone, self._candidate = showing, False, None
        self._seen = max(self._seen, now) if same_epoch else now

    def gone(self, showing: Showing) -> None:
        """Learns that the text is not there any more: an older one that is may have been right."""
        self._gone = self._gone or showing == self._shown

    def _is_old(self, showing: Showing, now: float) -> bool:
        shown = self._shown
        if shown is None or (showing.epoch, showing.since) >= (shown.epoch, shown.since):
            return False
        return not (self._gone and now > self._seen)

    def _impossible(self, value: float) -> bool:
        limits = self.limits
        return (limits.min is not None and value < limits.min) or (limits.max is not None and value > limits.max)

    def _credible(self, showing: Showing, now: float) -> bool:
        candidate = self._candidate
        if candidate is None or (candidate.value, candidate.epoch) != (showing.value, showing.epoch):
            candidate = self._candidate = showing
        if now - candidate.since < self.limits.debounce:
            return False
        shown, rate = self._shown, self.limits.max_rate
        if shown is None or rate is None or shown.epoch != showing.epoch:
            return True
        # Displays change in steps: what one may gain in a second it may gain at once.
        return abs(showing.value - shown.value) <= rate * max(now - self._seen, 1.0)
