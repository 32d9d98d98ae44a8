"""What sources cost as they grow in number, and what one costs in which nothing changes.

    python tests/bench/growth.py                    1, 2, 4 and 8 cameras of 720p30, still and busy
    python tests/bench/growth.py --svg growth.svg   and a figure of it
    python tests/bench/growth.py --idle             one of 1080p30 in which nothing changes, without and with noise

The cameras are a server of a film that was encoded before, in a process of its own, which sends it to as many as ask.
Each measurement runs in a process of its own too, and begins when its start-up is over: CPU, memory and what was done
are those of that process alone, decoding included.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import psutil
from broadcast import broadcast, encode
from rich.console import Console
from rich.table import Table

from stream_ocr.benchmark.shows import Show, busy, still
from stream_ocr.configfile import build
from stream_ocr.messages import Image, SourceStats
from stream_ocr.pipeline import Pipeline
from stream_ocr.sinks import Item

_COUNTS = (1, 2, 4, 8)
_RATE = 30
_WARM_UP = 8.0
"""Seconds after the first frame of the last camera until it is measured."""
_MARGIN = 40
"""Seconds that a film is longer than what is measured of it."""
_NOISE = 2.0
"""Standard deviation of a sensor's noise, in grey levels."""


class Cost(NamedTuple):
    """Per source and second, but for `memory`, which is of all of them."""

    cpu: float
    """CPU seconds."""
    memory: float
    """Resident, in units of 2**20 bytes."""
    frames: float
    dropped: float
    detections: float
    readings: float


def film(show: Show, seconds: int, *, moves: bool, noise: float = 0.0) -> Iterator[Image]:
    """The pictures of a show, again and again; its first one where nothing moves."""
    random = np.random.default_rng(1)
    height, width = show.size[1], show.size[0]
    grain = random.normal(0, noise, (height + 64, width + 64, 3)).astype(np.float32)
    rest = show.picture(0.0)
    for index in range(_RATE * seconds):
        picture = show.picture(index / _RATE % show.length) if moves else rest
        if noise:
            y, x = random.integers(0, 64, 2)
            seen = cv2.add(picture.astype(np.float32), np.ascontiguousarray(grain[y : y + height, x : x + width]))
            picture = np.clip(seen, 0, 255).astype(np.uint8)
        yield picture


class _Counts:
    """An event sink that knows what has been done for each source so far."""

    def __init__(self) -> None:
        self.latest: dict[str, SourceStats] = {}

    def write(self, item: Item) -> None:
        if isinstance(item, SourceStats):
            self.latest[item.source] = item

    def total(self, name: str) -> float:
        return float(sum(getattr(stats, name) for stats in self.latest.values()))

    def poll(self) -> None:
        """Nothing is ever pending."""

    def close(self) -> None:
        """Nothing is held."""


def observe(uri: str, count: int, seconds: float) -> Cost:
    """Runs in a process of its own: so many cameras, for so many seconds."""
    counts, ready = _Counts(), threading.Event()
    seen: set[str] = set()

    def through(source: str, _: int) -> None:
        seen.add(source)
        if len(seen) == count:
            ready.set()

    config = build({"sources": {f"cam{index}": {"uri": uri} for index in range(count)}, "stats_every": 0.5})
    pipeline = Pipeline(config, sinks=[counts], through=through)
    told: list[Cost] = []
    watcher = threading.Thread(target=lambda: told.append(_watch(pipeline, counts, ready, count, seconds)))
    watcher.start()
    pipeline.run()
    watcher.join()
    return told[0]


def _watch(pipeline: Pipeline, counts: _Counts, ready: threading.Event, count: int, seconds: float) -> Cost:
    names = ("frames", "dropped", "detections", "readings")
    if not ready.wait(60.0):
        raise SystemExit("the cameras did not all come within a minute")
    threading.Event().wait(_WARM_UP)
    began, cpu, before = time.monotonic(), time.process_time(), [counts.total(name) for name in names]
    threading.Event().wait(seconds)
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    done = [(counts.total(name) - old) / took / count for name, old in zip(names, before, strict=True)]
    memory = psutil.Process().memory_info().rss / (1 << 20)
    pipeline.stop()
    return Cost(cpu / took / count, memory, *done)


def measured(pictures: Iterator[Image], counts: tuple[int, ...], seconds: int) -> dict[int, Cost]:
    """What so many cameras cost that show these pictures."""
    costs = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.ts"
        encode(path, pictures, _RATE)
        for count in counts:
            with broadcast(path) as (uri,):
                command = [sys.executable, __file__, "--seconds", str(seconds), "--observe", uri, str(count)]
                done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            costs[count] = Cost(*json.loads(done.stdout.splitlines()[-1]))
    return costs


