"""Stages and sinks of other packages, found by their entry points.

A package offers them in the groups `stream_ocr.sinks` and `stream_ocr.stages`; the name of the entry point is the kind
by which a config chooses it. What it names is a class with its settings as `Settings`, a msgspec.Struct.
"""

from collections.abc import Iterator
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import TracebackType
from typing import Any, Literal, TypeAlias

import msgspec

from stream_ocr.errors import ConfigError, StageError, StreamOcrError

__all__ = ["Blame", "Group", "installed", "load", "origin"]

Group: TypeAlias = Literal["sinks", "stages"]

_VERBS: dict[Group, tuple[str, ...]] = {"sinks": ("write", "poll", "close"), "stages": ("work", "finish", "close")}


def installed(group: Group) -> dict[str, str]:
    """The kinds that are installed, each with the package that it comes from."""
    return {name: origin(group, name) for name in sorted({point.name for point in _points(group)})}


def origin(group: Group, kind: str) -> str:
    """The package that a kind comes from, with its version."""
    return " and ".join(_package(point) for point in _points(group) if point.name == kind)


@cache
def load(group: Group, kind: str) -> Any:
    """The class of a kind.

    Raises ConfigError: it is not installed, cannot be imported, or is not what a plugin has to be. The line is to stand
    behind the place of the setting.
    """
    found = [point for point in _points(group) if point.name == kind]
    if not found:
        raise ConfigError(f"there is no plugin {kind}")
    if len(found) > 1:
        raise ConfigError(f"expected one package that offers {kind}, got {origin(group, kind)}")
    who = f"the plugin {kind} of {_package(found[0])}"
    with Blame(f"{who} cannot be loaded", ConfigError):
        plugin = found[0].load()
    wrong = ", ".join(_wrong(plugin, group))
    if wrong:
        raise ConfigError(f"{who} is none: {wrong}")
    return plugin


class Blame:
    """What another package raises in the block ends as an error of ours, in one line with its name."""

    def __init__(self, who: str, kind: type[StreamOcrError] = StageError) -> None:
        self._who = who
        self._kind = kind

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del kind, trace
        if isinstance(error, Exception) and not isinstance(error, StreamOcrError):
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise self._kind(f"{self._who}: {reason}") from error


def _points(group: Group) -> list[EntryPoint]:
    return list(entry_points(group=f"stream_ocr.{group}"))


def _package(point: EntryPoint) -> str:
    return "an unknown package" if point.dist is None else f"{point.dist.name} {point.dist.version}"


def _wrong(plugin: Any, group: Group) -> Iterator[str]:
    """What it lacks."""
    for verb in _VERBS[group]:
        if verb == "poll" and getattr(plugin, "takes", "events") == "frames":
            continue
        if not callable(getattr(plugin, verb, None)):
            yield f"it has no {verb}()"
    if group == "sinks" and getattr(plugin, "takes", "events") not in ("events", "frames"):
        yield f"its `takes` is {plugin.takes!r}, expected events or frames"
    settings = getattr(plugin, "Settings", None)
    if not (isinstance(settings, type) and issubclass(settings, msgspec.Struct)):
        yield "it has no msgspec.Struct `Settings`"
    elif not settings.__struct_config__.forbid_unknown_fields:
        yield "its `Settings` lets unknown settings through, expected forbid_unknown_fields"
