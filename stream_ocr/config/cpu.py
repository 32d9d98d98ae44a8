"""How much of the machine a run may use."""

from typing import Annotated

from msgspec import Meta, Struct

__all__ = ["CpuConfig"]


class CpuConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How much of the machine a run may use."""

    cores: Annotated[int, Meta(ge=0, le=1024)] = 0
    """Cores that everything together uses at most; 0: all that this process may use."""
