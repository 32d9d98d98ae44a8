import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stream_ocr.config import Config, ModelFiles
from stream_ocr.configfile import build, dump, load, override, parse
from stream_ocr.errors import ConfigError

CONFIGS = Path(__file__).parent.parent / "configs"
REGION = "sources:\n  desk:\n    uri: a\n    exclude:\n      - "
DESK = 'sources:\n  desk: {uri: "webcam:0"}\n'


def _complaint(text: str, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, name="cfg.yaml", environ=environ)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_smallest_config() -> None:
    assert parse(DESK).sources["desk"].uri == "webcam:0"


def test_everything_has_its_place() -> None:
    config = parse(
        """
        sources:
          desk: {uri: a.mp4, start: 1.5, stop: 3, options: {rtsp_transport: tcp}}
        ocr:
          model: {detection: d.onnx, recognition: r.onnx, dictionary: words.txt}
        stages:
          detect: {max_side: 736}
        sinks:
          - zmq: {bind: "tcp://127.0.0.1:*"}
          - console:  {updates: yes}
        """
    )
    assert config.sources["desk"].options == {"rtsp_transport": "tcp"}
    assert config.ocr.model == ModelFiles(detection="d.onnx", recognition="r.onnx", dictionary="words.txt")
    assert config.stages.detect.max_side == 736
    assert [type(sink.chosen).__name__ for sink in config.sinks] == ["ZmqSink", "ConsoleSink"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "cfg.yaml: expected a mapping with `sources`, got nothing"),
        ("just words", "cfg.yaml: expected a mapping with `sources`, got str"),
        ("[1, 2]", "cfg.yaml: expected a mapping with `sources`, got list"),
        ("{}", "cfg.yaml: missing key sources"),
        ("sources: {}", "cfg.yaml:1: sources: expected object of length >= 1"),
        ("sources:\n  desk: {}", "cfg.yaml:2: sources.desk: missing key uri"),
        ("sources:\n  desk: webcam", "cfg.yaml:2: sources.desk: expected object, got str"),
        ("sources:\n  desk:\n    uri: 5", "cfg.yaml:3: sources.desk.uri: expected str, got int"),
        ("sources:\n  desk:\n    uri: a\n    pase: max", "cfg.yaml:2: sources.desk: unknown key pase"),
        (
            DESK + "sinks:\n  - sqlite:\n      path: a.db\n      keep: 30x",
            "cfg.yaml:6: sinks[0].sqlite.keep: expected a duration, as in 30s, 15m, 2h, 30d or 4w",
        ),
        (
            DESK + "sinks:\n  - sqlite:\n      path: a.db\n      keep: 0d",
            "cfg.yaml:6: sinks[0].sqlite.keep: expected more than nothing, or null, got 0d",
        ),
        (DESK + "stages:\n  detect:\n    max_side: 100", "cfg.yaml:5: stages.detect.max_side: expected int"),
        (DESK + "stages:\n  detect:\n    max_side: wide", "cfg.yaml:5: stages.detect.max_side: expected int, got str"),
        (DESK + "stages:\n  gate: {max_gap: 0}", "cfg.yaml:4: stages.gate.max_gap: expected float > 0.0"),
        (DESK + "stages:\n  recognize: {min_confidence: 1.5}", "cfg.yaml:4: stages.recognize.min_confidence: "),
        (DESK + "stage: {}", "cfg.yaml: unknown key stage"),
        (DESK + "sinks:\n  - file: {}", "cfg.yaml:4: sinks[0].file: unknown key"),
        (DESK + "sinks:\n  - console: {}\n  - {}", "cfg.yaml:5: sinks[1]: expected exactly one of"),
        (DESK + "sinks:\n  - console:", "cfg.yaml:4: sinks[0]: expected exactly one of"),
        (
            DESK + "sinks:\n  - zmq: {bind: here}",
            "cfg.yaml:4: sinks[0].zmq.bind: expected str matching regex '^(tcp|ipc)://.+$'",
        ),
        (REGION + "[[0, 0], [1, 1]]", "cfg.yaml:5: sources.desk.exclude[0]: expected at least three points, got 2"),
        (
            REGION + "[[0, 0], [1, 0], [1, 1]]\n      - - [0, 0]\n        - [640, 360]\n        - [1, 1]",
            "cfg.yaml:7: sources.desk.exclude[1][1]: expected x and y as fractions of the picture, 0 to 1, got [640, ",
        ),
        (REGION + "[0, 0]", "cfg.yaml:5: sources.desk.exclude[0][0]: expected array, got int"),
        (REGION + "[[0], [1, 0], [1, 1]]", "cfg.yaml:5: sources.desk.exclude[0][0]: expected array of length 2, got 1"),
        (REGION + "[[0, 0], [1, 0], [1, 1], [0, 1]]", "cfg.yaml:4: sources.desk.exclude: expected it to leave some of"),
        (DESK + "  top: {uri: a, min_height: -1}", "cfg.yaml:3: sources.top.min_height: expected float >= 0.0"),
        (
            "sources: {a: {uri: a}, b: {uri: b}}\nsinks:\n  - console: {}\n  - video: {path: a.mp4}",
            "cfg.yaml:4: sinks[1].video.path: expected {source} in it",
        ),
        (
            "sources:\n  top-left:\n    uri: a\n    stages:\n      detect:\n        max_side: 100",
            "cfg.yaml:6: sources.top-left.stages.detect.max_side: expected int",
        ),
        (
            "sources:\n  top:\n    uri: a\n    stages: {track: {gap: 1}}",
            "cfg.yaml:4: sources.top.stages.track: unknown key gap",
        ),
        ("sources:\n  top: {uri: a, stages: {trak: {}}}", "cfg.yaml:2: sources.top.stages: unknown key trak"),
        ("sources:\n  top: {uri: a, stages: 5}", "cfg.yaml:2: sources.top.stages: expected object"),
        (
            "sources:\n  top: {uri: a, stages: {gate: }}",
            "cfg.yaml:2: sources.top.stages.gate: expected object, got null",
        ),
        (
            "sources: {top: {uri: a, stages: {gate: {}}}}\nstages:\n  gate: {max_gap: 0}",
            "cfg.yaml:3: stages.gate.max_gap: expected float > 0.0",
        ),
        ("sources: {top: {uri: a, stages: {gate: {}}}}\nstages:", "cfg.yaml:2: stages: expected object, got null"),
        (
            "sources:\n  top: {uri: a, stages: {detect: {run: process}}}",
            "cfg.yaml:2: sources.top.stages.detect.run: expected it in stages, because all sources share it",
        ),
        (
            DESK + "stages:\n  track: {run: there}",
            "cfg.yaml:4: stages.track.run: expected thread, process or tcp://HOST",
        ),
        (
            DESK + "stages:\n  annotate: {run: process}",
            "cfg.yaml:4: stages.annotate.run: expected it of detect, track, classify, recognize or a source: annotate "
            "stays in the main process, where the sinks and the report are",
        ),
        (
            DESK + "stages:\n  publish: {run: process}",
            "cfg.yaml:4: stages.publish.run: expected it of detect, track, classify, recognize or a source: publish ",
        ),
        (DESK + "ocr: {model: 5}", "cfg.yaml:3: ocr.model: expected str | object, got int"),
        (DESK + "ocr: {model: {detection: d.onnx}}", "cfg.yaml:3: ocr.model: missing key recognition"),
        (DESK + DESK, "cfg.yaml:3: the key `sources` is there twice"),
        (DESK + "a: [1, 2", "cfg.yaml:3: expected ',' or ']', but got '<stream end>'"),
        (DESK + "a:\tb: c", "cfg.yaml:3: "),
        (DESK + "? [a]\n: 1", "cfg.yaml:3: expected a word as key"),
        (DESK + "? {a: b}\n: 1", "cfg.yaml:3: expected a word as key"),
        (DESK + "1: 2", "cfg.yaml"),
        (DESK + "a: !!python/object:os.system {}", "cfg.yaml:3: "),
        (DESK + "a: \x07", "cfg.yaml"),
        (DESK + "---\nb: 1", "cfg.yaml:3: "),
        (DESK + "a: *nobody", "cfg.yaml:3: "),
        (DESK + "stages: &a\n  gate: *a", "cfg.yaml"),
    ],
)
def test_what_does_not_fit_is_one_line_that_says_where(text: str, complaint: str) -> None:
    assert _complaint(text).startswith(complaint)


