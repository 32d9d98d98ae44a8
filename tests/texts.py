"""Made events for tests of what takes them."""

from typing import Any

import msgspec
from frames import quad

from stream_ocr.messages import SinkStatus, SourceStats, SourceStatus, StageStats, TextEvent

RUN = "5f0c9a3b71d2"
APPEAR = TextEvent(
    kind="appear",
    source="desk",
    track=17,
    place=4,
    seq=42,
    epoch=0,
    text="EXIT 25",
    confidence=0.97,
    reads=3,
    agreement=1.0,
    alternatives=("EX1T 25",),
    direction=0,
    quad=quad(95, 170, 330, 210),
    size=(640, 360),
    start=12.48,
    end=None,
    at=12.6,
    wall="2026-11-22T07:08:38.123Z",
    age_ms=84.0,
    reason=None,
    id=f"{RUN}-42",
)
ONLINE = SourceStatus(source="desk", state="online", epoch=0, wall=5.5, size=(640, 360), rate=25.0, duration=10.0)
BEHIND = SinkStatus(
    sink="jsonl a.jsonl",
    state="behind",
    takes="events",
    lost=3,
    waiting=9,
    wall=5.5,
    cause="is slow; the oldest are lost",
)
STATS = StageStats(
    stage="capture",
    source="desk",
    wall=5.5,
    period=1.0,
    busy=0.5,
    latency_p50_ms=20.0,
    latency_p95_ms=30.0,
    counts={"frames": 12.0, "position": 0.5},
)
SOURCE_STATS = SourceStats(
    source="desk",
    state="online",
    wall=5.5,
    period=1.0,
    fps=25.0,
    frames=250,
    passed=100,
    dropped=3,
    corrupt=1,
    detections=40,
    readings=9,
    events={"appear": 4, "update": 1, "disappear": 2},
    reconnects=1,
    position=10.0,
    age_p50_ms=40.0,
    age_p95_ms=84.0,
    ages=(0, 0, 20, 60, 95, 97, 97, 97, 97, 97, 97, 97),
    age_sum=4.5,
)


def event(**fields: Any) -> TextEvent:
    """The sample event with other fields."""
    made = msgspec.structs.replace(APPEAR, **fields)
    return made if "id" in fields else msgspec.structs.replace(made, id=f"{RUN}-{made.seq}")


def gone(**fields: Any) -> TextEvent:
    """The disappearance of the sample event, with other fields."""
    return event(**{"kind": "disappear", "seq": 43, "end": 14.8, "at": 15.0, "reason": "left", **fields})


def timeless(made: TextEvent) -> TextEvent:
    """Without what is not the same in two runs of a file."""
    return msgspec.structs.replace(made, wall=None, age_ms=0.0, id="")
