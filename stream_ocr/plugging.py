"""What a config says of plugins, read as their packages have it."""

from typing import Any

from stream_ocr import plugins
from stream_ocr.config import SinkConfig, StagesConfig
from stream_ocr.errors import ConfigError
from stream_ocr.strictly import SettingError, convert

__all__ = ["with_plugins"]


def with_plugins(content: dict[str, Any]) -> dict[str, Any]:
    """The content with the settings of plugins read as their packages have them."""
    sinks, stages = content.get("sinks"), content.get("plugins")
    if isinstance(sinks, list):
        content = {**content, "sinks": [_with_plugin(sink, f"sinks[{index}]") for index, sink in enumerate(sinks)]}
    if isinstance(stages, list):
        read = [_stage_plugin(stage, f"plugins[{index}]") for index, stage in enumerate(stages)]
        content = {**content, "plugins": read}
    return content


def _with_plugin(sink: Any, path: str) -> Any:
    known = set(SinkConfig.__struct_fields__) - {"plugin"}
    others = [key for key in sink if key not in known] if isinstance(sink, dict) else []
    if not others:
        return sink
    kind, value = str(others[0]), sink[others[0]]
    if kind not in plugins.installed("sinks"):
        kinds = ", ".join(SinkConfig.kinds())
        raise SettingError(f"{path}.{kind}", f"unknown key, expected one of {kinds}, or a plugin: {_kinds('sinks')}")
    settings = _plugin_settings("sinks", kind, value, path)
    rest = {key: value for key, value in sink.items() if key != others[0]}
    return {**rest, "plugin": {"kind": kind, "settings": settings}}


def _stage_plugin(stage: Any, path: str) -> Any:
    keys = [str(key) for key in stage if key != "after"] if isinstance(stage, dict) else []
    if len(keys) != 1:
        raise SettingError(path, "expected `after`, and the kind of one plugin with its settings")
    (kind,) = keys
    if kind not in plugins.installed("stages") or kind in StagesConfig.__struct_fields__:
        raise SettingError(f"{path}.{kind}", f"unknown key, expected a plugin: {_kinds('stages')}")
    settings = _plugin_settings("stages", kind, stage[kind], path)
    allowed = getattr(plugins.load("stages", kind), "after", None)
    after = stage.get("after")
    if allowed is not None and after not in allowed:
        raise SettingError(f"{path}.after", f"expected {' or '.join(allowed)}, as {kind} says, got {after}")
    return {**{key: value for key, value in stage.items() if key == "after"}, "kind": kind, "settings": settings}


def _plugin_settings(group: plugins.Group, kind: str, value: Any, path: str) -> Any:
    try:
        plugin = plugins.load(group, kind)
    except ConfigError as error:
        raise SettingError(f"{path}.{kind}", str(error)) from error
    return convert({} if value is None else value, plugin.Settings, f"{path}.{kind}")


def _kinds(group: plugins.Group) -> str:
    return ", ".join(plugins.installed(group)) or "none is installed"
