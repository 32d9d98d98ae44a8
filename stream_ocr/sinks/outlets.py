"""All sinks of one stage, each in its outlet."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Generic, TypeVar

from stream_ocr.config import (
    ConsoleSink,
    DeliverySink,
    JsonlSink,
    RuleConfig,
    SinkConfig,
    SqliteSink,
    SubtitleSink,
    VideoSink,
)
from stream_ocr.errors import StreamOcrError
from stream_ocr.messages import Crop, FrameText, SinkStatus, SourceStatus, StageStats, TextEvent
from stream_ocr.redaction import Policy
from stream_ocr.rules.selection import Selection
from stream_ocr.sinks import (
    EventSink,
    Said,
    Showing,
    SinkSettings,
    open_event_sink,
    open_frame_sink,
    shows,
    sink_name,
    takes,
)
from stream_ocr.sinks.account import Account, SinkReport, Takes
from stream_ocr.sinks.backlog import Backlog
from stream_ocr.sinks.masked import Masked
from stream_ocr.sinks.outlet import Outlet, Sayings, SinkDesk, Taker
from stream_ocr.sinks.pictures import Pictures
from stream_ocr.sinks.receivers import Around, open_delivery
from stream_ocr.sinks.studio import Shown, Studio, Style
from stream_ocr.transport import Context

__all__ = ["Outlets", "event_outlets", "frame_outlets"]

Taken = TypeVar("Taken")
_EVENTS = 10_000
"""Events that wait for a sink without a backlog of its own in the config."""
_FRAMES = 4
_OPENING = 2.0
"""Seconds after which the run begins without a sink that is still opening."""
_GLANCE = 0.1


class Outlets(Generic[Taken]):
    """Hands what comes to every sink, in order; each takes it at its own pace.

    In a run of files all sinks are waited for, and one that fails ends the run: it may be repeated. In a run with a
    live source nobody is waited for: a sink that is too slow, or fails, loses the oldest of what waits for it, and the
    others go on.
    """

    def __init__(self, desk: SinkDesk, outlets: Iterable[Outlet[Taken]] = ()) -> None:
        """Opens the sinks. Raises what one raises that cannot be opened; the others are closed again."""
        self.desk = desk
        self._outlets = tuple(outlets)
        for outlet in self._outlets:
            outlet.start()
        began = time.monotonic()
        for outlet in self._outlets:
            outlet.await_open(max(0.0, began + _OPENING - time.monotonic()))
        if error := self.failure():
            desk.stop.set()
            self.close()
            raise error

    def put(self, item: Taken) -> None:
        """Hands over one item; a crop to those only that ask for crops."""
        for outlet in self._outlets:
            if outlet.shows or not isinstance(item, Crop):
                outlet.put(item)

    @property
    def show(self) -> bool:
        """Whether any of them asks for crops."""
        return any(outlet.shows for outlet in self._outlets)

    def hear(self, status: SourceStatus) -> None:
        """Learns from a status, which comes before the frames of its source, how long sinks may be waited for."""
        self.desk.live = self.desk.live or status.live

    def news(self) -> list[SinkStatus | StageStats]:
        """What there is to say about the sinks since the call before. A failure that ends the run is said by that."""
        now, wall = time.monotonic(), time.time()
        told = [said for outlet in self._outlets for said in outlet.news(now, wall)]
        return [said for said in told if self.desk.live or not isinstance(said, SinkStatus) or said.state != "failed"]

    def failure(self, *, ending: bool = False) -> Exception | None:
        """What is to end the run. In a live one nothing does, and what is not a sink's to raise shows in the end."""
        errors = (outlet.error for outlet in self._outlets if outlet.error is not None)
        if self.desk.live:
            errors = (error for error in errors if ending and not isinstance(error, StreamOcrError))
        return next(errors, None)

    def close(self) -> None:
        """Lets all sinks finish at the same time, and gives up those that do not in the time that they have."""
        since = time.monotonic()
        for outlet in self._outlets:
            outlet.finish()
        left = [outlet for outlet in self._outlets if not outlet.join(0)]
        while left and (respite := self.desk.respite(since)) > 0:
            left[0].join(min(respite, _GLANCE))
            left = [outlet for outlet in left if not outlet.join(0)]
        for outlet in left:
            outlet.abandon()

    def report(self) -> dict[str, SinkReport]:
        """What each sink did."""
        return {outlet.account.name: outlet.account.report() for outlet in self._outlets}


