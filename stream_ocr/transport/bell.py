"""A bell: one thread wakes another that waits on its sockets."""

from contextlib import suppress

import zmq

from stream_ocr.transport.sockets import Context, Socket

__all__ = ["Bell", "Ringer"]


class Bell(Socket):
    """The side that waits, see `Outbox.wait`. Raises WireError when a bell of this name is there already."""

    def __init__(self, context: Context, name: str) -> None:
        super().__init__(context, zmq.PULL, linger=0)
        self._context, self._name = context, name
        self._socket.rcvhwm = 1
        self._bind(_endpoint(name))

    def ringer(self) -> "Ringer":
        """The other side, made in the thread that calls this and for it alone."""
        return Ringer(self._context, self._name)

    def quiet(self) -> None:
        """Takes note of all that has rung so far."""
        while self._readable(0):
            self._socket.recv()


class Ringer(Socket):
    """The side that rings; it lives in the thread that does."""

    def __init__(self, context: Context, name: str) -> None:
        super().__init__(context, zmq.PUSH, linger=0)
        self._socket.sndhwm = 1
        self._connect(_endpoint(name))

    def ring(self) -> None:
        """Wakes the other side, now or when it waits next; never waits itself."""
        # A bell that rings already, or that nobody has any more, need not be rung.
        with suppress(zmq.Again):
            self._socket.send(b"", zmq.DONTWAIT)


def _endpoint(name: str) -> str:
    return f"inproc://bell of {name}"
