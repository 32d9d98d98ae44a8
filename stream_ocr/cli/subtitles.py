"""The command `subtitles`: its options and help."""

from typing import Annotated, Literal

import typer

from stream_ocr.cli.options import SetOption

__all__ = ["subtitles"]


def subtitles(  # noqa: PLR0913, PLR0917 each is an option of the command
    media: Annotated[str, typer.Argument(metavar="VIDEO", help="A file, a folder of pictures, a URL.")],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="PATH", help="Where to write: .srt, .vtt or .ass; - prints.")
    ],
    crop: Annotated[
        str | None,
        typer.Option(metavar="X,Y,W,H", help="Read only this rectangle: in pixels, or in fractions of the picture."),
    ] = None,
    lang: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="The language: chooses weights. [zh, ja, en and others in Latin script]"),
    ] = None,
    region: Annotated[
        str,
        typer.Option(metavar="NAME", help="whole, top or bottom (a third of the picture), or a region of the source."),
    ] = "whole",
    min_duration: Annotated[
        float | None, typer.Option(min=0.0, metavar="S", help="Leave out texts that stand for less. [0.2]")
    ] = None,
    max_gap: Annotated[
        float | None,
        typer.Option(min=0.0, metavar="S", help="A text that is away for no longer stays one cue. [0.1]"),
    ] = None,
    form: Annotated[
        Literal["srt", "vtt", "ass"] | None,
        typer.Option("--format", help="Instead of what the ending of PATH says; of -, srt."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    settings: SetOption = [],  # noqa: B006 typer copies it
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print warnings and errors only.")] = False,
) -> int:
    """Write the subtitles that stand in the pictures of a video.

    Lines that stand together are one cue, from their first frame to the end of their last one. Ctrl-C finishes the
    file.

    Examples:

    - `stream-ocr subtitles film.mp4 -o film.srt --region bottom`
    - `stream-ocr subtitles film.mkv -o film.ass --crop 0,0.75,1,0.25 --lang ko`
    - `stream-ocr subtitles film.mp4 -o - --set source.start=60 --set source.stop=120`
    """
    from stream_ocr.cli.subtitling import Asked, write_subtitles

    asked = Asked(
        media=media,
        output=output,
        form=form,
        crop=crop,
        lang=lang,
        region=region,
        min_duration=min_duration,
        max_gap=max_gap,
        settings=tuple(settings),
        force=force,
        quiet=quiet,
    )
    return write_subtitles(asked)
