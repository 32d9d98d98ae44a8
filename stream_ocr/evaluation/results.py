"""What an evaluation comes to: per clip, per group of clips, over all."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from stream_ocr.evaluation.curves import Bin, Point
from stream_ocr.evaluation.scoring import Score, pooled

__all__ = ["ClipResult", "Effort", "Evaluation", "Failure", "Figures", "Group", "Side", "figures", "group", "grouped"]


class Effort(Struct, frozen=True, kw_only=True):
    """What a run took. Plain sums, so that those of several clips can be added."""

    frames: int = 0
    media_s: float = 0.0
    """Media seconds."""
    wall_s: float = 0.0
    """Seconds from the first frame to the end; loading the models is left out."""
    updates: int = 0
    """Events that correct a text already said."""
    readings: int = 0
    """How often the texts that were said had been read."""


class Side(Struct, frozen=True, kw_only=True):
    """One way of reading a clip, scored."""

    score: Score
    effort: Effort


class Figures(Struct, frozen=True, kw_only=True):
    """Everything that is worth comparing; None where it is not defined (see `Tally`)."""

    lines: int
    hit: int
    exact_lines: int
    surplus: int
    events: int
    matched: int
    recall: float | None
    exact: float | None
    dup: float | None
    precision: float | None
    start_error_s: float | None
    end_error_s: float | None
    updates: int
    updates_per_track: float | None
    readings_per_track: float | None
    frames: int
    media_s: float
    wall_s: float
    speed: float | None
    """Media seconds per second."""


class ClipResult(Struct, frozen=True, kw_only=True):
    """One clip."""

    clip: str
    """Its file name."""
    path: str
    complete: bool
    """Whether its list of truth is known to hold all text: so far only known of clips without any."""
    problem: str | None
    """What was passed over: a truncated file, say."""
    figures: Figures
    ours: Side
    baseline: Side | None = None
    baseline_figures: Figures | None = None


class Group(Struct, frozen=True, kw_only=True):
    """Clips that are judged together: micro-averages over all their lines and events."""

    name: str
    clips: tuple[str, ...]
    figures: Figures
    baseline_figures: Figures | None = None


class Failure(Struct, frozen=True, kw_only=True):
    """A clip that could not be evaluated; `message` is one line."""

    path: str
    message: str


class Evaluation(Struct, frozen=True, kw_only=True):
    """Everything that was measured."""

    version: str
    """Of stream-ocr."""
    settings: dict[str, object]
    """Sections of the config that differ from the defaults."""
    min_confidence: float
    """The threshold with which the clips were read."""
    against: str | None
    """Name of the baseline."""
    clips: tuple[ClipResult, ...]
    groups: tuple[Group, ...]
    total: Group
    reliability: tuple[Bin, ...]
    calibration_error: float | None
    """Expected calibration error, 0 to 1."""
    curve: tuple[Point, ...] | None
    """None unless it was asked for."""
    failures: tuple[Failure, ...]


def figures(sides: Sequence[Side]) -> Figures:
    """Those of one or several clips, from their counts."""
    tally = pooled([side.score.tally for side in sides])
    efforts = [side.effort for side in sides]
    updates, readings = sum(effort.updates for effort in efforts), sum(effort.readings for effort in efforts)
    media_s, wall_s = sum(effort.media_s for effort in efforts), sum(effort.wall_s for effort in efforts)
    return Figures(
        lines=tally.lines,
        hit=tally.hit,
        exact_lines=tally.exact_lines,
        surplus=tally.surplus,
        events=tally.events,
        matched=tally.matched,
        recall=tally.recall,
        exact=tally.exact,
        dup=tally.dup,
        precision=tally.precision,
        start_error_s=tally.start_error_s,
        end_error_s=tally.end_error_s,
        updates=updates,
        updates_per_track=updates / tally.events if tally.events else None,
        readings_per_track=readings / tally.events if tally.events else None,
        frames=sum(effort.frames for effort in efforts),
        media_s=media_s,
        wall_s=wall_s,
        speed=media_s / wall_s if wall_s else None,
    )


def grouped(clips: Sequence[ClipResult]) -> tuple[Group, ...]:
    """Clips whose names share what stands before the first `-` make a group, every other clip one of its own."""
    prefixes = [clip.clip.partition("-")[0] if "-" in clip.clip else clip.clip for clip in clips]
    shared = {prefix for prefix, count in Counter(prefixes).items() if count > 1}
    members: dict[str, list[ClipResult]] = {}
    for prefix, clip in zip(prefixes, clips, strict=True):
        members.setdefault(prefix if prefix in shared else clip.clip, []).append(clip)
    return tuple(group(name, those) for name, those in members.items())


def group(name: str, clips: Sequence[ClipResult]) -> Group:
    """The pooled figures of `clips`; those of the baseline where all of them have some."""
    baselines = [clip.baseline for clip in clips if clip.baseline is not None]
    return Group(
        name=name,
        clips=tuple(clip.clip for clip in clips),
        figures=figures([clip.ours for clip in clips]),
        baseline_figures=figures(baselines) if baselines and len(baselines) == len(clips) else None,
    )
