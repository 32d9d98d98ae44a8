from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import pytest

from stream_ocr.config import (
    AssSink,
    Config,
    ConsoleSink,
    DetectConfig,
    JsonlSink,
    SecurityConfig,
    SinkConfig,
    SourceConfig,
    SqliteSink,
    SrtSink,
    StagesConfig,
    VideoSink,
    VttSink,
    ZmqSink,
    json_schema,
)


def test_the_smallest_config_is_a_source() -> None:
    config = msgspec.convert({"sources": {"desk": {"uri": "webcam:0"}}}, Config)
    assert config.sources["desk"] == SourceConfig(uri="webcam:0")
    assert config.ocr.model == "PP-OCRv6-small"
    assert config.stages.detect.max_side == 960
    assert config.stages.gate.max_gap == 1.0
    assert config.sinks == []


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        ("zmq", {}, ZmqSink(bind="tcp://127.0.0.1:5557")),
        ("jsonl", {"path": "a.jsonl"}, JsonlSink(path="a.jsonl")),
        ("sqlite", {"path": "a.db"}, SqliteSink(path="a.db", keep="30d")),
        ("video", {"path": "a.mp4"}, VideoSink(path="a.mp4", quality=23)),
        ("console", {}, ConsoleSink(updates=False)),
        ("srt", {"path": "a.srt"}, SrtSink(path="a.srt", region="whole", min_duration=0.2, max_gap=0.1)),
        ("vtt", {"segments": "live"}, VttSink(segments="live", seconds=6.0, window=10)),
        ("ass", {"path": "a.ass"}, AssSink(path="a.ass", positions=True)),
    ],
)
def test_a_sink_is_the_one_kind_that_is_set(kind: str, content: dict[str, Any], expected: object) -> None:
    assert msgspec.convert({kind: content}, SinkConfig).chosen == expected


@pytest.mark.parametrize(
    ("sink", "got"), [({}, "none"), ({"console": {}, "jsonl": {"path": "a.jsonl"}}, "jsonl and console")]
)
def test_a_sink_is_exactly_one_kind(sink: dict[str, Any], got: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=f"expected exactly one of .*, got {got}"):
        msgspec.convert(sink, SinkConfig)


def test_a_source_does_not_end_before_it_begins() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"expected `stop` above `start` \(5\), got 3"):
        msgspec.convert({"uri": "a.mp4", "start": 5, "stop": 3}, SourceConfig)


@pytest.mark.parametrize("name", ["", "two words", "a/b", "événement", "x" * 65])
def test_a_source_has_a_name_that_fits_a_topic(name: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"sources": {name: {"uri": "a.mp4"}}}, Config)


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("9100", "health: expected ADDRESS:PORT, as in 127.0.0.1:9100, got 9100"),
        ("0.0.0.0:9100", "health: expected a loopback address .* got 0.0.0.0:9100"),
    ],
)
def test_health_is_served_to_this_machine_only(address: str, complaint: str) -> None:
    sources = {"desk": {"uri": "webcam:0"}}
    assert msgspec.convert({"sources": sources, "health": "[::1]:9100"}, Config).health == "[::1]:9100"
    with pytest.raises(msgspec.ValidationError, match=complaint):
        msgspec.convert({"sources": sources, "health": address}, Config)


@pytest.mark.parametrize("address", ["0.0.0.0:9100", "192.168.1.5:9100", "[::]:9100", "[fe80::1]:9100", "nas:9100"])
def test_health_is_served_to_others_only_where_that_is_wanted(address: str) -> None:
    content = {"sources": {"desk": {"uri": "webcam:0"}}, "health": address}
    with pytest.raises(msgspec.ValidationError, match="health: expected a loopback address"):
        msgspec.convert(content, Config)
    # Keys are none that HTTP would ask for.
    keys = {"key": "mine.key", "clients": "clients"}
    with pytest.raises(msgspec.ValidationError, match="health: expected a loopback address"):
        msgspec.convert({**content, "security": keys}, Config)
    assert msgspec.convert({**content, "security": {"insecure": True}}, Config).health == address


@pytest.mark.parametrize(("content", "got"), [({}, "none"), ({"path": "a.vtt", "segments": "live"}, "both")])
def test_webvtt_is_a_file_or_segments(content: dict[str, Any], got: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=f"expected one of `path` and `segments`, got {got}"):
        msgspec.convert(content, VttSink)


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ({"include": [[[0, 0], [1, 0], [1, 0.5], [0, 0.5]]]}, False),
        ({"exclude": [[[0, 0.6], [1, 0.6], [1, 1], [0, 1]]]}, False),
        ({"exclude": [[[0, 0.8], [1, 0.8], [1, 1], [0, 1]]]}, True),
    ],
)
def test_the_region_of_subtitles_is_read(source: dict[str, Any], reads: bool) -> None:
    sinks = [{"console": {}}, {"vtt": {"path": "a.vtt", "region": "bottom"}}]
    content = {"sources": {"film": {"uri": "a.mp4", **source}}, "sinks": sinks}
    if reads:
        assert msgspec.convert(content, Config).sinks[1].vtt is not None
        return
    complaint = r"sinks\[1\]\.vtt\.region: expected one in which sources\.film \(include, exclude\) is read, got bottom"
    with pytest.raises(msgspec.ValidationError, match=complaint):
        msgspec.convert(content, Config)


