"""Which sources are paused: their connection is kept, and their frames are let go."""

__all__ = ["Pauses"]


class Pauses:
    """Names of sources; any thread may ask and change it."""

    def __init__(self) -> None:
        self._names: frozenset[str] = frozenset()

    def __contains__(self, source: object) -> bool:
        return source in self._names

    def pause(self, source: str) -> None:
        """From now on its frames are let go."""
        self._names |= {source}

    def resume(self, source: str) -> None:
        """From now on they are read again."""
        self._names -= {source}