def test_a_name_that_does_not_fit_is_shown() -> None:
    message = _complaint("sources:\n  two words: {uri: a}")
    assert message.startswith("cfg.yaml:")
    assert "^[A-Za-z0-9_-]{1,64}$" in message


def test_variables_come_from_the_environment() -> None:
    text = "sources:\n  cam: {uri: 'rtsp://${USER:-admin}:${PASSWORD}@${HOST:-}/1'}"
    assert parse(text, environ={"PASSWORD": "s3cret"}).sources["cam"].uri == "rtsp://admin:s3cret@/1"


def test_the_environment_is_that_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_OCR_TEST_MEDIA", "from-outside.mp4")
    assert parse("sources: {a: {uri: '${STREAM_OCR_TEST_MEDIA}'}}").sources["a"].uri == "from-outside.mp4"


def test_a_variable_may_be_a_number() -> None:
    text = DESK + "stages:\n  detect:\n    max_side: ${SIDE}\n    rate: ${RATE:-5}\n"
    config = parse(text, environ={"SIDE": "736"})
    assert (config.stages.detect.max_side, config.stages.detect.rate) == (736, 5.0)


def test_a_quoted_variable_stays_text() -> None:
    config = parse("sources: {a: {uri: '${NUMBER}'}}", environ={"NUMBER": "5"})
    assert config.sources["a"].uri == "5"


