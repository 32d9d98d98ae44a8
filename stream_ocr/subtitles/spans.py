"""Spans: the showing of one text, and which of them a region of the picture wants.

Boxes are (left, top, right, bottom) in fractions of the picture, so that they fit every size of it.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from stream_ocr.config import THIRDS
from stream_ocr.geometry import Bounds, bounds, centre, is_tall, meet, union
from stream_ocr.messages import TextEvent

__all__ = ["Span", "bridged", "span_of", "wants"]

_ROUNDING = 1e-6
"""Seconds by which a gap may miss what it is."""
_SKIPPED = re.compile(r"[\W_]+")


class Span(NamedTuple):
    """One text from when it came until it went."""

    text: str
    start: float
    """Media seconds of its first frame."""
    end: float
    """Media seconds at which its last frame is over; of one that is still there, until when it is known to be."""
    box: Bounds
    tall: bool = False
    """It runs downwards."""
    over: bool = True


def wants(region: str, event: TextEvent) -> bool:
    """Whether the text is in the region, one of `THIRDS`, or else one that the source has a name for: its centre is."""
    if region not in THIRDS:
        return event.region == region
    top, bottom = THIRDS[region]
    return top <= centre(event.quad)[1] / event.size[1] <= bottom


def span_of(event: TextEvent, frame: float) -> Span:
    """The span of an event; `frame`: seconds for which a frame is shown, 0 where that is not known."""
    wide, high = event.size
    left, top, right, bottom = bounds(event.quad)
    end = event.at if event.end is None else event.end
    return Span(
        text=event.text,
        start=event.start,
        end=end + frame,
        box=(left / wide, top / high, right / wide, bottom / high),
        tall=is_tall(event.quad),
        over=event.kind == "disappear",
    )


def bridged(spans: Iterable[Span], max_gap: float) -> list[Span]:
    """The spans by their start; those of one text at one place, `max_gap` seconds apart at most, are one.

    What the longest of them said, and where, holds for the whole.
    """
    found: list[Span] = []
    ends: dict[str, int] = {}
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        key = _letters(span.text)
        index = ends.get(key)
        if index is None or not _goes_on(found[index], span, max_gap):
            ends[key] = len(found)
            found.append(span)
        else:
            found[index] = _joined(found[index], span)
    return found


def _goes_on(one: Span, other: Span, max_gap: float) -> bool:
    return abs(other.start - one.end) <= max_gap + _ROUNDING and meet(one.box, other.box)


def _joined(one: Span, other: Span) -> Span:
    longer = max(one, other, key=lambda span: span.end - span.start)
    end, over = max((one.end, one.over), (other.end, other.over))
    return longer._replace(start=one.start, end=end, over=over, box=union(one.box, other.box))


def _letters(text: str) -> str:
    """What two readings of one text have in common: no case, no white space, no punctuation."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _SKIPPED.sub("", plain) or plain
