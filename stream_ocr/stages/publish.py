"""Saying what appeared, got better, and went."""

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count

import msgspec

from stream_ocr.config import RuleConfig
from stream_ocr.messages import (
    EndOfStream,
    FrameText,
    Message,
    SinkStatus,
    SourceStatus,
    StageStats,
    TextEvent,
)
from stream_ocr.metrics import SourceMeters
from stream_ocr.redaction import Policy
from stream_ocr.regions import WHOLE_PICTURE, Regions
from stream_ocr.rules.book import Rulebook
from stream_ocr.rules.ruling import Ruling
from stream_ocr.sinks import Item, Said
from stream_ocr.sinks.outlets import Outlets
from stream_ocr.stages.showing import Crops
from stream_ocr.stages.stage import Stage
from stream_ocr.stages.withheld import Withheld
from stream_ocr.tracking.lifecycle import Lifecycle

__all__ = ["Publish"]


class Publish(Stage[FrameText]):
    """Turns lines into events and hands them to the event sinks."""

    name = "publish"

    def __init__(
        self,
        outlets: Outlets[Said],
        through: Callable[[str, int], None] | None = None,
        rules: Sequence[RuleConfig] = (),
        regions: Mapping[str, Regions] = {},
        policy: Policy | None = None,
    ) -> None:
        """`through` is told the source and number of each frame that has come this far; `regions` are by source.

        `policy`: of which texts no picture may be handed on.
        """
        super().__init__()
        self._through = through
        self._meters = SourceMeters()
        self.events: dict[str, int] = {"appear": 0, "update": 0, "disappear": 0}
        """Events so far, by kind."""
        self.problems: dict[str, str | None] = {}
        """What was passed over, by source that has ended."""
        self._outlets = outlets
        self._sequence = count(1)
        self._run = secrets.token_hex(6)
        self._lifecycles: dict[str, Lifecycle] = {}
        self._policy = policy
        self._crops: dict[str, Crops | Withheld] = {}
        self._book = Rulebook(rules)
        self._regions = regions
        self._rulings: dict[str, Ruling] = {}

    def work(self, message: FrameText) -> Iterator[Message]:
        """Says what there is to say about one frame."""
        source, now = message.frame.source, time.time()
        lifecycle = self._lifecycles.setdefault(source, Lifecycle())
        ruling = self._ruling(source)
        events = ruling.apply(lifecycle.update(message, now))
        late = (lifecycle.again(track, now) for track in ruling.due(message.frame.pts))
        events += ruling.apply(filter(None, late))
        self._say(events)
        if self._outlets.show:
            self._tell(self._crops_of(source).update(message, events))
        self._look_after()
        self._meters.aged(source, time.time() - message.frame.captured_at)
        if self._through is not None:
            self._through(source, message.frame.seq)
        yield message

    def settle(self) -> tuple[Message, ...]:
        """Looks after the sinks."""
        self._look_after()
        return ()

    def finish(self, end: EndOfStream) -> Iterator[Message]:
        """Closes whatever is open."""
        lifecycle = self._lifecycles.pop(end.source, None)
        if lifecycle is not None:
            events = self._ruling(end.source).apply(lifecycle.finish(end, time.time()))
            self._say(events)
            if (crops := self._crops.pop(end.source, None)) is not None:
                self._tell(crops.finish(events))
        if end.final:
            self._rulings.pop(end.source, None)
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
        self.counts["rules_given_up"] = len(self._book.given_up)
        self._tell([stats])
        self._look_after()
        self._tell(self._meters.report(time.monotonic(), time.time()))
        return ()

    def close(self) -> None:
        """Lets the sinks finish, and closes them."""
        self._outlets.close()
        self.failed = self.failed or self._outlets.failure(ending=True)

    def _say(self, events: Sequence[TextEvent]) -> None:
        numbered = []
        for event in events:
            seq = next(self._sequence)
            numbered.append(msgspec.structs.replace(event, seq=seq, id=f"{self._run}-{seq}"))
            self.events[event.kind] += 1
            self._count(event.source, event.kind)
            self._meters.take(event, time.monotonic())
        self._tell(numbered)

    def _crops_of(self, source: str) -> Crops | Withheld:
        if source not in self._crops:
            crops = Crops(self._run, source)
            self._crops[source] = crops if self._policy is None else Withheld(crops, self._policy)
        return self._crops[source]

    def _ruling(self, source: str) -> Ruling:
        if source not in self._rulings:
            self._rulings[source] = Ruling(self._book, self._regions.get(source, WHOLE_PICTURE))
        return self._rulings[source]

    def _tell(self, items: Iterable[Said]) -> None:
        for item in items:
            self._outlets.put(item)

    def _look_after(self) -> None:
        """Says what there is to say about sinks, to all of them, and notices that one has failed."""
        news = self._outlets.desk.news
        news.extend(self._outlets.news())
        self._tell(news.popleft() for _ in range(len(news)))
        self.failed = self.failed or self._outlets.failure()
