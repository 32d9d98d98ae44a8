"""The commands, their options and help, and the exit codes."""

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from stream_ocr import __version__
from stream_ocr.cli import keys, models, rules
from stream_ocr.cli.archive import export, history, search
from stream_ocr.cli.bench import bench
from stream_ocr.cli.options import SetOption
from stream_ocr.cli.speech import complain
from stream_ocr.cli.subtitles import subtitles
from stream_ocr.errors import ConfigError, ModelError, StreamOcrError
from stream_ocr.masking import scrubbed

__all__ = ["main", "status"]

_FAILED, _WRONG_USAGE, _INTERRUPTED = 1, 2, 130

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown")
app.add_typer(keys.app, name="keys")
app.add_typer(models.app, name="models")
app.add_typer(rules.app, name="rules")

ConnectOption = Annotated[
    str | None,
    typer.Option(metavar="ENDPOINT", help="Where the run waits, if it is not what `run` says. [tcp://HOST:PORT]"),
]
WorkerConfig = Annotated[str, typer.Option(metavar="FILE", help="The config of the run.")]
KeyOption = Annotated[str | None, typer.Option(metavar="FILE", help="Our secret key, where keys are needed.")]
ServerOption = Annotated[str | None, typer.Option(metavar="FILE", help="The public key of the run, with --key.")]


class Kind(StrEnum):
    """What a starter config is for."""

    FILE = "file"
    WEBCAM = "webcam"
    RTSP = "rtsp"
    CAMERAS = "cameras"
    ARCHIVE = "archive"


def main() -> NoReturn:
    """The `stream-ocr` command."""
    sys.exit(status(sys.argv[1:]))


def status(arguments: Sequence[str]) -> int:
    """Runs one command; returns its exit code.

    0: done. 1: failed while running. 2: wrong usage or config. 130: interrupted.
    """
    debug = "--debug" in arguments
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        result = app([each for each in arguments if each != "--debug"], prog_name="stream-ocr", standalone_mode=False)
        sys.stdout.flush()
    except (StreamOcrError, typer.TyperException) as error:
        if debug:
            sys.stderr.write(scrubbed(traceback.format_exc()))
        return _failure(error)
    except (KeyboardInterrupt, typer.Abort):
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; keep the interpreter from flushing into the same pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED
    return int(result or 0)


def _failure(error: Exception) -> int:
    if isinstance(error, typer.TyperException):
        complain(f"{error.format_message().rstrip('.')} (stream-ocr --help shows what there is)")
        return _WRONG_USAGE
    complain(str(error))
    return _WRONG_USAGE if isinstance(error, ConfigError | ModelError) else _FAILED


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"stream-ocr {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _program(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> int:
    """Text events from cameras and video: what text appeared, where, when, how sure, and when it went.

    Try it:

    - `stream-ocr run test:` reads a built-in moving picture
    - `stream-ocr run film.mp4 --jsonl events.jsonl` writes what a file says
    - `stream-ocr init webcam && stream-ocr run webcam.yaml` reads what a camera sees

    Exit codes: 0 done, 1 failed while running, 2 wrong usage or config, 130 interrupted.
    """
    del version, debug
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        return _WRONG_USAGE
    return 0


@app.command()
def run(  # noqa: PLR0913, PLR0917 each is an option of the command
    config_or_media: Annotated[
        str, typer.Argument(metavar="CONFIG_OR_MEDIA", help="A .yaml config; or a file, a folder of pictures, a URL.")
    ],
    jsonl: Annotated[str | None, typer.Option(metavar="PATH", help="Write the events here, one JSON a line.")] = None,
    store: Annotated[
        str | None, typer.Option(metavar="PATH", help="Keep the events here, for `search` (SQLite).")
    ] = None,
    video: Annotated[str | None, typer.Option(metavar="PATH", help="Write the annotated video here (MP4).")] = None,
    bind: Annotated[
        str | None, typer.Option(metavar="ENDPOINT", help="Publish the events on ZeroMQ, as in tcp://127.0.0.1:5557.")
    ] = None,
    health: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS:PORT", help="Serve health and metrics over HTTP, as on 127.0.0.1:9100."),
    ] = None,
    settings: SetOption = [],  # noqa: B006 typer copies it
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print warnings and errors only.")] = False,
) -> int:
    """Read text from cameras and videos until they end, or until Ctrl-C.

    Ctrl-C (or SIGTERM) lets the run finish what it holds: every text that appeared is said to disappear, files are
    closed. A second Ctrl-C stops at once.

    Examples:

    - `stream-ocr run cameras.yaml`
    - `stream-ocr run film.mkv --jsonl events.jsonl --video annotated.mp4`
    - `stream-ocr run webcam:0 --bind tcp://127.0.0.1:5557 --health 127.0.0.1:9100`
    - `stream-ocr run film.mkv --set source.start=60 --set stages.detect.max_side=736`
    """
    from stream_ocr.cli.asking import Wishes, wished

    wishes = Wishes(
        jsonl=jsonl, store=store, video=video, bind=bind, health=health, settings=tuple(settings), quiet=quiet
    )
    config = wished(config_or_media, wishes)
    from stream_ocr.cli.running import run_config

    return run_config(config, quiet=quiet)


