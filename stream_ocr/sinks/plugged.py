"""Sinks of other packages: what they raise is theirs, and said in one line with their name."""

from typing import Any

from stream_ocr import plugins
from stream_ocr.config import SinkPlugin
from stream_ocr.errors import SinkGoneError

__all__ = ["open_plugin", "plugin_takes"]


class _Plugged:
    """One that was opened. It may raise StageError, and is asked again; anything else is a fault of it: it is given up.

    The same of those that take events, and those that take frames.
    """

    def __init__(self, sink: Any, kind: str) -> None:
        self._sink = sink
        self._blame = plugins.Blame(kind, SinkGoneError)

    def write(self, *taken: Any) -> None:
        """Hands over an item, or a frame and its picture."""
        with self._blame:
            self._sink.write(*taken)

    def poll(self) -> None:
        """Lets it do what is due."""
        with self._blame:
            self._sink.poll()

    def close(self) -> None:
        """Lets it flush and close."""
        with self._blame:
            self._sink.close()


def open_plugin(settings: SinkPlugin) -> _Plugged:
    """The sink, opened. Raises SinkGoneError where it raises something, and its own StageError."""
    plugin = plugins.load("sinks", settings.kind)
    with plugins.Blame(settings.kind, SinkGoneError):
        return _Plugged(plugin(settings.settings), settings.kind)


def plugin_takes(settings: SinkPlugin) -> str:
    """What its class says that it takes: events, unless it says frames."""
    return str(getattr(plugins.load("sinks", settings.kind), "takes", "events"))
