"""`stream-ocr stage` and `stream-ocr source`: the far side of a run."""

import os
import signal
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from stream_ocr.building import placed
from stream_ocr.cli.interrupts import Interrupts
from stream_ocr.cli.speech import say
from stream_ocr.config import Config, Placed
from stream_ocr.configfile import load
from stream_ocr.errors import ConfigError, StreamOcrError
from stream_ocr.placement.worker import StageWork, Work, Worker

__all__ = ["work"]

_FAILED, _INTERRUPTED = 1, 130
_STDIN = 0
_FROM_RUN = "-"
"""As the config: the run that starts this process gives it over standard input, and closes that when it ends."""


def work(kind: Literal["stage", "source"], name: str, config: str, connect: str | None, settings: Iterable[str]) -> int:
    """Works until it is told to stop; returns the exit code.

    Raises ConfigError, WireError where it is refused, and what the work raises.
    """
    if config == _FROM_RUN:
        return _work_for_parent(kind, name, connect or "")
    loaded = load(Path(config), settings)
    place = _place(kind, name, loaded)
    worker = Worker(kind, name, loaded, connect or _dialled(f"{kind}s.{name}", place), attached=False, tell=say)
    with Interrupts() as interrupts:
        interrupts.stop = worker.stop.set
        say(f"{kind} {name}: for the run at {worker.endpoint}")
        worker.run(_work(kind, name, loaded))
    return _INTERRUPTED


def _work_for_parent(kind: str, name: str, endpoint: str) -> int:
    """What goes wrong is told to the run, which says it in our place."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # Whoever stops all processes of a run at once means the run: it lets its stages finish.
        signal.signal(number, signal.SIG_IGN)
    line = sys.stdin.buffer.readline()
    if not line:
        # It has died before it could say anything.
        return 0
    config = msgspec.json.decode(line, type=Config)
    threading.Thread(target=_end_with_parent, args=(endpoint,), name="stream-ocr parent", daemon=True).start()
    try:
        Worker(kind, name, config, endpoint, attached=True, tell=say).run(_work(kind, name, config))
    except StreamOcrError:
        return _FAILED
    return 0


def _work(kind: str, name: str, config: Config) -> Work:
    if kind == "stage":
        return StageWork(name, config)
    from stream_ocr.placement.capturing import SourceWork  # FFmpeg is for who captures

    return SourceWork(name, config)


def _place(kind: str, name: str, config: Config) -> Placed:
    """Where the run expects it."""
    places: dict[str, Placed] = dict(config.sources) if kind == "source" else placed(config)
    if name not in places:
        rest = "" if kind == "source" else "; publish and annotate stay in the main process, where the sinks are"
        raise ConfigError(f"expected a {kind} that can run elsewhere ({', '.join(places)}), got {name}{rest}")
    return places[name]


def _dialled(path: str, place: Placed) -> str:
    """Where the run waits, if that says how to get there."""
    if not place.run.startswith("tcp://") or place.run.startswith(("tcp://*:", "tcp://0.0.0.0:", "tcp://[::]:")):
        raise ConfigError(f"{path}.run: expected tcp://HOST:PORT to dial, or --connect ENDPOINT, got {place.run}")
    return place.run


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
