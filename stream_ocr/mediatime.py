"""Media time: seconds since the start of the media, strictly forward, whatever the container's pts do.

Pts start anywhere, go missing, run backwards where frames are stamped in the wrong order, and jump back where a
stream restarts or its counter wraps. The clock follows them wherever they go forward and never counts frames
there: real frame rates vary.
"""

from collections.abc import Callable
from fractions import Fraction

__all__ = ["RESTART", "ArrivalClock", "MediaClock"]

RESTART = 1.0
"""Seconds; a longer step back is no misplaced frame but a restart of the counter."""
_SHORTEST = 0.001
"""Seconds from frame to frame at least."""


class ArrivalClock:
    """Media time of frames that carry none, such as Motion JPEG over HTTP: when they come."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now`: seconds that never go back."""
        self._now = now
        self._zero: float | None = None
        self._last = 0.0

    def tick(self, pts: int | None) -> float:
        """The media time of the frame that has just come, above that of the one before it."""
        del pts
        now = self._now()
        if self._zero is None:
            self._zero = now
        else:
            self._last = max(now - self._zero, self._last + _SHORTEST)
        return self._last


class MediaClock:
    """Turns the raw pts of one stream, in the order of the frames, into media seconds."""

    def __init__(self, time_base: Fraction, interval: float, *, origin: int | None = None) -> None:
        """`time_base`: seconds per unit of pts; `interval`: seconds from frame to frame as the stream declares it.

        `origin` is the pts that is media time 0, for a reading that does not begin at the start; None: the first.
        """
        self._time_base = float(time_base)
        self._interval = interval
        self._offset = None if origin is None else -origin * self._time_base
        self._former: float | None = None
        self._raw = 0.0
        self._last: float | None = None

    def tick(self, pts: int | None) -> float:
        """The media time of the next frame, above all before it; `pts` is None where the container has none."""
        if self._last is None:
            time = self._first(pts)
        elif pts is None:
            time = self._last + self._interval
        else:
            time = self._follow(pts * self._time_base, self._last)
        self._last = time
        return time

    def _first(self, pts: int | None) -> float:
        if pts is None:
            return 0.0
        self._raw = pts * self._time_base
        if self._offset is None:
            self._offset = -self._raw
        return max(0.0, self._raw + self._offset)

    def _follow(self, raw: float, last: float) -> float:
        backward = raw < self._raw
        self._raw = raw
        if self._offset is None:
            return self._anchor(raw, last)
        time = raw + self._offset
        if time > last + RESTART and self._former is not None:
            time = self._settle(raw, last, time, self._former)
        if time < last - RESTART:
            return self._anchor(raw, last)
        if time > last:
            return time
        # The further the clock is ahead of pts that advance, the smaller the step: a wrong interval cannot drift.
        lead = 0.0 if backward else last - time
        return last + self._interval / (1.0 + lead / self._interval)

    def _anchor(self, raw: float, last: float) -> float:
        """Takes this pts for the moment one interval after the frame before."""
        time = last + self._interval
        self._former, self._offset = self._offset, time - raw
        return time

    def _settle(self, raw: float, last: float, time: float, former: float) -> float:
        """A jump forward after a restart: the counter from before it if that fits, so one stray pts does no harm."""
        self._former = None
        if not last < raw + former <= last + RESTART:
            return time
        self._offset = former
        return raw + former
