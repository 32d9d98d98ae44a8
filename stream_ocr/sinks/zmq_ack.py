"""Events on a ZeroMQ socket to one receiver, which acknowledges each (`stream_ocr.receive`, `listen --ack`)."""

import time
from collections.abc import Sequence

import msgspec

from stream_ocr.config import ZmqAckSink
from stream_ocr.errors import SinkAwayError
from stream_ocr.messages import TextEvent
from stream_ocr.sinks import Item
from stream_ocr.sinks.courier import Refusals
from stream_ocr.transport import Context, HandOut

__all__ = ["ZmqAck"]

_TURN = 0.5
"""Seconds of one attempt."""


class ZmqAck:
    """A courier to whoever dials in. Raises WireError when the endpoint cannot be bound."""

    def __init__(self, settings: ZmqAckSink, context: Context) -> None:
        self.at_once = settings.window
        self.refusals = Refusals()
        self._settings = settings
        self._desk = HandOut(context, settings.bind, window=settings.window)
        self.endpoint = self._desk.endpoint
        """Where it is bound, with the port that was chosen for `tcp://...:*`."""
        self._since = time.monotonic()
        """When something was acknowledged last, or there was nothing to acknowledge."""

    def deliver(self, events: Sequence[TextEvent]) -> int:
        """Hands out the events; returns how many are acknowledged by now.

        Raises SinkAwayError: none is, and nobody is there, or whoever is has been silent about them for too long.
        """
        messages = [(event.id.encode(), msgspec.json.encode(event)) for event in events]
        while True:
            settled = self._desk.hand_out(messages, _TURN)
            now = time.monotonic()
            if settled:
                self._since = now
                return settled
            if not self._desk.attended:
                raise SinkAwayError(f"{self._settings.bind}: nobody receives")
            if now - self._since > self._settings.timeout:
                raise SinkAwayError(
                    f"{self._settings.bind}: the receiver has not acknowledged anything for {now - self._since:.0f} s"
                )

    def tell(self, notice: Item) -> None:
        """Only events are handed out."""

    def poll(self) -> None:
        """Hears who is there."""
        self._since = time.monotonic()
        self._desk.attend()

    def close(self) -> None:
        """Closes the socket."""
        self._desk.close()
