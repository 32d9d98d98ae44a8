"""Reading a config: YAML and environment to frozen structs, strictly.

An unknown key, a wrong type or a value out of range is one line with the file, the line and the path of the setting.
"""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from stream_ocr import endpoints
from stream_ocr.config import Config, RegionConfig, SourceConfig, StagesConfig
from stream_ocr.errors import ConfigError
from stream_ocr.overrides import completed
from stream_ocr.plugging import with_plugins
from stream_ocr.polygons import Polygon
from stream_ocr.presets import filled
from stream_ocr.strictly import SettingError, convert

__all__ = ["build", "dump", "load", "override", "parse", "plain"]

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}")
_MAX_BYTES = 1_000_000


def load(path: Path, settings: Iterable[str] = (), environ: Mapping[str, str] | None = None) -> Config:
    """Reads the config file at `path`; `settings` are overrides like `stages.detect.max_side=736`.

    Raises ConfigError: the file cannot be read, is not YAML, or does not describe a run.
    """
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_MAX_BYTES + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ConfigError(f"{path}: cannot read the config: {reason}") from error
    if len(text) > _MAX_BYTES:
        raise ConfigError(f"{path}: expected a config of at most {_MAX_BYTES} characters")
    return parse(text, name=str(path), settings=settings, environ=environ)


def parse(
    text: str,
    *,
    name: str = "config",
    settings: Iterable[str] = (),
    environ: Mapping[str, str] | None = None,
) -> Config:
    """Reads a config from YAML text; `name` stands in error lines.

    Raises ConfigError.
    """
    try:
        node, content = _read(text, name, os.environ if environ is None else environ)
        lines = _lines(node)
    except yaml.YAMLError as error:
        raise ConfigError(_yaml_line(error, name)) from error
    except RecursionError as error:
        raise ConfigError(f"{name}: expected sections within sections, not without end") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{name}: expected a mapping with `sources`, got {_kind(content)}")
    for setting in settings:
        override(content, setting)
    return build(content, name=name, lines=lines)


def build(content: dict[str, Any], *, name: str = "config", lines: Mapping[str, int] | None = None) -> Config:
    """Turns plain dicts, lists and scalars into a Config; what a source sets of the stages is laid over `stages`.

    Raises ConfigError.
    """
    try:
        _check_at_home(content.get("stages"))
        if "stages" in content:
            # First, so that what is wrong in it is not said of a source that takes it over.
            convert(content["stages"], StagesConfig, "stages")
        content = completed(filled(content))
        sources = content.get("sources")
        if isinstance(sources, dict):
            for source, value in sources.items():
                _convert_regions(value, f"sources.{source}.regions")
                convert(value, SourceConfig, f"sources.{source}")
        config = convert(with_plugins(content), Config, "")
        _check_folders(config)
    except SettingError as error:
        line = _nearest(error.path, lines or {})
        where = name if line is None else f"{name}:{line}"
        raise ConfigError(f"{where}: {error}") from error
    return config


def override(content: dict[str, Any], setting: str) -> None:
    """Writes one `dotted.path=value` into `content`; the value is read as YAML.

    Raises ConfigError.
    """
    path, equals, value = setting.partition("=")
    keys = path.strip().split(".")
    if not equals or not all(keys):
        raise ConfigError(f"--set {setting}: expected KEY=VALUE, as in stages.detect.max_side=736")
    for key in keys[:-1]:
        if content.get(key) is None:
            content[key] = {}
        content = content[key]
        if not isinstance(content, dict):
            raise ConfigError(f"--set {setting}: `{key}` is not a section of the config")
    try:
        content[keys[-1]] = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ConfigError(f"--set {setting}: the value is not YAML") from error


def plain(config: Config) -> dict[str, Any]:
    """The effective config, with every default, as a file has it: what `build` takes."""
    content: dict[str, Any] = msgspec.to_builtins(config)
    content["sinks"] = [dict(_shown_sink(sink)) for sink in content["sinks"]]
    content["plugins"] = [{"after": stage["after"], stage["kind"]: stage["settings"]} for stage in content["plugins"]]
    return content


