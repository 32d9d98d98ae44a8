"""Counting the connections that came to nothing, by what the monitor of a socket tells."""

import struct

import zmq

__all__ = ["EVENTS", "Visitors"]

_BEGUN = zmq.EVENT_ACCEPTED | zmq.EVENT_CONNECTED
_FAILED = zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_AUTH
EVENTS = _BEGUN | zmq.EVENT_HANDSHAKE_SUCCEEDED | _FAILED | zmq.EVENT_DISCONNECTED | zmq.EVENT_MONITOR_STOPPED
"""The events that are wanted."""


class Visitors:
    """The connections of one socket: those begun, those made, and how many were refused.

    ZeroMQ says of most connections that they failed, but of those that never spoke its protocol only that they are
    over. And it says that a connection was made, but not which. So a success is put down to the one that began last,
    and handed on when that turns out to have failed: whatever the order, in the end each connection is counted once.
    """

    def __init__(self) -> None:
        self.refused = 0
        """Connections that ended before they were made; may be read from any thread."""
        self.lost = 0
        """Connections that were made, and are over; the same."""
        self._begun: dict[int, None] = {}
        self._made: set[int] = set()
        self._failures = 0

    def note(self, message: list[bytes]) -> bool:
        """Takes what the monitor sent; False: it was the last."""
        event, value = struct.unpack("=Hi", message[0])
        if event & _BEGUN:
            self._begun[value] = None
        elif event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self._one_is_made()
        elif event & _FAILED:
            # The end of the connection follows, and says which it was.
            self._failures += 1
        elif event == zmq.EVENT_DISCONNECTED:
            self._ended(value)
        return bool(event != zmq.EVENT_MONITOR_STOPPED)

    def _one_is_made(self) -> None:
        if self._begun:
            self._made.add(self._begun.popitem()[0])

    def _ended(self, descriptor: int) -> None:
        failed = self._failures > 0
        self._failures -= failed
        was_made = descriptor in self._made
        self._made.discard(descriptor)
        self._begun.pop(descriptor, None)
        if failed and was_made:
            self._one_is_made()
        if failed or not was_made:
            self.refused += 1
        else:
            self.lost += 1
