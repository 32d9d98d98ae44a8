"""Plugins, of packages that are made up of an entry point and a module."""

import re
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from frames import frame, quad, searched
from takers import eventually
from texts import event

from stream_ocr import plugins
from stream_ocr.config import Config, SinkConfig, StagePlugin
from stream_ocr.configfile import build, dump, parse, plain
from stream_ocr.errors import ConfigError, SinkGoneError, StageError
from stream_ocr.messages import EndOfStream, FrameText
from stream_ocr.pipeline import graph
from stream_ocr.sinks.outlet import SinkDesk
from stream_ocr.sinks.outlets import event_outlets
from stream_ocr.stages import Plugged
from stream_ocr.transport import Context

MODULE = """
import msgspec


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    chat: int
    token: str = ""
    fault: str = ""


class Telegram:
    Settings = Settings
    told = []

    def __init__(self, settings):
        self.settings = settings
        if settings.fault == "opening":
            raise OSError("no route")

    def write(self, *taken):
        if self.settings.fault == "writing":
            raise KeyError("chat")
        self.told.append(taken)

    def poll(self):
        pass

    def close(self):
        self.told.append("closed")


class Screen(Telegram):
    takes = "frames"
    poll = None


class Loose(Telegram):
    class Settings(msgspec.Struct):
        pass


class Halves:
    Settings = Settings
    after = ("detect", "track")

    def __init__(self, settings):
        self.settings = settings

    def work(self, text):
        if self.settings.fault == "working":
            raise IndexError("list index out of range")
        if self.settings.fault == "nothing":
            return None
        if self.settings.fault == "another":
            return msgspec.structs.replace(text, frame=msgspec.structs.replace(text.frame, seq=99))
        return msgspec.structs.replace(text, lines=text.lines[: len(text.lines) // 2])

    def finish(self, source):
        Telegram.told.append(source)

    def close(self):
        Telegram.told.append("closed")
"""
POINTS = """
[stream_ocr.sinks]
telegram = acme_telegram:Telegram
screen = acme_telegram:Screen
loose = acme_telegram:Loose
gone = acme_telegram_lost:Telegram
bare = acme_telegram:Settings

[stream_ocr.stages]
halves = acme_telegram:Halves
detect = acme_telegram:Halves
"""
SOURCES = {"sources": {"desk": {"uri": "test:"}}}


