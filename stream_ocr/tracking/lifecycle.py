"""Lines to events: appear, update, disappear.

Every `appear` is followed by exactly one `disappear`; a track whose text was never settled says nothing at all. Events
get their numbers when they leave.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from stream_ocr.messages import Ended, EndOfStream, EventKind, Frame, FrameText, Line, Point, Quad, TextEvent

__all__ = ["Lifecycle"]


@dataclass
class Lifecycle:
    """The open events of one source. Not thread-safe; time is passed in."""

    _open: dict[int, TextEvent] = field(default_factory=dict)
    """Track to what was last said of it."""
    _lines: dict[int, Line] = field(default_factory=dict)
    """Track to how it was last seen."""
    _seen: dict[int, float] = field(default_factory=dict)
    _frame: Frame | None = None

    def update(self, text: FrameText, now: float) -> list[TextEvent]:
        """What there is to say about a frame; `now` is in Unix seconds."""
        self._frame = text.frame
        frame = text.frame
        events = [event for over in text.ended for event in self._over(over, frame, now)]
        for line in text.lines:
            said = self._open.get(line.track)
            if said is not None:
                self._seen[line.track] = frame.pts
            if not line.settled or not line.text:
                continue
            self._lines[line.track], self._seen[line.track] = line, frame.pts
            if said is None:
                events.append(self._say("appear", line, frame, now))
            elif said.text != line.text:
                events.append(self._say("update", line, frame, now))
        return events

    def again(self, track: int, now: float) -> TextEvent | None:
        """An update of an open track with its text as it is; None where it is not open."""
        if track not in self._open or self._frame is None:
            return None
        return self._say("update", self._lines[track], self._frame, now)

    def finish(self, end: EndOfStream, now: float) -> list[TextEvent]:
        """Closes whatever is open, each with the time at which it was last seen."""
        if self._frame is None:
            return []
        told = [event for over in end.ended for event in self._over(over, self._frame, now)]
        rest = [Ended(track=track, end=self._seen[track], reason=end.reason) for track in self._open]
        return told + [event for over in rest for event in self._over(over, self._frame, now)]

    def _say(self, kind: EventKind, line: Line, frame: Frame, now: float) -> TextEvent:
        event = self._event(kind, line, frame, now)
        self._open[line.track] = event
        return event

    def _over(self, over: Ended, frame: Frame, now: float) -> list[TextEvent]:
        """The end of a track; of one that was not said before, its beginning too."""
        events = []
        if over.track not in self._open and over.line is not None:
            self._lines[over.track], self._seen[over.track] = over.line, over.end
            events.append(self._say("appear", over.line, frame, now))
        if self._open.pop(over.track, None) is not None:
            shown = self._lines.pop(over.track)
            line = over.line or shown
            del self._seen[over.track]
            event = self._event("disappear", line, frame, now)
            end = round(max(over.end, line.start), 3)
            events.append(msgspec.structs.replace(event, end=end, reason=over.reason))
        return events

    def _event(self, kind: EventKind, line: Line, frame: Frame, now: float) -> TextEvent:
        return TextEvent(
            kind=kind,
            source=frame.source,
            track=line.track,
            place=line.place,
            seq=0,
            epoch=frame.epoch,
            text=line.text,
            confidence=round(line.confidence, 3),
            reads=line.reads,
            agreement=round(line.agreement, 3),
            alternatives=line.alternatives,
            direction=line.direction,
            quad=_rounded(line.quad),
            size=frame.size,
            start=round(line.start, 3),
            end=None,
            at=round(frame.pts, 3),
            wall=None if frame.wall is None else _iso(frame.wall),
            age_ms=round(max(0.0, 1000 * (now - frame.captured_at)), 1),
            reason=None,
        )


def _rounded(quad: Quad) -> Quad:
    def corner(point: Point) -> Point:
        return round(point[0], 1), round(point[1], 1)

    return corner(quad[0]), corner(quad[1]), corner(quad[2]), corner(quad[3])


def _iso(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
