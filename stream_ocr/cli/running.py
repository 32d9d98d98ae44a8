"""`stream-ocr run`: from a config to an exit code."""

import time

from stream_ocr.cli.announcing import Announcer
from stream_ocr.cli.interrupts import Interrupts
from stream_ocr.cli.progress import Progress
from stream_ocr.cli.speech import say, warn
from stream_ocr.config import Config
from stream_ocr.pipeline import Pipeline, Report

__all__ = ["run_config"]

_INTERRUPTED = 130


def run_config(config: Config, *, quiet: bool) -> int:
    """Runs a config; returns the exit code, 0 or 130. Raises what the run raises."""
    with Interrupts() as interrupts, Progress(shown=not quiet) as progress:
        pipeline = Pipeline(config, sinks=[progress, Announcer(quiet=quiet)])
        interrupts.stop = pipeline.stop
        asked = time.monotonic()
        report = pipeline.run()
        ended = time.monotonic()
    for source, problem in report.sources.items():
        if problem is not None:
            warn(f"{source}: {problem}")
    if not quiet:
        say(("interrupted: " if interrupts.came else "done: ") + _summary(config, progress, report, asked, ended))
    return _INTERRUPTED if interrupts.came else 0


def _summary(config: Config, progress: Progress, report: Report, asked: float, ended: float) -> str:
    """Frames, times, speed, events, and where the files are; `asked` and `ended` are monotonic seconds."""
    sources = progress.sources.values()
    frames = sum(source.frames for source in sources)
    media = sum(source.position for source in sources)
    # Loading the models is told apart: it does not grow with the medium.
    began = min((source.began for source in sources), default=ended)
    seconds = max(ended - began, 1e-3)
    told = f"{frames:.0f} frames, {media:.1f} s of media in {seconds:.1f} s ({media / seconds:.1f}x realtime)"
    start = f"{began - asked:.1f} s to start"
    events = f"{report.events.get('appear', 0)} texts in {sum(report.events.values())} events"
    dropped = sum(source.dropped for source in sources)
    lost = [f"{dropped:.0f} frames dropped"] if dropped else []
    return "; ".join([f"{told}, {start}", *lost, events, *_files(config)])


def _files(config: Config) -> list[str]:
    events = [f"events in {sink.jsonl.path}" for sink in config.sinks if sink.jsonl]
    return events + [f"video in {sink.video.path}" for sink in config.sinks if sink.video]
