"""`stream-ocr run`: from a config to an exit code."""

import time
from collections.abc import Callable, Iterable

from stream_ocr.cli.announcing import Announcer
from stream_ocr.cli.interrupts import Interrupts
from stream_ocr.cli.progress import Progress
from stream_ocr.cli.speech import amount, say, warn
from stream_ocr.config import Config, SubtitleSink
from stream_ocr.messages import SinkStatus
from stream_ocr.pipeline import Pipeline, Report
from stream_ocr.sinks import EventSink, Item, sink_name, takes

__all__ = ["run_config"]

_FAILED, _INTERRUPTED = 1, 130


def run_config(config: Config, *, quiet: bool, also: Iterable[EventSink] = ()) -> int:
    """Runs a config, whose events `also` take; returns the exit code: 0, 130, or 1 if events were lost for good.

    Raises what the run raises.
    """
    with Interrupts() as interrupts, Progress(shown=not quiet) as progress:
        audience = _Audience(config)
        pipeline = Pipeline(config, sinks=[progress, Announcer(quiet=quiet), audience, *also])
        audience.left = pipeline.stop
        interrupts.stop = pipeline.stop
        asked = time.monotonic()
        report = pipeline.run()
        ended = time.monotonic()
    for source, problem in report.sources.items():
        if problem is not None:
            warn(f"{source}: {problem}")
    if not quiet:
        say(("interrupted: " if interrupts.came else "done: ") + _summary(config, progress, report, asked, ended))
    else:
        for loss in _losses(report):
            warn(loss)
    if interrupts.came:
        return _INTERRUPTED
    return _FAILED if report.lost or any(sink.failed for sink in report.sinks.values()) else 0


class _Audience:
    """An event sink that ends the run when every sink of the config is gone for good: nobody would hear the rest."""

    def __init__(self, config: Config) -> None:
        self.left: Callable[[], None] | None = None
        """Called when the last one is gone."""
        self._there = {
            sink_name(sink.chosen, what)
            for sink in config.sinks
            for what in ("events", "frames")
            if takes(sink.chosen, what)
        }

    def write(self, item: Item) -> None:
        if not isinstance(item, SinkStatus) or item.state != "failed":
            return
        self._there.discard(item.sink)
        if not self._there and self.left is not None:
            self.left()

    def poll(self) -> None:
        pass

    def close(self) -> None:
        pass


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
    return "; ".join([f"{told}, {start}", *lost, events, *_losses(report), *_files(config)])


def _losses(report: Report) -> list[str]:
    """Which sinks have lost something, or failed, or have something waiting for them."""
    told = []
    for name, sink in report.sinks.items():
        if sink.lost or sink.failed:
            reason = f" ({sink.failed})" if sink.failed else ""
            told.append(f"{name} lost {amount(sink.lost, sink.takes)}{reason}")
        if sink.kept:
            told.append(f"{amount(sink.kept, sink.takes)} kept for {name} until the next run")
    return told


def _files(config: Config) -> list[str]:
    events = [f"events in {sink.jsonl.path}" for sink in config.sinks if sink.jsonl]
    subtitles = [
        f"subtitles in {sink_name(sink.chosen, 'events').partition(' ')[2]}"
        for sink in config.sinks
        if isinstance(sink.chosen, SubtitleSink)
    ]
    return events + subtitles + [f"video in {sink.video.path}" for sink in config.sinks if sink.video]
