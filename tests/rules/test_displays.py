"""Rules in a run: values of a real display, and what publish and the sinks make of what rules say."""

import math
import threading
from collections import defaultdict
from pathlib import Path

import msgspec
from clips import shared
from frames import frame, quad, searched

from stream_ocr.config import ConsoleSink, JsonlSink, NumberConfig, OnlyConfig, RuleConfig, SinkConfig
from stream_ocr.configfile import build
from stream_ocr.messages import EndOfStream, FrameText, Line, TextEvent
from stream_ocr.pipeline import Pipeline
from stream_ocr.sinks.outlet import SinkDesk
from stream_ocr.sinks.outlets import event_outlets
from stream_ocr.stages import Publish
from stream_ocr.transport import Context

CLOCKS = RuleConfig(name="clocks", clock=True, drop=True)
VALUES = RuleConfig(name="values", number=NumberConfig(unit="%", debounce=0.5))


def _events(path: Path) -> list[TextEvent]:
    return [msgspec.json.decode(line, type=TextEvent) for line in path.read_bytes().splitlines()]


def test_a_monitor_says_each_of_its_values_once(tmp_path: Path) -> None:
    numbers = {"unit": "mmHg", "min": 0, "max": 100, "max_rate": 5}
    regions = {
        "pco2": [[0.555, 0.24], [0.64, 0.24], [0.64, 0.34], [0.555, 0.34]],
        "po2": [[0.555, 0.38], [0.64, 0.38], [0.64, 0.475], [0.555, 0.475]],
    }
    source = {"uri": str(shared("clips", "monitor-values.m4v")), "stop": 14, "regions": regions, "elsewhere": False}
    config = build(
        {
            "sources": {"monitor": source},
            "ocr": {"precision": "f32"},
            "rules": [{"name": "values", "regions": ["po2", "pco2"], "number": numbers}],
            "sinks": [{"jsonl": {"path": str(tmp_path / "changes.jsonl")}, "only": {"tags": ["value-changed"]}}],
        }
    )
    Pipeline(config).run()
    values = defaultdict(list)
    for event in _events(tmp_path / "changes.jsonl"):
        values[event.region, event.unit].append(event.value)
    assert values == {("po2", "mmHg"): [34, 35, 36, 38, 41], ("pco2", "mmHg"): [30, 29]}


def _text(pts: float, *texts: str) -> FrameText:
    """A frame that shows settled texts, one to a track."""
    boxes = [quad(95, 60 * index, 235, 60 * index + 40) for index in range(len(texts))]
    shown = searched(frame(pts), *boxes)
    lines = tuple(
        Line(quad=box, score=0.9, track=index, place=index, text=text, start=0.0, settled=True)
        for index, (box, text) in enumerate(zip(boxes, texts, strict=True))
    )
    return msgspec.structs.replace(shown, lines=lines)


def _said(tmp_path: Path, *rules: RuleConfig, texts: list[FrameText]) -> list[TextEvent]:
    sink = SinkConfig(jsonl=JsonlSink(path=str(tmp_path / "said.jsonl")))
    desk = SinkDesk(threading.Event(), stats_every=math.inf)
    stage = Publish(event_outlets([sink], [], Context.instance(), desk), rules=rules)
    for text in texts:
        list(stage.work(text))
    list(stage.finish(EndOfStream(source="desk", pts=texts[-1].frame.pts)))
    stage.close()
    return _events(tmp_path / "said.jsonl")


def test_what_is_dropped_leaves_no_gap(tmp_path: Path) -> None:
    said = _said(tmp_path, CLOCKS, texts=[_text(0.0, "12:34", "EXIT")])
    assert [(event.seq, event.kind, event.text) for event in said] == [(1, "appear", "EXIT"), (2, "disappear", "EXIT")]


def test_a_value_that_has_stood_is_said_with_a_later_frame(tmp_path: Path) -> None:
    said = _said(tmp_path, VALUES, texts=[_text(pts, "34") for pts in (0.0, 0.4, 0.6, 0.8)])
    assert [(event.kind, event.at, event.value, event.tags) for event in said] == [
        ("appear", 0.0, None, ()),
        ("update", 0.6, 34.0, ("value-changed",)),
        ("disappear", 0.8, 34.0, ()),
    ]


def test_each_sink_gets_what_is_for_it(tmp_path: Path) -> None:
    rules = [
        RuleConfig(name="exits", regex="^EXIT", sinks=["signs"]),
        RuleConfig(name="errors", watch=["error"], tag="alert"),
    ]
    paths = {name: str(tmp_path / name) for name in ("all", "signs", "alerts")}
    sinks = [
        SinkConfig(jsonl=JsonlSink(path=paths["all"])),
        SinkConfig(jsonl=JsonlSink(path=paths["signs"]), name="signs"),
        SinkConfig(jsonl=JsonlSink(path=paths["alerts"]), only=OnlyConfig(tags=["alert"])),
        SinkConfig(console=ConsoleSink(), only=OnlyConfig(rules=["errors"])),
    ]
    desk = SinkDesk(threading.Event(), stats_every=math.inf)
    stage = Publish(event_outlets(sinks, [], Context.instance(), desk, rules), rules=rules)
    list(stage.work(_text(0.0, "EXIT 25", "ERROR 3", "12 l")))
    list(stage.finish(EndOfStream(source="desk")))
    stage.close()
    texts = {name: [event.text for event in _events(Path(path))] for name, path in paths.items()}
    assert texts["all"] == 2 * ["EXIT 25", "ERROR 3", "12 l"]
    assert (texts["signs"], texts["alerts"]) == (2 * ["EXIT 25"], 2 * ["ERROR 3"])
