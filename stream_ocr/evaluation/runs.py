"""One clip through the pipeline: what was said of it, and what that took."""

import time
from collections.abc import Callable
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from stream_ocr.config import Config
from stream_ocr.evaluation.results import Effort
from stream_ocr.evaluation.scoring import Found, Sighting
from stream_ocr.messages import SourceStatus, StageStats, TextEvent
from stream_ocr.pipeline import Pipeline
from stream_ocr.sinks import Item

__all__ = ["By", "ClipRun", "Findings", "Outcome", "Step", "Watch"]

By: TypeAlias = Literal["stream-ocr", "threshold 0", "rapidocr"]
"""Who reads: stream-ocr as it is set, or without a threshold of confidence, or the baseline."""


class Step(Struct, frozen=True, kw_only=True):
    """How far the reading of a clip is."""

    clip: str
    number: int
    """Of the clip among all that are read, from 1."""
    clips: int
    """How many are read."""
    by: By
    position: float
    """Media seconds."""
    duration: float | None
    events: int
    over: bool = False


Watch: TypeAlias = Callable[[Step], None]
"""Is told how far it is, from whatever thread knows it, several times a second at most."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What a run came to."""

    found: tuple[Found, ...]
    """The texts that are over, in the order in which they ended."""
    effort: Effort
    problem: str | None = None


class ClipRun:
    """One run of a config with a single source, in whatever thread calls it; `stop` may come from another one."""

    def __init__(self, config: Config, first: Step, watch: Watch) -> None:
        """`first`: how far it is before it has begun."""
        self._config = config
        self._notes = _Notes(first, watch)
        self._pipeline: Pipeline | None = None
        self._stopped = False

    def run(self) -> Outcome:
        """Blocks until the clip is at its end. Raises what `Pipeline.run` raises."""
        self._pipeline = Pipeline(self._config, sinks=[self._notes])
        if self._stopped:
            self._pipeline.stop()
        try:
            report = self._pipeline.run()
        finally:
            self._notes.finish()
        (problem,) = report.sources.values()
        return self._notes.outcome(problem)

    def stop(self) -> None:
        """Lets the run end early."""
        self._stopped = True
        if self._pipeline is not None:
            self._pipeline.stop()


class Findings:
    """What was said, put together from the events of one source."""

    def __init__(self) -> None:
        self.found: list[Found] = []
        """The texts that are over, in the order in which they ended."""
        self.updates = 0
        self._open: dict[int, list[Sighting]] = {}
        """Track to where it has been."""

    def take(self, event: TextEvent) -> None:
        """Takes the next event."""
        self.updates += event.kind == "update"
        seen = event.at if event.end is None else event.end
        sightings = self._open.setdefault(event.track, [])
        sightings.append(Sighting(seen, event.quad))
        if event.kind == "disappear":
            self.found.append(
                Found(
                    text=event.text,
                    start=event.start,
                    end=seen,
                    confidence=event.confidence,
                    reads=event.reads,
                    sightings=tuple(sorted(self._open.pop(event.track), key=lambda sighting: sighting.at)),
                )
            )


class _Notes:
    """An event sink that writes down what an evaluation needs."""

    def __init__(self, first: Step, watch: Watch) -> None:
        self._first = first
        self._watch = watch
        self._began = self._ended = 0.0
        self._findings = Findings()
        self._frames = 0
        self._position = 0.0

    def write(self, item: Item) -> None:
        """Takes one item."""
        match item:
            case TextEvent():
                self._findings.take(item)
                self._position = max(self._position, item.at)
            case SourceStatus():
                self._began = self._began or time.monotonic()
            case StageStats() if item.source is not None:
                self._frames = round(item.counts.get("frames", self._frames))
                self._position = item.counts.get("position", self._position)
        self._tell(over=False)

    def poll(self) -> None:
        """Nothing is ever pending."""

    def close(self) -> None:
        """The run is over."""
        self._ended = time.monotonic()

    def finish(self) -> None:
        """Nobody needs to watch any more."""
        self._tell(over=True)

    def outcome(self, problem: str | None) -> Outcome:
        """What is in the notes."""
        effort = Effort(
            frames=self._frames,
            media_s=self._position,
            wall_s=max(self._ended - self._began, 1e-3),
            updates=self._findings.updates,
            readings=sum(found.reads for found in self._findings.found),
        )
        return Outcome(found=tuple(self._findings.found), effort=effort, problem=problem)

    def _tell(self, *, over: bool) -> None:
        self._watch(replace(self._first, position=self._position, events=len(self._findings.found), over=over))
