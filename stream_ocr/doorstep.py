"""Whether a source that was away is back: a knock costs less than an attempt to open it, so it can be heard sooner."""

import socket
import threading
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

__all__ = ["Doorstep", "address"]

_EVERY = 2.0
"""Seconds between two knocks."""
_PATIENCE = 1.0
"""Seconds for which a knock waits for an answer."""
_PORTS = {"http": 80, "https": 443, "rtmp": 1935, "rtmps": 443, "rtsp": 554, "rtsps": 322}


def address(uri: str) -> tuple[str, int] | None:
    """Host and TCP port of a URI; None where it has none."""
    try:
        parts = urlsplit(uri)
        port = parts.port or _PORTS.get(parts.scheme.lower())
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname and port else None


class Doorstep:
    """Knocks every two seconds, in a thread, while it is entered; `back` is set once an absent source is there."""

    def __init__(self, uri: str) -> None:
        self.back = threading.Event()
        self._uri = uri
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._wait, name=f"stream-ocr doorstep of {address(uri)}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Not joined: looking up a name may take its time. It ends by itself, with the knock that it is at.
        self._left.set()

    def _wait(self) -> None:
        if self._answers():
            # Somebody is at home who does not show what is wanted: no hurry.
            return
        while not self._left.wait(_EVERY):
            if self._answers():
                self.back.set()
                return

    def _answers(self) -> bool:
        where = address(self._uri)
        if where is None:
            return Path(self._uri).exists()
        try:
            with socket.create_connection(where, _PATIENCE):
                return True
        except OSError:
            return False
