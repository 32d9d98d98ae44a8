"""From frames with their text to the pictures that one sink is given: redacted, drawn on, or as they came."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from stream_ocr.annotate import Annotator
from stream_ocr.config import AnnotateConfig, RedactConfig, RuleConfig
from stream_ocr.messages import EndOfStream, FrameText, Image
from stream_ocr.redaction import Budget, Hold, Policy, Redactor, covered
from stream_ocr.regions import WHOLE_PICTURE, Regions

__all__ = ["Shown", "Studio", "Style"]

Shown: TypeAlias = FrameText | EndOfStream
"""What a studio is given: frames, in order, and the ends of their sources."""


@dataclass(frozen=True)
class Style:
    """How pictures are made."""

    annotate: Callable[[str], AnnotateConfig] = lambda _: AnnotateConfig()
    """By source."""
    regions: Mapping[str, Regions] = field(default_factory=dict)
    """By source; one that is not named has the whole picture."""
    redact: RedactConfig | None = None
    """What no picture may show."""
    rules: Sequence[RuleConfig] = ()
    """They give the tags by which `redact` may go."""

    @property
    def masking(self) -> Policy | None:
        """The same for stores, if they are not to know what hidden texts say."""
        return self.policy if self.redact is not None and self.redact.stored == "masked" else None

    @property
    def policy(self) -> Policy | None:
        """Which lines are to be hidden; one for each thread."""
        return None if self.redact is None else Policy(self.redact, self.rules, self.regions)


@dataclass
class _Set:
    """What is kept for one source."""

    annotator: Annotator | None
    redactor: Redactor | None
    hold: Hold | None


class Studio:
    """Makes the pictures for one sink, in its thread."""

    def __init__(self, style: Style, *, annotate: bool = True) -> None:
        """`annotate`: draw on them what was read."""
        self._style = style
        self._annotate = annotate
        self._policy = style.policy
        self._budget = Budget()
        self._sets: dict[str, _Set] = {}
        self._left_out = 0

    def due(self, item: Shown) -> Iterator[FrameText]:
        """Takes what comes; gives the frames that are due now, each to be drawn before the next one is asked for.

        Raises WireError where a frame that is to be held back is too large for a JPEG.
        """
        if isinstance(item, EndOfStream):
            yield from self._rest(item.source)
            return
        own = self._of(item.frame.source)
        if own.redactor is not None:
            own.redactor.learn(item, () if own.hold is None else own.hold.looks())
        if own.hold is None:
            yield item
        else:
            before = own.hold.left_out
            own.hold.put(item)
            self._left_out += own.hold.left_out - before
            yield from own.hold.due(item.frame.pts)
        if own.redactor is not None:
            oldest = None if own.hold is None else own.hold.oldest()
            own.redactor.forget(item.frame.pts if oldest is None else oldest)

    def rest(self) -> Iterator[FrameText]:
        """The frames that are still held back when nothing more will come."""
        for source in list(self._sets):
            yield from self._rest(source)

    def draw(self, text: FrameText) -> Image:
        """The picture of a frame that is due; never written to again."""
        own = self._of(text.frame.source)
        image, lines = text.frame.image, text.lines
        if own.redactor is not None:
            image = covered(image, own.redactor.places(text.frame.pts))
            lines = own.redactor.lines(text)
        return image if own.annotator is None else own.annotator.draw(image, lines)

    def leave_out(self) -> None:
        """Throws away what is held back."""
        self._left_out += sum(own.hold.clear() for own in self._sets.values() if own.hold is not None)

    def left_out(self) -> int:
        """How many frames were left out since the last call, for want of room or time."""
        left_out, self._left_out = self._left_out, 0
        return left_out

    def _rest(self, source: str) -> Iterator[FrameText]:
        own = self._sets.get(source)
        if own is not None and own.hold is not None:
            yield from own.hold.due(float("inf"))
        self._sets.pop(source, None)

    def _of(self, source: str) -> _Set:
        if source not in self._sets:
            style, annotator = self._style, None
            if self._annotate:
                annotator = Annotator(style.annotate(source), style.regions.get(source, WHOLE_PICTURE))
            delay = 0.0 if style.redact is None else style.redact.delay
            self._sets[source] = _Set(
                annotator,
                None if self._policy is None else Redactor(self._policy),
                Hold(delay, self._budget) if delay else None,
            )
        return self._sets[source]
