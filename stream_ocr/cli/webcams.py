"""`stream-ocr devices`: the webcams of this machine on standard output."""

from collections.abc import Iterator, Sequence

import msgspec
import typer

from stream_ocr.cli.speech import say
from stream_ocr.webcams import Webcam, webcams

__all__ = ["list_webcams", "table"]

_INDENT = "    "


def list_webcams(*, as_json: bool) -> None:
    """Lists them. Raises SourceError: they cannot be listed here."""
    found = webcams()
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    for line in table(found):
        typer.echo(line)
    if not found:
        say("no webcams found: no device of Video4Linux is registered")


def table(found: Sequence[Webcam]) -> Iterator[str]:
    """A line for each, and one for each of its formats."""
    for webcam in found:
        yield f"{webcam.path}  {webcam.name}  ({webcam.problem or _sends(webcam)})"
        width = max((len(each.name) for each in webcam.formats), default=0)
        for each in webcam.formats:
            yield f"{_INDENT}{each.name:<{width}}  {' '.join(each.sizes) or each.description}"


def _sends(webcam: Webcam) -> str:
    width, height = webcam.size or (0, 0)
    rate = "" if webcam.rate is None else f", {webcam.rate:g} a second"
    return f"{width}x{height} {webcam.codec}{rate}"
