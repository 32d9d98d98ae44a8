"""Whether a run is alive and whether it is ready, as it is told over HTTP. Pure."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from stream_ocr.health.snapshot import Seen
from stream_ocr.masking import scrubbed
from stream_ocr.pulse import Doing

__all__ = ["STUCK_AFTER", "Liveness", "Readiness", "SourceHealth", "ThreadHealth", "liveness", "readiness"]

STUCK_AFTER = 15.0
"""Seconds for which a stage may be at one message before it counts as stuck."""


class ThreadHealth(Struct, frozen=True, kw_only=True):
    """Where the thread of a stage is."""

    doing: Doing
    seconds: float
    """For so long by now."""


class Liveness(Struct, frozen=True, kw_only=True):
    """Whether the threads of a run move."""

    live: bool
    stuck: tuple[str, ...]
    """The stages that do not; those that merely wait for one of them are left out."""
    stages: dict[str, ThreadHealth]
    """Those that run now."""


class SourceHealth(Struct, frozen=True, kw_only=True):
    """How a source is."""

    state: str
    """As it was told last; `opening` before that."""
    cause: str | None
    """Why it is not online."""
    epoch: int
    fps: float
    age_p95_ms: float


class Readiness(Struct, frozen=True, kw_only=True):
    """Whether a run reads what it is to read."""

    ready: bool
    loaded: bool
    """All stages are, also those whose worker is elsewhere."""
    sources: dict[str, SourceHealth]


def liveness(threads: Mapping[str, tuple[Doing, float]], limit: float) -> Liveness:
    """A verdict on what each thread does, and for how many seconds it has been at it; `limit`: what is too long."""
    waits = any(doing == "wait" for doing, _ in threads.values())
    # While one waits for its worker elsewhere, those before it wait for that, and nothing here could be done better.
    late = {
        name: doing for name, (doing, seconds) in threads.items() if seconds > limit and not (waits and doing == "send")
    }
    # A stage that cannot send waits for the one after it, which has not taken the message before.
    stuck = [name for name, doing in late.items() if doing != "send"] or list(late)
    stages = {name: ThreadHealth(doing=doing, seconds=round(seconds, 3)) for name, (doing, seconds) in threads.items()}
    return Liveness(live=not late, stuck=tuple(stuck), stages=stages)


def readiness(seen: Seen, sources: Iterable[str], *, loaded: bool) -> Readiness:
    """A verdict on the `sources` that are to be online."""
    health = {source: _source(seen, source) for source in sources}
    # What is paused is so because somebody wanted it.
    online = all(source.state in ("online", "paused") for source in health.values())
    return Readiness(ready=loaded and online, loaded=loaded, sources=health)


def _source(seen: Seen, name: str) -> SourceHealth:
    status, stats = seen.statuses.get(name), seen.sources.get(name)
    return SourceHealth(
        state="opening" if status is None else status.state,
        # It should carry no credentials; here strangers may read it.
        cause=None if status is None or status.cause is None else scrubbed(status.cause),
        epoch=0 if status is None else status.epoch,
        fps=0.0 if stats is None else round(stats.fps, 3),
        age_p95_ms=0.0 if stats is None else round(stats.age_p95_ms, 3),
    )
