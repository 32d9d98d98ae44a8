"""`stream-ocr bench`: clips to tables, Markdown, or a JSON document."""

import msgspec
import typer
from rich.console import Console

from stream_ocr.benchmark.bench import Order, bench
from stream_ocr.benchmark.columns import markdown
from stream_ocr.cli.benchboard import print_bench
from stream_ocr.cli.speech import complain, warn

__all__ = ["bench_clips"]


def bench_clips(order: Order, *, as_json: bool, as_markdown: bool) -> int:
    """Measures and prints; returns how many clips could not be measured, which is said on standard error.

    Raises ConfigError, ModelError, StageError.
    """
    console = Console(stderr=True)
    # It costs the processes that are measured next to nothing: two pictures a second of one line.
    with console.status("starting", refresh_per_second=2) as status:
        measured = bench(order, tell=status.update)
    if as_json:
        typer.echo(msgspec.json.encode(measured))
    elif measured.clips:
        if as_markdown:
            typer.echo(markdown(measured), nl=False)
        else:
            print_bench(measured)
    for clip in measured.clips:
        if clip.problem is not None:
            warn(f"{clip.clip}: {clip.problem}")
    for failure in measured.failures:
        complain(failure.message)
    return len(measured.failures)
