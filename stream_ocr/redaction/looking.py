"""Looking for a line in the luma picture where no search found it, and whether it may say something else by now."""

from collections.abc import Sequence

from stream_ocr.geometry import bounds, box_iou, centre, shift
from stream_ocr.messages import Frame, Line, Luma, Point, Quad
from stream_ocr.redaction.trace import Sighting, Trace
from stream_ocr.tracking.appearance import difference, look, patch, touched
from stream_ocr.tracking.search import by, in_luma, luma_scale, sought

__all__ = ["doubtful", "followed", "looked_back", "template_of"]

_ALIKE = 0.6
"""Likeness from which something in the luma picture may be the line."""
_STEADY = 0.7
"""Overlap (over union) from which a line stands where it was read."""
_CHANGED, _LOUDEST, _LEEWAY = 0.22, 0.8, 1.2
"""Difference from how a line looked when it was read from which it may be another one; up to where that rises on a
restless ground; and how much more than what was seen there it allows."""


def template_of(quad: Quad, frame: Frame) -> Luma:
    """The line as it looks in the luma picture."""
    return patch(frame.luma, in_luma(bounds(quad), luma_scale(frame)))


def looked_back(quad: Quad, frame: Frame, before: Sequence[tuple[float, Luma]]) -> list[Sighting]:
    """Where a line that is new was before: `before` has media time and luma picture of frames, the newest first."""
    scale, template = luma_scale(frame), template_of(quad, frame)
    box, moved = in_luma(bounds(quad), scale), (0.0, 0.0)
    found: list[Sighting] = []
    for pts, luma in before:
        likeness, *moved_on = sought(template, luma, box, moved) if luma.shape == frame.luma.shape else (0.0,)
        if likeness < _ALIKE:
            break
        moved = moved_on[0], moved_on[1]
        box = by(box, *moved)
        quad = shift(quad, moved[0] / scale[0], moved[1] / scale[1])
        found.append(Sighting(pts, quad, guessed=True))
    return found[::-1]


def followed(template: Luma | None, quad: Quad, expected: Quad, frame: Frame) -> Quad | None:
    """Where a line is that was at `quad`, near there or near where it is expected; None: it cannot be made out."""
    if template is None:
        return None
    scale = luma_scale(frame)
    (x, y), (old_x, old_y) = centre(expected), centre(quad)
    on: Point = (x - old_x) * scale[0], (y - old_y) * scale[1]
    box = in_luma(bounds(quad), scale)
    likeness, dx, dy = max(sought(template, frame.luma, box, way) for way in (on, (0.0, 0.0)))
    return shift(quad, dx / scale[0], dy / scale[1]) if likeness >= _ALIKE else None


def doubtful(trace: Trace, line: Line, frame: Frame) -> bool:
    """Whether a line that is known may be another one by now: it looks otherwise than when it was read.

    It is one until it was read again and says the same, or got another number. One that moves is taken for what it is.
    """
    if trace.look is None or trace.at is None or line.reads > trace.reads:
        if trace.look is not None and trace.last.doubtful:
            trace.tolerance = max(trace.tolerance, min(_LOUDEST, _LEEWAY * trace.drift))
            trace.settle()
        trace.look, trace.at, trace.reads = look(frame.image, line.quad), line.quad, line.reads
        return False
    if not touched(frame.dirty, bounds(line.quad), frame.size):
        return trace.last.doubtful
    if box_iou(bounds(trace.at), bounds(line.quad)) < _STEADY:
        return False
    trace.drift = difference(trace.look, look(frame.image, trace.at))
    return trace.drift > max(trace.tolerance, _CHANGED)
