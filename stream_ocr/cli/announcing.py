"""Telling on standard error what becomes of the sources and sinks of a run: each piece of news once."""

from stream_ocr.cli.speech import amount, say, warn
from stream_ocr.messages import SinkStatus, SourceStatus
from stream_ocr.sinks import Item

__all__ = ["Announcer"]


class Announcer:
    """An event sink that says when a source is lost or cannot be had, why, and when it is back; and so of sinks."""

    def __init__(self, *, quiet: bool) -> None:
        """`quiet`: only what went wrong is said."""
        self._quiet = quiet
        self._causes: dict[str, str | None] = {}
        """What was last said of each source; None: that it is online."""

    def write(self, item: Item) -> None:
        """Takes note of a status; says it unless it says what was said already, or nobody need know."""
        if isinstance(item, SinkStatus):
            warn(_ailing(item))
        if not isinstance(item, SourceStatus):
            return
        before = self._causes.get(item.source)
        if item.state == "online":
            if before is not None and not self._quiet:
                say(f"{item.source}: online again")
            self._causes[item.source] = None
        elif item.state == "paused" and before != "paused":
            self._causes[item.source] = "paused"
            say(f"{item.source}: paused")
        elif item.state == "reconnecting" and item.cause != before:
            self._causes[item.source] = item.cause
            warn(f"{item.source}: {item.cause}; trying until it is back")

    def poll(self) -> None:
        """Nothing is ever pending."""

    def close(self) -> None:
        """Standard error stays open: it is not ours."""


def _ailing(status: SinkStatus) -> str:
    """What is wrong with a sink, or that nothing is any more."""
    consequence = {
        "ok": f"keeps up again with its {status.takes}",
        "behind": "",
        "failing": "tried again until it works",
        "failed": "given up",
    }[status.state]
    lost = f"{amount(status.lost, status.takes)} lost so far" if status.lost else ""
    return f"{status.sink}: {'; '.join(filter(None, (status.cause, consequence, lost)))}"
