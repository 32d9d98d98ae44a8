"""When a line is worth a reading: readings are what a run costs, so each must be able to tell something new."""

from stream_ocr.tracking.appearance import Look
from stream_ocr.tracking.entry import RETRY, Entry

__all__ = ["worth_reading"]

_CHECKED = 4
"""Readings, at growing distances, after which an undisputed text is taken as it is."""
_BETTER = 1.5
"""A look this much sharper x larger than the best one read is read."""
_DRIFTED = 0.8
"""Seconds after a reading in which a line may look as different as it likes before it is read again."""
_SAME_PICTURE = 0.1
"""Difference up to which a line looks as when it was read: another reading would say what the last one did."""
_SLACK = 1e-6


def worth_reading(entry: Entry, look: Look, pts: float, max_reads: int, *, changed: bool) -> bool:
    """Whether a line that was read before is worth another reading in the frame of `pts`.

    `changed`: it looks different from when it was read. `max_reads`: readings of an unchanged text at most.
    """
    waited = pts - entry.read_at + _SLACK
    if entry.calm and entry.changed_now and not entry.alarmed:
        # Nothing else stirs, and now this: at once, because the picture may stand still again from here on.
        return True
    # What hid a part of the text at the last reading has not stirred since.
    hidden = entry.hidden_from is not None and (entry.broke_at is None or entry.broke_at <= entry.read_at)
    if entry.doubts or (changed and not hidden and (entry.calm or entry.grown(look))):
        return waited >= RETRY
    if waited < (min(entry.wait, _DRIFTED) if entry.drifted else entry.wait):
        return False
    if entry.said and entry.undisputed and not changed and entry.reads > 1 and entry.drift < _SAME_PICTURE:
        return False
    if changed or not (entry.said and entry.undisputed):
        return changed or entry.reads < max_reads
    return entry.reads < _CHECKED or look.quality > _BETTER * entry.quality
