"""The stages: each takes a message, works on it, and says what to send on. No sockets and no threads here.

Every stage keeps its state by source. What is not for it (status, stats) it passes on untouched.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import msgspec

from stream_ocr.annotate import Annotator
from stream_ocr.config import AnnotateConfig, ClassifyConfig, DetectConfig, RecognizeConfig, TrackConfig
from stream_ocr.geometry import as_read, bounds, crop
from stream_ocr.messages import (
    Direction,
    EndOfStream,
    Frame,
    FrameText,
    Line,
    Message,
    SinkStatus,
    SourceStatus,
    StageStats,
    TextEvent,
)
from stream_ocr.metrics import SourceMeters
from stream_ocr.ocr.columns import parted
from stream_ocr.ocr.rows import joined
from stream_ocr.regions import WHOLE_PICTURE, Regions
from stream_ocr.sinks import Item
from stream_ocr.sinks.outlets import Drawn, Outlets
from stream_ocr.tracking.appearance import look, touched
from stream_ocr.tracking.ledger import Ledger
from stream_ocr.tracking.lifecycle import Lifecycle
from stream_ocr.tracking.voting import Reading

if TYPE_CHECKING:
    # They are made elsewhere, by those who need OpenVINO.
    from stream_ocr.inference import Classifier, Detector, Recognizer

__all__ = ["Annotate", "Classify", "Detect", "Publish", "Recognize", "Stage", "Track"]

_WAITING = 8
"""Frames without detection that may wait behind them."""

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


class Track(Stage[FrameText]):
    """Gives each box its track."""

    name = "track"

    def __init__(self, settings: Of[TrackConfig], first: int = 1) -> None:
        """`first`: where the numbers of tracks and places begin."""
        super().__init__()
        # It needs SciPy, which takes half a second to import: only who tracks pays for it.
        from stream_ocr.tracking.association import Tracker

        self._make: Callable[[TrackConfig], Tracker] = partial(Tracker, first=first)
        self._settings = settings
        self._trackers: dict[str, Tracker] = {}

    def work(self, message: FrameText) -> Iterator[Message]:
        """Tracks the lines of one frame."""
        source = message.frame.source
        tracker = self._trackers.get(source)
        if tracker is None:
            tracker = self._trackers[source] = self._make(self._settings(source))
        yield tracker.update(message)

    def finish(self, end: EndOfStream) -> Iterator[Message]:
        """Ends every track of the source; its numbers go on if it comes back."""
        tracker = self._trackers.get(end.source)
        if end.final:
            self._trackers.pop(end.source, None)
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

    def __init__(self, classifier: "Classifier", settings: Of[ClassifyConfig]) -> None:
        super().__init__()
        self._classifier = classifier
        self._settings = settings
        self._directions: dict[tuple[str, int], _Direction] = {}

    def work(self, message: FrameText) -> Iterator[Message]:
        """Looks at the tracks that are not decided yet, and turns the quads of those upside down."""
        source = message.frame.source
        config = self._settings(source)
        known = [self._directions.setdefault((source, line.track), _Direction()) for line in message.lines]
        if config.enabled:
            self._look(message, known, config)
        lines = tuple(_turned(line, direction.voted) for line, direction in zip(message.lines, known, strict=True))
        for over in message.ended:
            self._directions.pop((source, over.track), None)
        yield msgspec.structs.replace(message, lines=lines)

    def _look(self, text: FrameText, known: Sequence[_Direction], config: ClassifyConfig) -> None:
        """Adds a look to each line that was detected anew and is not decided."""
        undecided = [
            (line, direction)
            for line, direction in zip(text.lines, known, strict=True)
            if not line.carried and direction.looks < config.votes
        ]
        turns = self._classifier.classify([crop(text.frame.image, line.quad) for line, _ in undecided])
        for (_, direction), turn in zip(undecided, turns, strict=True):
            direction.add(turn.direction if turn.probability >= config.threshold else 0)
        self._count(text.frame.source, "looks", len(undecided))

    def finish(self, end: EndOfStream) -> Iterator[Message]:
        """Forgets the source."""
        self._directions = {key: value for key, value in self._directions.items() if key[0] != end.source}
        yield end


class Recognize(Stage[FrameText]):
    """Reads the lines that are worth reading."""

    name = "recognize"

    def __init__(self, recognizer: "Recognizer", settings: Of[RecognizeConfig], first: int = 1) -> None:
        """`first`: where the numbers of texts begin."""
        super().__init__()
        self._first = first
        self._recognizer = recognizer
        self._settings = settings
        self._ledgers: dict[str, Ledger] = {}

    def work(self, message: FrameText) -> Iterator[Message]:
        """Plans, reads and votes."""
        frame = message.frame
        ledger = self._ledgers.setdefault(frame.source, Ledger(self._settings(frame.source), self._first))
        looks = {
            index: look(frame.image, ledger.view(line))
            for index, line in enumerate(message.lines)
            if _fresh(line, frame) or ledger.pending(line)
        }
        wanted = ledger.plan(message, looks)
        texts = self._recognizer.read([crop(frame.image, message.lines[index].quad) for index in wanted])
        self._count(frame.source, "readings", len(wanted))
        readings = {
            index: Reading(read.text.strip(), read.confidence) for index, read in zip(wanted, texts, strict=True)
        }
        yield ledger.update(message, looks, readings)

    def finish(self, end: EndOfStream) -> Iterator[Message]:
        """Ends the texts of the source; their numbers go on if it comes back."""
        ledger = self._ledgers.get(end.source)
        if end.final:
            self._ledgers.pop(end.source, None)
        ended = () if ledger is None else ledger.forget(end.ended)
        yield msgspec.structs.replace(end, ended=ended)


class Publish(Stage[FrameText]):
    """Turns lines into events and hands them to the event sinks."""

    name = "publish"

    def __init__(self, outlets: Outlets[Item], through: Callable[[str, int], None] | None = None) -> None:
        """`through` is told the source and number of each frame that has come this far."""
        super().__init__()
        self._through = through
        self._meters = SourceMeters()
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
        self._meters.aged(message.frame.source, time.time() - message.frame.captured_at)
        if self._through is not None:
            self._through(message.frame.source, message.frame.seq)
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
        if end.final:
            self.problems[end.source] = end.problem
            self._tell(self._meters.finish(end.source, time.monotonic(), time.time()))
        yield end

    def relay(self, message: Item) -> tuple[Message, ...]:
        """Stats end here; of the status of sources, annotate has to know too."""
        if not isinstance(message, SinkStatus):
            self._meters.take(message, time.monotonic())
        if not isinstance(message, SourceStatus):
            self._tell([message])
            return ()
        self._outlets.hear(message)
        self._tell([message])
        return (message,)

    def report(self, stats: StageStats) -> tuple[Message, ...]:
        """Adds how each source does, and what the sinks and annotate say."""
        self._tell([stats])
        self._look_after()
        self._tell(self._meters.report(time.monotonic(), time.time()))
        return ()

    def close(self) -> None:
        """Lets the sinks finish, and closes them."""
        self._outlets.close()
        self.failed = self.failed or self._outlets.failure(ending=True)

    def _say(self, events: Sequence[TextEvent]) -> None:
        for event in events:
            self.events[event.kind] += 1
            self._count(event.source, event.kind)
            self._meters.take(event, time.monotonic())
        self._tell(events)

    def _tell(self, items: Iterable[Item]) -> None:
        for item in items:
            self._outlets.put(item)

    def _look_after(self) -> None:
        """Says what there is to say about sinks, to all of them, and notices that one has failed."""
        news = self._outlets.desk.news
        news.extend(self._outlets.news())
        self._tell(news.popleft() for _ in range(len(news)))
        self.failed = self.failed or self._outlets.failure()


class Annotate(Stage[FrameText]):
    """Draws what is known on a copy of the frame and hands it to the frame sinks."""

    name = "annotate"

    def __init__(
        self, outlets: Outlets[Drawn], settings: Of[AnnotateConfig], regions: Mapping[str, Regions] = {}
    ) -> None:
        """`regions` by source; one that is not named has the whole picture."""
        super().__init__()
        self._regions = regions
        self._outlets = outlets
        self._settings = settings
        self._annotators: dict[str, Annotator] = {}

    def work(self, message: FrameText) -> tuple[Message, ...]:
        """Draws one frame."""
        source = message.frame.source
        annotator = self._annotators.get(source)
        if annotator is None:
            annotator = Annotator(self._settings(source), self._regions.get(source, WHOLE_PICTURE))
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
        return (end,)

    def relay(self, message: Item) -> tuple[Message, ...]:
        """Learns which sources are live."""
        if isinstance(message, SourceStatus):
            self._outlets.hear(message)
        return ()

    def report(self, stats: StageStats) -> tuple[Message, ...]:
        """Leaves the report where publish finds it: no link leads back."""
        self._outlets.desk.news.append(stats)
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
