"""Live sources under load: how old what is read is, what is dropped, and whether anybody starves.

    python tests/bench/live.py overload --seconds 120    60 frames a second, and a detector that takes 200 ms
    python tests/bench/live.py cameras --seconds 180     four cameras of 720p30
    python tests/bench/live.py stop                      SIGTERM while all is busy

The cameras are real servers of pre-encoded films in processes of their own, and take a few percent of a core.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from broadcast import broadcast, encode
from rich.console import Console
from rich.table import Table

from stream_ocr import inference, pipeline
from stream_ocr.configfile import build
from stream_ocr.inference import Detector
from stream_ocr.messages import FrameText, Message, StageStats, TextEvent
from stream_ocr.scene import Scene
from stream_ocr.sinks import Item
from stream_ocr.stages import Publish

_SLOW = 0.2
_WARM_UP = 5.0


class Watch(Publish):
    """Publish as it is, and a note of the age of every frame that gets there."""

    ages: list[tuple[float, str, float, bool]]
    """Monotonic seconds, source, age in seconds, and whether text was looked for in it."""

    def work(self, message: FrameText) -> Iterator[Message]:
        sent = list(super().work(message))
        frame = message.frame
        note = (time.monotonic(), frame.source, time.time() - frame.captured_at, bool(message.areas))
        self.ages.append(note)
        yield from sent


class Tally:
    """Counts of capture, and how long after a text is there it is said."""

    def __init__(self) -> None:
        self.captured: dict[str, dict[str, float]] = {}
        self.delays: list[float] = []
        self.stages: dict[str, StageStats] = {}

    def write(self, item: Item) -> None:
        if isinstance(item, StageStats) and item.latency_p50_ms:
            self.stages[item.stage] = item
        if isinstance(item, StageStats) and item.stage == "capture" and item.source:
            self.captured[item.source] = item.counts
        if isinstance(item, TextEvent) and item.kind == "appear":
            self.delays.append(item.at - item.start + item.age_ms / 1000)

    def poll(self) -> None:
        """Nothing is ever pending."""

    def close(self) -> None:
        """Nothing is held."""


class Slowed(Detector):
    """A detector on which each picture takes 200 ms, one after the other."""

    def submit(self, image: Any, *more: Any) -> None:
        self.__dict__.setdefault("begun", []).append(time.monotonic())
        super().submit(image, *more)

    def take(self) -> Any:
        found = super().take()
        begun = max(self.__dict__["begun"].pop(0), self.__dict__.get("done", 0.0))
        threading.Event().wait(max(0.0, begun + _SLOW - time.monotonic()))
        self.__dict__["done"] = time.monotonic()
        return found


@contextmanager
def cameras(count: int, *, rate: int, seconds: int) -> Iterator[list[str]]:
    """URIs of so many cameras of 720p."""
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.ts"
        scene = Scene((1280, 720), float(rate), float(seconds), 1)
        encode(film, (scene.picture(index / rate) for index in range(rate * seconds)), rate)
        with broadcast(film, count) as uris:
            yield uris


def measure(uris: list[str], seconds: float, *, slow: bool) -> dict[str, Any]:
    """Runs for so long, and returns what was seen."""
    Watch.ages = []
    pipeline.Publish = Watch  # type: ignore[attr-defined]
    if slow:
        load = inference.load_detector

        def slowed(*arguments: Any, **named: Any) -> Detector:
            detector = load(*arguments, **named)
            detector.__class__ = Slowed
            return detector

        inference.load_detector = slowed
    config = build({"sources": {f"cam{index}": {"uri": uri} for index, uri in enumerate(uris)}})
    tally = Tally()
    run = pipeline.Pipeline(config, sinks=[tally])
    process, memory, stop = psutil.Process(), [], threading.Event()

    def watch_memory() -> None:
        while not stop.wait(1.0):
            memory.append((time.monotonic(), process.memory_info().rss / 1e6))

    watcher = threading.Thread(target=watch_memory, daemon=True)
    watcher.start()
    timer = threading.Timer(seconds, run.stop)
    timer.start()
    began, used = time.monotonic(), sum(process.cpu_times()[:2])
    report = run.run()
    ended = time.monotonic()
    stop.set()
    watcher.join()
    return {
        "report": report,
        "tally": tally,
        "seconds": seconds,
        "began": began,
        "closing": ended - began - seconds,
        "cpu": (sum(process.cpu_times()[:2]) - used) / (ended - began),
        "memory": memory,
    }


def show(seen: dict[str, Any]) -> None:
    """Prints it as tables."""
    console = Console(width=120)
    began, seconds, tally = seen["began"], seen["seconds"], seen["tally"]
    table = Table("source", "frames/s", "passed/s", "dropped/s", "detected/s", "age p50", "p95", "max ms")
    for source in sorted({source for _, source, _, _ in Watch.ages}):
        mine = [note for note in Watch.ages if note[1] == source and note[0] > began + _WARM_UP]
        counts = tally.captured[source]
        rates = [f"{counts.get(name, 0) / seconds:.1f}" for name in ("frames", "passed", "dropped")]
        ages = sorted(1000 * age for _, _, age, _ in mine)
        detected = sum(searched for *_, searched in mine) / (seconds - _WARM_UP)
        table.add_row(source, *rates, f"{detected:.2f}", *(f"{_share(ages, part):.0f}" for part in (0.5, 0.95, 1.0)))
    console.print(table)
    parts = Table("part of the run", "age p95 ms", "RSS MB")
    span = (seconds - _WARM_UP) / 6
    for part in range(6):
        low, high = began + _WARM_UP + part * span, began + _WARM_UP + (part + 1) * span
        ages = sorted(1000 * age for at, _, age, _ in Watch.ages if low <= at < high)
        held = [size for at, size in seen["memory"] if low <= at < high]
        parts.add_row(f"{part + 1}/6", f"{_share(ages, 0.95):.0f}", f"{max(held, default=0):.0f}")
    console.print(parts)
    stages = Table("stage", "busy", "p50 ms", "p95 ms")
    for name, stats in tally.stages.items():
        stages.add_row(name, f"{stats.busy:.0%}", f"{stats.latency_p50_ms:.1f}", f"{stats.latency_p95_ms:.1f}")
    console.print(stages)
    delays = sorted(tally.delays)
    said = f"p50 {_share(delays, 0.5):.2f} s, p95 {_share(delays, 0.95):.2f} s over {len(delays)} texts"
    console.print(
        f"visible to appear: {said}; "
        f"{seen['cpu']:.2f} cores; stop took {seen['closing']:.2f} s; events {seen['report'].events}"
    )


def _share(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["overload", "cameras"])
    parser.add_argument("--seconds", type=int, default=60)
    asked = parser.parse_args()
    overload = asked.what == "overload"
    with cameras(1 if overload else 4, rate=60 if overload else 30, seconds=asked.seconds + 20) as uris:
        show(measure(uris, asked.seconds, slow=overload))


if __name__ == "__main__":
    main()
