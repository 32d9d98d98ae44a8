"""The command `bench`: its options and help."""

from typing import Annotated, Literal

import typer

from stream_ocr.cli.options import SetOption

__all__ = ["bench"]


def bench(  # noqa: PLR0913, PLR0917 each is an option of the command
    media: Annotated[
        list[str] | None,
        typer.Argument(metavar="MEDIA", help="Clips, made:NAME, test:. [all made clips]", show_default=False),
    ] = None,
    repeat: Annotated[int, typer.Option(min=1, max=99, metavar="N", help="Measure N times; show medians.")] = 1,
    against: Annotated[
        Literal["rapidocr"] | None,
        typer.Option(metavar="BASELINE", help="Compare with: rapidocr, on every frame (slow)."),
    ] = None,
    max_frames: Annotated[
        int | None, typer.Option(min=2, metavar="N", help="Frames of each clip that the baseline gets. [all]")
    ] = None,
    scored: Annotated[
        bool, typer.Option("--eval", help="Score runs of clips that have CLIP.gt.json beside them.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of the tables.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a table in Markdown instead.")] = False,
    settings: SetOption = [],  # noqa: B006 typer copies it
) -> int:
    """Measure speed, CPU, memory and start-up on clips; each measurement in a fresh process.

    Without MEDIA, it makes clips of its own: a still picture, a ticker, subtitles, a terminal, a walk. A clip that is
    not usable is named on standard error (exit code 1), and the others are measured. The README explains the figures.

    Examples:

    - `stream-ocr bench --repeat 3 --markdown`
    - `stream-ocr bench film.mp4 made:still-1080p --against rapidocr --max-frames 120`
    - `stream-ocr bench clips/*.mp4 --eval --json --set stages.detect.max_side=736`
    """
    if json and markdown:
        raise typer.BadParameter("--json and --markdown exclude each other")
    from stream_ocr.cli.asking import set_sections

    sections = set_sections(settings)
    from stream_ocr.benchmark.bench import Order
    from stream_ocr.cli.benching import bench_clips

    order = Order(
        media=tuple(media or ()),
        settings=sections,
        repeat=repeat,
        against=against,
        max_frames=max_frames,
        scored=scored,
    )
    return 1 if bench_clips(order, as_json=json, as_markdown=markdown) else 0
