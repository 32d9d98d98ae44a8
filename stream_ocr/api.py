"""The Python API: read a picture, run a config, iterate over the events of a video or of a running instance."""

import queue
import re
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from stream_ocr import inference
from stream_ocr.config import Config, OcrConfig
from stream_ocr.configfile import build, load
from stream_ocr.cores import capped
from stream_ocr.errors import ConfigError
from stream_ocr.hearing import Known, event_of
from stream_ocr.masking import masked
from stream_ocr.messages import Image, Line, TextEvent
from stream_ocr.ocr.reader import Reader
from stream_ocr.pictures import load_picture
from stream_ocr.pipeline import Pipeline, Report
from stream_ocr.sinks import Item
from stream_ocr.transport import Context, Receiver, Subscriber, credentials

__all__ = ["events", "media_config", "read", "receive", "run", "source_name", "subscribe"]

_BACKLOG = 1000
_TICK = 0.1
_MAX_DONE = 1000
"""Events that came last: no more than a window of them can come again."""
_FOREVER = 3600.0
_reading = threading.Lock()
"""A reader serves one thread at a time."""
_UNNAMEABLE = re.compile(r"[^A-Za-z0-9_-]+")


def read(image: str | Path | Image, *, ocr: Mapping[str, Any] | OcrConfig | None = None, cores: int = 0) -> list[Line]:
    """The lines of one picture, in reading order.

    `image` is a path, or an array of shape (height, width, 3), uint8, BGR. `ocr` is the section `ocr` of a config;
    `cores` are as many as it may use, 0: all. The weights stay loaded for the next call.
    Raises SourceError where the picture cannot be read, ConfigError or ModelError for `ocr`.
    """
    settings = ocr if isinstance(ocr, OcrConfig) else build({"sources": {"read": {"uri": "-"}}, "ocr": ocr or {}}).ocr
    picture = load_picture(Path(image)) if isinstance(image, str | Path) else image
    with _reading, capped(cores):
        return _reader(settings, cores).read(picture)


def run(config: str | Path | Config | Mapping[str, Any]) -> Report:
    """Runs a config (a YAML file, a mapping, or a Config) until its sources end.

    Raises ConfigError, SourceError, ModelError, WireError or StageError.
    """
    if isinstance(config, str | Path):
        config = load(Path(config))
    elif isinstance(config, Mapping):
        config = build(dict(config))
    return Pipeline(config).run()


def events(media: str | Path, **settings: Any) -> Iterator[TextEvent]:
    """The events of a file, camera or stream as they happen; leaving the loop stops the run.

    A file waits for its reader. A live source does not: of the events that a slow reader leaves waiting, some 10,000
    are kept, and the oldest are lost, which shows as a gap in `seq`.

    `settings` are sections of a config, as in `events("clip.mp4", stages={"detect": {"max_side": 736}})`; the section
    `source` adds to the source itself.
    Raises what `run` raises.
    """
    return _events(media_config(media, settings))


def subscribe(
    endpoint: str,
    *,
    topics: Sequence[str] = ("event/",),
    timeout: float | None = None,
    key: str | Path | None = None,
    server: str | Path | None = None,
) -> Iterator[TextEvent]:
    """The events of a running instance, beginning with those of the texts that are visible now.

    `topics` are prefixes of `event/<source>/<kind>`. Ends after `timeout` seconds of silence; None: never. Where keys
    are needed, `key` is our secret key file and `server` the public one of the instance.
    Raises ConfigError for the key files, WireError.
    """
    security = credentials(endpoint, key, server)
    known = Known()
    with Context(security) as context, Subscriber(context, endpoint, topics) as subscriber:
        while (message := subscriber.receive(_FOREVER if timeout is None else timeout)) is not None or timeout is None:
            if message is None or not message[0].startswith("event/"):
                continue
            event = event_of(endpoint, b"".join(message[1]))
            # What is visible is said again to everybody whenever somebody new subscribes.
            if known.is_news(event):
                yield event


