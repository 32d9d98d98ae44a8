"""What the command line asks for, as a config. Light: what is wrong with it is said before anything heavy is loaded."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stream_ocr.config import Config
from stream_ocr.configfile import build, load, override, plain
from stream_ocr.errors import ConfigError

__all__ = ["Wishes", "is_there", "set_sections", "wished"]

_CONFIG_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class Wishes:
    """The options of `run`."""

    jsonl: str | None = None
    store: str | None = None
    video: str | None = None
    bind: str | None = None
    health: str | None = None
    settings: tuple[str, ...] = ()
    quiet: bool = False

    def sinks(self) -> list[dict[str, Any]]:
        """The sinks that the options ask for, as they would stand in a config."""
        kinds = {
            "jsonl": {"path": self.jsonl},
            "sqlite": {"path": self.store},
            "video": {"path": self.video},
            "zmq": {"bind": self.bind},
        }
        return [{kind: content} for kind, content in kinds.items() if None not in content.values()]

    def sections(self) -> dict[str, Any]:
        """The other sections of a config that they ask for."""
        return {} if self.health is None else {"health": self.health}


def wished(name: str, wishes: Wishes) -> Config:
    """The config that the command line asks for.

    Raises ConfigError.
    """
    if name.lower().endswith(_CONFIG_SUFFIXES):
        content = plain(load(Path(name), wishes.settings))
        sinks = [*content["sinks"], *wishes.sinks()]
        sinks = sinks or [{"console": {}}]
        return build({**content, **wishes.sections(), "sinks": _audible(sinks, wishes.quiet)}, name=name)
    content = set_sections(wishes.settings)
    if not is_there(name, content):
        raise ConfigError(f"{name}: there is no such file or folder")
    # It knows the stages, and with them everything heavy.
    from stream_ocr.api import media_config

    sinks = [{"console": {}}, *content["sinks"], *wishes.sinks()]
    return media_config(name, {**content, **wishes.sections(), "sinks": _audible(sinks, wishes.quiet)})


def set_sections(settings: Iterable[str]) -> dict[str, Any]:
    """What `--set` makes of an empty config, with its sections `source` and `sinks`.

    Raises ConfigError.
    """
    content: dict[str, Any] = {}
    for setting in settings:
        override(content, setting)
    source, sinks = content.setdefault("source", {}), content.setdefault("sinks", [])
    if not isinstance(source, dict):
        raise ConfigError(f"--set source: expected settings of the source, as in source.start=60, got {source}")
    if not isinstance(sinks, list) or not all(isinstance(sink, dict) for sink in sinks):
        raise ConfigError(f"--set sinks: expected a list, as in sinks=[{{console: {{}}}}], got {sinks}")
    return content


def _audible(sinks: list[dict[str, Any]], quiet: bool) -> list[dict[str, Any]]:
    return [sink for sink in sinks if not quiet or sink.get("console") is None]


def is_there(name: str, content: dict[str, Any]) -> bool:
    """False where `name` can only be a path, and nothing is there."""
    if "://" in name or name.startswith(("test:", "webcam:", "screen:")) or "format" in content["source"]:
        return True
    try:
        return Path(name).expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # too long, a zero byte, an unknown home
        return False
