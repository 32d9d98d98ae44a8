"""What was said last of each source and stage."""

import threading
from typing import NamedTuple

from stream_ocr.messages import SourceStats, SourceStatus, StageStats
from stream_ocr.sinks import Item

__all__ = ["Seen", "Snapshot"]


class Seen(NamedTuple):
    """A snapshot at one moment. What is in it is frozen."""

    statuses: dict[str, SourceStatus]
    sources: dict[str, SourceStats]
    stages: dict[tuple[str, str | None], StageStats]
    """By stage, and by source where a report speaks of one source only."""


class Snapshot:
    """Keeps the last status and stats; any thread may look at any time."""

    def __init__(self) -> None:
        self._seen = Seen({}, {}, {})
        self._lock = threading.Lock()

    def take(self, item: Item) -> None:
        """Takes one item; what is no status and no stats is passed over."""
        with self._lock:
            match item:
                case SourceStatus():
                    self._seen.statuses[item.source] = item
                case SourceStats():
                    self._seen.sources[item.source] = item
                case StageStats():
                    self._seen.stages[item.stage, item.source] = item

    def look(self) -> Seen:
        """What is known now."""
        with self._lock:
            statuses, sources, stages = self._seen
            return Seen(statuses.copy(), sources.copy(), stages.copy())
