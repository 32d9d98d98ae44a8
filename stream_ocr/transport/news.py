"""What a desk hears of its worker, and what a worker is told when it comes."""

from typing import NamedTuple, TypeAlias

import msgspec

from stream_ocr.messages import Message, StageStats

__all__ = ["Came", "Done", "Failed", "Gone", "News", "Offered", "Ready", "Result", "Told", "Welcome"]


class Welcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker is told when it is taken on."""

    generation: int = 0
    """How many workers were taken on before."""
    epoch: int = 0
    """Of a source: where its numbers begin, see `capture.Beginning`."""
    seq: int = 0
    pts: float = 0.0


class Came(NamedTuple):
    """A worker was taken on; it may still have to load something."""

    who: str


class Ready(NamedTuple):
    """It takes work now."""


class Result(NamedTuple):
    """What came of a piece of work."""

    number: int
    message: Message


class Done(NamedTuple):
    """It has taken in a piece of work and takes the next one."""

    number: int


class Offered(NamedTuple):
    """A live source has a frame."""

    seq: int
    """Its number; when it may come, there may be a newer one."""


class Told(NamedTuple):
    """What it did since its report before."""

    stats: StageStats


class Failed(NamedTuple):
    """It cannot go on, for a reason that another one would have too."""

    kind: str
    """Name of the error."""
    words: str


class Gone(NamedTuple):
    """It is not there any more."""

    cause: str


News: TypeAlias = Came | Ready | Result | Done | Offered | Told | Failed | Gone
