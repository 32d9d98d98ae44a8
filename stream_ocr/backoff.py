"""How long to wait before a source is tried again. Time and chance are passed in."""

from stream_ocr.config import ReconnectConfig

__all__ = ["Backoff"]

_JITTER = 0.25
"""Share by which a wait is shortened at most, so that cameras behind one switch do not all come back at once."""


class Backoff:
    """Waits that double from `first` to `longest`, each a little shortened, and begin anew after a healthy time."""

    def __init__(self, config: ReconnectConfig) -> None:
        self._config = config
        self.failures = 0
        """Attempts in a row that came to nothing, or not to a healthy time."""

    @property
    def exhausted(self) -> bool:
        """Whether the source is to be given up."""
        return self._config.attempts is not None and self.failures > self._config.attempts

    def lost(self, online: float) -> None:
        """Notes that the source failed after it had been online for `online` seconds."""
        self.failures = 1 if online >= self._config.healthy else self.failures + 1

    def wait(self, chance: float) -> float:
        """Seconds before the next attempt; `chance`: 0 to 1, drawn at random."""
        doubled = self._config.first * 2.0 ** min(self.failures - 1, 32)
        return min(doubled, self._config.longest) * (1.0 - _JITTER * chance)
