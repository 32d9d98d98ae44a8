"""Where one text was over time, as far as that is known, and where it was most likely when it is not."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace

from stream_ocr.geometry import centre, shift
from stream_ocr.messages import Luma, Quad
from stream_ocr.redaction.cover import grown
from stream_ocr.redaction.policy import Verdict
from stream_ocr.tracking.appearance import Look

__all__ = ["LEAD", "LINGER", "Sighting", "Trace"]

LEAD = 0.4
"""Seconds before the first frame in which it was made out that a text is covered: it may have faded in."""
LINGER = 0.5
"""Seconds that it is covered after it was lost from sight."""
_GAP = 1.0
"""Seconds out of sight beyond which nothing is known of the way from one place to the other."""
_UNSURE = 2.0
"""Heights by which the margin grows with each second that it is away from where it was seen."""
_AT_MOST = 0.6
_SPEED_OVER = 0.25
"""Seconds over which its speed is measured."""
_SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where it was in one frame."""

    pts: float
    quad: Quad
    guessed: bool = False
    """It was looked for in frames before the one in which it was found."""
    doubtful: bool = False
    """It looked otherwise than when it was read, and was not read again yet: another text may stand there."""


@dataclass(eq=False)
class Trace:
    """One text of a source. Times are media seconds."""

    verdict: Verdict
    start: float
    """The first frame that shows it, as far as is known."""
    template: Luma | None = None
    """How it looked when it was last found, in the luma picture."""
    found: float = float("-inf")
    """When that was; what was made out only in the luma picture does not count."""
    sightings: list[Sighting] = field(default_factory=list)
    """By time."""
    until: float = float("inf")
    """The last frame that shows it, where another text took its place."""
    reads: int = 0
    """Readings of it when it was last looked at."""
    look: Look | None = None
    """How it looked when it was last read."""
    at: Quad | None = None
    """Where that was."""
    tolerance: float = 0.0
    """Difference from `look` that is no news."""
    drift: float = 0.0
    """Difference from `look` when it was last looked at."""

    @property
    def last(self) -> Sighting:
        """The newest sighting."""
        return self.sightings[-1]

    def hides(self, pts: float) -> bool:
        """Whether what stands at its place in the frame of `pts` may be a text that is to be hidden."""
        if self.verdict != "show" or pts < self.start - _SLACK or pts > self.until + _SLACK:
            return True
        at = bisect_left(self.sightings, pts - _SLACK, key=_time)
        here = self.sightings[at] if at < len(self.sightings) else self.last
        return here.doubtful

    def places(self, pts: float) -> list[Quad]:
        """What is to be covered in the frame of `pts` so that it cannot be seen there, margins included."""
        first, last = self.sightings[0], self.last
        if self.verdict == "show":
            seen = (here for here in self._around(pts) if abs(here.pts - pts) <= _SLACK and not here.guessed)
            return [grown(here.quad) for here in seen]
        if pts > min(last.pts, self.until) + LINGER + _SLACK:
            return []
        if pts < first.pts - _SLACK:
            begins = min(self.start, first.pts) - LEAD
            return [] if pts < begins else [grown(self._moved(0, pts), _extra(pts - first.pts))]
        if pts > last.pts + _SLACK:
            return [grown(self.drifted(pts), _extra(pts - last.pts))]
        return self._between(pts)

    def drifted(self, pts: float) -> Quad:
        """Where it is at `pts` if it went on as it went when it was last seen."""
        return self._moved(-1, pts)

    def settle(self) -> None:
        """It was read again, and says the same: what was in doubt since was this text."""
        for index in range(len(self.sightings) - 1, -1, -1):
            if not self.sightings[index].doubtful:
                return
            self.sightings[index] = replace(self.sightings[index], doubtful=False)

    def give_up(self, start: float) -> list[Sighting]:
        """The sightings from `start` on, which were of another text, as those of that one. The first one stays."""
        at = max(bisect_left(self.sightings, start - _SLACK, key=_time), 1)
        given = [replace(each, doubtful=False) for each in self.sightings[at:]]
        del self.sightings[at:]
        return given

    def forget(self, before: float) -> None:
        """Forgets the sightings that no frame from `before` on needs."""
        first = bisect_right(self.sightings, before - _SPEED_OVER - LINGER, key=_time) - 1
        del self.sightings[: max(first, 0)]

    def _around(self, pts: float) -> tuple[Sighting, Sighting]:
        """The sightings before and after."""
        after = bisect_left(self.sightings, pts - _SLACK, key=_time)
        after = min(after, len(self.sightings) - 1)
        return self.sightings[max(after - 1, 0)], self.sightings[after]

    def _between(self, pts: float) -> list[Quad]:
        before, after = self._around(pts)
        gap = after.pts - before.pts
        if abs(after.pts - pts) <= _SLACK or gap <= 0:
            return [grown(after.quad)]
        if gap > _GAP:
            # Whether it went from here to there, or was gone meanwhile, nobody knows.
            sides = [before] if pts - before.pts <= LINGER else []
            sides += [after] if after.pts - pts <= LEAD else []
            return [grown(side.quad, _extra(pts - side.pts)) for side in sides]
        part = (pts - before.pts) / gap
        quad = _mixed(before.quad, after.quad, part)
        return [grown(quad, _extra(min(pts - before.pts, after.pts - pts)))]

    def _moved(self, index: int, pts: float) -> Quad:
        """The place of the first sighting (0) or the last one (-1), moved at the speed that it had there."""
        here = self.sightings[index]
        near = [each for each in self.sightings if abs(each.pts - here.pts) <= _SPEED_OVER + _SLACK]
        other = near[-1] if index == 0 else near[0]
        since, away = other.pts - here.pts, pts - here.pts
        if abs(since) <= _SLACK:
            return here.quad
        (x, y), (from_x, from_y) = centre(other.quad), centre(here.quad)
        return shift(here.quad, (x - from_x) / since * away, (y - from_y) / since * away)


def _extra(away: float) -> float:
    return min(_UNSURE * abs(away), _AT_MOST)


def _time(sighting: Sighting) -> float:
    return sighting.pts


def _mixed(one: Quad, other: Quad, part: float) -> Quad:
    first, second, third, fourth = (
        (x + (to_x - x) * part, y + (to_y - y) * part) for (x, y), (to_x, to_y) in zip(one, other, strict=True)
    )
    return first, second, third, fourth
