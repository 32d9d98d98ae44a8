import threading
import time
from collections.abc import Callable

import pytest
from doors import eventually, free_endpoint

from stream_ocr.messages import EndOfStream
from stream_ocr.placement.heartbeat import Heartbeat
from stream_ocr.transport import Bench, Context, Desk, Gone, Result


def _compute(seconds: float, _: Heartbeat) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        pass


def _go_round(seconds: float, heart: Heartbeat) -> None:
    for _ in range(round(seconds / 0.05)):
        heart.rounds += 1
        threading.Event().wait(0.05)


def _hang(seconds: float, _: Heartbeat) -> None:
    threading.Event().wait(seconds)


@pytest.mark.parametrize(("do", "lives"), [(_compute, True), (_go_round, True), (_hang, False)])
def test_who_works_lives_and_who_hangs_does_not(do: Callable[[float, Heartbeat], None], lives: bool) -> None:
    endpoint = free_endpoint()
    with (
        Context() as context,
        Desk(context, endpoint, "stage track", silence=1.0) as desk,
        Bench(context, endpoint, "stage track", "me") as bench,
        Heartbeat(context, endpoint) as heart,
    ):
        eventually(lambda: desk.take(0.0) is None and bench.report(0.02) is not None)
        bench.ready()
        bench.give(1, EndOfStream(source="desk"))
        eventually(lambda: isinstance(desk.take(0.01), Result))
        heart.session = bench.session
        working = threading.Thread(target=do, args=(1.6, heart))
        working.start()
        news = [desk.take(0.1) for _ in range(15)]
        working.join()
    assert any(isinstance(each, Gone) for each in news) != lives
