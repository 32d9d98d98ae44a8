"""From clips with ground truth to figures: run, score, compare."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path
from typing import Any, Literal, NamedTuple

from msgspec.structs import replace

from stream_ocr import __version__
from stream_ocr.api import media_config
from stream_ocr.configfile import override
from stream_ocr.cores import capped
from stream_ocr.errors import SourceError, StageError, TruthError
from stream_ocr.evaluation.baseline import Engine, load_rapidocr, read_clip
from stream_ocr.evaluation.clips import Clip, find_clips, truth_path
from stream_ocr.evaluation.curves import Point, calibration_error, reliability, threshold_curve
from stream_ocr.evaluation.results import ClipResult, Evaluation, Failure, Side, figures, group, grouped
from stream_ocr.evaluation.runs import By, ClipRun, Outcome, Step, Watch
from stream_ocr.evaluation.scoring import score
from stream_ocr.evaluation.truth import check_end

__all__ = ["evaluate"]


def evaluate(
    paths: Sequence[str | Path],
    *,
    settings: Mapping[str, Any] | None = None,
    curve: bool = False,
    against: Literal["rapidocr"] | None = None,
    jobs: int = 1,
    watch: Watch = lambda _: None,
) -> Evaluation:
    """Reads clips that have their ground truth, `CLIP.gt.json`, beside them, and scores what was said.

    `paths` are clips and folders of clips. `settings` are sections of a config, as those of `events`. `curve` reads
    every clip once more with `stages.recognize.min_confidence` at 0, to see what each threshold would have given;
    `against` reads it with RapidOCR on every frame. `jobs` clips are read at the same time, which costs speed of each.

    What is wrong with a clip or its ground truth stands in `failures`, and the others are evaluated.
    Raises ConfigError, ModelError.
    """
    sections = {name: section for name, section in (settings or {}).items() if section}
    config = media_config("-", sections)
    (source,) = config.sources
    clips, failures = find_clips([Path(path) for path in paths], sections)
    variants = _variants(sections, curve)
    plans = [_Plan(clip, _first_step(clip, clips), variants, watch) for clip in clips]
    done: list[_Done] = []
    # All clips together, and the baseline too.
    with capped(config.cpu.cores):
        for outcome in _carried_out(plans, jobs):
            (failures if isinstance(outcome, Failure) else done).append(outcome)  # type: ignore[arg-type]
        results = _results(done, load_rapidocr() if against and done else None, watch)
    bins = reliability(event for result in results for event in result.ours.score.events)
    return Evaluation(
        version=__version__,
        settings=sections,
        min_confidence=config.stages_of(source).recognize.min_confidence,
        against=against,
        clips=tuple(results),
        groups=grouped(results),
        total=group("all", results),
        reliability=bins,
        calibration_error=calibration_error(bins),
        curve=_curve(done) if curve else None,
        failures=tuple(failures),
    )


class _Done(NamedTuple):
    """What was said of a clip, with the settings as they are, and if it was asked for with the lowest threshold."""

    clip: Clip
    first: Step
    ours: Outcome
    lowest: Outcome | None


class _Plan:
    """The runs of one clip, one after the other."""

    def __init__(self, clip: Clip, first: Step, variants: Mapping[By, dict[str, Any]], watch: Watch) -> None:
        self._clip = clip
        self._first = first
        self._runs = [
            ClipRun(media_config(clip.path, sections), replace(first, by=by), watch)
            for by, sections in variants.items()
        ]

    def carry_out(self) -> _Done | Failure:
        """Raises ModelError and ConfigError, which are nothing that another clip could be spared."""
        clip = self._clip
        try:
            ours, *lowest = [run.run() for run in self._runs]
            if clip.duration is None:
                check_end(clip.truth, ours.effort.media_s, str(truth_path(clip.path)))
        except (SourceError, StageError, TruthError) as error:
            return Failure(path=str(clip.path), message=str(error))
        return _Done(clip, self._first, ours, lowest[0] if lowest else None)

    def stop(self) -> None:
        for run in self._runs:
            run.stop()


def _carried_out(plans: Sequence[_Plan], jobs: int) -> list[_Done | Failure]:
    pool = ThreadPoolExecutor(jobs, "stream-ocr eval")
    try:
        futures = [pool.submit(plan.carry_out) for plan in plans]
        return [future.result() for future in futures]
    finally:
        # An interrupt may come while they are being handed over, too; nothing that still runs is waited for then.
        for plan in plans:
            plan.stop()
        pool.shutdown(cancel_futures=True)


def _results(done: Sequence[_Done], engine: Engine | None, watch: Watch) -> list[ClipResult]:
    return [_result(each, None if engine is None else _by_baseline(each, engine, watch)) for each in done]


def _result(done: _Done, baseline: Outcome | None) -> ClipResult:
    ours = _side(done.ours, done.clip)
    theirs = None if baseline is None else _side(baseline, done.clip)
    return ClipResult(
        clip=done.clip.name,
        path=str(done.clip.path),
        complete=not done.clip.truth,
        problem=done.ours.problem,
        figures=figures([ours]),
        ours=ours,
        baseline=theirs,
        baseline_figures=None if theirs is None else figures([theirs]),
    )


def _side(outcome: Outcome, clip: Clip) -> Side:
    return Side(score=score(outcome.found, clip.truth), effort=outcome.effort)


def _by_baseline(done: _Done, engine: Engine, watch: Watch) -> Outcome:
    step = replace(done.first, by="rapidocr")
    outcome = read_clip(done.clip.path, done.clip.source, engine, lambda at: watch(replace(step, position=at)))
    watch(replace(step, over=True))
    return outcome


def _curve(done: Sequence[_Done]) -> tuple[Point, ...]:
    return threshold_curve([(each.lowest.found, each.clip.truth) for each in done if each.lowest is not None])


def _first_step(clip: Clip, clips: Sequence[Clip]) -> Step:
    """How far a clip is before anything has begun."""
    return Step(
        clip=clip.name,
        number=clips.index(clip) + 1,
        clips=len(clips),
        by="stream-ocr",
        position=0.0,
        duration=clip.duration,
        events=0,
    )


def _variants(sections: dict[str, Any], curve: bool) -> dict[By, dict[str, Any]]:
    """The settings of each run of a clip: as they are, and for a curve without the threshold of confidence."""
    if not curve:
        return {"stream-ocr": sections}
    changed = deepcopy(sections)
    # Of the source, which has the last word.
    override(changed, "source.stages.recognize.min_confidence=0")
    return {"stream-ocr": sections, "threshold 0": changed}
