"""What every stage is."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from stream_ocr.messages import (
    EndOfStream,
    Frame,
    FrameText,
    Message,
    StageStats,
)
from stream_ocr.sinks import Item

if TYPE_CHECKING:
    # They are made elsewhere, by those who need OpenVINO.
    pass

__all__ = ["Of", "Stage", "Taken"]

Settings = TypeVar("Settings")
Of: TypeAlias = Callable[[str], Settings]
"""The settings of a stage for the source of that name."""
Taken = TypeVar("Taken", Frame, FrameText)


class Stage(Generic[Taken]):
    """What a stage does; each of these may send messages on."""

    name: str

    def __init__(self) -> None:
        self.counts: dict[str, float] = {}
        """What the stage counts besides frames, since the start of the run."""
        self.by_source: dict[str, dict[str, float]] = {}
        """The same for each source."""
        self.failed: Exception | None = None
        """What ends the run, although the stage can go on until the streams end."""

    def work(self, message: Taken) -> Iterable[Message]:
        """Works on one frame."""
        raise NotImplementedError

    def settle(self) -> Iterable[Message]:
        """Takes up what was finished meanwhile; called when nothing is waiting, and several times a second."""
        return ()

    def finish(self, end: EndOfStream) -> Iterable[Message]:
        """Ends a source, and finishes what is under way; `end` goes on after that, from here or from `settle`."""
        return (end,)

    def relay(self, message: Item) -> Iterable[Message]:
        """Passes on what is not a frame."""
        return (message,)

    def report(self, stats: StageStats) -> Iterable[Message]:
        """Takes the stage's own report, once per period and before the end of a source is handed on."""
        return self.relay(stats)

    @property
    def held(self) -> int:
        """Frames that the stage has taken and not handed on."""
        return 0

    @property
    def busy(self) -> bool:
        """Whether something is under way that `settle` is to look after soon."""
        return False

    @property
    def accepts(self) -> bool:
        """Whether it can take one more message now."""
        return True

    def close(self) -> None:
        """Releases what the stage holds; called once, last."""

    def _count(self, source: str, name: str, amount: int = 1) -> None:
        for counts in (self.counts, self.by_source.setdefault(source, {})):
            counts[name] = counts.get(name, 0) + amount
