"""The scorer and the merging that come with the real clips: ours have to agree with them."""

import json
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from random import Random
from types import ModuleType
from typing import Any

from clips import shared


def module(name: str) -> ModuleType:
    """`score` or `merge_naive`; skips the test where they are absent."""
    folder = str(shared("clips", f"{name}.py").parent)
    if folder not in sys.path:
        sys.path.append(folder)
    return import_module(name)


def truths() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The ground truth of the real clips, by file name, as plain JSON."""
    for path in sorted(shared("clips").glob("*.gt.json")):
        yield path.name, json.loads(path.read_text(encoding="utf-8"))


def garbled(text: str, random: Random) -> str:
    """The text with up to three characters added, replaced or lost."""
    characters = list(text)
    for _ in range(random.choice([0, 0, 0, 1, 1, 2, 3])):
        place = random.randrange(len(characters) + 1)
        characters[place : place + random.choice([0, 1, 1])] = random.choice(["", "x", "_", " ", "Ａ", "ß", "!"])
    return "".join(characters)


def made_events(truth: Sequence[dict[str, Any]], random: Random) -> list[dict[str, Any]]:
    """Events much like those that a run with many faults would give."""
    events = []
    for line in [*truth, *truth]:
        if random.random() < 0.7:
            start = line["first_s"] + random.uniform(-1.0, 1.0)
            end = start + random.choice([0.5, random.uniform(0.0, 3.0)])
            events.append({"text": garbled(line["text"], random), "start": start, "end": end})
    return events
