"""`stream-ocr keys`: the keys with which machines know each other."""

import re
from pathlib import Path
from typing import Annotated

import typer

from stream_ocr.errors import ConfigError

__all__ = ["app"]

_NAME = re.compile(r"\w[\w.-]{0,63}", re.ASCII)

_WRONG_USAGE = 2

app = typer.Typer(rich_markup_mode="markdown")


@app.callback(invoke_without_command=True)
def _program(context: typer.Context) -> int:
    """The keys with which machines know each other.

    Example: `stream-ocr keys new camera-box`
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        return _WRONG_USAGE
    return 0


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose keys they are: a machine or a program.")],
    folder: Annotated[Path, typer.Option(metavar="DIR", help="Where to write them; made if it is not there.")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace keys that are there.")] = False,
) -> None:
    """Make a pair of keys: NAME.key, which is secret, and NAME.pub, for the others.

    Example: `stream-ocr keys new camera-box --folder keys`
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name}: expected a name of letters, digits, -, _ and . (64 at most)")
    from stream_ocr.transport import write_pair

    secret, public = write_pair(folder, name, replace=force)
    typer.echo(_advice(name, secret, public))


def _advice(name: str, secret: Path, public: Path) -> str:
    """What was made, and what to do with it."""
    return f"""\
wrote {secret}: secret, it stays on {name}
wrote {public}: for the others

If {name} publishes: collect the .pub files of those who may listen in a folder, and say in the config
  security: {{key: {secret}, clients: FOLDER}}
If {name} listens: put {public.name} into that folder, and with the .pub file of the publisher
  stream-ocr listen tcp://HOST:5557 --key {secret} --server PUBLISHER.pub"""
