"""The commands that look into a store, `search`, `history` and `export`: their options and help."""

from pathlib import Path
from typing import Annotated, Literal

import typer

__all__ = ["export", "history", "search"]

StoreOption = Annotated[Path, typer.Option(metavar="FILE", help="The store: `path` of the sink sqlite.")]
SourceOption = Annotated[str | None, typer.Option(metavar="NAME", help="Texts of this source only.")]
SinceOption = Annotated[
    str | None, typer.Option(metavar="TIME", help="Texts that were there then or later: 2h, 30m, 7d, 2026-11-25T14:30.")
]
UntilOption = Annotated[str | None, typer.Option(metavar="TIME", help="Texts that had come by then.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object per text.")]
_STORE = Path("events.db")


def search(  # noqa: PLR0913, PLR0917 each is an option of the command
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Plain text, any part of what was read.")],
    store: StoreOption = _STORE,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    fuzzy: Annotated[
        bool, typer.Option("--fuzzy", help="Also what is only similar: EX1T 25 for EXIT 25. The most alike first.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, metavar="N", help="Texts at most, the newest.")] = 20,
    json: JsonOption = False,
    crops: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write the picture of each text found here (JPEG).")
    ] = None,
) -> None:
    """Find when and where a text was seen, also while a run writes.

    Upper and lower case are the same. Times are of the camera's clock, or when a file was read; `media` is where in it.

    Examples:

    - `stream-ocr search 'EXIT 25' --since 2h`
    - `stream-ocr search 出口 --store out/events.db --source lobby --json | jq .began`
    - `stream-ocr search 'KM 43 TV' --fuzzy --crops found/`
    """
    from stream_ocr.cli.finding import Look, found

    found(Look(store, source=source, since=since, until=until), query, fuzzy=fuzzy, limit=limit).show(json, crops)


def history(  # noqa: PLR0913, PLR0917 each is an option of the command
    place: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="The place, as events and `search` say it.")
    ] = None,
    region: Annotated[str | None, typer.Option(metavar="NAME", help="The region, as the config names it.")] = None,
    store: StoreOption = _STORE,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, metavar="N", help="Values at most, the last ones.")] = 50,
    json: JsonOption = False,
) -> None:
    """List the values of one display over time.

    A region has its name in every run. Places are numbered by each run anew: it is the newest run that has such a one.

    Examples:

    - `stream-ocr history --region pulse --since 1d`
    - `stream-ocr history --place 4 --source meter`
    - `stream-ocr history --place 4 --json | jq -r '[.began, .text] | @csv'`
    """
    from stream_ocr.cli.finding import Look, values

    values(Look(store, source=source, since=since, until=until), place, region, limit=limit).show(json)


def export(  # noqa: PLR0913, PLR0917 each is an option of the command
    form: Annotated[
        Literal["csv", "jsonl", "srt", "vtt", "ass"],
        typer.Option("--format", metavar="FORMAT", help="csv, jsonl; srt, vtt or ass: subtitles of the newest run."),
    ],
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to. [stdout]")] = None,
    store: StoreOption = _STORE,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    region: Annotated[
        str, typer.Option(metavar="NAME", help="Of subtitles: whole, top, bottom, or a region of the source.")
    ] = "whole",
) -> None:
    """Write all texts, each once, in the order in which they came.

    Examples:

    - `stream-ocr export --format csv -o texts.csv`
    - `stream-ocr export --format jsonl --store out/events.db --source lobby --since 7d | gzip > lobby.jsonl.gz`
    - `stream-ocr export --format srt --source film --region bottom -o film.srt`
    """
    from stream_ocr.cli.exporting import write_texts
    from stream_ocr.cli.finding import Look

    write_texts(Look(store, source=source, since=since, until=until), form, output, region)