def test_the_region_of_subtitles_may_have_a_name() -> None:
    regions = {"display": {"polygon": [[0, 0], [1, 0], [1, 0.5], [0, 0.5]]}}
    content: Any = {"sources": {"film": {"uri": "a.mp4", "regions": regions}}, "sinks": [{"ass": {"path": "a.ass"}}]}
    content["sinks"][0]["ass"]["region"] = "display"
    msgspec.convert(content, Config)
    content["sinks"][0]["ass"]["region"] = "foot"
    complaint = r"sinks\[0\]\.ass\.region: expected a region of sources\.film \(whole, top, bottom, display\), got foot"
    with pytest.raises(msgspec.ValidationError, match=complaint):
        msgspec.convert(content, Config)


def test_configs_are_frozen() -> None:
    config: Any = Config(sources={})
    with pytest.raises(AttributeError):
        config.stats_every = 2.0


def test_the_schema_is_for_editors() -> None:
    schema: Any = json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    definitions = schema["$defs"]
    assert definitions["DetectConfig"]["properties"]["max_side"]["default"] == 960
    assert definitions["DetectConfig"]["additionalProperties"] is False
    assert definitions["Config"]["required"] == ["sources"]
    assert msgspec.json.decode(msgspec.json.encode(schema)) == schema


def test_the_schema_of_a_sources_stages_has_no_defaults() -> None:
    schema: Any = json_schema()
    own, none = schema["$defs"]["SourceConfig"]["properties"]["stages"]["anyOf"]
    assert none == {"type": "null"}
    assert own["additionalProperties"] is False
    assert own["properties"]["detect"]["additionalProperties"] is False
    assert own["properties"]["detect"]["properties"]["max_side"] == {
        "type": "integer",
        "minimum": 64,
        "maximum": 4096,
        "multipleOf": 32,
    }
    assert own["properties"].keys() == schema["$defs"]["StagesConfig"]["properties"].keys()


def test_settings_of_the_stages_by_source() -> None:
    own = StagesConfig(detect=DetectConfig(rate=5))
    config = Config(sources={"desk": SourceConfig(uri="a", stages=own), "yard": SourceConfig(uri="b")})
    assert config.stages_of("desk") == own
    assert config.stages_of("yard") == config.stages
    with pytest.raises(KeyError):
        config.stages_of("hall")


def test_several_sources_do_not_share_a_video() -> None:
    sources = {"one": SourceConfig(uri="a.mp4"), "two": SourceConfig(uri="b.mp4")}
    with pytest.raises(ValueError, match=r"sinks\[0\]\.video\.path: expected \{source\} in it"):
        Config(sources=sources, sinks=[SinkConfig(video=VideoSink(path="out.mp4"))])
    Config(sources=sources, sinks=[SinkConfig(video=VideoSink(path="out-{source}.mp4"))])
    with pytest.raises(ValueError, match=r"sinks\[0\]\.vtt\.segments: expected \{source\} in it"):
        Config(sources=sources, sinks=[SinkConfig(vtt=VttSink(segments="live"))])


def test_regions_are_polygons_that_leave_something() -> None:
    half = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5))
    assert SourceConfig(uri="a.mp4", include=[half]).include == [half]
    with pytest.raises(ValueError, match=r"^include\[1\]: expected at least three points, got 1$"):
        SourceConfig(uri="a.mp4", include=[half, ((0.0, 0.0),)])
    with pytest.raises(ValueError, match=r"^exclude: expected it to leave some of include$"):
        SourceConfig(uri="a.mp4", include=[half], exclude=[half])
    with pytest.raises(ValueError, match=r"^exclude: expected it to leave some of the picture$"):
        SourceConfig(uri="a.mp4", exclude=[((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))])


def test_the_schema_knows_polygons() -> None:
    schema: Any = json_schema()
    polygon = schema["$defs"]["SourceConfig"]["properties"]["exclude"]["items"]
    assert polygon["minItems"] == 3
    assert (polygon["items"]["minItems"], polygon["items"]["maxItems"]) == (2, 2)


KEYS = SecurityConfig(key="box.key", clients="clients")
EVERYWHERE = "tcp://0.0.0.0:5557"


def _publishing(security: SecurityConfig, *, bind: str = "tcp://127.0.0.1:5557", frames: str | None = None) -> Config:
    sinks = [SinkConfig(console=ConsoleSink()), SinkConfig(zmq=ZmqSink(bind=bind, frames=frames))]
    return Config(sources={"desk": SourceConfig(uri="a.mp4")}, sinks=sinks, security=security)


