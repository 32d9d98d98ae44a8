"""What became of what a sink was given, and what there is to say about it. Time is passed in, in seconds."""

from typing import Literal

import msgspec

from stream_ocr.messages import SinkState, SinkStatus, StageStats
from stream_ocr.metrics import Meter
from stream_ocr.sinks.deliveries import Deliveries
from stream_ocr.transport import Audience

__all__ = ["Account", "SinkReport", "Takes"]

Takes = Literal["events", "frames"]

_QUIET = 5.0
"""Seconds without trouble after which it is over: a sink that fails every other second is told of once."""
_LONG = 3600.0
"""Seconds after which trouble is forgotten; what comes again sooner has to stay away twice as long to be over."""
_GRAVITY: dict[SinkState, int] = {"ok": 0, "behind": 1, "failing": 2, "failed": 3}


class SinkReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a sink did in a run."""

    takes: Takes
    written: int
    """Events, or frames, that it took."""
    lost: int
    """Events, or frames, that it did not."""
    overruns: int
    """Times that a subscriber of it was too slow, and missed at least one of them."""
    failed: str | None
    """Why it took nothing any more; None: it did to the end."""
    kept: int = 0
    """Events that are kept for it until the next run."""


class Account:
    """Counts, and tells trouble apart from trouble that was told already.

    A spell of trouble is said when it begins, when it gets worse, when the first item is lost in it, and when it is
    over: never more than that, however long it lasts.
    """

    def __init__(self, name: str, takes: Takes, *, period: float, now: float) -> None:
        """`period`: seconds between two reports."""
        self.lasting = False
        """What the sink has not taken is there in the next run."""
        self.name = name
        self.takes = takes
        self.written = 0
        self.lost = 0
        self._audience = Audience()
        self._deliveries = Deliveries()
        self._meter = Meter(f"sink:{name}", period=period, now=now)
        self._state: SinkState = "ok"
        self._cause: str | None = None
        self._losing = False
        self._last = now
        """When there was trouble last."""
        self._caught_up = now
        """When nothing was left to write last."""
        self._untold = False
        self._quiet = _QUIET
        self._well_since = now - _LONG

    def wrote(self, seconds: float, number: int) -> None:
        """It took something, which kept it busy for so long; `number`: 1, or 0 for a notice."""
        self._meter.worked(seconds)
        self.written += number

    def catch_up(self, now: float) -> None:
        """Everything is written that came."""
        if self._deliveries.trouble is None:
            self._caught_up = now

    def lose(self, number: int, cause: str, now: float) -> None:
        """Items are lost because it is too slow, or worse."""
        if number <= 0:
            return
        self.lost += number
        self.trouble("behind", cause, now)
        if not self._losing and self._state != "failed":
            self._untold = True
        self._losing = True

    def look_at(self, audience: Audience, now: float) -> None:
        """What is known by now of those who subscribe to it."""
        if audience.overruns > self._audience.overruns:
            self.trouble("behind", "a subscriber reads too slowly and misses some", now)
        self._audience = audience

    def settle(self, deliveries: Deliveries, now: float) -> None:
        """What became by now of what it was given, where that is known later than when it takes it."""
        self.written = deliveries.delivered
        self.lose(deliveries.lost - self._deliveries.lost, deliveries.lost_to, now)
        if deliveries.trouble is not None:
            self.trouble("failing", deliveries.trouble, now)
        self._deliveries = deliveries

    def trouble(self, state: SinkState, cause: str, now: float) -> None:
        """Something is wrong; it counts for news if it is worse than what was wrong before."""
        if self._state == "ok":
            self._quiet = _QUIET if now - self._well_since >= _LONG else min(2 * self._quiet, _LONG)
        self._last = now
        if _GRAVITY[state] > _GRAVITY[self._state]:
            self._state, self._cause, self._untold = state, cause, True

    def news(self, now: float, wall: float, waiting: int) -> list[SinkStatus | StageStats]:
        """What there is to say since the call before. `waiting`: items that wait for it, in the hand or behind."""
        waiting += self._deliveries.waiting
        over = self._state in ("behind", "failing") and now - self._last >= self._quiet
        if over and self._caught_up > self._last:
            self._well_since = now
            self._state, self._cause, self._losing, self._untold = "ok", None, False, True
        said: list[SinkStatus | StageStats] = []
        if self._untold:
            self._untold = False
            said.append(self._status(wall, waiting))
        if self._meter.due(now):
            self._meter.counts.update(written=self.written, lost=self.lost, **self._audience._asdict())
            said.append(self._meter.report(now, wall, queue=waiting))
        return said

    def report(self) -> SinkReport:
        """What it came to."""
        return SinkReport(
            takes=self.takes,
            written=self.written,
            lost=self.lost,
            overruns=self._audience.overruns,
            failed=self._cause if self._state == "failed" else None,
            kept=self._deliveries.waiting,
        )

    def _status(self, wall: float, waiting: int) -> SinkStatus:
        return SinkStatus(
            sink=self.name,
            state=self._state,
            takes=self.takes,
            lost=self.lost,
            waiting=waiting,
            wall=wall,
            cause=self._cause,
        )
