"""How fast a store takes events, and how fast a large one is searched.

    python tests/bench/archive.py [--events 1000000] [--store FILE]

Half of the events are texts that come, half the same texts when they go: signs, plates, times, values of a display,
sentences, some of them Chinese. They go through the same batches as in a run.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from stream_ocr.messages import TextEvent
from stream_ocr.store import Archive, Sighting, Store, Wanted

_WORDS = [
    *("exit", "entrance", "platform", "closed", "open", "please", "wait", "danger", "high", "voltage", "parking"),
    *("reserved", "delivery", "total", "amount", "price", "warning", "error", "connection", "failed", "network"),
]
_HAN = "出口入口站台请勿停车危险高压电话地址价格温度压力速度中央大街北京上海时间今天明天欢迎光临"
_SOURCES = ("desk", "gate", "yard", "hall", "meter", "lobby", "street", "ward")
_EVERY = 0.1
"""Media seconds between two events."""
_REPEAT = 7


def _text(chance: random.Random) -> str:
    kind = chance.randrange(6)
    if kind == 0:
        return f"{chance.randrange(24):02}:{chance.randrange(60):02}:{chance.randrange(60):02}"
    if kind == 1:
        return f"{chance.randrange(1000)}.{chance.randrange(10)} kPa"
    if kind == 2:
        letters = "".join(chance.choices("ABCDEFGHJKLMNPRSTVWXYZ", k=4))
        return f"{letters[:2]}-{chance.randrange(100):02}-{letters[2:]}"
    if kind == 3:
        return "".join(chance.choices(_HAN, k=chance.randrange(2, 9)))
    return " ".join(chance.choices(_WORDS, k=chance.randrange(1, 7))).capitalize()


def _events(number: int) -> Iterator[TextEvent]:
    chance = random.Random(1)
    for pair in range(number // 2):
        text, source, place, at = _text(chance), chance.choice(_SOURCES), chance.randrange(40), pair * _EVERY
        for kind in ("appear", "disappear"):
            seq = 2 * pair + (kind == "disappear")
            yield TextEvent(
                kind="appear" if kind == "appear" else "disappear",
                source=source,
                track=pair,
                place=place,
                seq=seq,
                epoch=0,
                text=text,
                confidence=0.97,
                reads=3,
                agreement=1.0,
                alternatives=(),
                direction=0,
                quad=((95.0, 170.0), (330.0, 170.0), (330.0, 210.0), (95.0, 210.0)),
                size=(1280, 720),
                start=at,
                end=None if kind == "appear" else at + 2,
                at=at + 0.1 if kind == "appear" else at + 2.1,
                wall=None,
                age_ms=84.0,
                reason=None if kind == "appear" else "left",
                id=f"5f0c9a3b71d2-{seq}",
            )


def _fill(path: Path, number: int) -> None:
    began = last = time.perf_counter()
    slowest = 0.0
    with Store(path, keep=30 * 86_400) as store:
        for event in _events(number):
            store.add(event)
            now = time.perf_counter()
            slowest, last = max(slowest, now - last), now
    took = time.perf_counter() - began
    print(f"{number} events in {took:.1f} s: {number / took:,.0f}/s, the longest wait {1000 * slowest:.0f} ms")
    print(f"{path.stat().st_size / 1e6:,.0f} MB")


def _time(name: str, search: Callable[[], list[Sighting]]) -> None:
    times, found = [], []
    cpu = time.process_time()
    for _ in range(_REPEAT):
        began = time.perf_counter()
        found = search()
        times.append(1000 * (time.perf_counter() - began))
    cpu = 1000 * (time.process_time() - cpu) / _REPEAT
    first, middle = times[0], statistics.median(times)
    print(f"{name:<36} {first:6.1f} ms at first, {middle:6.1f} ms, of it CPU {cpu:6.1f} ms; {len(found)} found")


def main() -> None:
    """Fills a store, unless it is there, and searches it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--store", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.store or Path(folder) / "events.db"
        if not path.exists():
            _fill(path, asked.events)
        with Archive(path) as archive:
            for query in (
                "danger",
                "high voltage reserved",
                "KM-43-TV",
                "12:34:5",
                "北京时间",
                "nowhere",
                "北京",
                "zq",
                "7",
            ):
                _time(f"search {query}", lambda query=query: archive.search(query))  # type: ignore[misc]
            meter = Wanted(source="meter", since=time.time() - 7200)
            _time("search danger, one source, two hours", lambda: archive.search("danger", meter))
            _time("search danger, no such source", lambda: archive.search("danger", Wanted(source="roof")))
            _time("search danger, since now", lambda: archive.search("danger", Wanted(since=time.time())))
            for query in ("hihg voltaje reserved", "KM-43-TV", "12:34:56", "resrved", "北京时闻"):
                _time(f"fuzzy {query}", lambda query=query: archive.fuzzy(query))  # type: ignore[misc]
            _time("history of a place", lambda: archive.history(Wanted(place=4, source="meter"), limit=50))


if __name__ == "__main__":
    main()
