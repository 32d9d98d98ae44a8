"""What is known of one text: its readings and their vote, how it looked, and since when it looks different."""

from collections import deque
from dataclasses import dataclass, field

import msgspec

from stream_ocr.messages import Line, Luma, Quad
from stream_ocr.tracking.appearance import Look, difference, resized, same_extent
from stream_ocr.tracking.voting import Reading, Vote, alike, vote

__all__ = ["RETRY", "Entry"]

RETRY = 0.1
"""Seconds until an unsettled line is read again; doubles with each reading that settles nothing."""
_MAX_RETRY, _UNSAID_RETRY = 2.0, 0.2
"""Seconds between two readings at most, in general and of a text that may soon be said."""
_HOPEFUL = 8
"""Readings after which a text that still cannot be said will hardly ever be."""
_HISTORY = 16
_RECENT = 64
"""Frames in which the beginning of a change is looked for."""
_CALM = 0.12
"""Difference between two frames, in units of contrast, that is a change however calm the picture is: one digit of a
clock gives 0.25."""
_RESTLESS = 2.5
"""Multiple of the usual difference between two frames that is a change."""
_STILL = 0.1
"""Usual difference between two frames up to which the picture counts as calm."""
_LOUDEST = 0.8
"""However busy the picture around a line is, this much difference is a change."""
_LEARNING = 0.2
"""Weight of the newest difference in the usual one."""
_SURER = 0.1
"""Confidence by which a reading of a changed picture must be surer to outdo the unsure ones before it."""
_LARGER = 1.15
"""How much higher than at first a line must be to be legible only now."""
_CHANGED = 0.22
"""Difference from how the line looked when it was read from which it is read again."""


