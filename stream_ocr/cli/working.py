"""`stream-ocr stage` and `stream-ocr source`: the far side of a run."""

import os
import signal
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from stream_ocr.cli.interrupts import Interrupts
from stream_ocr.cli.speech import say
from stream_ocr.config import Config, Placed
from stream_ocr.configfile import load
from stream_ocr.cores import capped
from stream_ocr.errors import ConfigError, StreamOcrError
from stream_ocr.placement.worker import StageWork, Work, Worker
from stream_ocr.transport import NO_KEYS, credentials

__all__ = ["Place", "work"]

_FAILED, _INTERRUPTED = 1, 130
_STDIN = 0
_FROM_RUN = "-"
"""As the config: the run that starts this process gives it over standard input, and closes that when it ends."""


@dataclass(frozen=True)
class Place:
    """What to do, and where the run waits that needs it."""

    kind: Literal["stage", "source"]
    name: str
    connect: str | None = None
    """An endpoint; None: as the config says."""
    key: str | None = None
    """File of our secret key."""
    server: str | None = None
    """File of the run's public key."""


def work(place: Place, config: str, settings: Iterable[str]) -> int:
    """Works until it is told to stop; returns the exit code.

    Raises ConfigError, WireError where it is refused, and what the work raises.
    """
    if config == _FROM_RUN:
        return _work_for_parent(place)
    loaded = load(Path(config), settings)
    endpoint = _endpoint(place, loaded)
    security = credentials(endpoint, place.key, place.server)
    if security.own is None and loaded.security.key is not None:
        raise ConfigError(f"{endpoint}: expected --key and --server, because the run has a security.key")
    worker = Worker(place.kind, place.name, loaded, endpoint, security=security, attached=False, tell=say)
    with Interrupts() as interrupts, capped(loaded.cpu.cores):
        interrupts.stop = worker.stop.set
        say(f"{place.kind} {place.name}: for the run at {endpoint}")
        worker.run(_work(place, loaded))
    return _INTERRUPTED


def _work_for_parent(place: Place) -> int:
    """What goes wrong is told to the run, which says it in our place."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # Whoever stops all processes of a run at once means the run: it lets its stages finish.
        signal.signal(number, signal.SIG_IGN)
    line = sys.stdin.buffer.readline()
    if not line:
        # It has died before it could say anything.
        return 0
    config = msgspec.json.decode(line, type=Config)
    endpoint = place.connect or ""
    threading.Thread(target=_end_with_parent, args=(endpoint,), name="stream-ocr parent", daemon=True).start()
    worker = Worker(place.kind, place.name, config, endpoint, security=NO_KEYS, attached=True, tell=say)
    try:
        # The run has its own cores, which are what this process may use; its libraries are to know.
        with capped(0):
            worker.run(_work(place, config))
    except StreamOcrError:
        return _FAILED
    return 0


def _work(place: Place, config: Config) -> Work:
    if place.kind == "stage":
        return StageWork(place.name, config)
    from stream_ocr.placement.capturing import SourceWork  # FFmpeg is for who captures

    return SourceWork(place.name, config)


def _endpoint(place: Place, config: Config) -> str:
    """Where the run waits, as seen from here too."""
    places: dict[str, Placed] = dict(config.sources) if place.kind == "source" else config.stages.movable()
    if place.name not in places:
        rest = "" if place.kind == "source" else "; publish and annotate stay in the main process, where the sinks are"
        raise ConfigError(
            f"expected a {place.kind} that can run elsewhere ({', '.join(places)}), got {place.name}{rest}"
        )
    run = places[place.name].run
    if place.connect is not None:
        return place.connect
    if not run.startswith("tcp://") or run.startswith(("tcp://*:", "tcp://0.0.0.0:", "tcp://[::]:")):
        path = f"{place.kind}s.{place.name}.run"
        raise ConfigError(f"{path}: expected tcp://HOST:PORT to dial, or --connect ENDPOINT, got {run}")
    return run


def _end_with_parent(endpoint: str) -> None:
    while os.read(_STDIN, 1024):
        pass
    # It may have died without clearing away its socket.
    socket = Path(endpoint.removeprefix("ipc://"))
    with suppress(OSError):
        socket.unlink(missing_ok=True)
        socket.parent.rmdir()
    # Whatever is under way is for nobody any more.
    os._exit(0)