def table(title: str, rows: dict[str, Cost]) -> Table:
    """Costs by what they are of."""
    shown = Table("", "CPU s / s", "RSS MB", "frames/s", "dropped/s", "detected/s", "read/s", title=title)
    for name, cost in rows.items():
        figures = (cost.frames, cost.dropped, cost.detections, cost.readings)
        shown.add_row(name, f"{cost.cpu:.3f}", f"{cost.memory:.0f}", *(f"{figure:.2f}" for figure in figures))
    return shown


_WIDTH, _HEIGHT, _LEFT, _TOP = 340, 220, 60, 40
_COLOURS = {"still": "#2f7d5b", "busy": "#b5552b"}


def figure(costs: dict[str, dict[int, Cost]]) -> str:
    """Two plots as SVG: CPU of each source, and memory of all, over how many there are."""
    left = _plot(costs, "CPU seconds per source and second", "cpu", 0)
    right = _plot(costs, "resident memory of the process, MB", "memory", _WIDTH + 2 * _LEFT)
    names = "".join(
        f'<text x="{_LEFT + 90 * number}" y="{_TOP + _HEIGHT + 52}" fill="{_COLOURS[name]}">&#9679; {name}</text>'
        for number, name in enumerate(costs)
    )
    size = f"{2 * (_WIDTH + 2 * _LEFT)} {_TOP + _HEIGHT + 64}"
    style = 'font-family="sans-serif" font-size="13" fill="#333"'
    ground = '<rect width="100%" height="100%" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" {style}>{ground}{left}{right}{names}</svg>\n'


def _plot(costs: dict[str, dict[int, Cost]], title: str, what: str, shift: int) -> str:
    values = {name: {count: getattr(cost, what) for count, cost in by.items()} for name, by in costs.items()}
    most = _rounded_up(max(value for by in values.values() for value in by.values()))
    counts = sorted({count for by in values.values() for count in by})
    places = {count: _LEFT + _WIDTH * (index + 0.5) / len(counts) for index, count in enumerate(counts)}

    def level(value: float) -> float:
        return _TOP + _HEIGHT * (1 - value / most)

    parts = [f'<text x="{_LEFT}" y="{_TOP - 16}" font-weight="bold">{title}</text>']
    for step in range(5):
        y = level(most * step / 4)
        parts.append(f'<line x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{most * step / 4:g}</text>')
    for count, x in places.items():
        parts.append(f'<text x="{x:.1f}" y="{_TOP + _HEIGHT + 20}" text-anchor="middle">{count}</text>')
    for name, by in values.items():
        points = [(places[count], level(value)) for count, value in by.items()]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{_COLOURS[name]}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{_COLOURS[name]}"/>' for x, y in points]
    return f'<g transform="translate({shift} 0)">{"".join(parts)}</g>'


def _rounded_up(value: float) -> float:
    """The next number that four steps divide well."""
    power = 10.0 ** np.floor(np.log10(max(value, 1e-6)))
    return float(next(power * step for step in (1, 2, 4, 6, 8, 10) if power * step >= value))


def idle(seconds: int) -> None:
    """A camera of 1080p in which nothing changes."""
    rows = {
        f"noise {noise:g}": measured(film(still(), seconds + _MARGIN, moves=False, noise=noise), (1,), seconds)[1]
        for noise in (0.0, _NOISE)
    }
    Console(width=100).print(table("1080p30, nothing changes: CPU s / s is the share of one core", rows))


def growth(seconds: int, svg: Path | None) -> None:
    """Cameras of 720p, still and busy."""
    costs = {
        name: measured(film(show, seconds + _MARGIN, moves=name == "busy"), _COUNTS, seconds)
        for name, show in (("still", still((1280, 720))), ("busy", busy()))
    }
    rows = {f"{count} {name}": cost for name, by in costs.items() for count, cost in by.items()}
    Console(width=100).print(table("per source and second; RSS of all", rows))
    if svg is not None:
        svg.write_text(figure(costs), encoding="utf-8")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=15, help="that each measurement lasts (default 15)")
    parser.add_argument("--idle", action="store_true")
    parser.add_argument("--svg", type=Path)
    parser.add_argument("--observe", nargs=2, help=argparse.SUPPRESS)
    asked: Any = parser.parse_args()
    if asked.observe:
        print(json.dumps(observe(asked.observe[0], int(asked.observe[1]), asked.seconds)))
    elif asked.idle:
        idle(asked.seconds)
    else:
        growth(asked.seconds, asked.svg)


if __name__ == "__main__":
    main()
