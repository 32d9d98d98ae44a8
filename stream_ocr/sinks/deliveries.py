"""What became of events that somebody else has to acknowledge."""

from typing import NamedTuple, Protocol, runtime_checkable

__all__ = ["Deliveries", "Delivering"]


class Deliveries(NamedTuple):
    """What became of events so far, where that is known later than when they are written."""

    delivered: int = 0
    lost: int = 0
    waiting: int = 0
    lost_to: str = ""
    """What the last ones were lost to."""
    trouble: str | None = None
    """What is wrong now."""


@runtime_checkable
class Delivering(Protocol):
    """A sink that keeps account of its deliveries itself."""

    @property
    def deliveries(self) -> Deliveries | None:
        """The account; None: there is none, after all."""
