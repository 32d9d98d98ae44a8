"""What is to be hidden in each frame of a source: every line that may be a text that nobody is to see.

A text is at its places from its first frame to its last, whatever its number was on the way. Where a line was not found
in a frame it is looked for in the luma picture, and if it is not made out there either, it is taken to have gone on as
it went. With frames held back, what is known later counts for those before, and a text that is new is looked for in
them, too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from stream_ocr.geometry import bounds, box_iou
from stream_ocr.messages import Ended, Frame, FrameText, Line, Luma, Quad
from stream_ocr.redaction.looking import doubtful, followed, looked_back, template_of
from stream_ocr.redaction.policy import HIDDEN, Policy, Verdict, View
from stream_ocr.redaction.trace import LEAD, Sighting, Trace

__all__ = ["Redactor"]

_SAME_PLACE = 0.7
"""Overlap (over union) from which two boxes are at one place."""
_TAKEN = 0.5
"""The same from which a line that is known stands where one was lost from sight."""
_FOLLOWED = 1.0
"""Seconds that a line is looked for after it was lost from sight."""
_FORGOTTEN = 2.0
"""Seconds for which a text is remembered that no frame needs any more."""
_MOST = 4096
"""Texts that are remembered; of so many, none was seen for long."""


@dataclass
class Redactor:
    """One source. Frames come in order, each to `learn` first; not thread-safe."""

    policy: Policy
    _traces: dict[int, Trace] = field(default_factory=dict)
    """By the number of the text."""

    def learn(self, text: FrameText, looks: Iterable[tuple[float, Luma]] = ()) -> None:
        """Takes what is known of a frame; `looks`: the frames held back, media time and luma picture, newest first."""
        frame = text.frame
        before = list(looks)
        for over in text.ended:
            self._end(over, _view(frame))
        here = {line.track for line in text.lines}
        self._fold(text.lines, here)
        for line in text.lines:
            self._see(line, frame, before, here)
        for number, trace in self._traces.items():
            if number not in here:
                _go_after(trace, text)

    def places(self, pts: float) -> list[Quad]:
        """What is to be covered in the frame of `pts`."""
        return [quad for trace in self._traces.values() if trace.hides(pts) for quad in trace.places(pts)]

    def lines(self, text: FrameText) -> tuple[Line, ...]:
        """The lines of a frame, saying nothing that they are not to say."""
        return tuple(self._said(line, text.frame.pts) for line in text.lines)

    def shown(self, text: FrameText) -> tuple[Line, ...]:
        """The lines of a frame that may be seen as they are."""
        pts = text.frame.pts
        return tuple(
            line for line in text.lines if line.track in self._traces and not self._traces[line.track].hides(pts)
        )

    def verdict(self, track: int) -> Verdict:
        """What is to become of a text."""
        return self._traces[track].verdict if track in self._traces else "unknown"

    def forget(self, before: float) -> None:
        """Forgets what no frame from `before` on needs."""
        for number, trace in list(self._traces.items()):
            if trace.last.pts < before - _FORGOTTEN or len(self._traces) > _MOST:
                del self._traces[number]
            else:
                trace.forget(before)

    def _see(self, line: Line, frame: Frame, before: Sequence[tuple[float, Luma]], here: set[int]) -> None:
        trace = self._traces.get(line.track)
        if trace is None:
            trace = Trace("unknown", line.start)
            trace.sightings = self._seen_before(line, frame, before, here)
            self._traces[line.track] = trace
        trace.verdict = self.policy.verdict(line, _view(frame), trace.verdict)
        trace.start, trace.template = line.start, template_of(line.quad, frame)
        doubt = trace.verdict == "show" and doubtful(trace, line, frame)
        trace.sightings.append(Sighting(frame.pts, line.quad, doubtful=doubt))
        trace.found = frame.pts

    def _seen_before(
        self, line: Line, frame: Frame, before: Sequence[tuple[float, Luma]], here: set[int]
    ) -> list[Sighting]:
        """Where a text that is new was before it had its number: if it took the place of another one, under that."""
        taken: list[Sighting] = []
        for number, trace in self._traces.items():
            at_its_place = box_iou(bounds(trace.last.quad), bounds(line.quad)) >= _TAKEN
            if number not in here and at_its_place and line.seen - trace.last.pts <= LEAD:
                taken += trace.give_up(line.start)
                before = [look for look in before if look[0] >= line.start - LEAD]
        first = min((each.pts for each in taken), default=frame.pts)
        return [*looked_back(line.quad, frame, [look for look in before if look[0] < first]), *taken]

    def _said(self, line: Line, pts: float) -> Line:
        trace = self._traces.get(line.track)
        if trace is not None and not trace.hides(pts):
            return line
        known = trace is not None and trace.verdict == "hide"
        return msgspec.structs.replace(line, text=HIDDEN if known else "", alternatives=())

    def _fold(self, lines: Sequence[Line], here: set[int]) -> None:
        """A text that never became known, at whose place stands another number now, was that one's all the time."""
        for line in lines:
            box = bounds(line.quad)
            for number, trace in list(self._traces.items()):
                if number in here or trace.verdict != "unknown":
                    continue
                known = self._traces.get(line.track)
                later = known is not None and known.last.pts < trace.sightings[0].pts
                if later and known and box_iou(bounds(trace.last.quad), box) >= _SAME_PLACE:
                    known.sightings += trace.sightings
                    del self._traces[number]

    def _end(self, over: Ended, view: View) -> None:
        """Another text took the place of one; or one is over that was never shown as itself."""
        trace = self._traces.get(over.track)
        if trace is not None and over.reason == "replaced":
            trace.until = min(trace.until, over.end)
        if trace is None and over.line is not None:
            line, end = over.line, max(over.end, over.line.start)
            verdict = self.policy.verdict(msgspec.structs.replace(line, settled=True), view)
            trace = Trace(verdict, line.start)
            trace.sightings = [Sighting(line.start, line.quad), Sighting(end, line.quad)]
            self._traces[over.track] = trace


def _view(frame: Frame) -> View:
    return View(frame.source, frame.size)


def _go_after(trace: Trace, text: FrameText) -> None:
    """Looks for a line that is not among those of the frame, unless another one that is known stands there."""
    lost, pts = trace.last, text.frame.pts
    if trace.verdict == "show" or pts - trace.found > _FOLLOWED:
        return
    quad = followed(trace.template, lost.quad, trace.drifted(pts), text.frame)
    if quad is not None and not any(
        line.settled and box_iou(bounds(line.quad), bounds(quad)) >= _TAKEN for line in text.lines
    ):
        trace.sightings.append(Sighting(pts, quad))
