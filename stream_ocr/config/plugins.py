"""Settings of what other packages add."""

from typing import Any, Literal, TypeAlias

from msgspec import Struct

__all__ = ["Position", "SinkPlugin", "StagePlugin"]

Position: TypeAlias = Literal["detect", "track", "classify", "recognize"]


class SinkPlugin(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sink of another package. A config file names it by its kind, as the others: `- KIND: {SETTINGS}`."""

    kind: str
    settings: Any
    """Its own `Settings`."""


class StagePlugin(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A stage of another package. In a config file: `- {after: STAGE, KIND: {SETTINGS}}`."""

    after: Position
    """The stage behind which it stands."""
    kind: str
    settings: Any
    """Its own `Settings`."""
