"""Events delivered from the store: at least once, in order, whatever crashes meanwhile.

The run's `sqlite` sink stores every event, in the order in which they happened. Up to where a receiver has them is
noted in the same file, after the receiver has acknowledged them and never before. So what was under way when either
side died comes again, with the same `id`; what was not is next.
"""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from stream_ocr import durations
from stream_ocr.config import DeliverySink
from stream_ocr.errors import DamagedStoreError, SinkGoneError, StageError, StoreError
from stream_ocr.messages import TextEvent
from stream_ocr.rules.selection import Selection
from stream_ocr.sinks import Item
from stream_ocr.sinks.courier import Courier
from stream_ocr.sinks.deliveries import Deliveries
from stream_ocr.store import Store, Stored

__all__ = ["Durable", "Supply"]

_TURN = 0.5
"""Seconds for which events are delivered before there is a look at what else has come."""
_LAST = 2.0
"""Seconds in the end for which an event is waited for that was said, and is not in the store yet."""
_STORING = 0.3
"""The same where nobody takes it."""
_TICK = 0.02
_READ = 500
"""Rows that are looked at, at once, for those that are for the sink."""


class Supply:
    """What waits in the store for one sink, and how far it is. Raises StageError where the store cannot be had."""

    def __init__(self, settings: DeliverySink, selection: Selection) -> None:
        """A sink that the store does not know yet gets what comes from now on."""
        assert settings.durable is not None
        self.lost = 0
        """Events that were given up."""
        self.lost_to = ""
        self.waiting = 0
        """Events behind the cursor when there was a look last; not all of them need be for this sink."""
        self.tail: str | None = None
        """Id of the event that was looked at last."""
        self.place = settings.place
        self._settings = settings
        self._keep = durations.seconds(settings.keep)
        self._selection = selection
        try:
            self._store = Store(Path(settings.durable))
            cursor = self._store.cursor(settings.identity)
            self._cursor = self._store.newest() if cursor is None else cursor
            if cursor is None:
                self._store.acknowledged(settings.identity, self._cursor)
        except StoreError as error:
            raise _as_sink(error) from error

    def next(self, limit: int) -> list[Stored]:
        """The events that are to be delivered next. Raises StoreError."""
        self._shorten()
        while rows := self._store.pending(self._cursor, _READ):
            oldest = time.time() - self._keep
            stale = next((number for number, row in enumerate(rows) if row.stored >= oldest), len(rows))
            if stale:
                self._give_up(rows[:stale], f"waited for more than {self._settings.keep}")
                continue
            wanted = [row for row in rows if self._selection.wants(row.event)]
            if wanted:
                return wanted[:limit]
            self.settle(rows[-1])
        return []

    def settle(self, row: Stored) -> None:
        """The sink has everything up to this event. Raises StoreError."""
        self._store.acknowledged(self._settings.identity, row.rowid)
        self.waiting = max(0, self.waiting - (row.rowid - self._cursor))
        self._cursor = row.rowid
        self.tail = row.event.id

    def look(self) -> None:
        """Counts what waits. Raises StoreError."""
        self.waiting = max(0, self._store.newest() - self._cursor)

    def close(self) -> None:
        """Closes the store."""
        with suppress(StoreError):
            self._store.close()

    def _shorten(self) -> None:
        """Gives up the oldest of too many."""
        self.look()
        while (excess := self.waiting - self._settings.backlog) > 0:
            rows = self._store.pending(self._cursor, min(excess, _READ))
            if not rows:
                return
            self._give_up(rows, f"more than {self._settings.backlog} waited")

    def _give_up(self, rows: Sequence[Stored], cause: str) -> None:
        self.lost += sum(self._selection.wants(row.event) for row in rows)
        self.lost_to = f"{cause}; the oldest are given up"
        self.settle(rows[-1])


class Durable:
    """An event sink that delivers what is in the store; nothing that goes wrong with the receiver ends it."""

    def __init__(self, courier: Courier, supply: Supply) -> None:
        self._courier = courier
        self._supply = supply
        self._delivered = 0
        self._trouble: str | None = None
        self._said: str | None = None
        """Id of the event that was said last."""

    @property
    def deliveries(self) -> Deliveries:
        """What became of the events so far."""
        refused, cause = self._courier.refusals
        return Deliveries(
            delivered=self._delivered - refused,
            lost=self._supply.lost + refused,
            waiting=self._supply.waiting,
            lost_to=self._supply.lost_to or cause or "",
            trouble=self._trouble,
        )

    def write(self, item: Item) -> None:
        """Takes one item; events come from the store."""
        if isinstance(item, TextEvent):
            self._said = item.id
        else:
            with suppress(StageError):
                self._courier.tell(item)
        self.poll()

    def poll(self) -> None:
        """Delivers what is there, for a moment. Raises SinkGoneError where the store is damaged."""
        until = time.monotonic() + _TURN
        while self._advance() and time.monotonic() < until:
            pass

    def close(self) -> None:
        """Delivers what was said until now, as long as that goes on; then parts from the receiver."""
        until = time.monotonic() + _LAST
        pause = threading.Event()
        while self._trouble is None and not self._is_done() and time.monotonic() < until:
            if self._advance():
                until = time.monotonic() + _LAST
            else:
                # The store may be about to get it.
                pause.wait(_TICK)
        if self._trouble is not None:
            # What was said last may be on its way into the store, and is to be counted.
            pause.wait(_STORING)
            with suppress(StoreError):
                self._supply.look()
        self._courier.close()
        self._supply.close()

    def _is_done(self) -> bool:
        return self._said is None or self._supply.tail == self._said

    def _advance(self) -> bool:
        """Delivers the next events; whether there were any, and all went well."""
        try:
            rows = self._supply.next(self._courier.at_once)
            if rows:
                settled = self._courier.deliver([row.event for row in rows])
                self._supply.settle(rows[settled - 1])
                self._delivered += settled
            else:
                self._courier.poll()
        except DamagedStoreError as error:
            raise _as_sink(error) from error
        except (StageError, StoreError) as error:
            self._trouble = str(error).removeprefix(f"{self._supply.place}: ")
            return False
        self._trouble = None
        return bool(rows)


def _as_sink(error: StoreError) -> StageError:
    """Trouble with the store, as sinks tell it."""
    return SinkGoneError(str(error)) if isinstance(error, DamagedStoreError) else StageError(str(error))
