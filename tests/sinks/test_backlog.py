import pytest
from texts import ONLINE, STATS, event, gone

from stream_ocr.messages import TextEvent
from stream_ocr.sinks import Item
from stream_ocr.sinks import backlog as module
from stream_ocr.sinks.backlog import Backlog


def _events(limit: int) -> Backlog[Item]:
    return Backlog(limit, lambda item: isinstance(item, TextEvent))


def _all(backlog: Backlog[Item]) -> list[Item]:
    taken = []
    while not backlog.empty:
        taken.append(backlog.pop())
    return taken


def test_what_comes_first_goes_first() -> None:
    backlog = _events(9)
    items: list[Item] = [ONLINE, event(seq=1), STATS, event(seq=2), event(seq=3), ONLINE]
    assert not any(backlog.push(item) for item in items)
    assert backlog.waiting == 3
    assert _all(backlog) == items
    assert backlog.waiting == 0


def test_the_oldest_goes_where_there_is_no_room() -> None:
    backlog = _events(2)
    assert [backlog.push(event(seq=seq)) for seq in range(5)] == [False, False, True, True, True]
    assert _all(backlog) == [event(seq=3), event(seq=4)]


def test_no_text_stays_open_for_want_of_its_end() -> None:
    """Twenty texts, of which two are visible at a time, through a backlog of five."""
    backlog = _events(5)
    for number in range(20):
        backlog.push(event(track=number))
        if number:
            backlog.push(gone(track=number - 1))
    backlog.push(gone(track=19))
    kept = [item for item in _all(backlog) if isinstance(item, TextEvent)]
    appeared = {item.track for item in kept if item.kind == "appear"}
    assert appeared
    assert appeared <= {item.track for item in kept if item.kind == "disappear"}


def test_notices_take_no_room_from_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_NOTICES", 3)
    backlog = _events(2)
    backlog.push(event(seq=1))
    for _ in range(50):
        assert not backlog.push(STATS)
    backlog.push(event(seq=2))
    assert backlog.full
    assert _all(backlog) == [event(seq=1), STATS, STATS, STATS, event(seq=2)]


def test_what_is_thrown_away_is_counted_without_notices() -> None:
    backlog = _events(9)
    for item in (ONLINE, event(seq=1), event(seq=2)):
        backlog.push(item)
    assert backlog.clear() == 2
    assert backlog.empty