@pytest.mark.parametrize(
    ("setting", "publishing"),
    [("bind", partial(_publishing, bind=EVERYWHERE)), ("frames", partial(_publishing, frames=EVERYWHERE))],
)
def test_what_others_can_reach_needs_keys(setting: str, publishing: Callable[[SecurityConfig], Config]) -> None:
    expected = (
        rf"^sinks\[1\]\.zmq\.{setting}: expected a loopback address, keys \(security\.key and security\.clients\), "
        r"or security\.insecure: true, got tcp://0\.0\.0\.0:5557$"
    )
    with pytest.raises(ValueError, match=expected):
        publishing(SecurityConfig())
    for security in (KEYS, SecurityConfig(insecure=True)):
        assert (f"sinks[1].zmq.{setting}", EVERYWHERE) in list(publishing(security).binds())


def test_keys_go_together_with_clients() -> None:
    with pytest.raises(ValueError, match=r"^key: expected the secret key file of this machine beside `clients`"):
        SecurityConfig(clients="clients")
    with pytest.raises(
        ValueError, match=r"^security\.clients: expected .*, because sinks\[1\]\.zmq\.bind is tcp://127"
    ):
        _publishing(SecurityConfig(key="box.key"))
    # Who binds nothing on TCP needs none.
    _publishing(SecurityConfig(key="box.key"), bind="ipc://run/events")


PLACES = [
    {"stages": {"detect": {"run": run}}} for run in ("thread", "process", "tcp://127.0.0.1:6001", "tcp://[::1]:1")
]


@pytest.mark.parametrize("content", PLACES)
def test_a_stage_runs_in_one_of_three_places(content: dict[str, Any]) -> None:
    config = msgspec.convert({"sources": {"desk": {"uri": "webcam:0"}}, **content}, Config)
    assert config.stages.movable()["detect"].run == content["stages"]["detect"]["run"]
    assert [*config.stages.movable()] == ["detect", "track", "classify", "recognize"]


@pytest.mark.parametrize(
    "run", ["", "elsewhere", "tcp://", "tcp://host", "tcp://host:", "tcp://:6001", "tcp://host:0", "tcp://host:65536"]
)
def test_and_in_no_other(run: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=f"run: expected thread, process or tcp://HOST:PORT, got {run}"):
        msgspec.convert({"stages": {"detect": {"run": run}}, "sources": {"desk": {"uri": "webcam:0"}}}, Config)
    with pytest.raises(msgspec.ValidationError, match="run: expected thread, process or tcp://HOST:PORT"):
        msgspec.convert({"uri": "webcam:0", "run": run}, SourceConfig)


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"sources": {"desk": {"uri": "webcam:0", "run": "tcp://*:6001"}}}, "sources.desk.run"),
        (
            {"sources": {"desk": {"uri": "webcam:0"}}, "stages": {"track": {"run": "tcp://0.0.0.0:6001"}}},
            "stages.track.run",
        ),
    ],
)
def test_where_other_machines_dial_in_there_are_keys(content: dict[str, Any], path: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=f"{path}: expected a loopback address, keys"):
        msgspec.convert(content, Config)
    msgspec.convert({**content, "security": {"key": "box.key", "clients": "clients"}}, Config)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({}, "expected one of match, tags and except, got none - at `$.redact`"),
        ({"match": "a", "except": "b"}, "expected one of match, tags and except, got match and except - at `$.redact`"),
        ({"match": "a(b"}, "match: expected a regular expression, got a(b: missing ) at position 3 - at `$.redact`"),
        ({"except": "[a"}, "except: expected a regular expression, got [a: unterminated character set at position 2"),
        ({"match": "a", "delay": 60}, "delay: expected 0 to 10 s, because what is held back takes memory, got 60"),
        ({"match": "a", "delay": -1}, "delay: expected 0 to 10 s, because what is held back takes memory, got -1"),
        ({"tags": ["plate"]}, "redact.tags[0]: expected a tag of a rule (there is none), got plate"),
        ({"match": "a", "stored": "hashed"}, "Invalid enum value 'hashed' - at `$.redact.stored`"),
    ],
)
def test_what_is_to_be_redacted_is_checked(settings: dict[str, object], complaint: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert({"sources": {"a": {"uri": "b"}}, "redact": settings}, Config)
    assert str(caught.value).startswith(complaint)


def test_editors_are_not_told_how_plugins_are_kept() -> None:
    definitions = json_schema()["$defs"]
    assert isinstance(definitions, dict)
    assert "plugin" not in definitions["SinkConfig"]["properties"]
    assert definitions["SinkConfig"]["additionalProperties"] == {"type": "object"}
    assert definitions["StagePlugin"]["required"] == ["after"]
    assert definitions["StagePlugin"]["additionalProperties"] == {"type": "object"}
