"""The README is a contract too: its config reference and its event are the real ones."""

import re
from pathlib import Path

import msgspec
import pytest
import yaml
from measured import benchmarked, repetition

from stream_ocr.benchmark.columns import columns, markdown
from stream_ocr.benchmark.results import summed_up
from stream_ocr.benchmark.shows import SHOWS
from stream_ocr.config import (
    AssSink,
    Config,
    ConsoleSink,
    JsonlSink,
    MqttSink,
    NumberConfig,
    RedactConfig,
    RuleConfig,
    SourceConfig,
    SqliteSink,
    SrtSink,
    VideoSink,
    VttSink,
    WebhookSink,
    ZmqAckSink,
    ZmqSink,
)
from stream_ocr.configfile import parse
from stream_ocr.evaluation.scoring import Tally
from stream_ocr.health.figures import Figures
from stream_ocr.health.snapshot import Snapshot
from stream_ocr.messages import SinkStatus, SourceStats, StageStats, TextEvent

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def _block(language: str, containing: str) -> str:
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return next(block for block in blocks if containing in block)


def test_the_config_reference_has_every_setting_with_its_default() -> None:
    reference = yaml.safe_load(_block("yaml", "stats_every"))
    defaults = msgspec.to_builtins(Config(sources={"x": SourceConfig(uri="x")}))
    for section in ("cpu", "ocr", "stages", "plugins", "rules", "redact", "security", "stats_every", "health"):
        assert reference[section] == defaults[section]
    source = msgspec.to_builtins(SourceConfig(uri="..."))
    assert {**reference["sources"]["NAME"], "uri": "..."} == source
    sinks = {kind: settings for sink in reference["sinks"] for kind, settings in sink.items()}
    assert sinks == {
        "console": msgspec.to_builtins(ConsoleSink()),
        "jsonl": msgspec.to_builtins(JsonlSink(path="...")),
        "srt": msgspec.to_builtins(SrtSink(path="...")),
        "vtt": msgspec.to_builtins(VttSink(path="...")),
        "ass": msgspec.to_builtins(AssSink(path="...")),
        "mqtt": msgspec.to_builtins(MqttSink()),
        "webhook": msgspec.to_builtins(WebhookSink(url="http://...")) | {"url": "..."},
        "zmq_ack": msgspec.to_builtins(ZmqAckSink()),
        "sqlite": msgspec.to_builtins(SqliteSink(path="...")),
        "video": msgspec.to_builtins(VideoSink(path="...")),
        "zmq": msgspec.to_builtins(ZmqSink()),
    }


def test_every_setting_of_redaction_is_explained() -> None:
    section = README[README.index("## Redaction") : README.index("## Plugins")]
    for setting in msgspec.to_builtins(RedactConfig(match="a")):
        assert re.search(rf"\b{setting}: ", section), setting


def test_the_reference_of_rules_has_every_setting_with_its_default() -> None:
    (rule,) = yaml.safe_load(_block("yaml", "at most one matcher"))["rules"]
    assert {**rule, "name": "x", "tag": "t"} == msgspec.to_builtins(RuleConfig(name="x", tag="t"))
    assert yaml.safe_load(_block("yaml", "max_rate: null")) == {"number": msgspec.to_builtins(NumberConfig())}


def test_the_example_of_rules_is_a_config() -> None:
    config = parse(_block("yaml", "max_rate: 10"))
    assert [rule.name for rule in config.rules] == ["clock", "values", "alarm"]


def test_the_event_is_one() -> None:
    text = _block("json", '"appear"')
    event = msgspec.json.decode(text, type=TextEvent)
    assert msgspec.json.decode(msgspec.json.encode(event)) == msgspec.json.decode(text)


def test_the_status_of_a_sink_is_one() -> None:
    text = _block("json", '"sink"')
    status = msgspec.json.decode(text, type=SinkStatus)
    assert msgspec.json.decode(msgspec.json.encode(status)) == msgspec.json.decode(text)


@pytest.mark.parametrize(
    ("containing", "kind"), [('"age_p95_ms": 84.0', SourceStats), ('"stage": "detect"', StageStats)]
)
def test_the_stats_are_some(containing: str, kind: type[SourceStats | StageStats]) -> None:
    text = _block("json", containing)
    stats = msgspec.json.decode(text, type=kind)
    assert msgspec.json.decode(msgspec.json.encode(stats)) == msgspec.json.decode(text)
    tables = README[README.index("## Statistics") : README.index("## Health")]
    for field in kind.__struct_fields__:
        assert f"`{field}`" in tables or field == "source", field


def test_every_metric_is_explained() -> None:
    page, _ = Figures(Snapshot().look, ["desk"]).page("")
    names = re.findall(r"^# TYPE (stream_ocr_\S+)", page.decode(), re.MULTILINE)
    assert len(names) > 15
    for name in names:
        assert f"`{name}`" in README or f"`...{name.removeprefix('stream_ocr_sink')}`" in README, name


def test_the_table_of_the_benchmark_has_its_columns() -> None:
    pasted = README[README.index("<!-- make bench -->") : README.index("<!-- /make bench -->")].splitlines()
    clip = summed_up("a", "a", [repetition(1.5, 2.0, Tally(lines=1))])
    assert pasted[1] == markdown(benchmarked(clip, against="rapidocr")).splitlines()[0]
    assert [line.split()[1] for line in pasted[3:] if line.startswith("|")] == list(SHOWS)
    figures = README[README.index("### On your machine") :]
    for column in columns(benchmarked(clip, against="rapidocr")):
        assert re.search(rf"^\|[^|]*\b{re.escape(column.title)}\b", figures, re.MULTILINE), column.title


def test_every_field_of_the_event_is_explained() -> None:
    table = README[README.index("| field | meaning |") :]
    for field in TextEvent.__struct_fields__:
        assert field == "v" or f"`{field}`" in table or field == "source", field
