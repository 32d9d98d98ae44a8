"""Pictures of texts, where some texts are not to be seen."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator

import msgspec

from stream_ocr.messages import Crop, FrameText, TextEvent
from stream_ocr.redaction import Policy, Redactor
from stream_ocr.stages.showing import Crops

__all__ = ["Withheld"]

_MAX_TEXTS = 2000
_MAX_HELD = 500


class Withheld:
    """The pictures that `Crops` cuts, but those of texts that are to be hidden. Of one source.

    What a text says may be known better later, so its picture is handed on when it is over, and only if it never was
    one to be hidden.
    """

    def __init__(self, crops: Crops, policy: Policy) -> None:
        self._crops = crops
        self._redactor = Redactor(policy)
        self._hidden: OrderedDict[int, None] = OrderedDict()
        """Texts that were to be hidden."""
        self._held: OrderedDict[int, Crop] = OrderedDict()
        """The best picture of each text that is not over."""

    def update(self, text: FrameText, events: Iterable[TextEvent]) -> Iterator[Crop]:
        """The pictures that may be seen, when a frame was seen and `events` were said about it."""
        events = list(events)
        self._redactor.learn(text)
        shown = self._redactor.shown(text)
        for line in text.lines:
            self._note(line.track)
        self._redactor.forget(text.frame.pts)
        yield from self._handed_on(self._crops.update(msgspec.structs.replace(text, lines=shown), events), events)

    def finish(self, events: Iterable[TextEvent]) -> Iterator[Crop]:
        """Those that are left at the end of the source: `events` were the last."""
        events = list(events)
        yield from self._handed_on(self._crops.finish(events), events)

    def _handed_on(self, crops: Iterable[Crop], events: Iterable[TextEvent]) -> Iterator[Crop]:
        for crop in crops:
            self._held[crop.track] = crop
            if len(self._held) > _MAX_HELD:
                self._held.popitem(last=False)
        for event in events:
            if event.kind == "disappear":
                best = self._held.pop(event.track, None)
                if best is not None and event.track not in self._hidden:
                    yield best

    def _note(self, track: int) -> None:
        if self._redactor.verdict(track) == "hide":
            self._hidden[track] = None
            if len(self._hidden) > _MAX_TEXTS:
                self._hidden.popitem(last=False)