@app.command()
def check(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="A .yaml config.")],
    settings: SetOption = [],  # noqa: B006 typer copies it
) -> None:
    """Validate a config; print it with every default filled in, the graph that it makes, and what plugins there are."""
    from stream_ocr.configfile import load

    loaded = load(config, settings)
    from stream_ocr.cli.checking import check_stores, described
    from stream_ocr.cores import capped
    from stream_ocr.sinks.receivers import check_sinks
    from stream_ocr.transport import security_of

    security_of(loaded.security)
    check_stores(loaded)
    check_sinks(loaded.sinks)
    with capped(loaded.cpu.cores):
        typer.echo(described(loaded))


@app.command()
def stage(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The stage: detect, track, classify or recognize.")],
    config: WorkerConfig,
    connect: ConnectOption = None,
    key: KeyOption = None,
    server: ServerOption = None,
    settings: SetOption = [],  # noqa: B006 typer copies it
) -> int:
    """Work as a stage of a run on another machine, for as long as there is one; until Ctrl-C.

    The config is the run's: `stages.NAME.run` says where the run waits.

    Examples:

    - `stream-ocr stage detect --config cameras.yaml`
    - `stream-ocr stage detect --config cameras.yaml --connect tcp://192.0.2.7:6001 --set ocr.device=GPU`
    """
    from stream_ocr.cli.working import Place, work

    return work(Place("stage", name, connect, key, server), config, settings)


@app.command()
def source(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The source, as the config names it.")],
    config: WorkerConfig,
    connect: ConnectOption = None,
    key: KeyOption = None,
    server: ServerOption = None,
    settings: SetOption = [],  # noqa: B006 typer copies it
) -> int:
    """Capture a source for a run on another machine, for as long as there is one; until Ctrl-C.

    The config is the run's: `sources.NAME.run` says where the run waits.

    Example: `stream-ocr source yard --config cameras.yaml --key shed.key --server box.pub`
    """
    from stream_ocr.cli.working import Place, work

    return work(Place("source", name, connect, key, server), config, settings)


