"""Gathering: cues from events as they come, in the order of time, each written once.

Events tell of a text late: that it came, when it was read; that it went, when it did not come back. So what happened is
settled some seconds after it, and until then it is the best that is known. Time is media time, and is passed in.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from stream_ocr.messages import TextEvent
from stream_ocr.subtitles.cutting import TOGETHER, Cue, cut
from stream_ocr.subtitles.spans import Span, bridged, span_of, wants

__all__ = ["FRAMES", "Gatherer", "Timing", "cues_of"]


FRAMES = 20
"""Frames within which a text is read, however slowly they come, such as those of a folder of pictures."""


class Timing(NamedTuple):
    """How cues are made of texts, and when they are settled. All in seconds."""

    min_duration: float = 0.2
    """Texts that stand for less are left out."""
    max_gap: float = 0.1
    """A text that is away for no longer was never gone."""
    delay: float = 10.0
    """What is said of a time later than this changes nothing any more: a text begins where the cues end."""
    patience: float = 30.0
    """How long a text that stays is waited for, to have its final reading; one that stays longer is taken as it is."""


class Gatherer:
    """The cues of one source; the texts that it holds reach back `patience` and `delay` at most."""

    def __init__(self, timing: Timing, region: str = "whole") -> None:
        """`region`: which texts count, as `wants` has it."""
        self.frame = 0.0
        """Seconds for which a frame is shown: a text stands until its last one is over. 0: not known."""
        self._timing = timing
        self._region = region
        self._now = 0.0
        self._since = 0.0
        self._open: dict[int, Span] = {}
        self._over: dict[int, Span] = {}
        """By track, as is `_open`: an event may come twice."""

    @property
    def now(self) -> float:
        """Media seconds that events are known to have reached."""
        return self._now

    @property
    def known(self) -> float:
        """Media seconds up to which nothing more is to be expected."""
        return self._now - max(self._timing.delay, FRAMES * self.frame)

    def hear(self, event: TextEvent) -> None:
        """Takes an event: the last one of a text has its final reading."""
        self.reach(event.at)
        self.add(event)

    def add(self, event: TextEvent) -> None:
        """Takes an event, of whatever time it may be."""
        self._open.pop(event.track, None)
        if not wants(self._region, event):
            return
        span = span_of(event, self.frame)
        if span.over:
            self._over[event.track] = span
        else:
            self._open[event.track] = span

    def reach(self, now: float) -> None:
        """Time has come so far, whether or not there was anything to say."""
        self._now = max(self._now, now)

    def settled(self) -> list[Cue]:
        """The cues that nothing will change any more; each is given once."""
        horizon = self._horizon() - max(self._timing.max_gap, TOGETHER)
        cues = self._cues()
        count = sum(cue.end <= horizon for cue in cues)
        done, left = cues[:count], cues[count:]
        # Also where nothing is said: what was too short to be a cue is to be forgotten.
        quiet = min(horizon, left[0].start) if left else horizon
        self._pass(max(quiet, done[-1].end) if done else quiet)
        return done

    def pending(self) -> list[Cue]:
        """The cues after those, as far as they are over and by what is known now. They may be said otherwise yet."""
        return [cue for cue in self._cues() if cue.over]

    def until(self, time: float) -> list[Cue]:
        """The cues that begin before `time`, each given once; what is not over by then goes on as another one."""
        cues = [cue for cue in self._cues() if cue.start < time]
        cues = [cue if cue.over else cue._replace(end=min(cue.end, time)) for cue in cues]
        self._pass(max(time, cues[-1].end) if cues else time)
        return cues

    def finish(self) -> list[Cue]:
        """All that is left: nothing more will come."""
        cues = [cue._replace(over=True) for cue in self._cues()]
        self._open.clear()
        self._over.clear()
        return cues

    def _horizon(self) -> float:
        """What came before it is known, and known for good."""
        young = (span.start for span in self._open.values() if self._now - span.start < self._timing.patience)
        return min((self.known, *young))

    def _cues(self) -> list[Cue]:
        standing = (span._replace(end=self._now + self.frame) for span in self._open.values())
        spans = bridged([*self._over.values(), *standing], self._timing.max_gap)
        return cut(spans, self._timing.min_duration, self._since)

    def _pass(self, time: float) -> None:
        self._since = max(self._since, time)
        self._over = {track: span for track, span in self._over.items() if span.end > self._since}


def cues_of(texts: Iterable[TextEvent], timing: Timing, region: str = "whole") -> Iterator[Cue]:
    """The cues of one source in one run. `texts`: the last event of each text; one that has no end ends there."""
    gatherer = Gatherer(timing._replace(delay=0.0, patience=0.0), region)
    for text in sorted(texts, key=lambda text: text.start):
        gatherer.reach(text.start)
        yield from gatherer.settled()
        end = text.at if text.end is None else text.end
        gatherer.add(msgspec.structs.replace(text, kind="disappear", end=end))
    yield from gatherer.finish()
