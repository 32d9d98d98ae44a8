"""The figures of an evaluation as a table on standard output."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream_ocr.evaluation.results import Evaluation, Figures, Group

__all__ = ["print_scores", "shortened"]

_COLUMNS = ("lines", "recall", "exact", "dup", "prec.", "start", "end", "events", "upd.", "reads", "seconds", "speed")
_NAMES = (16, 40)
"""Characters of a name at least and at most."""
_UNBOUNDED = 1000
_GUESSED = 120
"""Characters of a line where there is no terminal."""


def print_scores(evaluation: Evaluation) -> None:
    """A row per clip, then the groups of several clips, then all of them, and what the columns mean."""
    console = Console(highlight=False)
    room = console.width if console.is_terminal else _GUESSED
    console.width = _UNBOUNDED
    numbers = console.measure(_table(evaluation, _NAMES[0])).maximum - _NAMES[0]
    width = max(_NAMES[0], min(room - numbers, _NAMES[1], _longest(evaluation)))
    # A line that is too long for the terminal is better than numbers broken in two.
    console.width = max(room, width + numbers)
    console.print(_table(evaluation, width))
    for line in _notes(evaluation):
        console.print(Text(line, style="dim"), soft_wrap=True)


def shortened(name: str, width: int) -> str:
    """The name in at most `width` characters, its middle left out where it is too long."""
    if len(name) <= width:
        return name
    tail = (width - 1) // 2
    return f"{name[: width - 1 - tail]}…{name[len(name) - tail :]}"


def _longest(evaluation: Evaluation) -> int:
    titles = [*(clip.clip for clip in evaluation.clips), *map(_title, evaluation.groups), _title(evaluation.total)]
    return max(map(len, titles))


def _table(evaluation: Evaluation, width: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), collapse_padding=True)
    table.add_column("clip", no_wrap=True, min_width=width)
    for title in _COLUMNS:
        table.add_column(title, justify="right", no_wrap=True)
    against = evaluation.against
    for clip in evaluation.clips:
        _add(table, shortened(clip.clip, width), clip.figures, clip.baseline_figures, against)
    table.add_section()
    several = [group for group in evaluation.groups if len(group.clips) > 1]
    for group in several:
        _add(table, shortened(_title(group), width), group.figures, group.baseline_figures, against)
    if len(evaluation.clips) > 1:
        table.add_section()
        total = evaluation.total
        _add(table, _title(total), total.figures, total.baseline_figures, against, style="bold")
    return table


def _title(group: Group) -> str:
    clips = f"{len(group.clips)} clip{'s' if len(group.clips) != 1 else ''}"
    return f"{group.name} ({clips})"


def _add(
    table: Table, title: str, ours: Figures, baseline: Figures | None, against: str | None, style: str = ""
) -> None:
    table.add_row(Text(title), *_cells(ours), style=style)
    if baseline is not None:
        table.add_row(Text(f"  {against}"), *_cells(baseline, alone=False), style="dim")


def _cells(figures: Figures, *, alone: bool = True) -> list[str]:
    """One row; `alone`: with what only stream-ocr has."""
    return [
        str(figures.lines),
        _number(figures.recall),
        _number(figures.exact),
        _number(figures.dup),
        _number(figures.precision),
        _number(figures.start_error_s),
        _number(figures.end_error_s),
        str(figures.events),
        str(figures.updates) if alone else "-",
        _number(figures.readings_per_track, 1) if alone else "-",
        _number(figures.wall_s, 1),
        "-" if figures.speed is None else f"{figures.speed:.{1 if figures.speed >= 1 else 2}f}x",
    ]


def _number(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _notes(evaluation: Evaluation) -> list[str]:
    notes = [
        "start, end: median error in seconds. upd.: events that correct a text. reads: readings per text.",
        "prec. counts every text that is not in the ground truth as wrong: too low where a list is not complete.",
    ]
    textless = [clip for clip in evaluation.clips if clip.complete]
    if textless:
        invented = sum(clip.figures.events for clip in textless)
        notes.append(f"without any text: {len(textless)} clip(s), {invented} event(s) invented there.")
    events = sum(each.events for each in evaluation.reliability)
    if evaluation.calibration_error is not None:
        right = sum(each.exact for each in evaluation.reliability)
        mean = sum(each.events * (each.confidence or 0.0) for each in evaluation.reliability) / events
        notes.append(
            f"confidence: {mean:.3f} on average for {events} matched events, {right / events:.3f} of them exact; "
            f"expected calibration error {evaluation.calibration_error:.3f}."
        )
    return notes
