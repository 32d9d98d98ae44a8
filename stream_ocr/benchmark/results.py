"""What a benchmark comes to: per clip the medians of its repetitions, and everything that was measured."""

from collections.abc import Callable, Iterable, Sequence
from statistics import median

from msgspec import Struct

from stream_ocr.benchmark.measurements import Decoding, Pace, Reading, Running, StageShare, Wall
from stream_ocr.evaluation.results import Failure

__all__ = ["Bench", "ClipBench", "Figures", "Machine", "Repetition", "figures", "summed_up"]


class Machine(Struct, frozen=True, kw_only=True):
    """Where it was measured."""

    cpu: str
    cores: int
    """That the process may use."""
    system: str
    python: str
    openvino: str
    rapidocr: str


class Repetition(Struct, frozen=True, kw_only=True):
    """One measurement of each kind, made one after the other."""

    decode: Decoding
    run: Running
    rapidocr: Reading | None = None


class Figures(Struct, frozen=True, kw_only=True):
    """Medians over the repetitions; None where there is nothing to take one of.

    Everything but start-up and memory is of what comes after the first frame.
    """

    decode_fps: float | None
    """Frames per second of decoding alone: the most that is possible."""
    decode_cpu_s_per_min: float | None
    """CPU seconds per minute of video for decoding alone."""
    fps: float | None
    """Frames per second of the whole run."""
    speed: float | None
    """Media seconds per second."""
    cpu_s_per_min: float | None
    """CPU seconds per minute of video."""
    passed: float | None
    """Share of the frames that the gate let through."""
    detections_per_s: float | None
    """Per second of video."""
    readings_per_track: float | None
    peak_mb: float
    """Units of 2**20 bytes."""
    start_s: float
    """From the start of the process until the first frame was done with."""
    rapidocr_fps: float | None
    rapidocr_peak_mb: float | None
    rapidocr_start_s: float | None
    ratio: float | None
    """Frames per second of the run / those of RapidOCR in the same repetition."""
    cpu_ratio: float | None
    """CPU seconds per frame of RapidOCR / those of the run: hardly changes when others use the machine too."""
    recall: float | None
    exact: float | None
    dup: float | None


class ClipBench(Struct, frozen=True, kw_only=True):
    """One clip."""

    clip: str
    """Its file name, without the ending where it is a made one."""
    path: str
    size: tuple[int, int]
    """Width and height in pixels."""
    rate: float | None
    """Nominal frames per second."""
    frames: int
    media_s: float
    """Media seconds from the first frame to the last."""
    precision: str
    """Of the arithmetic: f32, bf16 or f16."""
    problem: str | None
    """What was passed over: a truncated file, say."""
    figures: Figures
    wall: Wall
    """Of the run with the median speed."""
    stages: tuple[StageShare, ...]
    """Of the same run."""
    repetitions: tuple[Repetition, ...]


class Bench(Struct, frozen=True, kw_only=True):
    """Everything that was measured."""

    version: str
    """Of stream-ocr."""
    machine: Machine
    settings: dict[str, object]
    """Sections of the config that differ from the defaults."""
    repeat: int
    against: str | None
    """Name of the baseline."""
    max_frames: int | None
    """Frames of each clip that the baseline read; None: all."""
    clips: tuple[ClipBench, ...]
    failures: tuple[Failure, ...]


def summed_up(clip: str, path: str, repetitions: Sequence[Repetition]) -> ClipBench:
    """One clip, from at least one repetition."""
    usual = sorted((each.run for each in repetitions), key=lambda run: run.pace.seconds)[(len(repetitions) - 1) // 2]
    decode = repetitions[0].decode
    return ClipBench(
        clip=clip,
        path=path,
        size=decode.size,
        rate=decode.rate,
        frames=usual.pace.frames,
        media_s=decode.media_s,
        precision=usual.precision,
        problem=usual.problem,
        figures=figures(repetitions),
        wall=usual.wall,
        stages=usual.stages,
        repetitions=tuple(repetitions),
    )


def figures(repetitions: Sequence[Repetition]) -> Figures:
    """The medians of at least one repetition."""

    def of(value: Callable[[Repetition], float | None]) -> float | None:
        return _median(map(value, repetitions))

    def of_rapidocr(value: Callable[[Pace, Pace], float | None]) -> float | None:
        """Of its pace beside ours."""
        return of(lambda each: None if each.rapidocr is None else value(each.run.pace, each.rapidocr.pace))

    def of_tally(name: str) -> float | None:
        return of(lambda each: None if each.run.tally is None else getattr(each.run.tally, name))

    return Figures(
        decode_fps=of(lambda each: each.decode.pace.fps),
        decode_cpu_s_per_min=of(lambda each: _per_minute(each.decode.pace, each)),
        fps=of(lambda each: each.run.pace.fps),
        speed=of(lambda each: _ratio(each.decode.media_s, each.run.pace.seconds)),
        cpu_s_per_min=of(lambda each: _per_minute(each.run.pace, each)),
        passed=of(lambda each: _ratio(each.run.passed, each.run.pace.frames)),
        detections_per_s=of(lambda each: _ratio(each.run.detections, each.decode.media_s)),
        readings_per_track=of(lambda each: _ratio(each.run.readings, each.run.tracks)),
        peak_mb=median(each.run.pace.peak_mb for each in repetitions),
        start_s=median(each.run.pace.start_s for each in repetitions),
        rapidocr_fps=of_rapidocr(lambda _, theirs: theirs.fps),
        rapidocr_peak_mb=of_rapidocr(lambda _, theirs: theirs.peak_mb),
        rapidocr_start_s=of_rapidocr(lambda _, theirs: theirs.start_s),
        ratio=of_rapidocr(lambda ours, theirs: _ratio(ours.fps, theirs.fps)),
        cpu_ratio=of_rapidocr(lambda ours, theirs: _ratio(theirs.cpu_per_frame, ours.cpu_per_frame)),
        recall=of_tally("recall"),
        exact=of_tally("exact"),
        dup=of_tally("dup"),
    )


def _per_minute(pace: Pace, each: Repetition) -> float | None:
    return _ratio(pace.cpu_s, each.decode.media_s / 60)


def _ratio(above: float | None, below: float | None) -> float | None:
    return above / below if above is not None and below else None


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