def dump(config: Config) -> str:
    """The same as YAML."""
    return yaml.dump(plain(config), Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def _shown_sink(sink: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for kind, value in sink.items():
        if value is not None:
            yield (value["kind"], value["settings"]) if kind == "plugin" else (kind, value)


def _check_at_home(stages: Any) -> None:
    for stage in ("publish", "annotate"):
        section = stages.get(stage) if isinstance(stages, dict) else None
        if isinstance(section, dict) and "run" in section:
            raise SettingError(
                f"stages.{stage}.run",
                "expected it of detect, track, classify, recognize or a source: "
                f"{stage} stays in the main process, where the sinks and the report are",
            )


def _convert_regions(source: Any, path: str) -> None:
    """Each by its name, which is not said where all are converted together."""
    regions = source.get("regions") if isinstance(source, dict) else None
    for name, region in regions.items() if isinstance(regions, dict) else ():
        kind: Any = RegionConfig if isinstance(region, dict) else Polygon
        convert(region, kind, f"{path}.{name}")


def _check_folders(config: Config) -> None:
    """Sockets that are files are bound where nobody else can enter."""
    for path, endpoint in config.binds():
        trouble = None if config.security.insecure else endpoints.trouble_with_folder(endpoint)
        if trouble is not None:
            raise SettingError(path, trouble)


def _read(text: str, name: str, environ: Mapping[str, str]) -> tuple[yaml.Node | None, Any]:
    """The YAML nodes, and the plain values that they stand for."""
    loader = _Loader(text, name, environ)
    try:
        node = loader.get_single_node()
        return node, None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()


def _nearest(path: str, lines: Mapping[str, int]) -> int | None:
    """The line of the setting, or of the closest section around it."""
    while path:
        if path in lines:
            return lines[path]
        path = path.rpartition(".")[0]
    return None


def _lines(node: yaml.Node | None, path: str = "") -> dict[str, int]:
    """The line number (from 1) of every setting, by dotted path."""
    found: dict[str, int] = {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = f"{path}.{key.value}" if path else str(key.value)
            found[inner] = key.start_mark.line + 1
            found |= _lines(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            inner = f"{path}[{index}]"
            found[inner] = value.start_mark.line + 1
            found |= _lines(value, inner)
    return found


def _yaml_line(error: yaml.YAMLError, name: str) -> str:
    mark = getattr(error, "problem_mark", None)
    where = name if mark is None else f"{name}:{mark.line + 1}"
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"{where}: {problem}"


def _kind(content: object) -> str:
    return "nothing" if content is None else type(content).__name__


class _Dumper(yaml.SafeDumper):
    """Safe YAML with each polygon on a line; tuples are polygons and points."""

    def represent_tuple(self, points: tuple[Any, ...]) -> yaml.SequenceNode:
        return self.represent_sequence("tag:yaml.org,2002:seq", points, flow_style=True)


_Dumper.add_representer(tuple, _Dumper.represent_tuple)


class _Loader(yaml.SafeLoader):
    """Safe YAML with `${VAR}` filled in from the environment, and without duplicate keys.

    Variables are filled in scalar by scalar, so a value can never add structure; an unquoted scalar gets its type
    after that, so `${SIDE}` may be a number.
    """

    def __init__(self, text: str, name: str, environ: Mapping[str, str]) -> None:
        super().__init__(text)
        self.name = name
        self._environ = environ

    def compose_scalar_node(self, anchor: Any) -> yaml.ScalarNode:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if "${" in event.value:
            event.value = self._filled(event)
            if event.implicit[0]:
                event.tag = None
        return super().compose_scalar_node(anchor)

    def _filled(self, event: yaml.ScalarEvent) -> str:
        def value(match: re.Match[str]) -> str:
            name, has_default, default = match.groups()
            found = self._environ.get(name)
            if found is None and not has_default:
                raise yaml.MarkedYAMLError(
                    problem=f"the environment variable {name} is not set (expected it, or ${{{name}:-default}})",
                    problem_mark=event.start_mark,  # type: ignore[arg-type]
                )
            return default if found is None else found

        return _VARIABLE.sub(value, event.value)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="expected a word as key", problem_mark=key.start_mark)
            if key.value in keys:
                raise yaml.MarkedYAMLError(problem=f"the key `{key.value}` is there twice", problem_mark=key.start_mark)
            keys.add(key.value)
        return super().construct_mapping(node, deep)
