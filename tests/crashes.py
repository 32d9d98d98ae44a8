"""Everybody is killed at random while events come: the run, the broker, whoever takes webhooks, and who acknowledges.

cd tests && python -m crashes --minutes 10            a run without pictures, of 40 events a second
cd tests && python -m crashes --minutes 10 --whole    `stream-ocr run`, with networks and all
"""

import argparse
import json
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from brokers import Listener, Mosquitto

__all__ = ["Crashes", "crashes"]

_HERE = Path(__file__).parent
_SOON = 20.0
_SETTLED = 60.0
"""Seconds that everything has to arrive once nobody is killed any more."""
_SINKS = ("mqtt", "webhook", "zmq_ack")
_TICK = threading.Event()


@dataclass
class Crashes:
    """What was seen."""

    killed: Counter[str] = field(default_factory=Counter)
    stored: int = 0
    """Events in the store."""
    received: dict[str, int] = field(default_factory=dict)
    """Messages that a receiver got, with those that came again."""
    missing: dict[str, int] = field(default_factory=dict)
    """Events that a receiver never got."""
    strange: dict[str, int] = field(default_factory=dict)
    """Events that a receiver got and nobody stored, or that came again with other contents."""
    disordered: dict[str, int] = field(default_factory=dict)
    """Events that came, for the first time, after a later one of their source."""
    checks: Counter[str] = field(default_factory=Counter)
    """What SQLite said of the store, each time it was asked."""

    @property
    def well(self) -> bool:
        """Nothing was lost, made up, out of order or damaged."""
        wrong = (*self.missing.values(), *self.strange.values(), *self.disordered.values())
        return self.stored > 0 and not any(wrong) and set(self.checks) == {"ok"}


