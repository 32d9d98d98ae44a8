"""A config as it takes effect: every setting, and the graph that it makes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from stream_ocr.config import (
    Config,
    DeliverySink,
    JsonlSink,
    ModelFiles,
    Placed,
    RedactConfig,
    SinkConfig,
    SinkPlugin,
    SourceConfig,
    SqliteSink,
    SubtitleSink,
)
from stream_ocr.configfile import dump
from stream_ocr.masking import masked, masked_host, masked_options
from stream_ocr.pipeline import graph
from stream_ocr.plugins import installed, origin
from stream_ocr.sinks import sink_name, takes
from stream_ocr.sources import is_live
from stream_ocr.store import inspect

__all__ = ["check_stores", "described"]

_SECRET = "***"  # noqa: S105 it stands for one


def described(config: Config) -> str:
    """The effective config as YAML and the graph as a drawing in comments; logins in URIs and options are masked."""
    shown = msgspec.structs.replace(
        config,
        sources={name: _shown(source) for name, source in config.sources.items()},
        plugins=[msgspec.structs.replace(stage, settings=_harmless(stage.settings)) for stage in config.plugins],
        sinks=[_shown_sink(sink) for sink in config.sinks],
    )
    drawing = "".join(f"# {line}".rstrip() + "\n" for line in (*_drawing(shown), *_plugins()))
    return f"{dump(shown)}\n{drawing}".rstrip()


def check_stores(config: Config) -> None:
    """Looks whether what is there of the stores can be used. Raises StoreError."""
    for sink in config.sinks:
        if sink.sqlite is not None:
            inspect(Path(sink.sqlite.path))


def _shown(source: SourceConfig) -> SourceConfig:
    return msgspec.structs.replace(source, uri=masked(source.uri), options=masked_options(source.options))


def _shown_sink(sink: SinkConfig) -> SinkConfig:
    """A sink without its secrets."""
    if sink.mqtt is not None:
        login = {name: None if getattr(sink.mqtt, name) is None else _SECRET for name in ("user", "password")}
        return msgspec.structs.replace(sink, mqtt=msgspec.structs.replace(sink.mqtt, **login))
    if sink.webhook is not None:
        hook = sink.webhook
        return msgspec.structs.replace(
            sink,
            webhook=msgspec.structs.replace(
                hook,
                url=f"{masked_host(hook.url)}/{_SECRET}",
                secret=None if hook.secret is None else _SECRET,
                headers=dict.fromkeys(hook.headers, _SECRET),
            ),
        )
    if sink.plugin is not None:
        plugin = msgspec.structs.replace(sink.plugin, settings=_harmless(sink.plugin.settings))
        return msgspec.structs.replace(sink, plugin=plugin)
    return sink


def _harmless(settings: object) -> object:
    """The settings of a plugin without what may be a login, by their names."""
    plain = msgspec.to_builtins(settings)
    texts = {name: value for name, value in plain.items() if isinstance(value, str)}
    return {**plain, **masked_options(texts)}


def _plugins() -> Iterator[str]:
    """The plugins that are installed, whether the config uses them or not."""
    for group in ("sinks", "stages"):
        found = ", ".join(f"{kind} ({package})" for kind, package in installed(group).items())
        if found:
            yield f"  plugins, {group}: {found}"


def _drawing(config: Config) -> Iterator[str]:
    width = max(map(len, config.sources))
    for name, source in config.sources.items():
        where = "" if source.run == "thread" else f"  ({_way(source)})"
        bound = f"  (none enters while one is under way for {source.max_lag:g} s)" if is_live(source) else ""
        yield f"  capture    {name:<{width}}  {source.uri}{where}{bound}"
    yield from (f"     │   gate of {own}" for own in _own(config, "gate"))
    plugged = {name: f"plugin of {origin('stages', stage.kind)}" for name, stage in config.plugged().items()}
    details, places = {**_details(config), **plugged}, config.stages.movable()
    for name in graph(config):
        yield f"     │ {_way(places[name]) if name in places else 'inproc'}"
        yield f"  {name:<9}  {details.get(name, '')}"
        yield from (f"     │   {own}" for own in _own(config, name))
        yield from (f"     ├─► {sink}" for sink in _sinks(config, name))


def _way(place: Placed) -> str:
    """How what is done there is reached."""
    if place.run == "thread":
        return "inproc"
    where = "ipc to a process" if place.run == "process" else f"{place.run} from another machine"
    return f"{where}, {place.transfer}"


def _details(config: Config) -> dict[str, str]:
    ocr, detect, recognize = config.ocr, config.stages.detect, config.stages.recognize
    model = ocr.model.detection if isinstance(ocr.model, ModelFiles) else ocr.model
    reader = ocr.model.recognition if isinstance(ocr.model, ModelFiles) else ocr.model
    rules = {"publish": f"rules in turn: {', '.join(rule.name for rule in config.rules)}"} if config.rules else {}
    return {
        **rules,
        "detect": f"{model} on {ocr.device}; longer side {detect.max_side} px, up to {detect.rate:g} times a second",
        "classify": "0 or 180 degrees" if config.stages.classify.enabled else "off: all lines are upright",
        "annotate": _redaction(config.redact),
        "recognize": f"{reader} on {ocr.device}; texts from confidence {recognize.min_confidence:g}",
    }


def _redaction(redact: RedactConfig | None) -> str:
    if redact is None:
        return ""
    what = f"lines with {redact.match}" if redact.match is not None else f"lines without {redact.but}"
    return f"covers {what}" + (f"; everything {redact.delay:g} s late" if redact.delay else "")


def _own(config: Config, section: str) -> Iterator[str]:
    """What sources have otherwise than the others, in a section of `stages`; not every stage has one."""
    common = msgspec.to_builtins(getattr(config.stages, section, None))
    for name in config.sources:
        own = msgspec.to_builtins(getattr(config.stages_of(name), section, None))
        if own != common:
            settings = (_setting(key, value) for key, value in own.items() if value != common[key])
            yield f"{name}: {', '.join(settings)}"


def _setting(name: str, value: object) -> str:
    return f"{name} {msgspec.json.encode(value).decode()}"


def _sinks(config: Config, stage: str) -> Iterator[str]:
    """The sinks that stand at `stage`."""
    describe = {"publish": _event_sink, "annotate": _frame_sink}.get(stage)
    if describe is not None:
        yield from filter(None, map(describe, config.sinks))


def _event_sink(sink: SinkConfig) -> str | None:
    if sink.zmq:
        return f"zmq      {sink.zmq.bind}"
    if isinstance(sink.chosen, JsonlSink | SubtitleSink):
        kind, _, place = sink_name(sink.chosen, "events").partition(" ")
        return f"{kind:<7}  {place}"
    if sink.sqlite:
        return f"sqlite   {sink.sqlite.path}, {_kept(sink.sqlite)}"
    if isinstance(sink.chosen, DeliverySink):
        kept = f", from {sink.chosen.durable}" if sink.chosen.durable else ""
        return f"{sink.chosen.kind:<8} {sink.chosen.place}{kept}"
    if sink.plugin:
        return _plugin_sink(sink.plugin, "events")
    return "console" if sink.console else None


def _kept(settings: SqliteSink) -> str:
    how_long = "kept for ever" if settings.keep is None else f"kept for {settings.keep}"
    how_many = "" if settings.max_events is None else f", the newest {settings.max_events}"
    return f"{how_long}{how_many}{', with pictures' if settings.crops else ''}"


def _frame_sink(sink: SinkConfig) -> str | None:
    if sink.video:
        return f"video    {sink.video.path}"
    if sink.zmq and sink.zmq.frames:
        return f"zmq      {sink.zmq.frames}, up to {sink.zmq.frame_rate:g} frames a second"
    return _plugin_sink(sink.plugin, "frames") if sink.plugin else None


def _plugin_sink(sink: SinkPlugin, what: Literal["events", "frames"]) -> str | None:
    return f"{sink.kind}  plugin of {origin('sinks', sink.kind)}" if takes(sink, what) else None
