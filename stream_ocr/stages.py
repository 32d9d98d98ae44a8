"""The stages: each takes a message, works on it, and says what to send on. No sockets and no threads here.

Every stage keeps its state by source. What is not for it (status, stats) it passes on untouched.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Generic, TypeVar

import msgspec

from stream_ocr.annotate import Annotator
from stream_ocr.config import AnnotateConfig, ClassifyConfig, DetectConfig, RecognizeConfig, TrackConfig
from stream_ocr.geometry import as_read, bounds, crop
from stream_ocr.inference import Classifier, Detector, Recognizer
from stream_ocr.messages import (
    Direction,
    EndOfStream,
    Frame,
    FrameText,
    Line,
    Message,
    SourceStatus,
    StageStats,
    TextEvent,
)
from stream_ocr.ocr.columns import parted
from stream_ocr.ocr.rows import joined
from stream_ocr.regions import WHOLE_PICTURE, Regions
from stream_ocr.sinks import Item
from stream_ocr.sinks.outlets import Drawn, Outlets
from stream_ocr.tracking.appearance import look, touched
from stream_ocr.tracking.association import Tracker
from stream_ocr.tracking.ledger import Ledger
from stream_ocr.tracking.lifecycle import Lifecycle
from stream_ocr.tracking.voting import Reading

__all__ = ["Annotate", "Classify", "Detect", "Publish", "Recognize", "Stage", "Track"]

_WAITING = 8
"""Frames without detection that may wait behind them."""

Taken = TypeVar("Taken", Frame, FrameText)


class Stage(Generic[Taken]):
    """What a stage does; each of these may send messages on."""

    name: str

    def __init__(self) -> None:
        self.counts: dict[str, float] = {}
        """What the stage counts besides frames, since the start of the run."""
        self.failed: Exception | None = None
        """What ends the run, although the stage can go on until the streams end."""

    def work(self, message: Taken) -> Iterable[Message]:
        """Works on one frame."""
        raise NotImplementedError

    def settle(self) -> Iterable[Message]:
        """Takes up what was finished meanwhile; called when nothing is waiting, and several times a second."""
        return ()

    def finish(self, end: EndOfStream) -> Iterable[Message]:
        """Ends a source, and finishes what is under way."""
        return (end,)

    def relay(self, message: Item) -> Iterable[Message]:
        """Passes on what is not a frame."""
        return (message,)

    @property
    def busy(self) -> bool:
        """Whether something is under way that `settle` is to look after soon."""
        return False

    def close(self) -> None:
        """Releases what the stage holds; called once, last."""

    def _count(self, name: str, amount: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + amount


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

    def __init__(self, detector: Detector, config: DetectConfig, regions: Mapping[str, Regions] = {}) -> None:
        """`regions` by source; one that is not named has the whole picture."""
        super().__init__()
        self._regions = regions
        self._detector = detector
        self._config = config
        self._cadences: dict[str, _Cadence] = {}
        self._waiting: deque[tuple[Frame, bool]] = deque()
        self._in_flight = 0

    def work(self, message: Frame) -> Iterator[Message]:
        """Starts a detection where one is due; sends on what is finished."""
        regions = self._regions.get(message.source, WHOLE_PICTURE)
        cadence = self._cadences.setdefault(message.source, _Cadence(self._config.rate, regions))
        due = cadence.due(message)
        if due:
            while self._detector.full(message.image):
                yield from self._finished(self._in_flight - 1)
            self._detector.submit(message.image)
            self._in_flight += 1
            self._count("detections")
        self._waiting.append((message, due))
        while len(self._waiting) > _WAITING:
            yield from self._finished(self._in_flight - 1)
        yield from self._finished(self._in_flight)
        yield from self.settle()

    def settle(self) -> Iterator[Message]:
        """Takes the detections that are done."""
        while self._detector.ready:
            yield from self._finished(self._in_flight - 1)

    def finish(self, end: EndOfStream) -> Iterator[Message]:
        """Waits for the detections under way, and forgets the source."""
        yield from self._finished(0)
        self._cadences.pop(end.source, None)
        yield end

    @property
    def busy(self) -> bool:
        """Whether frames are waiting for a detection."""
        return bool(self._waiting)

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


class Track(Stage[FrameText]):
    """Gives each box its track."""

    name = "track"

    def __init__(self, config: TrackConfig) -> None:
        super().__init__()
        self._config = config
        self._trackers: dict[str, Tracker] = {}

    def work(self, message: FrameText) -> Iterator[Message]:
        """Tracks the lines of one frame."""
        tracker = self._trackers.get(message.frame.source)
        if tracker is None:
            tracker = self._trackers[message.frame.source] = Tracker(self._config)
        yield tracker.update(message)

    def finish(self, end: EndOfStream) -> Iterator[Message]:
        """Ends every track of the source."""
        tracker = self._trackers.pop(end.source, None)
        ended = () if tracker is None else tracker.finish(end.reason, end.pts)
        yield msgspec.structs.replace(end, ended=ended)


class _Direction:
    """The direction of one track, voted over a few looks, then fixed."""

    def __init__(self) -> None:
        self.looks = 0
        self.upside_down = 0

    def add(self, direction: Direction) -> None:
        self.looks += 1
        self.upside_down += direction == 180

    @property
    def voted(self) -> Direction:
        return 180 if 2 * self.upside_down > self.looks else 0


class Classify(Stage[FrameText]):
    """Finds out which way up a track is; the quads it sends on begin at the text's own top left."""

    name = "classify"

    def __init__(self, classifier: Classifier, config: ClassifyConfig) -> None:
        super().__init__()
        self._classifier = classifier
        self._config = config
        self._directions: dict[tuple[str, int], _Direction] = {}

    def work(self, message: FrameText) -> Iterator[Message]:
        """Looks at the tracks that are not decided yet, and turns the quads of those upside down."""
        source = message.frame.source
        known = [self._directions.setdefault((source, line.track), _Direction()) for line in message.lines]
        if self._config.enabled:
            self._look(message, known)
        lines = tuple(_turned(line, direction.voted) for line, direction in zip(message.lines, known, strict=True))
        for over in message.ended:
            self._directions.pop((source, over.track), None)
        yield msgspec.structs.replace(message, lines=lines)

    def _look(self, text: FrameText, known: Sequence[_Direction]) -> None:
        """Adds a look to each line that was detected anew and is not decided."""
        undecided = [
            (line, direction)
            for line, direction in zip(text.lines, known, strict=True)
            if not line.carried and direction.looks < self._config.votes
        ]
        turns = self._classifier.classify([crop(text.frame.image, line.quad) for line, _ in undecided])
        for (_, direction), turn in zip(undecided, turns, strict=True):
            direction.add(turn.direction if turn.probability >= self._config.threshold else 0)
        self._count("looks", len(undecided))

    def finish(self, end: EndOfStream) -> Iterator[Message]:
        """Forgets the source."""
        self._directions = {key: value for key, value in self._directions.items() if key[0] != end.source}
        yield end