@pytest.fixture(autouse=True)
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Installs a package of that name, with all of the above."""

    def install(name: str) -> None:
        info = tmp_path / f"{name}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(POINTS)

    (tmp_path / "acme_telegram.py").write_text(textwrap.dedent(MODULE))
    install("acme")
    monkeypatch.syspath_prepend(str(tmp_path))
    plugins.load.cache_clear()
    yield install
    plugins.load.cache_clear()
    sys.modules.pop("acme_telegram", None)


def _told() -> list[object]:
    told: list[object] = plugins.load("sinks", "telegram").told
    return told


def _error(**sections: object) -> str:
    with pytest.raises(ConfigError) as caught:
        build({**SOURCES, **sections})
    return str(caught.value)


# --- settings ---------------------------------------------------------------------------------------------------------


def test_settings_are_read_as_strictly_as_all_others() -> None:
    assert _error(sinks=[{"telegram": {"chat": "me"}}]) == "config: sinks[0].telegram.chat: expected int, got str"
    assert _error(sinks=[{"telegram": {"chat": 1, "x": 2}}]) == "config: sinks[0].telegram: unknown key x"
    assert _error(sinks=[{"telegram": None}]) == "config: sinks[0].telegram: missing key chat"
    assert _error(plugins=[{"after": "track", "halves": {}}]) == "config: plugins[0].halves: missing key chat"


def test_an_error_has_the_line_of_the_file() -> None:
    text = "sources: {a: {uri: 'test:'}}\nsinks:\n  - telegram:\n      chat: me\n"
    with pytest.raises(ConfigError, match=re.escape("config:4: sinks[0].telegram.chat: expected int, got str")):
        parse(text)


def test_a_kind_that_is_not_there_is_one_line_with_those_that_are() -> None:
    assert _error(sinks=[{"telegraph": {}}]) == (
        f"config: sinks[0].telegraph: unknown key, expected one of {', '.join(SinkConfig.kinds())}, or a plugin: "
        "bare, gone, loose, screen, telegram"
    )
    assert (
        _error(plugins=[{"after": "track", "x": {}}])
        == "config: plugins[0].x: unknown key, expected a plugin: detect, halves"
    )
    assert "unknown key" in _error(sinks=[{"plugin": {"kind": "telegram", "settings": {}}}])
    assert "unknown key" in _error(plugins=[{"after": "track", "detect": {"chat": 1}}])


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        (
            "gone",
            "the plugin gone of acme 1.2 cannot be loaded: ModuleNotFoundError: No module named 'acme_telegram_lost'",
        ),
        (
            "bare",
            "the plugin bare of acme 1.2 is none: it has no write(), it has no poll(), it has no close(), it has no",
        ),
        ("loose", "the plugin loose of acme 1.2 is none: its `Settings` lets unknown settings through"),
    ],
)
def test_what_is_no_plugin_is_one_line(kind: str, line: str) -> None:
    assert _error(sinks=[{kind: {}}]).startswith(f"config: sinks[0].{kind}: {line}")


def test_two_packages_with_one_kind_are_one_line(acme: Callable[[str], None]) -> None:
    acme("emca")
    line = _error(sinks=[{"telegram": {"chat": 1}}])
    assert line.startswith("config: sinks[0].telegram: expected one package that offers telegram, got ")
    assert "acme 1.2" in line and "emca 1.2" in line


def test_a_config_with_plugins_comes_back_as_it_was_written() -> None:
    written = {"sinks": [{"telegram": {"chat": 1}}], "plugins": [{"after": "track", "halves": {"chat": 2}}]}
    config = build({**SOURCES, **written})
    assert build(plain(config)) == config
    # So it goes to the processes of its stages.
    assert msgspec.json.decode(msgspec.json.encode(config), type=Config).plugins[0].kind == "halves"
    assert "- telegram:\n    chat: 1\n" in dump(config)
    assert "- after: track\n  halves:\n    chat: 2\n" in dump(config)


# --- the graph --------------------------------------------------------------------------------------------------------


def test_a_stage_stands_where_the_config_says() -> None:
    stages = [{"after": after, "halves": {"chat": 1}} for after in ("track", "detect", "track")]
    config = build({**SOURCES, "plugins": stages, "sinks": [{"screen": {"chat": 1}}]})
    assert graph(config) == [
        *("detect", "halves-2", "track", "halves", "halves-3", "classify", "recognize", "publish", "annotate")
    ]
    assert "annotate" not in graph(build({**SOURCES, "sinks": [{"telegram": {"chat": 1}}]}))


@pytest.mark.parametrize("after", ["recognize", "publish", None])
def test_a_stage_may_stand_where_it_says_only(after: str | None) -> None:
    assert _error(plugins=[{"after": after, "halves": {"chat": 1}}]) == (
        f"config: plugins[0].after: expected detect or track, as halves says, got {after}"
    )
    assert "plugins[0]: expected `after`" in _error(plugins=[{"after": "track"}])


def _stage(fault: str = "") -> Plugged:
    settings = plugins.load("stages", "halves").Settings(chat=1, fault=fault)
    return Plugged("halves", StagePlugin(after="track", kind="halves", settings=settings))


def test_a_stage_gives_the_frame_with_lines_of_its_choice() -> None:
    stage = _stage()
    text = searched(frame(0.0), quad(0, 0, 9, 9), quad(20, 0, 29, 9))
    (sent,) = stage.work(text)
    assert isinstance(sent, FrameText)
    assert sent.lines == text.lines[:1]
    end = EndOfStream(source="desk")
    assert list(stage.finish(end)) == [end]
    stage.close()
    assert _told() == ["desk", "closed"]


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("working", "stage halves: IndexError: list index out of range"),
        ("nothing", "stage halves: expected a FrameText, got NoneType"),
        ("another", "stage halves: expected frame 0 of desk, epoch 0, got frame 99 of desk, epoch 0"),
    ],
)
def test_a_stage_that_fails_is_one_line(fault: str, line: str) -> None:
    with pytest.raises(StageError, match=f"^{re.escape(line)}$"):
        list(_stage(fault).work(searched(frame(0.0))))


# --- sinks ------------------------------------------------------------------------------------------------------------


def _config(fault: str = "") -> Config:
    return build({**SOURCES, "sinks": [{"telegram": {"chat": 1, "fault": fault}}]})


def test_a_sink_takes_events() -> None:
    outlets = event_outlets(_config().sinks, [], Context.instance(), SinkDesk(threading.Event()))
    outlets.put(event())
    outlets.close()
    assert _told() == [(event(),), "closed"]
    assert list(outlets.report()) == ["telegram"]


def test_a_fault_of_a_sink_ends_a_run_of_files() -> None:
    outlets = event_outlets(_config("writing").sinks, [], Context.instance(), SinkDesk(threading.Event()))
    outlets.put(event())
    outlets.close()
    error = outlets.failure()
    assert isinstance(error, SinkGoneError)
    assert str(error) == "telegram: KeyError: 'chat'"


def test_a_fault_of_a_sink_costs_a_live_run_the_sink_only() -> None:
    desk = SinkDesk(threading.Event(), live=True)
    outlets = event_outlets(_config("writing").sinks, [], Context.instance(), desk)
    outlets.put(event())
    eventually(lambda: outlets.report()["telegram"].failed is not None)
    outlets.close()
    assert outlets.failure(ending=True) is None
    assert outlets.report()["telegram"].failed == "KeyError: 'chat'"


def test_a_sink_that_cannot_be_made_ends_the_run_before_it_begins() -> None:
    with pytest.raises(SinkGoneError, match=r"^telegram: OSError: no route$"):
        event_outlets(_config("opening").sinks, [], Context.instance(), SinkDesk(threading.Event()))