@dataclass(eq=False)
class Entry:
    """One text. Times are media seconds."""

    number: int
    place: int
    start: float
    """The first frame that shows it."""
    quad: Quad
    """Where it was last seen."""
    seen: float
    """The last frame that showed it."""
    readings: list[Reading] = field(default_factory=list)
    outcome: Vote | None = None
    reads: int = 0
    said: bool = False
    """It was known well enough to be said."""
    looked: Look | None = None
    """How the line looked when it was last read."""
    at: Quad | None = None
    """Where that was."""
    latest: Look | None = None
    """How it looked when it was last looked at."""
    noticed_at: float = float("inf")
    """When that was."""
    usual: float = 0.0
    """Difference between two frames that is usual here."""
    tolerance: float = _CHANGED
    """Difference from the last reading that is normal here: rises when a line that looks different says the same."""
    quality: float = 0.0
    """The best quality that was read."""
    first_height: float = 0.0
    """Height of the line, in pixels, when it was first read."""
    read_at: float = float("-inf")
    wait: float = RETRY
    changed_at: float | None = None
    """The first frame that looks different since the last reading that agreed."""
    unchanged_until: float = 0.0
    """The last frame before that."""
    recent: deque[tuple[float, Look]] = field(default_factory=lambda: deque(maxlen=_RECENT))
    """How it looked lately, and when."""
    drift: float = 0.0
    """Difference from how it looked when it was last read."""
    drifted: bool = False
    """It looks different from how it did when it was last read."""
    broke_at: float | None = None
    """The last frame that looked suddenly different from the one before it."""
    alarmed: bool = False
    """Its picture changed, and it said the same."""
    doubts: list[Reading] = field(default_factory=list)
    """Readings since `changed_at` that say something else."""
    whole_from: float | None = None
    """The first frame in which it stood clear of the edges of the picture, if it came in over one."""
    whole_until: float | None = None
    """The last one, if it is at an edge now."""
    came_whole: bool = True
    """It was clear of the edges when it was first seen."""
    cut: bool = False
    """It was at an edge when it was last read."""
    scene: Luma | None = None
    """The whole picture, tiny, when it was last read and well seen."""
    line: Line | None = None
    """How it was last shown."""
    clear: bool | None = None
    """It was so when it was last seen."""
    glimpses: int = 0
    """Readings of a part of the text, while it was leaving the picture or partly hidden."""
    grown_at: float = float("-inf")
    """When it was last read with more of the text than before."""
    hidden_from: float | None = None
    """The last frame before a part of it was hidden, if that is so now."""

    def notice(self, look: Look, pts: float, seen: float, since: float | None = None) -> bool:
        """Takes the look of a frame; returns whether it differs from that of the last reading.

        `seen`: media time of the last frame before that showed the line. `since`: of the first one that shows it as it
        is now, where it is known that it was not looked at since then.
        """
        assert self.looked is not None
        # It was not looked at in between because nothing stirred.
        self.usual *= (1 - _LEARNING) ** max((seen - self.noticed_at) / RETRY, 0.0)
        self.noticed_at = pts
        broke = self.latest is not None and self._stirred(self.latest, look)
        self.broke_at = pts if broke else self.broke_at
        self.latest = look
        self.drift = difference(self.looked, look) if same_extent(self.looked, look) else 1.0
        self.drifted = self.drift > self.tolerance
        begun = pts if since is None else max(since, self.read_at)
        changed = broke or self.drifted
        if changed and self.changed_at is None:
            self.changed_at, self.unchanged_until = begun, seen
        elif not changed and not self.doubts and self.broke_at != self.changed_at:
            self.changed_at = None
        # Of a text that is known and stands still nothing need be kept.
        if self.said and self.changed_at is None:
            self.recent.clear()
        else:
            self.recent.append((begun, look))
        return self.changed_at is not None

    def since(self, look: Look, earliest: float) -> float | None:
        """The first one of the frames from `earliest` on, without a break up to now, that looked like this; or None."""
        found = None
        for pts, before in reversed(self.recent):
            if pts < earliest or not same_extent(before, look) or difference(before, look) > self._alike:
                break
            found = pts
        return found

    @property
    def changed_now(self) -> bool:
        """Whether the look that was noticed last is the first one that differs."""
        return bool(self.recent) and self.recent[-1][0] == self.changed_at

    @property
    def _alike(self) -> float:
        """Difference up to which two looks are of the same text."""
        return min(_LOUDEST, max(_CHANGED, _RESTLESS * self.usual))

    def _stirred(self, before: Look, now: Look) -> bool:
        """Whether two frames differ more than they usually do."""
        if not same_extent(before, now):
            return True
        step = difference(before, now)
        limit = min(_LOUDEST, max(_CALM, _RESTLESS * self.usual))
        # One change makes no restless picture, one after the other does.
        self.usual += _LEARNING * (min(step, 2 * max(self.usual, _CALM)) - self.usual)
        return step > limit

    @property
    def calm(self) -> bool:
        """Whether the picture stands so still that a change of one character shows."""
        return self.usual <= _STILL

    @property
    def undisputed(self) -> bool:
        """Whether all its readings say the same."""
        return self.outcome is not None and self.outcome.agreeing == sum(
            bool(reading.text) for reading in self.readings
        )

    @property
    def pending(self) -> bool:
        """Whether it is to be looked at even if nothing happens: a change in it is not explained yet."""
        return bool(self.doubts) or self.changed_at is not None

    def grown(self, look: Look) -> bool:
        """Whether the box has become clearly longer or shorter since the last reading."""
        return self.looked is not None and resized(self.looked, look)

    def believe(self, reading: Reading, look: Look) -> None:
        """Adds a reading to the vote: the line says what it said before, or more of it."""
        before, legible = self.outcome, self._legible_since(look, reading.pts)
        if self.changed_at is not None and self.looked is not None and not self.grown(look):
            self.tolerance = max(self.tolerance, min(_LOUDEST, 1.2 * difference(self.looked, look)))
        self.alarmed = self.alarmed or self.changed_at is not None
        self.changed_at = None
        self.hidden_from = None
        self.doubts.clear()
        self.first_height = self.first_height if self.reads else look.height
        self.reads += 1
        self.quality = max(self.quality, look.quality)
        self.readings = [*self.readings, reading][-_HISTORY:]
        self.outcome = vote(self.readings)
        longest = _UNSAID_RETRY if not self.said and self.reads < _HOPEFUL else _MAX_RETRY
        self.wait = min(longest, 2 * self.wait) if self.reads > 1 else RETRY
        if before and self.outcome and not self.said and not alike(before.text, self.outcome.text):
            self.start = max(self.start, legible)

    def _legible_since(self, look: Look, pts: float) -> float:
        """Since when a line could be read as in the frame of `pts`: as long as it looks so, or is large enough."""
        if self.changed_at is None:
            return pts if look.height > _LARGER * self.first_height else self.start
        found = self.since(look, self.start)
        return pts if found is None else found

    def reconsider(self, reading: Reading, look: Look) -> None:
        """Nothing was said yet, and now it reads otherwise: what counts is the vote."""
        assert self.outcome is not None
        if reading.confidence > self.outcome.confidence + _SURER:
            self.readings.clear()
        self.believe(reading, look)

    def give_in(self, look: Look) -> None:
        """The readings since the picture changed contradict the text and each other: they are votes like the others."""
        *doubts, last = self.doubts
        self.readings = [*self.readings, *doubts]
        self.reads += len(doubts)
        self.usual = max(self.usual, 2 * _STILL)
        self.believe(last, look)

    def begin_again(self, reading: Reading, look: Look, start: float | None) -> None:
        """The text has grown: what was read before is no vote for what it says now. `start`: since when, if known."""
        self.start = self.start if start is None else max(self.start, start)
        self.grown_at = reading.pts
        self.readings.clear()
        self.wait, self.tolerance = RETRY, _CHANGED
        self.believe(reading, look)
        self.alarmed = False

    def glimpse(self) -> None:
        """Only a part of the text could be read."""
        self.glimpses += 1
        self.wait = min(_MAX_RETRY, 2 * self.wait)
        self.hidden_from = self.unchanged_until if self.hidden_from is None else self.hidden_from

    def doubt(self, reading: Reading, look: Look) -> None:
        """The picture changed, and it says something else: a change of text, if the next readings confirm it."""
        self.doubts.append(msgspec.structs.replace(reading, since=self.since_change(look, reading.pts)))

    def since_change(self, look: Look, pts: float) -> float:
        """The first frame since the picture changed that looks as in the frame of `pts`."""
        earliest = pts if self.changed_at is None else self.changed_at
        found = self.since(look, earliest)
        return pts if found is None else found

    def see(self, quad: Quad, pts: float, *, clear: bool | None, since: float | None = None) -> None:
        """It is there in the frame of `pts`; `clear`: it stands clear of the edges of the picture, None: as before.

        `since`: from when on it was so, if it was not looked for since then.
        """
        clear = self.clear if clear is None else clear
        if clear:
            if self.whole_from is None and not self.came_whole:
                self.whole_from = pts if since is None else since
            self.whole_until = None
        elif clear is False and self.clear is None:
            self.came_whole = False
        elif self.clear:
            self.whole_until = self.seen
        self.quad, self.seen, self.clear = quad, pts, clear

    def began(self) -> float:
        """The first frame that shows all of it."""
        return self.start if self.whole_from is None else max(self.start, self.whole_from)

    def ended(self, seen: float) -> float:
        """The last frame that shows all of it, where `seen` is the last one that shows it."""
        ends = (end for end in (seen, self.whole_until, self.hidden_from) if end is not None)
        return max(self.began(), min(ends))

    @property
    def entering(self) -> bool:
        """Whether it came in over an edge of the picture and has not stood clear of it since."""
        return not self.came_whole and self.whole_from is None

    def take_over(self, other: "Entry") -> None:
        """It turned up again as `other`: the readings are put together."""
        self.readings = [*self.readings, *other.readings][-_HISTORY:]
        self.reads += other.reads
        self.outcome = vote(self.readings)
        self.looked, self.latest, self.at, self.read_at = other.looked, other.latest, other.at, other.read_at
        self.noticed_at, self.cut = other.noticed_at, other.cut
        self.usual, self.tolerance, self.quality = other.usual, other.tolerance, max(self.quality, other.quality)
        self.quad, self.seen, self.wait = other.quad, other.seen, other.wait
        self.changed_at, self.broke_at = None, None
        self.doubts.clear()
