"""Finding lines of text."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stream_ocr.config import DetectConfig
from stream_ocr.messages import (
    EndOfStream,
    Frame,
    FrameText,
    Line,
    Message,
    SourceStatus,
)
from stream_ocr.ocr.columns import parted
from stream_ocr.ocr.rows import joined
from stream_ocr.regions import WHOLE_PICTURE, Regions
from stream_ocr.sinks import Item
from stream_ocr.stages.stage import Of, Stage

if TYPE_CHECKING:
    # They are made elsewhere, by those who need OpenVINO.
    from stream_ocr.inference import Detector

__all__ = ["Detect"]

_WAITING = 8
"""Frames without detection that may wait behind them."""


@dataclass
class _Cadence:
    """When a source is due for a detection: at most `rate` per second of media time, only if its regions changed."""

    rate: float
    regions: Regions
    due_at: float = 0.0
    stale: bool = False

    def due(self, frame: Frame) -> bool:
        watched = self.regions.tiles(*frame.dirty.shape)
        self.stale = self.stale or bool((frame.dirty & watched).any()) or frame.dropped > 0
        # Half a frame early is nearer than half a frame late, so the mean rate is kept.
        if not self.stale or frame.pts < self.due_at - (frame.pts - frame.previous_pts) / 2:
            return False
        self.stale = False
        self.due_at = max(self.due_at + 1 / self.rate, frame.pts)
        return True


class Detect(Stage[Frame]):
    """Finds the lines of text that are wanted, asynchronously: frames leave in the order in which they came."""

    name = "detect"

    def __init__(self, detector: "Detector", settings: Of[DetectConfig], regions: Mapping[str, Regions] = {}) -> None:
        """`regions` by source; one that is not named has the whole picture."""
        super().__init__()
        self._regions = regions
        self._detector = detector
        self._settings = settings
        self._cadences: dict[str, _Cadence] = {}
        self._waiting: deque[tuple[Frame, bool]] = deque()
        self._in_flight = 0
        self._live: set[str] = set()

    def work(self, message: Frame) -> Iterator[Message]:
        """Starts a detection where one is due; sends on what is finished."""
        regions = self._regions.get(message.source, WHOLE_PICTURE)
        config = self._settings(message.source)
        cadence = self._cadences.setdefault(message.source, _Cadence(config.rate, regions))
        due = cadence.due(message)
        if due:
            while self._detector.full(message.image, config):
                yield from self._finished(self._in_flight - 1)
            self._detector.submit(message.image, config)
            self._in_flight += 1
            self._count(message.source, "detections")
        self._waiting.append((message, due))
        while len(self._waiting) > _WAITING:
            yield from self._finished(self._in_flight - 1)
        yield from self._finished(self._in_flight)
        if message.source in self._live:
            # The next frame is asked for once a detection in it could begin at once: until then a newer one may come.
            yield from self._finished(self._detector.parallel - 1)
        yield from self.settle()

    def relay(self, message: Item) -> tuple[Message, ...]:
        """Notes which sources are live."""
        if isinstance(message, SourceStatus) and message.live:
            self._live.add(message.source)
        return (message,)

    def settle(self) -> Iterator[Message]:
        """Takes the detections that are done."""
        while self._detector.ready:
            yield from self._finished(self._in_flight - 1)

    def finish(self, end: EndOfStream) -> Iterator[Message]:
        """Waits for the detections under way, and forgets the source."""
        yield from self._finished(0)
        if end.final:
            self._cadences.pop(end.source, None)
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
        for _ in range(self._in_flight):
            self._detector.take()
        self._in_flight = 0

    def _finished(self, allowed: int) -> Iterator[Message]:
        """Frames from the head of the line, until at most `allowed` detections are under way."""
        while self._waiting and (self._in_flight > allowed or not self._waiting[0][1]):
            frame, searched = self._waiting.popleft()
            if not searched:
                yield FrameText(frame=frame)
                continue
            self._in_flight -= 1
            regions = self._regions.get(frame.source, WHOLE_PICTURE)
            found = parted(frame.image, joined(self._detector.take()))
            wanted = (line for line in found if regions.keeps(line.quad, frame.size))
            lines = tuple(Line(quad=line.quad, score=line.score) for line in wanted)
            yield FrameText(frame=frame, lines=lines, area=(0, 0, *frame.size))