def receive(
    endpoint: str,
    *,
    count: int | None = None,
    timeout: float | None = None,
    key: str | Path | None = None,
    server: str | Path | None = None,
) -> Iterator[TextEvent]:
    """The events of a sink `zmq_ack`, each acknowledged when the loop asks for the next one.

    An event in whose turn the loop is left, or the process dies, comes again: to this receiver or to the next one, of
    whom there is one at a time. So one may come twice, with the same `id`; not within one loop, though. A turn that
    takes more than five seconds lets another receiver take over, if there is one.

    Ends after `count` events, or `timeout` seconds of silence; None: never. Where keys are needed, `key` is our secret
    key file and `server` the public one of the instance.
    Raises ConfigError for the endpoint and the key files, WireError.
    """
    if not endpoint.startswith(("tcp://", "ipc://")):
        raise ConfigError(f"{endpoint}: expected an endpoint, tcp://HOST:PORT or ipc://PATH")
    done: deque[bytes] = deque(maxlen=_MAX_DONE)
    left = _FOREVER if count is None else count
    with Context(credentials(endpoint, key, server)) as context, Receiver(context, endpoint) as receiver:
        while left > 0:
            message = receiver.receive(_FOREVER if timeout is None else timeout)
            if message is None and timeout is not None:
                return
            if message is None:
                continue
            identity, content = message
            if identity not in done:
                yield event_of(endpoint, content)
                left -= 0 if count is None else 1
                done.append(identity)
            receiver.acknowledge(identity)


def media_config(media: str | Path, settings: Mapping[str, Any] | None = None) -> Config:
    """The config of one source; `settings` are sections of a config, and `source` adds to the source itself.

    Raises ConfigError.
    """
    content = dict(settings or {})
    source = {"uri": str(media), **content.pop("source", {})}
    return build({"sources": {source_name(str(media)): source}, **content})


def source_name(uri: str) -> str:
    """A name for a source that has none: the stem of its file, or the kind of its URI."""
    kind, _, rest = masked(uri).partition(":")
    if kind in ("test", "webcam", "screen"):
        return kind
    host = re.match(r"//(?:[^/@]*@)?([^/:?]+)", rest)
    name = host[1] if host else Path(masked(uri)).stem
    return _UNNAMEABLE.sub("-", name).strip("-")[:64] or "source"


@lru_cache(maxsize=2)
def _reader(settings: OcrConfig, cores: int) -> Reader:
    del cores  # its threads are as many as it could have when it was loaded
    return inference.load_reader(settings)


class _Events:
    """An event sink that is also the iterator over what comes in; it waits for its reader, in its own thread."""

    def __init__(self) -> None:
        self._events: queue.Queue[TextEvent | None] = queue.Queue(_BACKLOG)
        self._abandoned = threading.Event()

    def write(self, item: Item) -> None:
        if isinstance(item, TextEvent):
            self._put(item)

    def poll(self) -> None:
        pass

    def close(self) -> None:
        pass

    def finish(self) -> None:
        """No more events will come."""
        self._put(None)

    def abandon(self) -> None:
        """Nobody will read on: what still comes is thrown away."""
        self._abandoned.set()

    def __iter__(self) -> Iterator[TextEvent]:
        while (event := self._events.get()) is not None:
            yield event

    def _put(self, event: TextEvent | None) -> None:
        while not self._abandoned.is_set():
            with suppress(queue.Full):
                self._events.put(event, timeout=_TICK)
                return


def _events(config: Config) -> Iterator[TextEvent]:
    arrived = _Events()
    pipeline = Pipeline(config, sinks=[arrived])
    with ThreadPoolExecutor(1, "stream-ocr") as pool:
        try:
            running = pool.submit(pipeline.run)
            running.add_done_callback(lambda _: arrived.finish())
            yield from arrived
        finally:
            pipeline.stop()
            arrived.abandon()
        running.result()