@pytest.mark.parametrize("value", ["a, start: 5", "a}\nevil: true", "'", '"', "# no comment", "a: b", "*x", "!!int 5"])
def test_a_variable_adds_no_structure(value: str) -> None:
    config = parse("sources: {a: {uri: '${PASSWORD}'}}", environ={"PASSWORD": value})
    assert config.sources["a"].uri == value
    assert config.sources["a"].start == 0


def test_a_default_may_be_empty_and_a_set_variable_wins() -> None:
    text = "sources: {a: {uri: 'x${A:-}y${B:-default}'}}"
    assert parse(text, environ={"B": ""}).sources["a"].uri == "xy"
    assert parse(text, environ={}).sources["a"].uri == "xydefault"


def test_what_is_no_variable_stays() -> None:
    assert parse("sources: {a: {uri: 'a$b{c}$5${'}}", environ={}).sources["a"].uri == "a$b{c}$5${"


def test_an_unset_variable_is_an_error_with_its_line() -> None:
    message = _complaint("sources:\n  cam:\n    uri: rtsp://admin:${PASSWORD}@host/1")
    expected = "the environment variable PASSWORD is not set (expected it, or ${PASSWORD:-default})"
    assert message == f"cfg.yaml:3: {expected}"


def test_the_value_of_a_variable_is_not_shown_when_it_does_not_fit() -> None:
    message = _complaint(DESK + "stages:\n  detect:\n    max_side: ${SIDE}\n", SIDE="s3cret")
    assert "s3cret" not in message


def test_settings_are_written_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "cfg.yaml"
    path.write_text(DESK + "stages: {detect: {max_side: 736}}", encoding="utf-8")
    settings = ["stages.detect.max_side=640", "stages.gate.enabled=false", "sources.desk.uri=b.mp4"]
    config = load(path, [*settings, "sinks=[{console: {}}]"])
    assert config.stages.detect.max_side == 640
    assert config.stages.gate.enabled is False
    assert config.sources["desk"].uri == "b.mp4"
    assert config.sinks[0].console is not None


def test_a_source_has_its_own_settings_and_the_others_of_the_section(tmp_path: Path) -> None:
    path = tmp_path / "cfg.yaml"
    path.write_text(
        """
        sources:
          desk: {uri: a, stages: {detect: {rate: 5}, recognize: {min_confidence: 0.6}}}
          yard: {uri: b}
          hall: {uri: c}
        stages: {detect: {rate: 2, max_side: 736}}
        """,
        encoding="utf-8",
    )
    config = load(path, ["stages.gate.max_gap=2", "sources.hall.stages.detect.max_side=640"])
    detect = {name: config.stages_of(name).detect for name in config.sources}
    assert {name: (each.rate, each.max_side) for name, each in detect.items()} == {
        "desk": (5, 736),
        "yard": (2, 736),
        "hall": (2, 640),
    }
    assert [config.stages_of(name).recognize.min_confidence for name in config.sources] == [0.6, 0.4, 0.4]
    assert [config.stages_of(name).gate.max_gap for name in config.sources] == [2, 2, 2]
    assert config.sources["yard"].stages is None
    assert build(msgspec.to_builtins(config)) == config
    assert parse(dump(config)) == config


def test_what_all_sources_share_is_not_set_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream_ocr.config.run._SHARED", ("max_side",))
    text = "sources:\n  top-left:\n    uri: a\n    stages:\n      detect: {rate: 5}\n"
    config = parse(text + "stages: {detect: {max_side: 736}}")
    assert config.stages_of("top-left").detect.max_side == 736
    assert parse(dump(config)) == config
    with pytest.raises(ConfigError) as caught:
        parse(text.replace("rate: 5", "max_side: 640"), name="cfg.yaml")
    place = "cfg.yaml:5: sources.top-left.stages.detect.max_side: "
    assert str(caught.value) == place + "expected it in stages, because all sources share it"


def test_a_setting_that_does_not_fit_is_a_complaint(tmp_path: Path) -> None:
    path = tmp_path / "cfg.yaml"
    path.write_text(DESK, encoding="utf-8")
    with pytest.raises(
        ConfigError, match=rf"^{re.escape(str(path))}: stages\.detect\.max_side: expected int, got str$"
    ):
        load(path, ["stages.detect.max_side=wide"])


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("nonsense", "--set nonsense: expected KEY=VALUE, as in stages.detect.max_side=736"),
        ("=5", "--set =5: expected KEY=VALUE"),
        ("a..b=5", "--set a..b=5: expected KEY=VALUE"),
        (".=5", "--set .=5: expected KEY=VALUE"),
        ("text.b=5", "--set text.b=5: `text` is not a section of the config"),
        ("list.b=5", "--set list.b=5: `list` is not a section of the config"),
        ("a=[1", "--set a=[1: the value is not YAML"),
    ],
)
def test_a_setting_that_is_none(setting: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=f"^{re.escape(complaint)}"):
        override({"text": "x", "list": []}, setting)


