"""What stands in for a stage, and a worker that does what the test says; both in this thread."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec
from doors import SOON, eventually, free_endpoint

from stream_ocr.config import Config
from stream_ocr.configfile import build
from stream_ocr.messages import EndOfStream, Frame, FrameText, Line, Message
from stream_ocr.placement.post import Job, Post
from stream_ocr.placement.remote import Remote
from stream_ocr.transport import Bench, Context, Welcome, Work


def config_of(stage: str, run: str, **settings: object) -> Config:
    return build({"sources": {"desk": {"uri": "test:"}}, "stages": {stage: {"run": run, **settings}}})


@dataclass
class Hand:
    """The worker."""

    bench: Bench
    welcome: Welcome

    def take(self) -> Work:
        """The next piece of work, which comes soon."""
        work = self.bench.take(SOON)
        assert work is not None
        return work

    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return self.bench.take(0.05) is None

    def answer(self, *lines: Line) -> Message:
        """Does the next piece of work: finds these lines. Returns what it was given."""
        number, message = self.take()
        match message:
            case Frame():
                self.bench.give(number, FrameText(frame=message, lines=lines))
            case FrameText():
                self.bench.give(number, msgspec.structs.replace(message, lines=lines))
            case EndOfStream():
                self.bench.give(number, message)
            case _:
                raise AssertionError(f"expected work, got {message}")
        self.bench.done(number)
        return message

    def die(self) -> None:
        self.bench.bye()
        self.bench.close()


@dataclass
class Stand:
    """The stage that stands in for the worker."""

    remote: Remote
    endpoint: str
    context: Context
    stop: threading.Event
    gone: list[tuple[str, int]]
    """Frames that will come no further."""
    sent: list[Message] = field(default_factory=list)

    def work(self, *messages: Frame | FrameText) -> None:
        for message in messages:
            self.sent += self.remote.work(message)

    def finish(self, end: EndOfStream) -> None:
        self.sent += self.remote.finish(end)

    def settle(self) -> None:
        self.sent += self.remote.settle()

    def settled(self) -> Remote:
        """The stage, after it has taken up what has come."""
        self.settle()
        return self.remote

    def until(self, count: int) -> list[Message]:
        """All that was sent on, once it is so much."""

        def enough() -> bool:
            self.settle()
            return len(self.sent) >= count

        eventually(enough)
        return self.sent

    @contextmanager
    def worker(self) -> Iterator[Hand]:
        """One that reports, is taken on and is ready."""
        with Bench(self.context, self.endpoint, f"stage {self.remote.name}", "made") as bench:
            found: list[Welcome] = []

            def welcomed() -> bool:
                found.extend(filter(None, [bench.report(0.02)]))
                self.settle()
                return bool(found)

            eventually(welcomed)
            bench.ready()

            def ready() -> bool:
                self.settle()
                return self.remote._post.desk.ready

            eventually(ready)
            yield Hand(bench, found[0])


@contextmanager
def standing(stage: str, **settings: object) -> Iterator[Stand]:
    endpoint = free_endpoint()
    config = config_of(stage, endpoint, **settings)
    gone: list[tuple[str, int]] = []
    stop = threading.Event()
    job = Job("stage", stage, config.stages.movable()[stage])
    with Context() as context, Post(job, config, context, stop) as post:
        remote = Remote(job, post, lambda source, seq: gone.append((source, seq)))
        yield Stand(remote, endpoint, context, stop, gone)
