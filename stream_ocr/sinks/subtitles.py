"""Subtitles as a file or as live segments, one for each source."""

from pathlib import Path
from typing import Protocol, TypeAlias

from stream_ocr.config import AssSink, SrtSink, VttSink
from stream_ocr.errors import StageError
from stream_ocr.messages import SourceStats, SourceStatus, TextEvent
from stream_ocr.sinks import Item
from stream_ocr.sinks.segments import Segments
from stream_ocr.sinks.subtitlefile import SubtitleFile
from stream_ocr.subtitles.formats import Ass, Srt, Vtt
from stream_ocr.subtitles.gathering import FRAMES, Gatherer, Timing
from stream_ocr.transport import Context

__all__ = ["SubtitleSettings", "Subtitles"]

SubtitleSettings: TypeAlias = SrtSink | VttSink | AssSink

_SOURCE = "{source}"
_ON_ITS_WAY = 2.0
"""Seconds of media time that a source may have decoded ahead of what is said of it, or `FRAMES` if they take longer."""
_LIVE = 3.0
"""Seconds after which a live segment is made, whatever is still to be said of its time."""


class _Target(Protocol):
    """Takes the cues of one source down."""

    gatherer: Gatherer
    size: tuple[int, int] | None
    """Of the picture, in pixels, as soon as it is known."""

    def refresh(self) -> None:
        """Writes what there is to write by now. Raises StageError or SinkGoneError."""

    def close(self) -> None:
        """Writes the rest, and closes. Raises StageError or SinkGoneError."""


class Subtitles:
    """Writes subtitles; `{source}` in the path stands for the name of the source.

    What was there is replaced. Raises StageError when something cannot be written there.
    """

    def __init__(self, settings: SubtitleSettings, context: Context | None = None) -> None:
        del context
        self._settings = settings
        self._targets: dict[str, _Target] = {}
        where = settings.path or getattr(settings, "segments", None) or ""
        self._path = where
        if _SOURCE not in where:
            self._targets[""] = self._target(where)

    def write(self, item: Item) -> None:
        """Takes an event, or how far a source has come.

        Raises StageError when it cannot be written, with what is over kept, or SinkGoneError.
        """
        match item:
            case TextEvent():
                target = self._of(item.source)
                target.size = item.size
                target.gatherer.hear(item)
            case SourceStatus():
                self._learn(item)
                return
            case SourceStats():
                target = self._of(item.source)
                target.gatherer.reach(item.position - max(_ON_ITS_WAY, FRAMES * target.gatherer.frame))
            case _:
                return
        target.refresh()

    def poll(self) -> None:
        """Nothing is ever pending."""

    def close(self) -> None:
        """Writes what is left. Raises StageError when it cannot be stored."""
        failures = []
        while self._targets:
            _, target = self._targets.popitem()
            try:
                target.close()
            except StageError as error:
                failures.append(error)
        if failures:
            raise failures[0]

    def _learn(self, status: SourceStatus) -> None:
        target = self._of(status.source)
        target.size = status.size or target.size
        if status.rate:
            target.gatherer.frame = 1.0 / status.rate
        target.refresh()

    def _of(self, source: str) -> _Target:
        if _SOURCE not in self._path:
            return self._targets[""]
        if source not in self._targets:
            self._targets[source] = self._target(self._path.replace(_SOURCE, source))
        return self._targets[source]

    def _target(self, path: str) -> _Target:
        settings = self._settings
        timing = Timing(settings.min_duration, settings.max_gap)
        if isinstance(settings, SrtSink):
            return SubtitleFile(path, Srt(), Gatherer(timing, settings.region))
        if isinstance(settings, AssSink):
            return SubtitleFile(path, Ass(positions=settings.positions), Gatherer(timing, settings.region))
        vtt = Vtt(positions=settings.positions)
        if settings.segments is None:
            return SubtitleFile(path, vtt, Gatherer(timing, settings.region))
        live = timing._replace(delay=_LIVE, patience=_LIVE)
        return Segments(Path(path), vtt, Gatherer(live, settings.region), settings)
