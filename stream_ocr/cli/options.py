"""Options that several commands have."""

from typing import Annotated

import typer

__all__ = ["SetOption"]

SetOption = Annotated[
    list[str],
    typer.Option("--set", metavar="KEY=VALUE", help="Change one setting of the config; may be repeated."),
]
