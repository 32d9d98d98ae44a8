"""When a source is searched for text, and where: at most so often, and only what changed.

Results come later than the searches that they belong to. What a plan goes by are those of all searches but the latest
few, whatever else the machine has finished meanwhile, so that a run is repeatable.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from stream_ocr.config import DetectConfig
from stream_ocr.geometry import Bounds, bounds, meet
from stream_ocr.messages import Frame, Quad, Tiles
from stream_ocr.ocr.detect import Detected, Shape, reading_order
from stream_ocr.ocr.rows import joined
from stream_ocr.ocr.windows import Found, Window, collected, whole, windows
from stream_ocr.regions import Regions

__all__ = ["Searches"]

Seen = Sequence[tuple[Window, Sequence[Detected]]]
"""The windows of one frame and what they hold."""

_RARER = 1.3
"""Factor by which the time to the next search grows with each one that finds nothing new."""
_JITTER, _PIXELS = 0.2, 3.0
"""How far an edge of a line that stands still may be off, in heights or in pixels, whichever is more."""
_CLEAR = 0.6
"""Score from which a line counts as something new: what is fainter comes and goes."""
_MEMORY = 8
"""Searches that a line is remembered for: what comes and goes is nothing new."""


@dataclass
class Searches:
    """Those of one source. Not thread-safe; time comes with the frames."""

    config: DetectConfig
    regions: Regions
    behind: int
    """The latest searches whose results need not be known when the next one is planned."""
    _base: float = float("-inf")
    """When the latest search was due, if it was not late: the next one is due an interval after it."""
    _whole_at: float = float("-inf")
    """When the whole picture was last searched."""
    _changed: Tiles = field(default_factory=lambda: np.zeros((0, 0), np.bool_))
    """Tiles that changed since the latest search, inside the regions."""
    _planned: int = 0
    _results: deque[tuple[Seen, Found]] = field(default_factory=deque)
    """Of the latest searches, not yet gone by."""
    _cut: bool = False
    """A window cut off a line."""
    _lines: list[Quad] = field(default_factory=list)
    """The lines that were last found, everywhere."""
    _before: deque[list[Quad]] = field(default_factory=lambda: deque(maxlen=_MEMORY))
    """What the latest searches found."""
    _new: bool = True
    """The latest search found something new."""
    _interval: float = field(init=False)
    """Seconds from one search to the next."""

    def __post_init__(self) -> None:
        self._interval = 1 / self.config.rate

    @property
    def unknown(self) -> int:
        """How many results have to come before the next plan."""
        return max(self._planned - self.behind - len(self._results), 0)

    def plan(self, frame: Frame, shape: Shape) -> list[Window]:
        """Where to look for text in a frame; nowhere if nothing changed, or it is too early.

        `shape`: the input for the whole picture. `unknown` is 0.
        """
        while self._planned > self.behind:
            self._apply(*self._results.popleft())
        same = self._changed.shape == frame.dirty.shape
        watched = frame.dirty & self.regions.tiles(*frame.dirty.shape)
        self._changed = self._changed | watched if same else watched
        # Half a frame early is nearer than half a frame late, so the mean rate is kept.
        due_at, half = self._base + self._interval, (frame.pts - frame.previous_pts) / 2
        if frame.pts < due_at - half or not (self._changed.any() or self._cut):
            return []
        everything = not same or self._cut or frame.pts - self._whole_at >= self.config.whole_every
        found = [whole(frame.size, shape)] if everything else windows(self._changed, frame.size, shape, self._lines)
        self._changed = np.zeros_like(watched)
        # After a rest the second look may follow at once: what has just come up is seen better in the next frame.
        self._base = max(due_at, frame.pts - self._interval) if self._base >= 0 else frame.pts
        self._cut = False
        if found[0].shape == shape:
            self._whole_at = frame.pts
        self._planned += 1
        return found

    def learn(self, seen: Seen, size: tuple[int, int], shape: Shape) -> list[Detected]:
        """Takes what the windows of a frame of `size` hold; returns its lines, in reading order and pixels of it.

        Searches come in the order in which they were planned; those without a window do not come.
        """
        found = collected(seen, size, shape)
        found = Found(joined(reading_order(found.lines)), found.cut)
        self._results.append((seen, found))
        return found.lines

    def _apply(self, seen: Seen, found: Found) -> None:
        self._planned -= 1
        known = [bounds(quad) for lines in self._before for quad in lines]
        news = any(
            not any(_still(bounds(line.quad), box) for box in known) for line in found.lines if line.score >= _CLEAR
        )
        if news or self._new:
            self._interval = 1 / self.config.rate
        else:
            self._interval = min(_RARER * self._interval, 1 / min(self.config.least_rate, self.config.rate))
        self._new = news
        self._before.append([line.quad for line in found.lines])
        self._cut = self._cut or found.cut
        boxes = [window.box for window, _ in seen]
        elsewhere = [quad for quad in self._lines if not any(meet(bounds(quad), box) for box in boxes)]
        self._lines = [*elsewhere, *(line.quad for line in found.lines)]


def _still(line: Bounds, known: Bounds) -> bool:
    """Whether a line that was found is where one was known to be, and as large."""
    near = max(_JITTER * (line[3] - line[1]), _PIXELS)
    return all(abs(edge - other) <= near for edge, other in zip(line, known, strict=True))