class Victim:
    """A process that can be killed and started again."""

    def __init__(self, name: str, command: list[str], output: Path | None = None) -> None:
        self.name = name
        self._command = command
        self._output = output
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it; nobody waits for it to be ready."""
        with ExitStack() as stack:
            out = subprocess.DEVNULL if self._output is None else stack.enter_context(self._output.open("ab"))
            self._process = subprocess.Popen(self._command, cwd=_HERE, stdout=out, stderr=subprocess.DEVNULL)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Ends it."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30.0)
            self._process = None

    def signal(self, what: signal.Signals) -> None:
        """Sends it a signal."""
        assert self._process is not None
        self._process.send_signal(what)


@dataclass
class Stage:
    """All who take part."""

    folder: Path
    whole: bool
    broker: Mosquitto
    hook: int = 0
    """The port for webhooks."""
    run: Victim = field(init=False)
    others: dict[str, Victim | Mosquitto] = field(init=False)

    def __post_init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.hook = free.getsockname()[1]
        self.configure("test:size=640x360&rate=10&length=3600")
        python, config = sys.executable, str(self.config)
        run = ["-m", "stream_ocr", "run", config, "--quiet"] if self.whole else ["saying.py", config]
        self.run = Victim("run", [python, *run])
        listen = ["-m", "stream_ocr", "listen", self._endpoint, "--ack", "--json"]
        self.others = {
            "broker": self.broker,
            "webhook": Victim("webhook", [python, "hearing_hooks.py", str(self.hook), str(self.lines("webhook"))]),
            "receiver": Victim("receiver", [python, *listen], self.lines("zmq_ack")),
        }

    @property
    def config(self) -> Path:
        """That of the run."""
        return self.folder / "crashes.yaml"

    @property
    def store(self) -> Path:
        """The file of SQLite."""
        return self.folder / "events.db"

    @property
    def _endpoint(self) -> str:
        return f"ipc://{self.folder}/events"

    def lines(self, kind: str) -> Path:
        """Where a receiver puts what it gets."""
        return self.folder / f"{kind}.jsonl"

    def configure(self, uri: str) -> None:
        """Writes the config, with what is to be read."""
        self.config.write_text(yaml.safe_dump(self._config(uri)))

    def _config(self, uri: str) -> dict[str, object]:
        common = {"durable": str(self.store), "longest": 1.0, "backlog": 1_000_000}
        return {
            "sources": {name: {"uri": uri, "pace": "realtime"} for name in ("east", "west")},
            "sinks": [
                {"sqlite": {"path": str(self.store), "crops": False}},
                {"mqtt": {"port": self.broker.port, "timeout": 2.0, **common}},
                {"webhook": {"url": f"http://127.0.0.1:{self.hook}/", "timeout": 2.0, **common}},
                {"zmq_ack": {"bind": self._endpoint, **common}},
            ],
        }


def crashes(seconds: float, *, whole: bool = False, seed: int = 1, every: tuple[float, float] = (0.5, 2.5)) -> Crashes:
    """Kills somebody at random for so many seconds; `every`: seconds from one to the next."""
    seen, luck = Crashes(), random.Random(seed)
    with _stage(whole=whole) as stage, Listener(stage.broker.port, name="crashes") as listener:
        for victim in (*stage.others.values(), stage.run):
            if victim is not stage.broker:
                victim.start()
        _eventually(lambda: _count(stage) > 0)
        until = time.monotonic() + seconds
        turns: list[str] = []
        while time.monotonic() < until:
            _TICK.wait(luck.uniform(*every))
            # Round by round, so that everybody has his turn.
            turns = turns or luck.sample(["run", *stage.others], 1 + len(stage.others))
            name = turns.pop()
            victim = stage.run if name == "run" else stage.others[name]
            victim.stop(signal.SIGKILL)
            seen.killed[name] += 1
            if name == "run":
                seen.checks[_integrity(stage)] += 1
            _TICK.wait(luck.uniform(0.0, 1.0))
            victim.start()
        _end(stage)
        seen.checks[_integrity(stage)] += 1
        _judge(seen, stage, listener)
    return seen


@contextmanager
def _stage(*, whole: bool) -> Iterator[Stage]:
    with tempfile.TemporaryDirectory() as name, Mosquitto(Path(name) / "broker") as broker:
        stage = Stage(Path(name), whole, broker)
        try:
            yield stage
        finally:
            for victim in (stage.run, *stage.others.values()):
                victim.stop()


def _end(stage: Stage) -> None:
    """Nothing new comes; waits until everybody has everything."""
    if stage.whole:
        stage.run.stop(signal.SIGINT)
        stage.configure("test:size=640x360&rate=10&length=2")
        stage.run.start()
    else:
        # Told too early, it would take that as its end.
        before = _count(stage)
        _eventually(lambda: _count(stage) > before)
        stage.run.signal(signal.SIGUSR1)
    _eventually(lambda: _settled(stage))
    stage.run.stop(signal.SIGINT if stage.whole else signal.SIGTERM)


def _judge(seen: Crashes, stage: Stage, listener: Listener) -> None:
    """Compares what came with what was stored."""
    with closing(_open(stage)) as store:
        events = [json.loads(row) for (row,) in store.execute("SELECT event FROM events ORDER BY rowid")]
    stored: dict[str, Any] = {event["id"]: event for event in events}
    seen.stored = len(stored)
    for kind in _SINKS:
        deadline = time.monotonic() + _SOON
        # What the broker has acknowledged may still be on its way.
        while stored.keys() - _ids(came := _came(stage, listener, kind)) and time.monotonic() < deadline:
            _TICK.wait(0.1)
        seen.received[kind] = len(came)
        seen.missing[kind] = len(stored.keys() - _ids(came))
        seen.strange[kind] = sum(stored.get(event["id"]) != event for event in came)
        seen.disordered[kind] = _disordered(events, came)


def _came(stage: Stage, listener: Listener, kind: str) -> list[Any]:
    if kind == "mqtt":
        return [json.loads(heard.payload) for heard in list(listener.heard) if heard.topic.endswith("/event")]
    # A line that was cut short by a kill is followed by another on the same line, or by none.
    lines = stage.lines(kind).read_text(encoding="utf-8").splitlines()
    return [event for line in lines for event in _parsed(line)]


def _parsed(line: str) -> list[Any]:
    begin = max(0, line.rfind('{"v":'))
    try:
        return [json.loads(line[begin:])]
    except json.JSONDecodeError:
        return []


def _ids(events: list[Any]) -> set[str]:
    return {event["id"] for event in events}


def _disordered(stored: list[Any], came: list[Any]) -> int:
    """How many came, for the first time, after one of their source that is behind them in the store."""
    place = {event["id"]: number for number, event in enumerate(stored)}
    newest: dict[str, int] = {}
    known: set[str] = set()
    wrong = 0
    for event in came:
        if event["id"] in known or event["id"] not in place:
            continue
        known.add(event["id"])
        wrong += place[event["id"]] < newest.get(event["source"], -1)
        newest[event["source"]] = max(place[event["id"]], newest.get(event["source"], -1))
    return wrong


def _settled(stage: Stage) -> bool:
    with closing(_open(stage)) as store:
        (newest,) = store.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
        cursors = [rowid for (rowid,) in store.execute("SELECT rowid FROM deliveries")]
    return len(cursors) == len(_SINKS) and min(cursors) >= newest


def _count(stage: Stage) -> int:
    try:
        with closing(_open(stage)) as store:
            (number,) = store.execute("SELECT count(*) FROM events").fetchone()
    except sqlite3.OperationalError:  # it is not there yet
        return 0
    return int(number)


def _integrity(stage: Stage) -> str:
    with closing(_open(stage)) as store:
        (said,) = store.execute("PRAGMA integrity_check").fetchone()
    return str(said)


def _open(stage: Stage) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{stage.store}?mode=ro", uri=True, timeout=30.0)


def _eventually(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SETTLED
    while not check():
        assert time.monotonic() < deadline, "it never came to be so"
        _TICK.wait(0.1)


def show(seen: Crashes) -> None:
    """Prints what was seen."""
    print(f"killed {dict(seen.killed)}; the store: {seen.stored} events, integrity {dict(seen.checks)}")
    for kind in _SINKS:
        print(
            f"{kind:<8} received {seen.received[kind]}, of which again {seen.received[kind] - seen.stored}; "
            f"missing {seen.missing[kind]}, strange {seen.strange[kind]}, out of order {seen.disordered[kind]}"
        )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--whole", action="store_true", help="a run that reads pictures")
    asked = parser.parse_args()
    # A run with networks takes some seconds until it says anything.
    every = (4.0, 12.0) if asked.whole else (0.5, 2.5)
    seen = crashes(60 * asked.minutes, whole=asked.whole, seed=asked.seed, every=every)
    show(seen)
    sys.exit(0 if seen.well else 1)


if __name__ == "__main__":
    main()
