"""What a measuring process does: decode, run, or read every frame with RapidOCR, and say what that took."""

import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stream_ocr.api import media_config
from stream_ocr.benchmark.measurements import Answer, Decoding, Kind, Pace, Reading, Running, StageShare, Task, Wall
from stream_ocr.capture import Media, open_source
from stream_ocr.config import Config
from stream_ocr.errors import SourceError
from stream_ocr.evaluation.clips import read_truth
from stream_ocr.evaluation.runs import Findings
from stream_ocr.evaluation.scoring import score
from stream_ocr.masking import masked
from stream_ocr.messages import SourceStats, SourceStatus, StageStats, TextEvent
from stream_ocr.pipeline import Pipeline
from stream_ocr.sinks import Item

__all__ = ["measure"]

_MEBI = 1 << 20


def measure(task: Task) -> Answer:
    """Carries out a task. Raises ConfigError, SourceError, ModelError, StageError, TruthError."""
    config = media_config(task.uri, task.settings)
    kinds: dict[Kind, Callable[[Task, Config], Answer]] = {"decode": _decode, "run": _run, "rapidocr": _read}
    return kinds[task.kind](task, config)


def _decode(task: Task, config: Config) -> Decoding:
    laps = _Laps(task.began)
    with _opened(config) as media:
        first = 0.0
        for picture in media:
            if laps.count == 0:
                first = picture.pts
            laps.lap()
        pace = laps.finish(media.decoded)
        return Decoding(pace=pace, size=media.info.size, rate=media.info.rate, media_s=media.position - first)


def _read(task: Task, config: Config) -> Reading:
    # It and what it brings take seconds to import.
    from stream_ocr.evaluation.baseline import load_rapidocr

    engine = load_rapidocr()
    laps = _Laps(task.began)
    with _opened(config) as media:
        for picture in media:
            engine(picture.bgr())
            laps.lap()
            if laps.count == task.max_frames:
                break
    return Reading(pace=laps.finish(laps.count))


def _run(task: Task, config: Config) -> Running:
    imported = time.monotonic()
    truth = read_truth(Path(task.uri)) if task.scored else None
    laps, seen = _Laps(task.began), _Seen()
    report = Pipeline(config, sinks=[seen], through=lambda *_: laps.lap()).run()
    pace = laps.finish(seen.frames)
    wall = Wall(
        imports_s=imported - task.began,
        load_s=seen.online - imported,
        first_s=laps.first - seen.online,
        frames_s=pace.seconds,
    )
    return Running(
        pace=pace,
        wall=wall,
        stages=seen.stages,
        passed=seen.passed,
        detections=seen.detections,
        readings=seen.readings,
        tracks=len(seen.findings.found),
        precision=_precision(config),
        problem=next(iter(report.sources.values())),
        tally=None if truth is None else score(seen.findings.found, truth).tally,
    )


def _precision(config: Config) -> str:
    from stream_ocr.inference import precision_of  # OpenVINO takes a third of a second to import, others do without

    return precision_of(config.ocr)


@contextmanager
def _opened(config: Config) -> Iterator[Media]:
    """The one source of the config. Raises SourceError: it cannot be read, or has no end."""
    ((name, source),) = config.sources.items()
    with open_source(name, source) as media:
        endless = source.loop or (media.info.duration is None and source.uri.startswith("test:"))
        if endless or media.info.live:
            raise SourceError(f"{masked(source.uri)}: expected a clip that ends and sets no pace of its own")
        yield media


class _Laps:
    """When frames were done with, in this process."""

    def __init__(self, began: float) -> None:
        """`began`: monotonic seconds at which the process was started."""
        self._began = began
        self.count = 0
        self.first = 0.0
        """Monotonic seconds at which the first one was done with."""
        self._cpu = 0.0

    def lap(self) -> None:
        """A frame is done with."""
        if self.count == 0:
            self.first, self._cpu = time.monotonic(), time.process_time()
        self.count += 1

    def finish(self, frames: int) -> Pace:
        """Everything is done with; there were so many frames."""
        return Pace(
            frames=frames,
            seconds=time.monotonic() - self.first,
            cpu_s=time.process_time() - self._cpu,
            start_s=self.first - self._began,
            peak_mb=_peak_bytes() / _MEBI,
        )


def _peak_bytes() -> int:
    """Most memory that was resident at one time."""
    status = Path("/proc/self/status")
    if status.exists():
        # Linux lets a process that was started by a large one inherit its `ru_maxrss`.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class _Seen:
    """An event sink that keeps the statistics of a run with one source."""

    def __init__(self) -> None:
        self.online = 0.0
        """Monotonic seconds at which capture began."""
        self.frames = self.passed = self.detections = self.readings = 0
        self.findings = Findings()
        self._busy: dict[str, float] = {}
        self._counts: dict[str, dict[str, int]] = {}

    def write(self, item: Item) -> None:
        """Takes one item."""
        match item:
            case SourceStatus():
                self.online = self.online or time.monotonic()
            case TextEvent():
                self.findings.take(item)
            case SourceStats():
                self.frames, self.passed = item.frames, item.passed
                self.detections, self.readings = item.detections, item.readings
            case StageStats():
                self._busy[item.stage] = self._busy.get(item.stage, 0.0) + item.busy * item.period
                self._counts[item.stage] = {name: round(count) for name, count in item.counts.items() if count}

    def poll(self) -> None:
        """Nothing is ever pending."""

    def close(self) -> None:
        """Nothing is held."""

    @property
    def stages(self) -> tuple[StageShare, ...]:
        """Those that worked, in the order in which they stand in the graph."""
        graph = ("capture", "detect", "track", "classify", "recognize", "publish")
        known = [stage for stage in graph if stage in self._counts]
        return tuple(StageShare(stage=stage, busy_s=self._busy[stage], counts=self._counts[stage]) for stage in known)
