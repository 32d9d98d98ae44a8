"""`stream-ocr rules`: what the rules of a config make of texts."""

from pathlib import Path
from typing import Annotated

import typer

from stream_ocr.cli.options import SetOption
from stream_ocr.errors import ConfigError

__all__ = ["app"]

_WRONG_USAGE = 2

app = typer.Typer(rich_markup_mode="markdown")


@app.callback(invoke_without_command=True)
def _program(context: typer.Context) -> int:
    """What the rules of a config make of texts.

    Example: `stream-ocr rules try cameras.yaml --since 1d`
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        return _WRONG_USAGE
    return 0


@app.command("try")
def attempt(  # noqa: PLR0913, PLR0917 each is an option of the command
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="A .yaml config with rules.")],
    store: Annotated[Path, typer.Option(metavar="FILE", help="The store: `path` of the sink sqlite.")] = Path(
        "events.db"
    ),
    since: Annotated[
        str | None, typer.Option(metavar="AGE", help="Events stored no longer ago than that: 30m, 2h, 1d. [all]")
    ] = None,
    text: Annotated[str | None, typer.Option(metavar="TEXT", help="Try them on this text, without a store.")] = None,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="With --text: of this source. [the first]")] = None,
    region: Annotated[str | None, typer.Option(metavar="NAME", help="With --text: in this region. [none]")] = None,
    settings: SetOption = [],  # noqa: B006 typer copies it
) -> None:
    """Say what each rule would have done with stored events, or would do with a text. Nothing is changed or sent.

    The rules see the texts as they are in the store, so what was dropped when they were stored is not there.

    Examples:

    - `stream-ocr rules try cameras.yaml --store out/events.db --since 1d`
    - `stream-ocr rules try displays.yaml --text '36,5 C' --region oven`
    """
    from stream_ocr.cli.trying import try_events, try_text
    from stream_ocr.configfile import load

    loaded = load(config, settings)
    if not loaded.rules:
        raise ConfigError(f"{config}: expected `rules` to try, got none")
    if text is not None:
        if since is not None:
            raise typer.BadParameter("--text and --since exclude each other")
        try_text(loaded, text, source, region)
        return
    if source is not None or region is not None:
        raise typer.BadParameter("--source and --region go with --text")
    try_events(loaded, store, since)
