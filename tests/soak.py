"""Bad luck in plenty: a run over cameras behind a bad network, whose stage processes are killed, watched for long.

cd tests && python -m soak --minutes 30    what happened, how soon the run was itself again, and what it held
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
import psutil
import yaml
from cameras import RtspCamera, notice
from faults import FaultProxy
from rich.console import Console
from rich.table import Table
from watching import Notes

from stream_ocr.messages import SourceStatus, StageStats, TextEvent
from stream_ocr.sinks import Item
from stream_ocr.transport import Context, Subscriber

__all__ = ["Soak", "soak"]

PROCESSES = ("detect", "recognize")
STALL = 5.0
HEALTHY = 30.0
_FEEDS = (
    notice("GATE 12", (320, 240), rate=15),
    notice("GATE 13", (480, 272), rate=10, codec="mjpeg"),
    notice("GATE 14", (640, 360), rate=12),
)
_LOSING = ("stall", "reset", "close", "gone")
_SPOILING = ("flip", "cut", "delay", "throttle")
_KINDS = {"event": TextEvent, "status": SourceStatus, "stats": StageStats}
_EVERY = 2.0
"""Seconds between two looks at what the run holds."""
_SPOILED_FOR = 10.0


@dataclass
class Bed:
    """A camera, the network before it, and its name."""

    name: str
    camera: RtspCamera
    proxy: FaultProxy


@dataclass
class Soak:
    """What was seen."""

    delays: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    """By fault: seconds until it was said (0: it need not be), and from its end until all was well again."""
    held: list[tuple[float, float, int, int]] = field(default_factory=list)
    """Seconds since the start, MB resident of the main process, its threads and its file descriptors."""
    events: Counter[str] = field(default_factory=Counter)
    twice: int = 0
    """Tracks that appeared or disappeared more than once."""
    open: int = 0
    """Tracks that appeared and never disappeared."""
    corrupt: float = 0
    ages: list[float] = field(default_factory=list)
    """Milliseconds, of events."""
    parting: float = 0.0
    """Seconds from SIGTERM to the end."""
    status: int | None = None
    said: str = ""
    """Its standard error."""
    missed: list[str] = field(default_factory=list)
    """What was waited for in vain."""

    @property
    def slope(self) -> float:
        """MB that the main process grew per 1,000 s, after the first fifth of the time."""
        settled = self.held[len(self.held) // 5 :]
        if len(settled) < 2:
            return 0.0
        return float(1000 * np.polyfit([at for at, *_ in settled], [size for _, size, *_ in settled], 1)[0])


class Patient:
    """`stream-ocr run` in a process of its own, and what it says."""

    def __init__(self, folder: Path, beds: list[Bed]) -> None:
        self.notes = Notes()
        self._endpoint = f"ipc://{folder}/events"
        self._errors = folder / "errors.txt"
        config = folder / "soak.yaml"
        config.write_text(yaml.safe_dump(self._config(folder, beds)))
        with self._errors.open("w") as errors:
            command = [sys.executable, "-m", "stream_ocr", "run", str(config), "--quiet"]
            self._process = subprocess.Popen(command, stderr=errors)
        self.main = psutil.Process(self._process.pid)
        self._over = threading.Event()
        self._listener = threading.Thread(target=self._listen)

    def __enter__(self) -> Self:
        self._listener.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._over.set()
        self._listener.join()

    def _config(self, folder: Path, beds: list[Bed]) -> dict[str, object]:
        return {
            "sources": {
                bed.name: {
                    "uri": bed.camera.uri_at(bed.proxy.port),
                    "reconnect": {"stall": STALL},
                    "options": {"analyzeduration": "300000"},
                }
                for bed in beds
            },
            "ocr": {"precision": "f32"},
            "stages": {name: {"run": "process"} for name in PROCESSES},
            "stats_every": 0.2,
            "sinks": [{"zmq": {"bind": self._endpoint}}, {"jsonl": {"path": str(folder / "events.jsonl")}}],
        }

    def _listen(self) -> None:
        topics = ("event/", "status/", "stats")
        with Context() as context, Subscriber(context, self._endpoint, topics) as subscriber:
            known: set[int] = set()
            while not self._over.is_set():
                message = subscriber.receive(0.1)
                kind = None if message is None else _KINDS.get(message[0].partition("/")[0])
                if message is None or kind is None or message[0].startswith("stats/"):
                    continue
                item: Item = msgspec.json.decode(message[1][0], type=kind)
                if isinstance(item, TextEvent):
                    if item.seq in known:
                        continue
                    known.add(item.seq)
                self.notes.write(item)

    def worker(self, stage: str) -> psutil.Process | None:
        """The process of a stage, if there is one now."""
        for child in self.main.children():
            try:
                if stage in child.cmdline():
                    return child
            except psutil.Error:
                continue
        return None

    def part(self, seen: Soak) -> None:
        """Tells it to end."""
        asked = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        try:
            seen.status = self._process.wait(30)
        except subprocess.TimeoutExpired:
            seen.missed.append("its end")
        seen.parting = time.monotonic() - asked
        seen.said = self._errors.read_text()


class Chaos:
    """What happens to the run; one thread per camera and one for the processes."""

    def __init__(self, patient: Patient, seen: Soak, seed: int, until: float) -> None:
        self._patient = patient
        self._seen = seen
        self._seed = seed
        self._until = until
        self._over = threading.Event()

    def haunt(self, bed: Bed) -> None:
        """One fault of a camera after the other."""
        luck = random.Random(f"{self._seed} {bed.name}")
        rest = luck.uniform(2.0, 6.0)
        while self._rest(rest):
            # After so long the waits before new attempts begin anew.
            rest = luck.uniform(HEALTHY, HEALTHY + 10.0)
            kind = luck.choice(_LOSING + _SPOILING)
            if kind in _LOSING:
                self._lose(bed, kind, luck)
            else:
                self._spoil(bed, kind)

    def hunt(self) -> None:
        """Kills a stage process now and then, or stops it for good."""
        luck = random.Random(self._seed)
        while self._rest(luck.uniform(15.0, 25.0)):
            stage, stop = luck.choice(PROCESSES), luck.random() < 0.25
            victim = self._patient.worker(stage)
            if victim is None:
                self._seen.missed.append(f"a process of {stage}")
                continue
            struck = time.monotonic()
            victim.send_signal(signal.SIGSTOP if stop else signal.SIGKILL)
            self._well(f"{stage} {'stopped' if stop else 'killed'}", self._works_again(stage, victim), struck, 0.0)

    def _lose(self, bed: Bed, kind: str, luck: random.Random) -> None:
        struck = time.monotonic()
        if kind == "stall":
            bed.proxy.stalled = True
        elif kind == "gone":
            bed.proxy.refuse()
            bed.camera.kill()
        else:
            bed.proxy.refuse()
            (bed.proxy.reset if kind == "reset" else bed.proxy.hang_up)()
        lost = self._await(_status(bed.name, "reconnecting"), struck, 15.0, f"{kind} of {bed.name} to be said")
        self._rest(luck.uniform(0.0, 15.0))
        if kind == "gone":
            bed.camera.start(luck.choice(_FEEDS))
        bed.proxy.clear()
        if lost is not None:
            self._well(kind, _appear(bed.name), time.monotonic(), lost - struck)

    def _spoil(self, bed: Bed, kind: str) -> None:
        value = {"flip": 0.0002, "cut": 0.03, "delay": 0.05, "throttle": 20_000.0}[kind]
        setattr(bed.proxy, "rate" if kind == "throttle" else kind, value)
        self._rest(_SPOILED_FOR)
        bed.proxy.clear()
        self._well(kind, _captures(bed.name), time.monotonic(), 0.0)

    def _works_again(self, stage: str, victim: psutil.Process) -> Callable[[Item], bool]:
        """Something is read after another process has taken over."""

        def wanted(item: Item) -> bool:
            worker = self._patient.worker(stage)
            return isinstance(item, TextEvent) and worker is not None and worker.pid != victim.pid

        return wanted

    def _well(self, kind: str, wanted: Callable[[Item], bool], since: float, said: float) -> None:
        back = self._await(wanted, since, 60.0, f"the end of {kind}")
        if back is not None:
            self._seen.delays[kind].append((said, back - since))

    def _await(self, wanted: Callable[[Item], bool], since: float, timeout: float, what: str) -> float | None:
        try:
            return self._patient.notes.wait_for(wanted, timeout, since=since)[0]
        except AssertionError:
            self._seen.missed.append(what)
            return None

    def _rest(self, seconds: float) -> bool:
        """Waits; whether there is time left."""
        self._over.wait(seconds)
        return time.monotonic() < self._until


def _status(source: str, state: str) -> Callable[[Item], bool]:
    return lambda item: isinstance(item, SourceStatus) and item.source == source and item.state == state


def _appear(source: str) -> Callable[[Item], bool]:
    return lambda item: isinstance(item, TextEvent) and item.source == source and item.kind == "appear"


def _captures(source: str) -> Callable[[Item], bool]:
    """Its frames go on: the second report with more of them."""
    counts: list[float] = []

    def wanted(item: Item) -> bool:
        if not isinstance(item, StageStats) or item.stage != "capture" or item.source != source:
            return False
        counts.append(item.counts["frames"])
        return counts[-1] > counts[0]

    return wanted


def soak(seconds: float, *, seed: int = 1) -> Soak:
    """A run of so many seconds with bad luck all the time, and ten more without it."""
    seen = Soak()
    with tempfile.TemporaryDirectory() as name, _beds() as beds, Patient(Path(name), beds) as patient:
        for bed in beds:
            patient.notes.wait_for(_appear(bed.name), 60)
        began = time.monotonic()
        chaos = Chaos(patient, seen, seed, began + seconds)
        threads = [threading.Thread(target=chaos.haunt, args=(bed,)) for bed in beds]
        threads.append(threading.Thread(target=chaos.hunt))
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            threads[0].join(_EVERY)
            _measure(patient, seen, began)
        threading.Event().wait(min(10.0, seconds / 4))
        patient.part(seen)
        _count(seen, patient.notes, Path(name) / "events.jsonl")
    return seen


@contextmanager
def _beds() -> Iterator[list[Bed]]:
    with ExitStack() as stack:
        cameras = [stack.enter_context(RtspCamera(feed)) for feed in _FEEDS]
        proxies = [stack.enter_context(FaultProxy(camera.port)) for camera in cameras]
        yield [Bed(f"cam{n}", *both) for n, both in enumerate(zip(cameras, proxies, strict=True))]


def _measure(patient: Patient, seen: Soak, began: float) -> None:
    with patient.main.oneshot():
        size = patient.main.memory_info().rss / 1e6
        seen.held.append((time.monotonic() - began, size, patient.main.num_threads(), patient.main.num_fds()))


def _count(seen: Soak, notes: Notes, path: Path) -> None:
    """What the file has: nothing on its way to it may be lost."""
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    seen.events.update(event["kind"] for event in events)
    appeared = Counter((event["source"], event["track"]) for event in events if event["kind"] == "appear")
    gone = Counter((event["source"], event["track"]) for event in events if event["kind"] == "disappear")
    seen.twice = sum(count > 1 for counts in (appeared, gone) for count in counts.values())
    seen.open = len(appeared - gone)
    seen.ages = sorted(event["age_ms"] for event in events)
    captured = {
        item.source: item.counts.get("corrupt", 0.0)
        for _, item in notes.items
        if isinstance(item, StageStats) and item.stage == "capture"
    }
    seen.corrupt = sum(captured.values())


def show(seen: Soak) -> None:
    """Prints what was seen."""
    console = Console(width=110)
    table = Table("fault", "times", "said within", "well again after: median", "at most s")
    for kind in sorted(seen.delays):
        said, well = zip(*seen.delays[kind], strict=True)
        told = f"{max(said):.2f} s" if any(said) else ""
        table.add_row(kind, str(len(well)), told, f"{sorted(well)[len(well) // 2]:.2f}", f"{max(well):.2f}")
    console.print(table)
    first, last = seen.held[len(seen.held) // 5], seen.held[-1]
    console.print(
        f"events {dict(seen.events)}; said twice {seen.twice}, never ended {seen.open}; corrupt {seen.corrupt:.0f}"
    )
    ages = seen.ages or [0.0]
    console.print(f"age of events: p50 {ages[len(ages) // 2]:.0f} ms, p95 {ages[int(0.95 * (len(ages) - 1))]:.0f} ms")
    console.print(
        f"main process after a fifth of the time and at the end: {first[1]:.0f} and {last[1]:.0f} MB "
        f"({seen.slope:+.1f} MB per 1,000 s), {first[2]} and {last[2]} threads, {first[3]} and {last[3]} descriptors"
    )
    console.print(f"SIGTERM to exit {seen.parting:.2f} s, exit code {seen.status}; waited for in vain: {seen.missed}")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    seen = soak(60 * asked.minutes, seed=asked.seed)
    show(seen)
    sys.exit(1 if seen.missed or seen.twice or seen.open else 0)


if __name__ == "__main__":
    main()
