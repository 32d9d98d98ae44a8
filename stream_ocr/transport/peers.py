"""The connection that a message came over, for what ZeroMQ has no call for: to tell peers apart, and to drop one."""

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

import zmq

__all__ = ["Peer"]


@dataclass(frozen=True)
class Peer:
    """Somebody at the other end of a TCP or ipc connection; equal as long as the connection is the same."""

    descriptor: int
    device: int
    inode: int
    """With `device`, the identity of the open socket: a descriptor is given out again once it is closed."""

    @classmethod
    def of(cls, message: zmq.Frame) -> Self | None:
        """Who sent a message; None: it came over inproc, or the connection is over."""
        try:
            descriptor = message.get(zmq.SRCFD)
            assert isinstance(descriptor, int)
            status = os.fstat(descriptor)
        except (zmq.ZMQError, OSError):
            return None
        return cls(descriptor, status.st_dev, status.st_ino)

    def drop(self) -> None:
        """Ends the connection, if it is not over already; ZeroMQ takes it as one that the other side has ended."""
        with suppress(OSError):
            copy = os.dup(self.descriptor)
            status = os.fstat(copy)
            if (status.st_dev, status.st_ino) != (self.device, self.inode):
                os.close(copy)
                return
            with socket.socket(fileno=copy) as connection:
                connection.shutdown(socket.SHUT_RDWR)
