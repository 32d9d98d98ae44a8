"""Sinks that are done with an event when somebody else has acknowledged it.

A courier knows how to take events to one receiver; what waits for it is kept in memory (`Direct`) or in the store
(`durable`), and read from there.
"""

import random
import time
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from stream_ocr.backoff import Backoff
from stream_ocr.config import DeliverySink, ReconnectConfig
from stream_ocr.errors import StageError
from stream_ocr.messages import TextEvent
from stream_ocr.sinks import Item
from stream_ocr.sinks.deliveries import Deliveries

__all__ = ["Courier", "Direct", "Patience", "Refusals"]


class Refusals(NamedTuple):
    """What a receiver would not have, however often it were offered."""

    number: int = 0
    cause: str | None = None
    """Of the last one."""


class Courier(Protocol):
    """Takes events to a receiver, all in one thread of its own."""

    at_once: int
    """Events that it takes at a time at most."""
    refusals: Refusals

    def deliver(self, events: Sequence[TextEvent]) -> int:
        """Takes events, in order; returns how many, from the first on, are settled: acknowledged, or refused for good.

        Raises SinkAwayError where none is, because the receiver cannot be reached or does not answer now; StageError
        where it answers that it does not let us in.
        """

    def tell(self, notice: Item) -> None:
        """Takes what is no event, and may be lost."""

    def poll(self) -> None:
        """Does what is due; called several times a second. Raises as `deliver` does."""

    def close(self) -> None:
        """Parts from the receiver."""


class Direct:
    """An event sink: each event is offered until the receiver has settled it."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        self._settled = 0

    @property
    def deliveries(self) -> Deliveries:
        """What became of the events so far; what waits, waits elsewhere."""
        refused, cause = self._courier.refusals
        return Deliveries(self._settled - refused, refused, lost_to=cause or "")

    def write(self, item: Item) -> None:
        """Takes one item. Raises as `Courier.deliver` does."""
        if isinstance(item, TextEvent):
            self._settled += self._courier.deliver((item,))
        else:
            self._courier.tell(item)

    def poll(self) -> None:
        """Lets the courier do what is due. Raises as `Courier.poll` does."""
        self._courier.poll()

    def close(self) -> None:
        """Parts from the receiver."""
        self._courier.close()


class Patience:
    """When a receiver that failed is tried again; meanwhile its failure is repeated."""

    def __init__(self, settings: DeliverySink) -> None:
        self._backoff = Backoff(ReconnectConfig(first=1.0, longest=settings.longest))
        self._until = 0.0
        self._failure: tuple[type[StageError], str] | None = None
        self._well_since: float | None = None

    def check(self) -> None:
        """Raises what went wrong last, if it is too early to try again."""
        if self._failure is not None and time.monotonic() < self._until:
            kind, words = self._failure
            raise kind(words)

    def succeeded(self) -> None:
        """It went well."""
        self._failure = None
        if self._well_since is None:
            self._well_since = time.monotonic()

    def failed(self, failure: StageError, *, after: float | None = None) -> StageError:
        """Notes a failure, and returns it; `after`: seconds in which it is not to be tried again, if they are known."""
        now = time.monotonic()
        self._backoff.lost(0.0 if self._well_since is None else now - self._well_since)
        pause = self._backoff.wait(random.random())  # noqa: S311 spreads attempts, keeps no secret
        self._until = now + (pause if after is None else after)
        self._failure, self._well_since = (type(failure), str(failure)), None
        return failure