def event_outlets(
    sinks: Sequence[SinkConfig],
    own: Sequence[EventSink],
    context: Context,
    desk: SinkDesk,
    rules: Sequence[RuleConfig] = (),
    masking: Policy | None = None,
) -> Outlets[Said]:
    """The event sinks of a config, opened, and those of the caller. Raises what `open_event_sink` raises.

    `rules` may say which events a sink gets; `masking`: of which texts stores are not to know what they say.
    """
    makers = _Makers[Said]("events", desk, lambda item: isinstance(item, TextEvent))
    numeric = frozenset(rule.name for rule in rules if rule.number is not None)
    for sink in sinks:
        settings, selection = sink.chosen, Selection.of(sink, rules)
        if takes(settings, "events"):
            make = partial(_event_sink, settings, Around(context, desk.pauses, selection, numeric), masking)
            name, wanted = sink_name(settings, "events"), partial(_wanted, selection)
            makers.add(name, make, _room(settings), wanted, shows=shows(settings))
    for given in own:
        makers.add(type(given).__name__.strip("_"), partial(_itself, given), _EVENTS, shows=isinstance(given, Showing))
    return Outlets(desk, makers.outlets)


def frame_outlets(sinks: Sequence[SinkConfig], style: Style, context: Context, desk: SinkDesk) -> Outlets[Shown]:
    """The frame sinks of a config, opened. Raises what `open_frame_sink` raises."""
    makers = _Makers[Shown]("frames", desk, lambda item: isinstance(item, FrameText))
    for settings in (sink.chosen for sink in sinks):
        if takes(settings, "frames"):
            makers.add(sink_name(settings, "frames"), partial(_frame_sink, settings, style, context, desk), _FRAMES)
    return Outlets(desk, makers.outlets)


class _Makers(Generic[Taken]):
    """Makes outlets; two sinks of one name get a number."""

    def __init__(self, kind: Takes, desk: SinkDesk, counts: Callable[[Taken], bool]) -> None:
        self.outlets: list[Outlet[Taken]] = []
        self._names: Counter[str] = Counter()
        self._kind = kind
        self._desk = desk
        self._counts = counts

    def add(
        self,
        name: str,
        make: Callable[[], Taker[Taken]],
        room: int | None,
        wants: Callable[[Taken], bool] = lambda _: True,
        *,
        shows: bool = False,
    ) -> None:
        self._names[name] += 1
        name += f" ({self._names[name]})" if self._names[name] > 1 else ""
        account = Account(name, self._kind, period=self._desk.stats_every, now=time.monotonic())
        account.lasting = room is None
        backlog = Backlog[Taken](_EVENTS, _never) if room is None else Backlog(room, self._counts)
        self.outlets.append(Outlet(account, self._desk, make, backlog, wants))
        self.outlets[-1].shows = shows


def _room(settings: SinkSettings) -> int | None:
    """How many events wait for the sink here; None: none, they are in the store."""
    if isinstance(settings, DeliverySink) and settings.durable is not None:
        return None
    kinds = JsonlSink | SqliteSink | ConsoleSink | SubtitleSink | DeliverySink
    return settings.backlog if isinstance(settings, kinds) else _EVENTS


def _never(_: object) -> bool:
    return False


def _wanted(selection: Selection, item: Said) -> bool:
    return not isinstance(item, TextEvent) or selection.wants(item)


def _event_sink(settings: SinkSettings, around: Around, masking: Policy | None) -> Sayings:
    if isinstance(settings, DeliverySink):
        return Sayings(open_delivery(settings, around))
    sink = open_event_sink(settings, around.context)
    assert sink is not None, "the kind takes events"
    if masking is not None and isinstance(settings, SqliteSink):
        sink = Masked(sink, masking)
    return Sayings(sink)


def _frame_sink(settings: SinkSettings, style: Style, context: Context, desk: SinkDesk) -> Pictures:
    sink = open_frame_sink(settings, context)
    assert sink is not None, "the kind takes frames"
    studio = Studio(style, annotate=not isinstance(settings, VideoSink) or settings.annotate)
    return Pictures(sink, studio, desk.stop.is_set)


def _itself(sink: EventSink) -> Sayings:
    return Sayings(sink)
