"""The README is a contract too: its config reference and its event are the real ones."""

import re
from pathlib import Path

import msgspec
import yaml

from stream_ocr.config import (
    Config,
    ConsoleSink,
    JsonlSink,
    SourceConfig,
    VideoSink,
    ZmqSink,
)
from stream_ocr.messages import SinkStatus, TextEvent

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def _block(language: str, containing: str) -> str:
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return next(block for block in blocks if containing in block)


def test_the_config_reference_has_every_setting_with_its_default() -> None:
    reference = yaml.safe_load(_block("yaml", "stats_every"))
    defaults = msgspec.to_builtins(Config(sources={"x": SourceConfig(uri="x")}))
    for section in ("ocr", "stages", "stats_every"):
        assert reference[section] == defaults[section]
    source = msgspec.to_builtins(SourceConfig(uri="..."))
    assert {**reference["sources"]["NAME"], "uri": "..."} == source
    sinks = {kind: settings for sink in reference["sinks"] for kind, settings in sink.items()}
    assert sinks == {
        "console": msgspec.to_builtins(ConsoleSink()),
        "jsonl": msgspec.to_builtins(JsonlSink(path="...")),
        "video": msgspec.to_builtins(VideoSink(path="...")),
        "zmq": msgspec.to_builtins(ZmqSink()),
    }


def test_the_event_is_one() -> None:
    text = _block("json", '"appear"')
    event = msgspec.json.decode(text, type=TextEvent)
    assert msgspec.json.decode(msgspec.json.encode(event)) == msgspec.json.decode(text)


def test_the_status_of_a_sink_is_one() -> None:
    text = _block("json", '"sink"')
    status = msgspec.json.decode(text, type=SinkStatus)
    assert msgspec.json.decode(msgspec.json.encode(status)) == msgspec.json.decode(text)


def test_every_field_of_the_event_is_explained() -> None:
    table = README[README.index("| field | meaning |") :]
    for field in TextEvent.__struct_fields__:
        assert field == "v" or f"`{field}`" in table or field == "source", field