class Recognize(Stage[FrameText]):
    """Reads the lines that are worth reading."""

    name = "recognize"

    def __init__(self, recognizer: Recognizer, config: RecognizeConfig) -> None:
        super().__init__()
        self._recognizer = recognizer
        self._config = config
        self._ledgers: dict[str, Ledger] = {}

    def work(self, message: FrameText) -> Iterator[Message]:
        """Plans, reads and votes."""
        frame = message.frame
        ledger = self._ledgers.setdefault(frame.source, Ledger(self._config))
        looks = {
            index: look(frame.image, ledger.view(line))
            for index, line in enumerate(message.lines)
            if _fresh(line, frame) or ledger.pending(line)
        }
        wanted = ledger.plan(message, looks)
        texts = self._recognizer.read([crop(frame.image, message.lines[index].quad) for index in wanted])
        self._count("readings", len(wanted))
        readings = {
            index: Reading(read.text.strip(), read.confidence) for index, read in zip(wanted, texts, strict=True)
        }
        yield ledger.update(message, looks, readings)

    def finish(self, end: EndOfStream) -> Iterator[Message]:
        """Ends the texts of the source."""
        ledger = self._ledgers.pop(end.source, None)
        ended = () if ledger is None else ledger.forget(end.ended)
        yield msgspec.structs.replace(end, ended=ended)


