"""A desk and the bench of its worker: real sockets, both in this thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import zmq  # a peer that does not speak our protocol
from doors import SOON, eventually, free_endpoint
from frames import frame, searched
from texts import STATS

from stream_ocr.errors import ModelError, WireError
from stream_ocr.messages import EndOfStream, FrameText
from stream_ocr.transport import (
    Beat,
    Bench,
    Came,
    Context,
    Desk,
    DismissedError,
    Done,
    Failed,
    Gone,
    News,
    Offered,
    Ready,
    Result,
    Told,
    Welcome,
    Work,
    desk,
)

JOB = "stage detect"
END = EndOfStream(source="desk")


@pytest.fixture
def context() -> Iterator[Context]:
    with Context() as made:
        yield made


@pytest.fixture
def endpoint() -> str:
    return free_endpoint()


@pytest.fixture
def hired(context: Context, endpoint: str) -> Iterator[tuple[Desk, Bench]]:
    """A desk, and a worker that is ready."""
    with Desk(context, endpoint, JOB, silence=2.0) as made, Bench(context, endpoint, JOB, "me") as bench:
        assert _welcomed(made, bench) == Welcome()
        yield made, bench


@contextmanager
def _serving(made: Desk) -> Iterator[list[News]]:
    """Answers at the desk in a thread of its own while the worker waits for that."""
    news: list[News] = []
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            came = made.take(0.01)
            if came is not None:
                news.append(came)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield news
    finally:
        over.set()
        thread.join()
        while (came := made.take(0.0)) is not None:
            news.append(came)


def _welcomed(made: Desk, bench: Bench) -> Welcome | None:
    with _serving(made) as news:
        welcome = bench.report(SOON)
        if welcome is not None:
            bench.ready()
            eventually(lambda: Ready() in news)
    return welcome


def _next(made: Desk) -> News:
    news = made.take(SOON)
    assert news is not None
    return news


def _work(bench: Bench) -> Work:
    work = bench.take(SOON)
    assert work is not None
    return work


def test_work_goes_out_and_results_come_back(hired: tuple[Desk, Bench]) -> None:
    made, bench = hired
    sent = frame(0.5)
    made.give(7, sent)
    number, message = _work(bench)
    assert number == 7
    assert message is not None
    assert (message.seq, message.image.shape) == (sent.seq, sent.image.shape)  # type: ignore[union-attr]
    bench.give(number, searched(sent))
    bench.done(number)
    result = _next(made)
    assert isinstance(result, Result)
    assert result.number == 7
    assert isinstance(result.message, FrameText)
    assert not result.message.frame.image.any()
    assert _next(made) == Done(7)


def test_everything_that_is_said_comes(hired: tuple[Desk, Bench]) -> None:
    made, bench = hired
    bench.offer(12)
    bench.tell(STATS)
    bench.give(1, END)
    assert [_next(made) for _ in range(3)] == [Offered(12), Told(STATS), Result(1, END)]
    made.give(3, None)
    made.admit()
    made.stop()
    assert _work(bench) == Work(3, None)
    eventually(lambda: bench.take(0.01) is None and bench.admitted and bench.stopping)


def test_a_worker_for_something_else_is_refused(context: Context, endpoint: str) -> None:
    with Desk(context, endpoint, JOB, silence=2.0) as made, _serving(made) as news:
        with (
            Bench(context, endpoint, "stage track", "me") as bench,
            pytest.raises(WireError, match="refused: expected a worker for stage detect, got one for stage track"),
        ):
            bench.report(SOON)
        assert news == []


def test_a_worker_of_another_version_is_refused(context: Context, endpoint: str) -> None:
    with Desk(context, endpoint, JOB, silence=2.0) as made, Bench(context, endpoint, JOB, "me") as bench:
        bench._hello[1] = b"stream-ocr/desk/99"
        with _serving(made), pytest.raises(WireError, match="expected a worker of stream-ocr/desk/1, got stream-ocr/d"):
            bench.report(SOON)


def test_a_second_worker_waits(hired: tuple[Desk, Bench], context: Context, endpoint: str) -> None:
    made, bench = hired
    with Bench(context, endpoint, JOB, "another") as second:
        with _serving(made):
            assert second.report(0.2) is None
        assert second.reason == "there is a worker for stage detect already"
        bench.bye()
        assert _next(made) == Gone("it was told to end")
        assert _welcomed(made, second) == Welcome(generation=1)


def test_a_silent_worker_gives_way_to_one_that_asks(
    hired: tuple[Desk, Bench], context: Context, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, first = hired
    monkeypatch.setattr(desk, "_MISSED", 0.05)
    with Bench(context, endpoint, JOB, "another") as second:
        with _serving(made) as news:
            eventually(lambda: second.report(0.1) is not None)
            eventually(lambda: len(news) == 2)
        assert news == [Gone("another one has come in its place"), Came("another")]
        with pytest.raises(DismissedError, match="the run has let go"):
            eventually(lambda: first.take(0.05) is not None)


def test_silence_is_noticed(context: Context, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "_STARTING", 0.4)
    with Desk(context, endpoint, JOB, silence=0.1) as made, Bench(context, endpoint, JOB, "me") as bench:
        _welcomed(made, bench)
        # As long as it has done nothing it may still have to load something.
        assert made.take(0.2) is None
        assert made.take(0.3) == Gone("there was no sign of life for 0.4 s")
        assert not made.ready
    another = free_endpoint()
    with Desk(context, another, JOB, silence=0.1) as made, Bench(context, another, JOB, "me") as bench:
        _welcomed(made, bench)
        bench.give(1, END)
        assert _next(made) == Result(1, END)
        assert made.take(0.2) == Gone("there was no sign of life for 0.1 s")


def test_signs_of_life_come_over_another_connection_too(
    hired: tuple[Desk, Bench], context: Context, endpoint: str
) -> None:
    made, bench = hired
    bench.give(1, END)
    assert _next(made) == Result(1, END)
    with Beat(context, endpoint) as beat:

        def alive(seconds: float) -> bool:
            made._looked -= seconds
            made._present.seen -= seconds  # type: ignore[union-attr]
            beat.beat(bench.session)
            return made.take(0.2) is None

        eventually(lambda: alive(0.3))
    assert made.ready


def test_what_nobody_looked_at_is_no_silence(hired: tuple[Desk, Bench]) -> None:
    made, _ = hired
    made._looked -= 100
    made._present.seen -= 100  # type: ignore[union-attr]
    assert made.take(0.0) is None
    assert made.ready


def test_why_it_cannot_go_on_is_told(hired: tuple[Desk, Bench]) -> None:
    made, bench = hired
    bench.fail(ModelError("weights.onnx: cannot be\nread"))
    assert _next(made) == Failed("ModelError", "weights.onnx: cannot be read")
    assert not made.ready


def test_who_goes_on_with_a_session_that_is_over_is_told(hired: tuple[Desk, Bench]) -> None:
    made, bench = hired
    made._present = None
    bench.tell(STATS)
    assert made.take(0.2) is None
    assert made.rejected == 1
    with pytest.raises(DismissedError, match="the run has let go"):
        bench.take(SOON)


def test_a_desk_that_closes_lets_its_worker_go(context: Context, endpoint: str) -> None:
    with Bench(context, endpoint, JOB, "me") as bench:
        with Desk(context, endpoint, JOB, silence=2.0) as made:
            _welcomed(made, bench)
        with pytest.raises(DismissedError, match=r"the run has let go|the connection broke"):
            eventually(lambda: bench.take(0.05) is not None)


def test_a_desk_that_dies_is_noticed(hired: tuple[Desk, Bench]) -> None:
    made, bench = hired
    made._socket.close(linger=0)
    made._present = None
    with pytest.raises(DismissedError, match="the connection broke"):
        eventually(lambda: bench.take(0.05) is not None)


def test_a_worker_that_dies_is_noticed_with_the_next_work(hired: tuple[Desk, Bench]) -> None:
    made, bench = hired
    bench.close()

    def noticed() -> bool:
        if made.ready:
            made.give(1, END)
        return made.take(0.01) == Gone("its connection broke")

    eventually(noticed)


def test_nobody_answers(context: Context, endpoint: str) -> None:
    with Bench(context, endpoint, JOB, "me") as bench:
        assert bench.report(0.05) is None
        assert bench.reason is None


@pytest.mark.parametrize(
    "parts",
    [
        [b""],
        [b"hello"],
        [b"H", b"too few"],
        [b"H", b"x" * 2000, b"stage detect", b"me"],
        [b"Y", b"session!", bytes(8)],
        [b"R", b""],
        [b"A", b"session!"],
        [b"x"] * 40,
    ],
    ids=["empty", "a word", "a short hello", "a long hello", "a result", "no session", "a beat", "many parts"],
)
def test_rubbish_is_counted_and_passed_over(
    hired: tuple[Desk, Bench], parts: list[bytes], context: Context, endpoint: str
) -> None:
    made, bench = hired
    with context.socket(zmq.DEALER) as stranger:
        stranger.connect(endpoint)
        stranger.send_multipart(parts)
        eventually(lambda: made.take(0.01) is None and made.rejected == 1)
    bench.give(1, END)
    assert _next(made) == Result(1, END)


@pytest.mark.parametrize("send", [lambda bench: bench._tell(b"?"), lambda bench: bench._tell(b"Y", bytes(8), b"x")])
def test_a_worker_that_talks_rubbish_is_sent_away(hired: tuple[Desk, Bench], send: Callable[[Bench], None]) -> None:
    made, bench = hired
    send(bench)
    gone = _next(made)
    assert isinstance(gone, Gone)
    assert gone.cause.startswith("it sent what is not to be understood: ")
    with pytest.raises(DismissedError):
        bench.take(SOON)
