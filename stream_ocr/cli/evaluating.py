"""`stream-ocr eval`: clips to a table, a JSON document, a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import msgspec
import typer
from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from stream_ocr.cli.scoreboard import print_scores
from stream_ocr.cli.speech import complain, warn
from stream_ocr.errors import StageError
from stream_ocr.evaluation.evaluate import evaluate
from stream_ocr.evaluation.page import rendered
from stream_ocr.evaluation.runs import Step
from stream_ocr.sinks.console import clock

__all__ = ["Asked", "Steps", "evaluate_clips"]

_BAR = 30


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the command line asks for."""

    media: tuple[str, ...]
    sections: Mapping[str, Any]
    """Of a config."""
    as_json: bool = False
    html: str | None = None
    curve: bool = False
    jobs: int = 1


def evaluate_clips(asked: Asked, *, against: Literal["rapidocr"] | None) -> int:
    """Evaluates and prints; returns how many clips could not be evaluated, which is said on standard error.

    Raises ConfigError, ModelError, StageError (the page cannot be written).
    """
    if asked.html is not None:
        # That nothing can be written there is found out before the work, not after it.
        _write(Path(asked.html), "", mode="a")
    with Steps() as steps:
        evaluation = evaluate(
            asked.media,
            settings=asked.sections,
            curve=asked.curve,
            against=against,
            jobs=asked.jobs,
            watch=steps.take,
        )
    if asked.html is not None:
        _write(Path(asked.html), rendered(evaluation))
    if asked.as_json:
        typer.echo(msgspec.json.encode(evaluation))
    elif evaluation.clips:
        print_scores(evaluation)
    for clip in evaluation.clips:
        if clip.problem is not None:
            warn(f"{clip.clip}: {clip.problem}")
    for failure in evaluation.failures:
        complain(failure.message)
    return len(evaluation.failures)


def _write(page: Path, content: str, mode: Literal["w", "a"] = "w") -> None:
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        with page.open(mode, encoding="utf-8") as file:
            file.write(content)
    except OSError as error:
        raise StageError(f"{page}: cannot write the page: {error.strerror}") from error


class Steps:
    """A line per clip that is being read, shown while it is entered if standard error is a terminal."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._steps: dict[tuple[str, str], Step] = {}
        self._live = Live(console=console, get_renderable=self._lines, transient=True) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def take(self, step: Step) -> None:
        """Takes the news of one clip, from any thread."""
        key = step.clip, step.by
        # A new dict each time: the terminal's thread may be reading the old one.
        rest = {other: known for other, known in self._steps.items() if other != key}
        self._steps = rest if step.over else {**rest, key: step}

    def _lines(self) -> RenderableType:
        if not self._steps:
            return Spinner("dots", "starting")
        table = Table.grid(padding=(0, 2))
        for step in sorted(self._steps.values(), key=lambda step: step.number):
            place = Text(f"{step.number}/{step.clips}", style="dim")
            table.add_row(place, Text(step.clip, style="cyan"), *_how_far(step), Text(step.by, style="dim"))
        return table


def _how_far(step: Step) -> tuple[RenderableType, ...]:
    events = Text(f"{step.events} texts" if step.by != "rapidocr" else "")
    if not step.duration:
        return Text(""), Text(clock(step.position)), events
    bar = ProgressBar(total=step.duration, completed=min(step.position, step.duration), width=_BAR)
    return bar, Text(f"{clock(step.position)} / {clock(step.duration)}"), events
