"""Finding lines of text."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from stream_ocr.config import DetectConfig
from stream_ocr.geometry import bounds, meet, union
from stream_ocr.messages import (
    EndOfStream,
    Frame,
    FrameText,
    Line,
    Message,
    Quad,
    SourceStatus,
)
from stream_ocr.ocr.columns import parted
from stream_ocr.ocr.detect import Detected, Shape, reading_order
from stream_ocr.ocr.rows import joined
from stream_ocr.ocr.upright import Upright, upright
from stream_ocr.ocr.windows import Window, whole
from stream_ocr.regions import WHOLE_PICTURE, Regions
from stream_ocr.searching import Searches
from stream_ocr.sinks import Item
from stream_ocr.stages.stage import Of, Stage

if TYPE_CHECKING:
    # They are made elsewhere, by those who need OpenVINO.
    from stream_ocr.inference import Detector

__all__ = ["Detect"]

_WAITING = 8
"""Frames without detection that may wait behind them."""
_BEHIND = 2
"""Searches of a recording that may be under way when the next one is planned: so many keep the detector busy."""


@dataclass
class _Looked:
    """A frame, and where text is looked for in it."""

    frame: Frame
    shape: Shape
    windows: list[Window]
    """Empty: nowhere."""
    seen: list[tuple[Window, list[Detected]]] = field(default_factory=list)
    """What the windows hold, as far as it is known."""
    lines: list[Detected] = field(default_factory=list)
    """Of the whole search, once it is over."""
    uprights: list[Upright] = field(default_factory=list)
    """Regions that are looked at as if from the front."""
    set_upright: list[list[Detected]] = field(default_factory=list)
    """What these hold, as far as it is known."""

    @property
    def searched(self) -> bool:
        return len(self.seen) == len(self.windows)

    @property
    def done(self) -> bool:
        return self.searched and len(self.set_upright) == len(self.uprights)

    def widen(self, outlines: Sequence[Quad]) -> None:
        """Has each of the outlines that a window meets looked at as a whole, or not at all."""
        for box in map(bounds, outlines):
            met = [window.box for window in self.windows if meet(box, window.box)]
            if met and not any(union(box, each) == each for each in met):
                self.windows = [whole(self.frame.size, self.shape)]
        for outline in outlines:
            if any(meet(bounds(outline), window.box) for window in self.windows):
                self.uprights.append(upright(self.frame.image, outline, self.shape))


class Detect(Stage[Frame]):
    """Finds the lines of text that are wanted, asynchronously: frames leave in the order in which they came."""

    name = "detect"

    def __init__(self, detector: "Detector", settings: Of[DetectConfig], regions: Mapping[str, Regions] = {}) -> None:
        """`regions` by source; one that is not named has the whole picture."""
        super().__init__()
        self._regions = regions
        self._detector = detector
        self._settings = settings
        self._searches: dict[str, Searches] = {}
        self._waiting: deque[_Looked] = deque()
        self._under_way: deque[tuple[_Looked, Window | Upright]] = deque()
        """The detections, oldest first."""
        self._live: set[str] = set()

    def work(self, message: Frame) -> Iterator[Message]:
        """Starts a search where one is due; sends on what is finished."""
        searches = self._of(message.source)
        while searches.unknown:
            self._take()
        self._waiting.append(self._begun(message, searches))
        while len(self._waiting) > _WAITING and not self._waiting[0].done:
            self._take()
        # The next frame is asked for once a detection in it could begin at once: until then a newer one may come.
        while message.source in self._live and len(self._under_way) >= self._detector.parallel:
            self._take()
        yield from self.settle()

    def relay(self, message: Item) -> tuple[Message, ...]:
        """Notes which sources are live."""
        if isinstance(message, SourceStatus) and message.live:
            self._live.add(message.source)
        return (message,)

    def settle(self) -> Iterator[Message]:
        """Takes the detections that are done."""
        while self._detector.ready:
            self._take()
        yield from self._sent()

    def finish(self, end: EndOfStream) -> Iterator[Message]:
        """Waits for the detections under way, and forgets the source."""
        while self._under_way:
            self._take()
        yield from self._sent()
        # What comes after a loss may be another picture altogether.
        self._searches.pop(end.source, None)
        yield end

    @property
    def held(self) -> int:
        """Frames that are waiting for a detection."""
        return len(self._waiting)

    @property
    def busy(self) -> bool:
        """Whether there are any."""
        return bool(self._waiting)

    def close(self) -> None:
        """Gives the detector back as it was: without a detection under way."""
        while self._under_way:
            self._under_way.popleft()
            self._detector.take()

    def _of(self, source: str) -> Searches:
        if source not in self._searches:
            regions = self._regions.get(source, WHOLE_PICTURE)
            behind = 0 if source in self._live else _BEHIND
            self._searches[source] = Searches(self._settings(source), regions, behind)
        return self._searches[source]

    def _begun(self, frame: Frame, searches: Searches) -> _Looked:
        """Starts the search that is planned for a frame."""
        shape = self._detector.shape(frame.size, searches.config)
        looked = _Looked(frame, shape, searches.plan(frame, shape))
        looked.widen(searches.regions.outlines(frame.size))
        views: list[Window | Upright] = [*looked.windows, *looked.uprights]
        for view in views:
            picture, window = (frame.image, view) if isinstance(view, Window) else (view.picture, view.window)
            while self._detector.full(window.shape):
                self._take()
            self._detector.submit(picture, searches.config, window)
            self._under_way.append((looked, view))
        if looked.windows:
            self._count(frame.source, "detections")
        return looked

    def _take(self) -> None:
        """Waits for the oldest detection."""
        looked, view = self._under_way.popleft()
        found = self._detector.take()
        if isinstance(view, Upright):
            whole_lines = parted(view.picture, joined(reading_order(found)))
            looked.set_upright.append(view.placed(whole_lines))
            return
        looked.seen.append((view, found))
        if looked.searched:
            looked.lines = self._of(looked.frame.source).learn(looked.seen, looked.frame.size, looked.shape)

    def _sent(self) -> Iterator[Message]:
        """The frames at the head of the line whose search is over."""
        while self._waiting and self._waiting[0].done:
            looked = self._waiting.popleft()
            frame = looked.frame
            if not looked.windows:
                yield FrameText(frame=frame)
                continue
            regions = self._regions.get(frame.source, WHOLE_PICTURE)
            level = [line for line in looked.lines if not regions.rectifies(line.quad, frame.size)]
            found = [*parted(frame.image, level), *chain.from_iterable(looked.set_upright)]
            wanted = (line for line in found if regions.keeps(line.quad, frame.size))
            lines = tuple(Line(quad=line.quad, score=line.score) for line in wanted)
            yield FrameText(frame=frame, lines=lines, areas=tuple(window.box for window in looked.windows))
