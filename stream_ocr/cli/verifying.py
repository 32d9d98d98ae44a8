"""`stream-ocr models verify`: what is right on standard output, what is wrong on standard error."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from stream_ocr.cli.speech import amount, complain, say
from stream_ocr.errors import ModelError
from stream_ocr.ocr.catalog import CATALOGUE, Entry, named
from stream_ocr.ocr.weights import WeightFile, copies, missing

__all__ = ["verify_weights"]


def verify_weights(what: Sequence[str]) -> int:
    """Says of each file whether it is right; how many are not.

    `what`: models and files; empty: everything of the catalogue that is here.
    Raises ModelError: one of it is neither a model nor a file.
    """
    lacking = [
        missing(entry, name) for name in what if _is_model(name) for entry in _parts(name) if not any(copies(entry))
    ]
    wrong = len(lacking)
    for each in lacking:
        complain(each)
    files = dict.fromkeys(_files(what))
    for file in files:
        try:
            typer.echo(f"{_recognised(file).checked()}: right")
        except ModelError as error:
            complain(str(error))
            wrong += 1
    say(f"{amount(len(files) + len(lacking), 'files')} checked, {wrong} wrong or not here")
    return wrong


def _is_model(name: str) -> bool:
    """Whether it is not taken for a file: one that is there, or whose name ends as files' names do."""
    path = Path(name)
    return name in CATALOGUE or not (path.exists() or path.suffix or path.parent != Path())


def _parts(name: str) -> list[Entry]:
    return [entry for _, entry in named(name).parts()]


def _files(what: Sequence[str]) -> Iterator[WeightFile]:
    for each in what:
        if _is_model(each):
            for entry in _parts(each):
                yield from copies(entry)
        else:
            yield WeightFile(Path(each))
    if not what:
        for entry in _entries().values():
            yield from copies(entry)


def _recognised(file: WeightFile) -> WeightFile:
    """A file that was named by its path, with the hash of the catalogue's file that it is, or has the name of.

    Raises ModelError: it is none of them, or cannot be read.
    """
    if file.sha256 is not None:
        return file
    entries = _entries()
    if file.path.name in entries:
        return WeightFile(file.path, entries[file.path.name].sha256)
    digest = file.digest()
    if digest not in {entry.sha256 for entry in entries.values()}:
        raise ModelError(f"{file.path}: expected a file of the catalogue, got one with SHA-256 {digest}")
    return WeightFile(file.path, digest)


def _entries() -> dict[str, Entry]:
    """Every file of the catalogue, by its name."""
    return {entry.name: entry for model in CATALOGUE.values() for _, entry in model.parts()}
