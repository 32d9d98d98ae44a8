"""A benchmark as a table: which columns it has, what stands in them, and the same as Markdown."""

from collections.abc import Callable
from typing import NamedTuple

from stream_ocr.benchmark.results import Bench, Figures

__all__ = ["Column", "columns", "markdown", "measured_on", "percent"]


class Column(NamedTuple):
    """One figure of each clip."""

    title: str
    cell: Callable[[Figures], str]
    words: str
    """What it means."""


_ALWAYS = (
    Column("decode fps", lambda of: _number(of.decode_fps), "frames per second of decoding alone"),
    Column("fps", lambda of: _number(of.fps, 1), "frames per second of the whole run, after start-up"),
    Column("realtime", lambda of: _times(of.speed), "media seconds per second"),
    Column("CPU s/min", lambda of: _number(of.cpu_s_per_min, 1), "CPU seconds per minute of video"),
    Column("passed", lambda of: percent(of.passed), "share of the frames that the gate let through"),
    Column("det/s", lambda of: _number(of.detections_per_s, 1), "detections per second of video"),
    Column("reads", lambda of: _number(of.readings_per_track, 1), "readings per text that was said"),
    Column("MB", lambda of: _number(of.peak_mb), "most memory at one time"),
    Column("start s", lambda of: _number(of.start_s, 1), "from the start of the process until the first frame is done"),
)
_AGAINST = (
    Column(
        "RapidOCR fps", lambda of: _number(of.rapidocr_fps, 2), "every frame read with RapidOCR, after its start-up"
    ),
    Column("ratio", lambda of: _times(of.ratio), "fps / RapidOCR fps"),
    Column("CPU ratio", lambda of: _times(of.cpu_ratio), "CPU time of RapidOCR for a frame / that of the run"),
)
_SCORED = (
    Column("recall", lambda of: _number(of.recall, 2), "lines with an event / lines"),
    Column("exact", lambda of: _number(of.exact, 2), "lines that were said letter for letter / lines"),
    Column("dup", lambda of: _number(of.dup, 2), "surplus events per line that has one"),
)


def columns(bench: Bench) -> tuple[Column, ...]:
    """Those that this benchmark has, besides the name of the clip."""
    scored = any(clip.figures.recall is not None for clip in bench.clips)
    return _ALWAYS + (_AGAINST if bench.against else ()) + (_SCORED if scored else ())


def markdown(bench: Bench) -> str:
    """A row per clip, and below them what they were measured on; ends with a line feed."""
    present = columns(bench)
    rows = [
        ["clip", *(column.title for column in present)],
        ["---", *("---:" for _ in present)],
        *([clip.clip.replace("|", "\\|"), *(column.cell(clip.figures) for column in present)] for clip in bench.clips),
    ]
    return "\n".join([*(f"| {' | '.join(row)} |" for row in rows), "", measured_on(bench), ""])


def measured_on(bench: Bench) -> str:
    """One sentence: what was measured, on what, how often."""
    machine = bench.machine
    cores = f"{machine.cores} core{'s' if machine.cores != 1 else ''} of {machine.cpu}"
    precision = " and ".join(sorted({clip.precision for clip in bench.clips}))
    network = f"OpenVINO {machine.openvino}{precision and f' ({precision})'}"
    parts = [f"stream-ocr {bench.version}", cores, machine.system, f"Python {machine.python}", network]
    if bench.against:
        frames = "every frame" if bench.max_frames is None else f"the first {bench.max_frames} frames"
        parts.append(f"RapidOCR {machine.rapidocr} over {frames}")
    if bench.repeat > 1:
        parts.append(f"medians of {bench.repeat} measurements")
    return f"{', '.join(parts)}."


def percent(share: float | None) -> str:
    """As in `62%`; `-` for None."""
    return "-" if share is None else f"{share:.0%}"


def _number(value: float | None, digits: int = 0) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _times(value: float | None) -> str:
    """As in `12x` or `1.3x`."""
    return "-" if value is None else f"{value:.{0 if value >= 10 else 1}f}x"
