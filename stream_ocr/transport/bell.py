"""A bell: any thread wakes the one that waits on its sockets, see `Outbox.wait`."""

import socket
from contextlib import suppress
from typing import Self

__all__ = ["Bell"]


class Bell:
    """Made and closed by the thread that waits; a ring after that is not heard, and does no harm."""

    def __init__(self) -> None:
        self._heard, self._rung = socket.socketpair()
        self._heard.setblocking(False)
        self._rung.setblocking(False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._heard.close()
        self._rung.close()

    def ring(self) -> None:
        """Wakes who waits, now or when it waits next; never waits itself."""
        # It rings already, or nobody waits any more.
        with suppress(OSError):
            self._rung.send(b"\0")

    def fileno(self) -> int:
        """What becomes readable when it rings."""
        return self._heard.fileno()

    def quiet(self) -> None:
        """Takes note of all that has rung so far."""
        with suppress(BlockingIOError):
            while self._heard.recv(4096):
                pass
