"""Delivering from a real store."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from texts import ONLINE, event

from stream_ocr.config import WebhookSink
from stream_ocr.errors import SinkAwayError, SinkGoneError
from stream_ocr.messages import TextEvent
from stream_ocr.rules.selection import Selection
from stream_ocr.sinks import Item
from stream_ocr.sinks.courier import Refusals
from stream_ocr.sinks.durable import Durable, Supply
from stream_ocr.store import Store

EVERYTHING = Selection(None)


class Postman:
    """A courier that keeps what it is given; `away`, while it is set, is raised instead."""

    at_once = 3

    def __init__(self) -> None:
        self.refusals = Refusals()
        self.taken: list[int] = []
        self.notices: list[Item] = []
        self.away: str | None = None
        self.most = 3
        self.closed = False

    def deliver(self, events: Sequence[TextEvent]) -> int:
        if self.away is not None:
            raise SinkAwayError(self.away)
        self.taken += [each.seq for each in events[: self.most]]
        return len(events[: self.most])

    def tell(self, notice: Item) -> None:
        self.notices.append(notice)

    def poll(self) -> None:
        if self.away is not None:
            raise SinkAwayError(self.away)

    def close(self) -> None:
        self.closed = True


def _settings(path: Path, **fields: object) -> WebhookSink:
    return WebhookSink(url="http://127.0.0.1/", durable=str(path), **fields)  # type: ignore[arg-type]


def _stored(path: Path, *numbers: int, age: float = 0.0, **fields: object) -> None:
    with Store(path, clock=lambda: time.time() - age) as store:
        for number in numbers:
            store.add(event(seq=number, track=number, **fields))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store that the sink has seen when it was empty."""
    made = tmp_path / "events.db"
    Supply(_settings(made), EVERYTHING).close()
    return made


def _sink(
    path: Path, selection: Selection = EVERYTHING, postman: Postman | None = None, **fields: object
) -> tuple[Durable, Postman]:
    courier = postman or Postman()
    return Durable(courier, Supply(_settings(path, **fields), selection)), courier


def test_what_is_stored_is_delivered_in_order_and_once(path: Path) -> None:
    _stored(path, *range(1, 9))
    sink, postman = _sink(path)
    sink.poll()
    assert postman.taken == [*range(1, 9)]
    assert sink.deliveries == (8, 0, 0, "", None)
    _stored(path, 9)
    sink.write(ONLINE)
    assert (postman.taken[8:], postman.notices) == ([9], [ONLINE])
    sink.close()
    assert postman.closed
    again, postman = _sink(path)
    again.poll()
    assert postman.taken == []
    again.close()


def test_a_part_that_was_taken_is_not_delivered_again(path: Path) -> None:
    _stored(path, 1, 2, 3)
    sink, postman = _sink(path)
    postman.most = 2
    sink._advance()
    sink.close()
    sink, postman = _sink(path)
    sink.poll()
    assert postman.taken == [3]
    sink.close()


def test_while_nobody_answers_everything_waits_and_that_is_said(path: Path) -> None:
    _stored(path, 1, 2)
    sink, postman = _sink(path)
    postman.away = "http://127.0.0.1: cannot be reached"
    sink.poll()
    waiting = sink.deliveries
    assert waiting == (0, 0, 2, "", "cannot be reached")
    postman.away = None
    sink.poll()
    assert sink.deliveries == (2, 0, 0, "", None)
    sink.close()


def test_a_sink_that_is_new_to_a_store_gets_what_comes_from_now_on(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    _stored(path, 1, 2)
    sink, postman = _sink(path)
    _stored(path, 3)
    sink.poll()
    assert postman.taken == [3]
    sink.close()


def test_what_waited_for_too_long_is_given_up_and_counted(path: Path) -> None:
    _stored(path, 1, 2, age=3700.0)
    _stored(path, 3)
    sink, postman = _sink(path, keep="1h")
    sink.poll()
    assert postman.taken == [3]
    assert sink.deliveries == (1, 2, 0, "waited for more than 1h; the oldest are given up", None)
    sink.close()


def test_beyond_its_backlog_the_oldest_are_given_up_and_counted(path: Path) -> None:
    sink, postman = _sink(path, backlog=4)
    postman.away = "away"
    _stored(path, *range(1, 11))
    sink.poll()
    assert sink.deliveries == (0, 6, 4, "more than 4 waited; the oldest are given up", "away")
    postman.away = None
    sink.poll()
    assert postman.taken == [7, 8, 9, 10]
    sink.close()


def test_only_what_is_for_the_sink_is_delivered_and_the_rest_is_done_with(path: Path) -> None:
    _stored(path, 1, 2)
    _stored(path, 3, tags=("plate",))
    _stored(path, 4)
    sink, postman = _sink(path, Selection(frozenset(), frozenset({"plate"})))
    sink.poll()
    assert postman.taken == [3]
    assert sink.deliveries == (1, 0, 0, "", None)
    sink.close()


def test_in_the_end_what_was_said_is_waited_for(path: Path) -> None:
    sink, postman = _sink(path)
    sink.write(event(seq=1))
    storing = threading.Thread(target=_stored, args=(path, 1))
    storing.start()
    sink.close()
    storing.join(20.0)
    assert postman.taken == [1]


def test_in_the_end_nobody_waits_for_a_receiver_that_is_away(path: Path) -> None:
    sink, postman = _sink(path)
    postman.away = "away"
    sink.write(event(seq=1))
    began = time.monotonic()
    sink.close()
    assert time.monotonic() - began < 2.0


def test_a_damaged_store_ends_the_sink(path: Path) -> None:
    _stored(path, *range(1, 400))
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 200_000)
    path.with_name("events.db-wal").unlink(missing_ok=True)
    with pytest.raises(SinkGoneError, match=r"events.db: .* it is damaged"):
        _sink(path)