class Publish(Stage[FrameText]):
    """Turns lines into events and hands them to the event sinks."""

    name = "publish"

    def __init__(self, outlets: Outlets[Item]) -> None:
        super().__init__()
        self.events: dict[str, int] = {"appear": 0, "update": 0, "disappear": 0}
        """Events so far, by kind."""
        self.problems: dict[str, str | None] = {}
        """What was passed over, by source that has ended."""
        self._outlets = outlets
        self._sequence = count(1)
        self._lifecycles: dict[str, Lifecycle] = {}

    def work(self, message: FrameText) -> Iterator[Message]:
        """Says what there is to say about one frame."""
        lifecycle = self._lifecycles.setdefault(message.frame.source, Lifecycle(self._sequence))
        self._say(lifecycle.update(message, time.time()))
        self._look_after()
        yield message

    def settle(self) -> tuple[Message, ...]:
        """Looks after the sinks."""
        self._look_after()
        return ()

    def finish(self, end: EndOfStream) -> Iterator[Message]:
        """Closes whatever is open."""
        lifecycle = self._lifecycles.pop(end.source, None)
        if lifecycle is not None:
            self._say(lifecycle.finish(end, time.time()))
        self.problems[end.source] = end.problem
        yield end

    def relay(self, message: Item) -> tuple[Message, ...]:
        """Stats end here; of the status of sources, annotate has to know too."""
        if not isinstance(message, SourceStatus):
            self._outlets.put(message)
            return ()
        self._outlets.hear(message)
        self._outlets.put(message)
        return (message,)

    def close(self) -> None:
        """Lets the sinks finish, and closes them."""
        self._outlets.close()
        self.failed = self.failed or self._outlets.failure(ending=True)

    def _say(self, events: Sequence[TextEvent]) -> None:
        for event in events:
            self.events[event.kind] += 1
            self.counts[event.kind] = self.events[event.kind]
            self._outlets.put(event)

    def _look_after(self) -> None:
        """Says what there is to say about sinks, to all of them, and notices that one has failed."""
        news: list[Item] = [*self._outlets.news()]
        while self._outlets.desk.news:
            news.append(self._outlets.desk.news.popleft())
        for item in news:
            self._outlets.put(item)
        self.failed = self.failed or self._outlets.failure()


class Annotate(Stage[FrameText]):
    """Draws what is known on a copy of the frame and hands it to the frame sinks."""

    name = "annotate"

    def __init__(self, outlets: Outlets[Drawn], config: AnnotateConfig, regions: Mapping[str, Regions] = {}) -> None:
        """`regions` by source; one that is not named has the whole picture."""
        super().__init__()
        self._regions = regions
        self._outlets = outlets
        self._config = config
        self._annotators: dict[str, Annotator] = {}

    def work(self, message: FrameText) -> tuple[Message, ...]:
        """Draws one frame."""
        source = message.frame.source
        annotator = self._annotators.get(source)
        if annotator is None:
            annotator = Annotator(self._config, self._regions.get(source, WHOLE_PICTURE))
            self._annotators[source] = annotator
        drawn = annotator.draw(message.frame.image, message.lines)
        self._outlets.put((message.frame, drawn))
        self._look_after()
        return ()

    def settle(self) -> tuple[Message, ...]:
        """Looks after the sinks."""
        self._look_after()
        return ()

    def finish(self, end: EndOfStream) -> tuple[Message, ...]:
        """Forgets the source."""
        self._annotators.pop(end.source, None)
        return ()

    def relay(self, message: Item) -> tuple[Message, ...]:
        """What it says of itself goes the way of what there is to say about its sinks: nobody comes after it."""
        if isinstance(message, SourceStatus):
            self._outlets.hear(message)
        elif isinstance(message, StageStats):
            self._outlets.desk.news.append(message)
        return ()

    def close(self) -> None:
        """Lets the sinks finish, and closes them."""
        self._outlets.close()
        self.failed = self.failed or self._outlets.failure(ending=True)

    def _look_after(self) -> None:
        """Hands on what there is to say about sinks, and notices that one has failed."""
        self._outlets.desk.news.extend(self._outlets.news())
        self.failed = self.failed or self._outlets.failure()


def _fresh(line: Line, frame: Frame) -> bool:
    """Whether the picture of the line may have changed since the frame before."""
    return not line.carried or touched(frame.dirty, bounds(line.quad), frame.size)


def _turned(line: Line, direction: Direction) -> Line:
    return msgspec.structs.replace(line, quad=as_read(line.quad, direction), direction=direction)
