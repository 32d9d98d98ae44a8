"""From a config to a running graph: start, supervise, drain, stop.

    capture ─► detect ─► track ─► classify ─► recognize ─► publish ─► annotate

Each box is a thread, each arrow a link over inproc. The first stage that fails stops capture, the graph drains, and the
failure is raised when everything is closed. A source that fails ends alone.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, nullcontext
from functools import partial
from typing import Any

import msgspec

from stream_ocr.building import loaded
from stream_ocr.config import Config
from stream_ocr.cores import capped
from stream_ocr.errors import StageError
from stream_ocr.feed import Source, run_source
from stream_ocr.health import Health
from stream_ocr.placement.post import Job, Post
from stream_ocr.placement.relay import run_relay
from stream_ocr.placement.remote import Remote
from stream_ocr.regions import Regions
from stream_ocr.runner import Control, Node, run_stage
from stream_ocr.sinks import EventSink, takes
from stream_ocr.sinks.account import SinkReport
from stream_ocr.sinks.outlet import SinkDesk
from stream_ocr.sinks.outlets import Outlets, event_outlets, frame_outlets
from stream_ocr.sinks.receivers import check_sinks
from stream_ocr.sinks.studio import Style
from stream_ocr.stages import Annotate, Plugged, Publish, Stage
from stream_ocr.transport import Context, security_of

__all__ = ["Pipeline", "Report", "graph"]

_START_TIMEOUT = 120.0
_GLANCE = 0.2

Built = Stage[Any]


class Report(msgspec.Struct, frozen=True):
    """What a run came to."""

    sources: dict[str, str | None]
    """Per source the problem that was passed over, or None."""
    events: dict[str, int]
    """Events by kind."""
    sinks: dict[str, SinkReport] = {}
    """What each sink did, by name."""

    @property
    def lost(self) -> dict[str, int]:
        """Events that a sink has lost for good, by name of the sink, where there are any."""
        return {name: sink.lost for name, sink in self.sinks.items() if sink.lost and sink.takes == "events"}


def graph(config: Config) -> list[str]:
    """The names of the stages that a config needs, in order."""
    names = []
    for name in ("detect", "track", "classify", "recognize"):
        names += [name, *(plugin for plugin, stage in config.plugged().items() if stage.after == name)]
    draws = any(takes(sink.chosen, "frames") for sink in config.sinks)
    return [*names, "publish", "annotate"] if draws else [*names, "publish"]


class Pipeline:
    """One run of a config. `sinks` are event sinks of the caller's own, besides those of the config. Raises ConfigError
    where a sink needs what is not there.

    `through` is told the source and number of each frame with which everything is done, in the thread that did it.
    """

    def __init__(
        self, config: Config, *, sinks: Sequence[EventSink] = (), through: Callable[[str, int], None] | None = None
    ) -> None:
        check_sinks(config.sinks)
        self._watcher = through
        self._config = config
        self._regions = {name: Regions.of(source) for name, source in config.sources.items()}
        self._style = Style(lambda name: config.stages_of(name).annotate, self._regions, config.redact, config.rules)
        self._control = Control()
        self._health: Health | None = None
        if config.health is not None:
            self._health = Health(config.health, [*config.sources], self._control.pulse, self._control.go.is_set)
        self._sinks = sinks if self._health is None else [*sinks, self._health]
        self._context = Context(security_of(config.security))
        self._publish: Publish | None = None
        self._desk = SinkDesk(threading.Event(), stats_every=config.stats_every, pauses=self._control.pauses)
        self._outlets: list[Outlets[Any]] = []

    def run(self) -> Report:
        """Blocks until every source has ended, or until `stop` and the graph has drained. May be called once.

        Raises the first failure: SourceError, ModelError, WireError or StageError; ConfigError where it may not use as
        many cores as it is to have.
        """
        workers = len(self._config.sources) + len(graph(self._config))
        with (
            self._context,
            capped(self._config.cpu.cores),
            self._health or nullcontext(),
            ThreadPoolExecutor(workers, "stream-ocr") as threads,
            ExitStack() as interrupted,
        ):
            # The threads have to drain before the pool lets go of them.
            interrupted.callback(self.stop)
            futures = self._start(threads)
            self._supervise(futures)
            interrupted.pop_all()
        for future in futures:
            future.result()
        assert self._publish is not None
        sinks = {name: sink for outlets in self._outlets for name, sink in outlets.report().items()}
        return Report(sources=dict(self._publish.problems), events=dict(self._publish.events), sinks=sinks)

    def stop(self) -> None:
        """Asks the run to end: capture stops, the graph drains, open texts are closed, sinks have a moment to finish.

        Safe from any thread and from a signal handler.
        """
        self._desk.stop.set()
        self._control.stop.set()

    def _supervise(self, futures: Sequence[Future[None]]) -> None:
        """Waits for all threads; the first stage that fails stops capture, and the others drain.

        A source that fails ends alone: the others have nothing to do with it.
        """
        stages = futures[: len(graph(self._config))]
        while True:
            # Python handles signals in the main thread, and only when that wakes up.
            done, running = wait(futures, timeout=_GLANCE)
            if any(future in done and future.exception() for future in stages):
                self._control.stop.set()
            if not running:
                return

    def _start(self, threads: ThreadPoolExecutor) -> list[Future[None]]:
        """Starts the stages and sources, and lets capture go when all are ready; gives up when one fails before."""
        news: queue.SimpleQueue[str] = queue.SimpleQueue()
        futures = []
        for name, thread in self._threads().items():
            future = threads.submit(thread, partial(news.put, name))
            future.add_done_callback(partial(_told, news, name))
            futures.append(future)
        try:
            for _ in futures:
                name = news.get(timeout=_START_TIMEOUT)
                if any(future.done() for future in futures):
                    self._control.abandon()
                    return futures
        except queue.Empty:
            self._control.abandon()
            raise StageError(f"the stages were not ready after {_START_TIMEOUT:g} s; the last was {name}") from None
        self._control.go.set()
        return futures

    def _threads(self) -> dict[str, Callable[[Callable[[], None]], None]]:
        """What runs in each thread, by name; each takes the call with which it says that it is ready."""
        config, control, context = self._config, self._control, self._context
        names = graph(config)
        builders = self._builders()
        sources = set(config.sources)
        threads: dict[str, Callable[[Callable[[], None]], None]] = {}
        for name, following in zip(names, [*names[1:], None], strict=True):
            # What is drawn may miss frames of a live source, so that drawing never holds up reading.
            lossy = name == "publish"
            node = Node(
                name,
                _link(name),
                _link(following),
                lossy=lossy,
                entrance=name == names[0],
                stats_every=config.stats_every,
            )
            threads[name] = partial(run_stage, node, builders[name], sources, context, control)
        for source, settings in config.sources.items():
            node = Node(name=source, inbox=None, outbox=_link(names[0]), stats_every=config.stats_every)
            captured = Source(settings, config.stages_of(source).gate)
            here = partial(run_source, node, captured, context, control)
            elsewhere = partial(run_relay, node, config, context, control)
            threads[f"capture of {source}"] = here if settings.run == "thread" else elsewhere
        return threads

    def _builders(self) -> dict[str, Callable[[], Built]]:
        """How each stage is made, in its own thread."""
        builders: dict[str, Callable[[], Built]] = {
            name: partial(self._build_movable, Job("stage", name, place))
            for name, place in self._config.stages.movable().items()
        }
        plugged = {name: partial(Plugged, name, stage) for name, stage in self._config.plugged().items()}
        return {**builders, **plugged, "publish": self._build_publish, "annotate": self._build_annotate}

    def _build_movable(self, job: Job) -> Built:
        """The stage itself, or what stands in for it."""
        if job.place.run == "thread":
            return loaded(job.name, self._config)(1)
        with ExitStack() as stack:
            post = stack.enter_context(Post(job, self._config, self._context, self._control.stop))
            post.open()
            stack.pop_all()
        return Remote(job, post, self._control.turnstile.through)

    def _build_publish(self) -> Publish:
        config, style = self._config, self._style
        outlets = event_outlets(config.sinks, self._sinks, self._context, self._desk, config.rules, style.masking)
        self._outlets.append(outlets)
        self._publish = Publish(outlets, self._through, config.rules, self._regions, style.policy)
        return self._publish

    def _through(self, source: str, seq: int) -> None:
        self._control.turnstile.through(source, seq)
        if self._watcher is not None:
            self._watcher(source, seq)

    def _build_annotate(self) -> Annotate:
        outlets = frame_outlets(self._config.sinks, self._style, self._context, self._desk)
        self._outlets.append(outlets)
        return Annotate(outlets)


def _told(news: queue.SimpleQueue[str], name: str, _: Future[None]) -> None:
    """A thread has ended, well or not."""
    news.put(name)


def _link(name: str | None) -> str | None:
    return None if name is None else f"inproc://{name}"
