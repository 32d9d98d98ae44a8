"""The thread at the doors of a Context: it says who may come in, and counts who could not.

ZeroMQ asks the first question on an inproc socket (ZAP, RFC 27) and reports connections on others (monitors). Both have
to be read at once, whatever the owner of a bound socket is doing: a monitor that nobody reads brings all of ZeroMQ's
traffic to a halt. The thread sleeps while nothing happens.
"""

import asyncio
import atexit
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TypeAlias

import zmq
from zmq.auth import Authenticator

from stream_ocr.transport.visitors import EVENTS, Visitors

__all__ = ["DOMAIN", "Doorkeeper"]

DOMAIN = "stream-ocr"
"""The name under which bound sockets ask (ZAP_DOMAIN)."""
_PATIENCE = 5.0
"""Seconds that the thread has to end."""
_WAITING = 64

Watched: TypeAlias = dict[zmq.Socket[bytes], Visitors]
"""Who visits, by the socket on which its monitor reports."""


class Doorkeeper:
    """Watches sockets of the ZeroMQ context at `address`; of those that speak CURVE it lets `clients` in."""

    def __init__(self, address: int, clients: frozenset[bytes]) -> None:
        # Its own view of the context: who destroys that one does not find our sockets among those left open.
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context.shadow(address)
        self._arrivals: SimpleQueue[tuple[zmq.Socket[bytes], Visitors]] = SimpleQueue()
        self._bell, self._ear = socket.socketpair()
        self._stopping = False
        self._authenticator = Authenticator(self._context)
        self._authenticator.configure_curve_callback(DOMAIN, _Clients(clients))
        self._authenticator.start()
        self._thread = threading.Thread(target=self._run, name="stream-ocr doorkeeper", daemon=True)
        self._thread.start()
        # After the last line of a program the thread would be stopped where it stands, its sockets open, and whoever
        # then ends the context would wait for them for ever.
        atexit.register(self.stop)

    def watch(self, watched: zmq.Socket[bytes]) -> Visitors:
        """Counts the connections of a socket that is about to be bound or connected."""
        visitors = Visitors()
        address = f"inproc://monitor-{secrets.token_hex(8)}"
        watched.monitor(address, EVENTS)
        monitor = self._context.socket(zmq.PAIR)
        monitor.linger = 0
        monitor.connect(address)
        self._arrivals.put((monitor, visitors))
        self._bell.send(b"!")
        return visitors

    def stop(self) -> None:
        """Ends the thread and closes its sockets; the context is to be terminated next."""
        if not self._stopping:
            self._stopping = True
            atexit.unregister(self.stop)
            self._bell.send(b"!")
            self._thread.join(_PATIENCE)
            self._bell.close()
            self._ear.close()

    def _run(self) -> None:
        runner = asyncio.Runner()
        with ExitStack() as stack:
            stack.callback(runner.close)
            stack.callback(self._authenticator.stop)
            watched: Watched = {}
            stack.callback(self._close, watched)
            door = self._authenticator.zap_socket
            poller = zmq.Poller()
            poller.register(door, zmq.POLLIN)
            poller.register(self._ear, zmq.POLLIN)
            while not self._stopping:
                for ready, _ in poller.poll():
                    if ready is door:
                        runner.run(self._authenticator.handle_zap_message(door.recv_multipart()))
                    elif ready in watched:
                        self._hear(ready, watched, poller)
                    else:
                        self._take_on(watched, poller)

    def _take_on(self, watched: Watched, poller: zmq.Poller) -> None:
        self._ear.recv(_WAITING)
        for monitor, visitors in self._arrived():
            watched[monitor] = visitors
            poller.register(monitor, zmq.POLLIN)

    def _arrived(self) -> Iterator[tuple[zmq.Socket[bytes], Visitors]]:
        while not self._arrivals.empty():
            yield self._arrivals.get_nowait()

    def _close(self, watched: Watched) -> None:
        """Closes what is watched, and what came too late to be."""
        watched.update(self._arrived())
        for monitor in watched:
            monitor.close()

    def _hear(self, monitor: zmq.Socket[bytes], watched: Watched, poller: zmq.Poller) -> None:
        if not watched[monitor].note(monitor.recv_multipart()):
            poller.unregister(monitor)
            del watched[monitor]
            monitor.close()


@dataclass(frozen=True)
class _Clients:
    """The credentials provider that pyzmq's authenticator asks."""

    keys: frozenset[bytes]

    def callback(self, _: str, key: bytes) -> bool:
        """Whether the owner of this public key may come in."""
        return key in self.keys
