"""What rules would have done with events that happened."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from stream_ocr.config import Config
from stream_ocr.messages import TextEvent
from stream_ocr.regions import WHOLE_PICTURE, Regions
from stream_ocr.rules.book import Rulebook, Verdict
from stream_ocr.rules.ruling import Ruling

__all__ = ["Outcome", "Trial"]


class Outcome(NamedTuple):
    """What becomes of one event."""

    event: TextEvent
    """As it was, but for what rules had made of it."""
    verdict: Verdict
    told: list[TextEvent]
    """What would be told because of it."""


@dataclass
class Trial:
    """Applies the rules of a config to events, in their order. What other rules dropped then is not there now."""

    config: Config
    book: Rulebook = field(init=False)
    _regions: dict[str, Regions] = field(init=False)
    _rulings: dict[str, tuple[str, Ruling]] = field(default_factory=dict)
    """By source, each of the run whose events come."""
    _latest: dict[tuple[str, int], TextEvent] = field(default_factory=dict)
    """By source and track: the texts that have not gone."""

    def __post_init__(self) -> None:
        self.book = Rulebook(self.config.rules)
        self._regions = {name: Regions.of(source) for name, source in self.config.sources.items()}

    def region(self, event: TextEvent) -> str | None:
        """The region of the config that an event is in."""
        return self._regions.get(event.source, WHOLE_PICTURE).name(event.quad, event.size)

    def take(self, event: TextEvent) -> Iterator[Outcome]:
        """What becomes of the next event, and before that of values that have stood long enough since."""
        event = msgspec.structs.replace(event, region=None, tags=(), value=None, unit=None, rules=())
        ruling = self._ruling(event)
        for track in ruling.due(event.at):
            late = self._latest.get((event.source, track))
            if late is not None and track != event.track:
                yield self._outcome(msgspec.structs.replace(late, kind="update", at=event.at), ruling)
        if event.kind == "disappear":
            self._latest.pop((event.source, event.track), None)
        else:
            self._latest[event.source, event.track] = event
        yield self._outcome(event, ruling)

    def _outcome(self, event: TextEvent, ruling: Ruling) -> Outcome:
        verdict = self.book.judge(event.source, self.region(event), event.text)
        return Outcome(event, verdict, ruling.apply([event]))

    def _ruling(self, event: TextEvent) -> Ruling:
        run = event.id.rpartition("-")[0]
        if event.source not in self._rulings or self._rulings[event.source][0] != run:
            for key in [key for key in self._latest if key[0] == event.source]:
                del self._latest[key]
            regions = self._regions.get(event.source, WHOLE_PICTURE)
            self._rulings[event.source] = run, Ruling(self.book, regions)
        return self._rulings[event.source][1]