@app.command()
def listen(  # noqa: PLR0913, PLR0917 each is an option of the command
    endpoint: Annotated[str, typer.Argument(metavar="ENDPOINT", help="Where an instance publishes.")],
    topic: Annotated[
        list[str] | None, typer.Option(metavar="PREFIX", help="Topics to listen to; may be repeated. [event/]")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print each message as one line of JSON.")] = False,
    count: Annotated[int | None, typer.Option(min=1, metavar="N", help="Stop after N messages.")] = None,
    timeout: Annotated[
        float | None, typer.Option(min=0.0, metavar="S", help="Give up (exit code 1) after S seconds of silence.")
    ] = None,
    key: Annotated[str | None, typer.Option(metavar="FILE", help="Our secret key, where keys are needed.")] = None,
    server: Annotated[str | None, typer.Option(metavar="FILE", help="The instance's public key, with --key.")] = None,
    ack: Annotated[
        bool, typer.Option("--ack", help="Listen to a sink `zmq_ack`, and acknowledge each event once it is printed.")
    ] = False,
) -> None:
    """Print the events of a running instance, what is visible now first.

    Examples:

    - `stream-ocr listen tcp://127.0.0.1:5557`
    - `stream-ocr listen tcp://127.0.0.1:5557 --topic event/desk/appear --json | jq .text`
    - `stream-ocr listen tcp://127.0.0.1:5557 --topic status/ --topic stats`
    - `stream-ocr listen tcp://camera-box:5557 --key laptop.key --server camera-box.pub`
    - `stream-ocr listen tcp://127.0.0.1:5558 --ack --json >> events.jsonl`
    """
    from stream_ocr.cli.listening import Instance, follow, take

    if ack:
        if topic:
            raise ConfigError("--topic: expected it without --ack, with which every event comes")
        take(Instance(endpoint, key, server), as_json=json, count=count, timeout=timeout)
        return
    follow(Instance(endpoint, key, server), topic or ["event/"], as_json=json, count=count, timeout=timeout)


@app.command()
def read(
    image: Annotated[list[str], typer.Argument(metavar="IMAGE...", help="Pictures.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object per picture.")] = False,
    settings: SetOption = [],  # noqa: B006 typer copies it
) -> int:
    """Read pictures, line by line; one that cannot be read does not hold up the others.

    Examples:

    - `stream-ocr read page.png`
    - `stream-ocr read *.jpg --json`
    - `stream-ocr read page.png --set ocr.device=GPU`
    """
    from stream_ocr.cli.reading import read_pictures

    return _FAILED if read_pictures(image, as_json=json, settings=settings) else 0


@app.command("eval")
def evaluate(  # noqa: PLR0913, PLR0917 each is an option of the command
    media: Annotated[
        list[str],
        typer.Argument(metavar="MEDIA|FOLDER...", help="Clips with CLIP.gt.json beside them; folders of such."),
    ],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of the table.")] = False,
    html: Annotated[
        str | None, typer.Option(metavar="PATH", help="Write a page here that shows what went wrong, with pictures.")
    ] = None,
    against: Annotated[
        Literal["rapidocr"] | None,
        typer.Option(metavar="BASELINE", help="Compare with: rapidocr, on every frame (slow)."),
    ] = None,
    curve: Annotated[
        bool, typer.Option("--curve", help="Read once more, to weigh recall against precision by threshold.")
    ] = False,
    settings: SetOption = [],  # noqa: B006 typer copies it
    jobs: Annotated[
        int, typer.Option(min=1, max=64, metavar="N", help="Read N clips at the same time; each is slower then.")
    ] = 1,
) -> int:
    """Score the events of clips against ground truth: recall, precision, timing, confidence.

    A clip or ground truth that is not usable is named on standard error (exit code 1), and the others are scored.
    The README says how, and what stands in a `CLIP.gt.json`.

    Examples:

    - `stream-ocr eval clips/ --html report.html`
    - `stream-ocr eval clips/ --against rapidocr --curve --json > figures.json`
    - `stream-ocr eval clips/*.mp4 --set stages.detect.max_side=736`
    """
    from stream_ocr.cli.asking import set_sections

    sections = set_sections(settings)
    from stream_ocr.cli.evaluating import Asked, evaluate_clips

    asked = Asked(media=tuple(media), sections=sections, as_json=json, html=html, curve=curve, jobs=jobs)
    return _FAILED if evaluate_clips(asked, against=against) else 0


app.command()(search)
app.command()(history)
app.command()(export)
app.command()(bench)
app.command()(subtitles)


@app.command()
def devices(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
) -> None:
    """List the webcams of this machine: path, name, whether they can be opened, and what they can send.

    Each is opened for a picture, so its light may go on for a moment.
    """
    from stream_ocr.cli.webcams import list_webcams

    list_webcams(as_json=json)


@app.command()
def init(
    kind: Annotated[Kind, typer.Argument(help="What the config is for.")],
    path: Annotated[Path | None, typer.Argument(metavar="[PATH]", help="Where to write it. [KIND.yaml]")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a commented starter config.

    Example: `stream-ocr init rtsp cameras.yaml`
    """
    from stream_ocr.cli.starting import write_starter

    path = path or Path(f"{kind}.yaml")
    write_starter(kind, path, force)
    typer.echo(f"wrote {path}; edit it, then: stream-ocr run {path}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of the config, for editors.

    Example: `stream-ocr schema > stream-ocr.schema.json`, and in the config's first line
    `# yaml-language-server: $schema=stream-ocr.schema.json`
    """
    import json

    from stream_ocr.config import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))