def test_a_setting_makes_the_sections_it_needs() -> None:
    content: dict[str, Any] = {"a": None}
    override(content, "a.b.c=[1, x]")
    override(content, "a.d=x=y")
    override(content, "a.e=")
    assert content == {"a": {"b": {"c": [1, "x"]}, "d": "x=y", "e": None}}


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda _: None, "cannot read the config: No such file or directory"),
        (lambda path: path.mkdir(), "cannot read the config: Is a directory"),
        (lambda path: path.write_bytes(b"sources: \xff\xfe"), "cannot read the config: not UTF-8 text"),
        (lambda path: path.write_text("#" * 1_000_001), "expected a config of at most 1000000 characters"),
    ],
    ids=["missing", "a folder", "not text", "too long"],
)
def test_a_file_that_is_none(tmp_path: Path, make: Any, complaint: str) -> None:
    path = tmp_path / "cfg.yaml"
    make(path)
    with pytest.raises(ConfigError, match=f"^{re.escape(f'{path}: {complaint}')}$"):
        load(path)


def test_a_video_instead_of_a_config(tmp_path: Path) -> None:
    path = tmp_path / "cfg.yaml"
    path.write_bytes(b"\x00\x00\x00\x18ftypmp42" + bytes(100))
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_deep_nesting_is_a_complaint() -> None:
    assert _complaint("a: " + "[" * 5000).startswith("cfg.yaml")


def test_the_effective_config_reads_back_as_it_is() -> None:
    config = parse(
        DESK + "sinks: [{console: {}}, {video: {path: a.mp4}}]\nocr: {model: {detection: d, recognition: r}}"
    )
    assert parse(dump(config)) == config
    assert "max_side: 960" in dump(config)


def test_a_polygon_is_shown_on_a_line() -> None:
    config = parse("sources: {a: {uri: b, exclude: [[[0.75, 0], [1, 0], [1, 0.1]], [[0, 0], [0.1, 0], [0, 0.1]]]}}")
    assert "\n    - [[0.75, 0.0], [1.0, 0.0], [1.0, 0.1]]\n    - [[0.0, " in dump(config)
    assert parse(dump(config)) == config


def test_other_scripts_are_shown_as_they_are() -> None:
    assert "uri: 影片.mp4" in dump(parse("sources: {a: {uri: 影片.mp4}}"))


def test_plain_values_make_a_config() -> None:
    assert isinstance(build({"sources": {"a": {"uri": "b"}}}), Config)
    with pytest.raises(ConfigError, match=r"^here: sources: expected object, got int$"):
        build({"sources": 5}, name="here")


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_the_configs_of_the_project_load(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMERA_PASSWORD", "s3cret")
    config = load(path)
    assert config.sources
    assert config.sinks


def test_there_is_a_config_for_each_start() -> None:
    assert {path.name for path in CONFIGS.glob("*.yaml")} >= {
        "demo.yaml",
        "file.yaml",
        "webcam.yaml",
        "rtsp.yaml",
        "cameras.yaml",
    }


def test_a_socket_others_can_reach_is_told_with_its_line() -> None:
    text = "sources: {desk: {uri: a.mp4}}\nsinks:\n  - console: {}\n  - zmq:\n      frames: tcp://*:5558\n"
    with pytest.raises(ConfigError, match=r"^cfg:5: sinks\[1\]\.zmq\.frames: expected a loopback address, keys "):
        parse(text, name="cfg")
    assert parse(text + "security: {insecure: true}").security.insecure


def test_a_folder_others_can_enter_is_told_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o755)
    text = f"sources: {{desk: {{uri: a.mp4}}}}\nsinks:\n  - zmq: {{bind: 'ipc://{folder}/events'}}\n"
    with pytest.raises(ConfigError) as error:
        parse(text, name="cfg")
    assert str(error.value) == (
        "cfg:3: sinks[0].zmq.bind: expected a folder that only its owner can enter (chmod 700), "
        f"got {folder} with mode 0755"
    )
    parse(text + "security: {insecure: true}")
    folder.chmod(0o700)
    parse(text)


def test_clients_without_a_key_are_told_with_their_line() -> None:
    text = "sources: {desk: {uri: a.mp4}}\nsecurity:\n  clients: clients\n"
    with pytest.raises(ConfigError, match=r"^cfg:2: security\.key: expected the secret key file .* got null$"):
        parse(text, name="cfg")
