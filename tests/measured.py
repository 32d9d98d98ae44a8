"""Made measurements, for tests of what sums them up and shows them."""

from stream_ocr.benchmark.measurements import Decoding, Pace, Reading, Running, StageShare, Wall
from stream_ocr.benchmark.results import Bench, ClipBench, Machine, Repetition, summed_up
from stream_ocr.evaluation.scoring import Tally

__all__ = ["benchmarked", "decoding", "pace", "reading", "repetition", "running"]

MACHINE = Machine(cpu="Z80", cores=2, system="Linux x86_64", python="3.12.1", openvino="2026.4", rapidocr="3.10.0")


def pace(seconds: float, *, frames: int = 301, cpu_s: float = 2.0) -> Pace:
    return Pace(frames=frames, seconds=seconds, cpu_s=cpu_s, start_s=1.25, peak_mb=500.0)


def decoding(seconds: float = 0.5) -> Decoding:
    return Decoding(pace=pace(seconds, cpu_s=0.4), size=(1280, 720), rate=30.0, media_s=10.0)


def running(seconds: float, tally: Tally | None = None) -> Running:
    return Running(
        pace=pace(seconds),
        wall=Wall(imports_s=0.5, load_s=0.25, first_s=0.5, frames_s=seconds),
        stages=(
            StageShare(stage="capture", busy_s=0.25 * (seconds + 0.5), counts={"frames": 301}),
            StageShare(stage="detect", busy_s=0.9 * (seconds + 0.5), counts={"frames": 30, "detections": 20}),
        ),
        passed=30,
        detections=20,
        readings=12,
        tracks=4,
        precision="bf16",
        tally=tally,
    )


def reading(seconds: float, frames: int = 11) -> Reading:
    return Reading(pace=pace(seconds, frames=frames))


def repetition(seconds: float, rapidocr: float | None = None, tally: Tally | None = None) -> Repetition:
    return Repetition(
        decode=decoding(),
        run=running(seconds, tally),
        rapidocr=None if rapidocr is None else reading(rapidocr),
    )


def benchmarked(*clips: ClipBench, against: str | None = None, repeat: int = 1) -> Bench:
    return Bench(
        version="1.2",
        machine=MACHINE,
        settings={},
        repeat=repeat,
        against=against,
        max_frames=11 if against else None,
        clips=clips or (summed_up("a.mp4", "/clips/a.mp4", [repetition(1.5)]),),
        failures=(),
    )
