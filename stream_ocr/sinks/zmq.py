"""Events, status and stats on one ZeroMQ PUB socket, annotated frames as JPEG on another.

Topics and parts:

    event/<source>/<kind>   JSON of the event
    status/<source>         JSON of the status
    sink/<kind>             JSON of the status of a sink: jsonl, sqlite, console, zmq, video, or a class of the caller's
    stats                   JSON of what a stage or sink did
    stats/<source>          JSON of how a source does
    frame/<source>          JSON header, JPEG

Who subscribes late first gets what is visible now and the last status of each source and sink. It comes with the `seq`
it had, and since a PUB socket speaks to everybody, others may get it again too: an event that is known already is no
news.

Nobody waits for a subscriber. One that does not read loses what comes when `backlog` messages wait for it here, besides
what its own and the system's buffers hold; it sees that by the gap in `seq`. That it begins to lose something is
noticed here; how much, ZeroMQ does not tell.
"""

import time
from collections.abc import Iterator

import cv2
import msgspec

from stream_ocr.config import ZmqSink
from stream_ocr.errors import StageError
from stream_ocr.messages import Frame, Image, SinkStatus, SourceStats, SourceStatus, TextEvent
from stream_ocr.sinks import Item
from stream_ocr.transport import Audience, Context, Publisher

__all__ = ["ZmqEvents", "ZmqFrames"]

_MAX_VISIBLE = 10_000
_FRAME_BACKLOG = 4
_SLACK = 1e-3
"""Seconds by which a frame may come early and still be on time: pts are rounded to their time base."""


class ZmqEvents:
    """Publishes events, status and stats. Raises WireError when the endpoint cannot be bound."""

    def __init__(self, settings: ZmqSink, context: Context) -> None:
        self._publisher = Publisher(context, settings.bind, backlog=settings.backlog)
        self.endpoint = self._publisher.endpoint
        """Where it is bound, with the port that was chosen for `tcp://...:*`."""
        self._visible: dict[tuple[str, int], tuple[TextEvent, TextEvent]] = {}
        self._status: dict[tuple[str, str], SourceStatus | SinkStatus] = {}

    @property
    def audience(self) -> Audience:
        """What is known of those who subscribe."""
        return self._publisher.audience

    def write(self, item: Item) -> None:
        """Publishes the item; never waits for a subscriber."""
        self.poll()
        self._remember(item)
        self._publish(item)

    def poll(self) -> None:
        """Sends what is known to who subscribed since the call before."""
        prefixes = set(self._publisher.subscriptions())
        if not prefixes:
            return
        for item in self._known(prefixes):
            self._publish(item)

    def close(self) -> None:
        """Closes the socket; what is unsent has a second to go out."""
        self._publisher.close()

    def _publish(self, item: Item) -> None:
        self._publisher.publish(_topic(item), msgspec.json.encode(item))

    def _remember(self, item: Item) -> None:
        if isinstance(item, SourceStatus):
            self._status["source", item.source] = item
        if isinstance(item, SinkStatus):
            self._status["sink", item.sink] = item
        if not isinstance(item, TextEvent):
            return
        key = (item.source, item.track)
        appeared, _ = self._visible.pop(key, (item, item))
        if item.kind == "disappear":
            return
        if len(self._visible) >= _MAX_VISIBLE:
            del self._visible[next(iter(self._visible))]
        self._visible[key] = (appeared, item)

    def _known(self, prefixes: set[str]) -> Iterator[Item]:
        """Status first, then of each visible text the newest event that somebody asked for, by `seq`."""

        def asked(item: Item) -> bool:
            return any(_topic(item).startswith(prefix) for prefix in prefixes)

        yield from filter(asked, self._status.values())
        newest = (next(filter(asked, (latest, appeared)), None) for appeared, latest in self._visible.values())
        yield from sorted((event for event in newest if event is not None), key=lambda event: event.seq)


def _topic(item: Item) -> str:
    if isinstance(item, TextEvent):
        return f"event/{item.source}/{item.kind}"
    if isinstance(item, SourceStatus):
        return f"status/{item.source}"
    if isinstance(item, SinkStatus):
        return f"sink/{item.sink.partition(' ')[0]}"
    return f"stats/{item.source}" if isinstance(item, SourceStats) else "stats"


class ZmqFrames:
    """Publishes annotated frames. Raises WireError when the endpoint cannot be bound."""

    def __init__(self, settings: ZmqSink, context: Context) -> None:
        if settings.frames is None:
            raise StageError("sinks.zmq.frames: expected an endpoint, got none")
        self._publisher = Publisher(context, settings.frames, backlog=_FRAME_BACKLOG, linger=0)
        self.endpoint = self._publisher.endpoint
        """Where it is bound, with the port that was chosen for `tcp://...:*`."""
        self._period = 1.0 / settings.frame_rate
        self._quality = [cv2.IMWRITE_JPEG_QUALITY, settings.jpeg_quality]
        self._last: dict[str, tuple[int, float]] = {}

    @property
    def audience(self) -> Audience:
        """What is known of those who subscribe."""
        return self._publisher.audience

    def write(self, frame: Frame, drawn: Image) -> None:
        """Publishes the picture, unless the last one of its source is less than a period of media time old.

        Raises StageError when it cannot be written as JPEG.
        """
        self._publisher.subscriptions()
        if not self.wants(frame):
            return
        self._last[frame.source] = (frame.epoch, frame.pts)
        done, jpeg = cv2.imencode(".jpg", drawn, self._quality)
        if not done:
            height, width = drawn.shape[:2]
            raise StageError(f"{self.endpoint}: cannot write a frame of {width}x{height} as JPEG")
        self._publisher.publish(f"frame/{frame.source}", _header(frame), jpeg.data)

    def wants(self, frame: Frame) -> bool:
        """Whether a period is over since the last frame of its source."""
        epoch, pts = self._last.get(frame.source, (-1, 0.0))
        return not (frame.epoch == epoch and pts <= frame.pts < pts + self._period - _SLACK)

    def close(self) -> None:
        """Closes the socket; what is unsent is lost, nobody waits for a picture."""
        self._publisher.close()


def _header(frame: Frame) -> bytes:
    return msgspec.json.encode(
        {
            "v": 1,
            "source": frame.source,
            "epoch": frame.epoch,
            "seq": frame.seq,
            "pts": frame.pts,
            "size": frame.size,
            "age_ms": round(1000 * (time.time() - frame.captured_at), 3),
            "wall": frame.wall,
        }
    )
