"""A benchmark as tables on standard output: the figures, and where the time went."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream_ocr.benchmark.columns import columns, measured_on
from stream_ocr.benchmark.measurements import StageShare
from stream_ocr.benchmark.results import Bench, ClipBench
from stream_ocr.cli.scoreboard import shortened

__all__ = ["print_bench"]

_NAME = 28
"""Characters of a clip's name at most."""
_BAR = 6
_EIGHTHS = " ▏▎▍▌▋▊▉"
_UNBOUNDED = 1000
_UNITS = {"detect": "detections", "classify": "looks", "recognize": "readings"}
"""What a stage counts that takes its time; of the others it is frames."""
_STYLES = {"fps": "bold", "ratio": "bold green", "CPU ratio": "green"}
_WARM, _HOT = 0.5, 0.8
"""Shares of the time from which a stage holds up the others, or nearly."""


def print_bench(bench: Bench) -> None:
    """The figures of each clip, where its time went, and what the columns mean."""
    console = Console(highlight=False)
    # A line that is too long for the terminal is better than numbers broken in two.
    tables = [_figures(bench), _times(bench)]
    room = console.width
    console.width = _UNBOUNDED
    console.width = max(room, *(console.measure(table).maximum for table in tables))
    for table in tables:
        console.print(table)
    for line in _notes(bench):
        console.print(Text(line, style="dim"), soft_wrap=True)


def _figures(bench: Bench) -> Table:
    table = _table(bench, "clip")
    present = columns(bench)
    for column in present:
        table.add_column(column.title, justify="right", no_wrap=True, style=_STYLES.get(column.title, ""))
    for clip in bench.clips:
        table.add_row(_title(clip), *(column.cell(clip.figures) for column in present))
    return table


def _times(bench: Bench) -> Table:
    """A row per clip: the parts of start-up in seconds, and how busy each stage was after that."""
    table = _table(bench, "time")
    table.add_column("start-up s", no_wrap=True)
    stages = list(dict.fromkeys(share.stage for clip in bench.clips for share in clip.stages))
    for stage in stages:
        table.add_column(stage, no_wrap=True)
    for clip in bench.clips:
        wall = clip.wall
        start = Text(" + ".join(f"{part:.1f}" for part in (wall.imports_s, wall.load_s, wall.first_s)))
        shares = {share.stage: share for share in clip.stages}
        table.add_row(_title(clip), start, *(_share(clip, shares.get(stage)) for stage in stages))
    return table


def _table(bench: Bench, first: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), collapse_padding=True)
    longest = max((len(_title(clip)) for clip in bench.clips), default=0)
    table.add_column(first, no_wrap=True, style="cyan", min_width=longest)
    return table


def _title(clip: ClipBench) -> str:
    return shortened(clip.clip, _NAME)


def _share(clip: ClipBench, share: StageShare | None) -> Text:
    """How busy a stage was, and with what."""
    if share is None:
        return Text("-")
    busy = min(1.0, share.busy_s / max(clip.wall.first_s + clip.wall.frames_s, 1e-9))
    unit = _UNITS.get(share.stage, "frames")
    count = share.counts.get(unit, 0)
    each = f"{count} × {_milliseconds(share.busy_s / count)}" if count else ""
    style = "red" if busy >= _HOT else "yellow" if busy >= _WARM else "green"
    return Text.assemble((_bar(busy), style), f" {busy:4.0%}\n", (each, "dim"))


def _milliseconds(seconds: float) -> str:
    """With two digits or more."""
    return f"{1000 * seconds:.{1 if seconds < 0.01 else 0}f} ms"


def _bar(share: float) -> str:
    """A bar of which `share` is full, to an eighth of a character."""
    whole, eighth = divmod(round(share * _BAR * 8), 8)
    return ("█" * whole + _EIGHTHS[eighth : eighth + 1] * (whole < _BAR)).ljust(_BAR)


def _notes(bench: Bench) -> list[str]:
    notes = [f"{column.title}: {column.words}." for column in columns(bench)]
    return [
        " ".join(notes),
        "start-up s: code + models + first frame. Percent: how much of the time after that a stage worked, or waited "
        "for its network; stages work at the same time. Below: on how many frames (detections, looks, readings), and "
        "how long on each.",
        measured_on(bench),
    ]
