"""Which sources are paused: their connection is kept, and their frames are let go."""

import threading

__all__ = ["Pauses"]

_MOST = 1000
"""Names that are kept: whoever may pause sources may send any names."""


class Pauses:
    """Names of sources; any thread may ask and change it."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._names: frozenset[str] = frozenset()

    def __contains__(self, source: object) -> bool:
        return source in self._names

    def pause(self, source: str) -> None:
        """From now on its frames are let go; where a thousand sources are paused, no further one is."""
        with self._changing:
            if len(self._names) < _MOST:
                self._names |= {source}

    def resume(self, source: str) -> None:
        """From now on they are read again."""
        with self._changing:
            self._names -= {source}
