"""What stands in for a source: rooms, turns and ends, with a worker that does what the test says."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec
import pytest
from doors import SOON, eventually, free_endpoint
from frames import frame
from texts import ONLINE

from stream_ocr.configfile import build
from stream_ocr.messages import EndOfStream, Frame, Message, SourceStatus
from stream_ocr.placement.relay import run_relay
from stream_ocr.runner import Control, Node
from stream_ocr.transport import Bench, Context, DismissedError, Inbox, Welcome

END = EndOfStream(source="desk", pts=9.0)
LIVE = msgspec.structs.replace(ONLINE, live=True)


@dataclass
class Relayed:
    """A relay in a thread of its own, between a worker and the first stage."""

    inbox: Inbox
    control: Control
    context: Context
    endpoint: str
    running: Future[None]
    early: list[Message] = field(default_factory=list)

    def next(self) -> Message:
        """What reaches the graph next; there is room for another one then."""
        message = self.early.pop() if self.early else self.inbox.receive(SOON)
        assert message is not None
        self.early += filter(None, [self.inbox.receive(0.0)])
        return message

    @contextmanager
    def worker(self) -> Iterator[tuple[Bench, Welcome]]:
        with Bench(self.context, self.endpoint, "source desk", "made") as bench:
            welcome = None
            deadline = time.monotonic() + SOON
            while (welcome := bench.report(0.1)) is None:
                assert time.monotonic() < deadline
            bench.ready()
            yield bench, welcome


@contextmanager
def relayed() -> Iterator[Relayed]:
    endpoint, control = free_endpoint(), Control()
    config = build({"sources": {"desk": {"uri": "test:", "run": endpoint}}})
    with Context() as context, Inbox(context, "inproc://first") as inbox, ThreadPoolExecutor(1) as thread:
        node = Node("desk", None, "inproc://first")
        running = thread.submit(run_relay, node, config, context, control, lambda: None)
        control.go.set()
        try:
            yield Relayed(inbox, control, context, endpoint, running)
        finally:
            control.stop.set()
            while not running.done():
                inbox.receive(0.05)


def _give(bench: Bench, *messages: Message) -> None:
    for message in messages:
        asked = _asked(bench)
        bench.give(asked, message, "raw")


def _asked(bench: Bench) -> int:
    deadline = time.monotonic() + SOON
    while (work := bench.take(0.1)) is None:
        assert time.monotonic() < deadline
    assert work.message is None
    return work.number


def _waiting(there: Relayed) -> SourceStatus:
    status = there.next()
    assert isinstance(status, SourceStatus)
    return status


def test_nobody_there_is_said() -> None:
    with relayed() as there:
        status = _waiting(there)
    assert (status.state, status.cause) == ("reconnecting", "nobody has dialled in yet")


def test_everything_goes_on_in_order_and_one_at_a_time() -> None:
    frames = [frame(0.1 * number, seq=number) for number in range(3)]
    with relayed() as there:
        _waiting(there)
        with there.worker() as (bench, welcome):
            assert welcome == Welcome()
            _give(bench, ONLINE)
            assert there.next() == ONLINE
            _give(bench, frames[0])
            # As long as the first stage has not taken it there is no room for another.
            assert bench.take(0.3) is None
            heard = [there.next()]
            for each in frames[1:]:
                _give(bench, each)
                heard.append(there.next())
            _give(bench, END)
            assert there.next() == END
            there.running.result(SOON)
    assert [message.seq for message in heard if isinstance(message, Frame)] == [0, 1, 2]


def test_a_live_frame_comes_in_its_turn() -> None:
    called: list[str] = []
    with relayed() as there:
        turnstile = there.control.turnstile
        _waiting(there)
        with there.worker() as (bench, _):
            _give(bench, LIVE)
            assert there.next() == LIVE
            asked = _asked(bench)
            # Another camera has gone in, and the first stage is at its frame.
            assert turnstile.enter("gate", 1, now=time.monotonic(), limit=9.0, call=lambda: called.append("gate"))
            bench.offer(7)
            assert bench.take(0.3) is None
            assert not bench.admitted
            turnstile.open()
            eventually(lambda: bench.take(0.02) is None and bench.admitted)
            bench.give(asked, frame(0.7, seq=8), "raw")
            (came,) = [there.next()]
            assert isinstance(came, Frame)
            assert came.seq == 8
            assert turnstile._inside[-1][:2] == ("desk", 7)
            turnstile.through("desk", 8)
            assert "desk" not in {inside[0] for inside in turnstile._inside}


def test_a_frame_that_was_let_in_and_lost_makes_room() -> None:
    with relayed() as there:
        _waiting(there)
        with there.worker() as (bench, _):
            _give(bench, LIVE)
            there.next()
            _asked(bench)
            bench.offer(7)
            eventually(lambda: bench.take(0.02) is None and bench.admitted)
            bench.bye()
        eventually(lambda: not there.control.turnstile._inside)


def test_the_next_worker_goes_on_where_the_one_before_was_lost() -> None:
    with relayed() as there:
        _waiting(there)
        with there.worker() as (bench, _):
            _give(bench, LIVE)
            there.next()
            _give(bench, frame(3.5, seq=35))
            there.next()
            bench.bye()
        lost, closed = there.next(), there.next()
        with there.worker() as (_, welcome):
            pass
    assert isinstance(lost, SourceStatus)
    assert (lost.state, lost.epoch, lost.cause, lost.live) == ("reconnecting", 0, "it was told to end", True)
    assert closed == EndOfStream(source="desk", reason="source-lost", pts=3.5, final=False)
    assert (welcome.generation, welcome.epoch, welcome.seq) == (1, 1, 36)
    # What is live goes on while nobody looks.
    assert 3.5 < welcome.pts < 3.5 + SOON


def test_what_was_not_asked_for_ends_the_worker() -> None:
    with relayed() as there:
        _waiting(there)
        with there.worker() as (bench, _):
            bench.give(_asked(bench), msgspec.structs.replace(ONLINE, source="gate"), "raw")
            with pytest.raises(DismissedError):
                eventually(lambda: bench.take(0.05) is not None)


def test_stop_reaches_the_worker_and_its_end_is_the_end() -> None:
    with relayed() as there:
        _waiting(there)
        with there.worker() as (bench, _):
            _give(bench, ONLINE)
            there.next()
            there.control.stop.set()
            asked = _asked(bench)
            eventually(lambda: bench.take(0.02) is None and bench.stopping)
            bench.give(asked, END, "raw")
            assert there.next() == END
            there.running.result(SOON)


def test_a_worker_that_does_not_end_is_not_waited_for_long() -> None:
    with relayed() as there:
        _waiting(there)
        with there.worker() as (bench, _):
            for message in (ONLINE, frame(0.5)):
                _give(bench, message)
                there.next()
            there.control.stop.set()
            began = time.monotonic()
            end = there.next()
            assert time.monotonic() - began < 3.0
            there.running.result(SOON)
    assert end == EndOfStream(source="desk", pts=0.5)


def test_a_run_that_is_abandoned_sends_nothing() -> None:
    endpoint, control = free_endpoint(), Control()
    config = build({"sources": {"desk": {"uri": "test:", "run": endpoint}}})
    ready = threading.Event()
    with Context() as context, Inbox(context, "inproc://first") as inbox, ThreadPoolExecutor(1) as thread:
        running = thread.submit(run_relay, Node("desk", None, "inproc://first"), config, context, control, ready.set)
        assert ready.wait(SOON)
        control.abandon()
        running.result(SOON)
        assert inbox.receive(0.0) is None
