"""What stands in for a stage that runs elsewhere: it hands frames out and gets them back with what was found in them.

A frame crosses once: the worker's answer comes without any picture, and the frame that was kept here goes on. What is
no frame keeps its place in the order. What a worker held when it was lost is lost with it, and counted as dropped; the
end of a stream is handed out again. A worker that remembers texts takes them with it: they are said to be over.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias

import msgspec

from stream_ocr.dropping import merged
from stream_ocr.messages import Ended, EndOfStream, EndReason, Frame, FrameText, Message, SourceStatus, StageStats
from stream_ocr.placement.accounts import Accounts
from stream_ocr.placement.post import Job, Post
from stream_ocr.sinks import Item
from stream_ocr.stages import Stage
from stream_ocr.transport import Done, Gone, News, Ready, Result, Told
from stream_ocr.wire import Pictures

__all__ = ["Remote"]

_WINDOW, _LIVE_WINDOW = 2, 1
"""Pieces of work that the worker has not taken in yet: one that it is at, and one on its way, which would grow old."""
_MOST = 16
"""Messages that are held at most."""
_LONGEST = 60.0
"""Seconds that one piece of work may take: who computes for longer is in a circle."""
_STATEFUL = ("track", "recognize")
"""Stages that number what they find: another worker knows nothing of it."""

Work: TypeAlias = Frame | FrameText | EndOfStream


@dataclass(eq=False)
class _Held:
    """A message in the line."""

    message: Message
    number: int = 0
    """Under which it was handed out; 0: it was not."""
    over: bool = False
    """It can go on."""


class Remote(Stage[Any]):
    """A stage like any other, for the runner. Closes its post."""

    def __init__(self, job: Job, post: Post, through: Callable[[str, int], None]) -> None:
        """`through` is told the source and number of each frame that will come no further."""
        super().__init__()
        self._through = through
        self.name = job.name
        self._post = post
        self._pictures: Pictures = "luma" if job.name == "track" else job.place.transfer
        self._line: deque[_Held] = deque()
        """In the order in which it goes on."""
        self._fresh: deque[_Held] = deque()
        """What is to be handed out."""
        self._given: deque[_Held] = deque()
        """What is out, and was not answered."""
        self._window = _WINDOW
        self._undone = 0
        self._moved = time.monotonic()
        """When the worker last got on with its work."""
        self._numbers = count(1)
        self._lost: dict[str, Frame | FrameText] = {}
        """By source: what was lost and is to be told with its next frame."""
        self._open: dict[str, tuple[float, dict[int, float]]] = {}
        """Sources that have begun: media time of the last frame, and of each track that has not ended."""
        self._statuses: dict[str, SourceStatus] = {}
        """The last ones, which a new worker has to know."""
        self._accounts = Accounts()

    def work(self, message: Frame | FrameText) -> list[Message]:
        """Takes a frame in; gives what has come back."""
        self._hold(message)
        return self.settle()

    def settle(self) -> list[Message]:
        """What has come back."""
        sent: list[Message] = []
        while (news := self._post.take(0.0)) is not None:
            self._moved = time.monotonic()
            sent += self._heard(news)
        if self._given and time.monotonic() - self._moved > _LONGEST:
            self._post.replace(f"it worked on one picture for {_LONGEST:g} s")
            sent += self._lose()
        self.failed = self.failed or self._post.failed
        if self._post.vacant:
            self._do_without()
        else:
            self._hand_out()
        return [*sent, *self._released()]

    def finish(self, end: EndOfStream) -> list[Message]:
        """Takes an end in, which the worker has to know of; it goes on when all before it has."""
        self._hold(end)
        return self.settle()

    def relay(self, message: Item) -> list[Message]:
        """Lets it wait for its turn."""
        if isinstance(message, SourceStatus):
            self._statuses[message.source] = message
            self._window = _LIVE_WINDOW if any(status.live for status in self._statuses.values()) else _WINDOW
            if self._post.desk.ready:
                self._post.desk.give(0, message)
        self._line.append(_Held(message, over=True))
        return self.settle()

    def report(self, stats: StageStats) -> list[Message]:
        """Adds what the workers say of themselves, and who else came to their desk."""
        desk, counts = self._post.desk, dict(stats.counts)
        counts["rejected"] = counts.get("rejected", 0) + desk.rejected
        counts["refused"] = counts.get("refused", 0) + desk.refused
        return [self._accounts.complete(msgspec.structs.replace(stats, counts=counts))]

    @property
    def held(self) -> int:
        """Frames that are out, or wait for a worker."""
        return len(self._given) + len(self._fresh)

    @property
    def busy(self) -> bool:
        """Whether an answer may come soon."""
        return bool(self._given)

    @property
    def accepts(self) -> bool:
        """Whether the worker can take one more, or will be able to when it is there."""
        return len(self._fresh) + self._undone < self._window and len(self._line) < _MOST

    def close(self) -> None:
        """Lets the worker go."""
        self._post.close()

    def _hold(self, message: Work) -> None:
        held = _Held(message)
        self._line.append(held)
        self._fresh.append(held)

    def _heard(self, news: News) -> Iterator[Message]:
        match news:
            case Result(number, message) if self._is_next(number, message):
                self._take(self._given.popleft(), message)
            case Result():
                self._post.replace("it answered what it was not asked")
                yield from self._lose()
            case Ready():
                for status in self._statuses.values():
                    self._post.desk.give(0, status)
            case Done():
                self._undone = max(self._undone - 1, 0)
            case Told(stats):
                self._accounts.tell(stats)
            case Gone():
                yield from self._lose()

    def _is_next(self, number: int, answer: Message) -> bool:
        """Whether an answer is the one that comes next."""
        if not self._given or self._given[0].number != number:
            return False
        asked = self._given[0].message
        if isinstance(asked, EndOfStream):
            return isinstance(answer, EndOfStream) and answer.source == asked.source
        frame = _frame(asked)
        return isinstance(answer, FrameText) and (answer.frame.source, answer.frame.seq) == (frame.source, frame.seq)

    def _take(self, held: _Held, answer: Message) -> None:
        if isinstance(answer, FrameText):
            answer = msgspec.structs.replace(answer, frame=_frame(held.message))
        held.message, held.over = answer, True

    def _hand_out(self) -> None:
        while self._fresh and self._post.desk.ready and self._undone < self._window:
            held = self._fresh.popleft()
            held.message, held.number = self._with_lost(held.message), next(self._numbers)
            self._given.append(held)
            self._undone += 1
            self._moved = time.monotonic()
            self._post.desk.give(held.number, held.message, self._pictures)

    def _with_lost(self, message: Message) -> Message:
        """The message, with what was lost of its source before it."""
        lost = self._lost.pop(_source(message), None)
        if lost is None:
            return message
        if isinstance(message, EndOfStream):
            return msgspec.structs.replace(message, ended=_ended(lost) + message.ended)
        assert isinstance(message, Frame | FrameText)
        return merged(lost, message)

    def _lose(self) -> Iterator[Message]:
        """The worker is gone, and with it the frames that it had."""
        yield from self._released()
        again = []
        for held in self._given:
            if isinstance(held.message, EndOfStream):
                held.number = 0
                again.append(held)
            else:
                self._drop(held)
        self._fresh.extendleft(reversed(again))
        self._given.clear()
        self._undone = 0
        self.counts["restarts"] = self.counts.get("restarts", 0) + 1
        self._accounts.close()
        if self.name in _STATEFUL:
            yield from [self._closing(source) for source in self._open]
            self._open.clear()

    def _drop(self, held: _Held) -> None:
        self._line.remove(held)
        frame = _frame(held.message)
        self._count(frame.source, "lost")
        self._through(frame.source, frame.seq)
        lost = self._with_lost(held.message)
        assert isinstance(lost, Frame | FrameText)
        self._lost[frame.source] = lost

    def _closing(self, source: str) -> EndOfStream:
        """What was open of a source is over."""
        pts, tracks = self._open[source]
        ended = _over(tracks, "source-lost")
        return EndOfStream(source=source, reason="source-lost", pts=pts, ended=ended, final=False)

    def _do_without(self) -> None:
        """Nobody is there, nor will be: frames are lost, and ends of streams are answered here."""
        for held in self._fresh:
            if not isinstance(held.message, EndOfStream):
                self._drop(held)
                continue
            end = self._with_lost(held.message)
            assert isinstance(end, EndOfStream)
            if self.name == "track":
                _, tracks = self._open.pop(end.source, (0.0, {}))
                end = msgspec.structs.replace(end, ended=_over(tracks, end.reason))
            elif self.name == "recognize":
                # Its tracks have other numbers than the texts that were said.
                end = msgspec.structs.replace(end, ended=())
            held.message, held.over = end, True
        self._fresh.clear()

    def _released(self) -> Iterator[Message]:
        """What has its turn, from the head of the line."""
        while self._line and self._line[0].over:
            message = self._line.popleft().message
            if isinstance(message, FrameText):
                self._follow(message)
            elif isinstance(message, EndOfStream):
                self._open.pop(message.source, None)
            yield message

    def _follow(self, text: FrameText) -> None:
        """Remembers what would have to be closed if the worker were lost."""
        pts = text.frame.pts
        _, tracks = self._open.get(text.frame.source, (0.0, {}))
        if self.name == "track":
            tracks.update((line.track, pts) for line in text.lines)
            for over in text.ended:
                tracks.pop(over.track, None)
        self._open[text.frame.source] = (pts, tracks)


def _frame(message: Message) -> Frame:
    """The frame that a frame, with or without text, is."""
    frame = message.frame if isinstance(message, FrameText) else message
    assert isinstance(frame, Frame)
    return frame


def _source(message: Message) -> str:
    return message.source if isinstance(message, EndOfStream) else _frame(message).source


def _ended(message: Frame | FrameText) -> tuple[Ended, ...]:
    return message.ended if isinstance(message, FrameText) else ()


def _over(tracks: dict[int, float], reason: EndReason) -> tuple[Ended, ...]:
    return tuple(Ended(track=track, end=pts, reason=reason) for track, pts in tracks.items())
