from collections.abc import Callable

import pytest

from stream_ocr.turnstile import Turnstile

LIMIT = 0.25


class Gate:
    """A turnstile, and the names of who was called, in that order."""

    def __init__(self) -> None:
        self.turnstile = Turnstile()
        self.called: list[str] = []

    def enter(self, source: str, seq: int, now: float) -> bool:
        return self.turnstile.enter(source, seq, now=now, limit=LIMIT, call=self._caller(source))

    def _caller(self, source: str) -> Callable[[], None]:
        return lambda: self.called.append(source)


@pytest.fixture
def gate() -> Gate:
    return Gate()


def test_one_at_a_time(gate: Gate) -> None:
    assert gate.enter("a", 1, 0.0)
    assert not gate.enter("b", 1, 0.0)
    gate.turnstile.open()
    assert gate.called == ["b"]
    assert gate.enter("b", 1, 0.01)


def test_each_in_its_turn(gate: Gate) -> None:
    entered = []
    assert gate.enter("a", 0, 0.0)
    for turn in range(1, 7):
        for source in ("c", "b", "a"):
            assert not gate.enter(source, turn, 0.01 * turn)
        gate.called.clear()
        gate.turnstile.open()
        (called,) = gate.called
        assert [source for source in ("a", "b", "c") if gate.enter(source, turn, 0.01 * turn)] == [called]
        entered.append(called)
    assert entered == ["c", "b", "a", "c", "b", "a"]


def test_nobody_enters_while_a_frame_inside_is_late(gate: Gate) -> None:
    assert gate.enter("a", 1, 0.0)
    gate.turnstile.open()
    assert gate.enter("a", 2, 0.2)
    gate.turnstile.open()
    assert not gate.enter("b", 1, 0.25)
    gate.turnstile.through("a", 1)
    assert gate.called == ["b"]
    assert gate.enter("b", 1, 0.3)
    gate.turnstile.open()
    assert not gate.enter("b", 2, 0.45)


def test_who_is_through_was_behind_all_of_its_source_that_were_lost(gate: Gate) -> None:
    for source, seq in (("a", 3), ("b", 4), ("a", 5)):
        gate.enter(source, seq, 0.0)
        gate.turnstile.open()
    gate.turnstile.through("a", 5)
    assert not gate.enter("a", 8, 1.0)
    gate.turnstile.through("b", 4)
    assert gate.enter("a", 8, 1.0)


def test_a_frame_that_was_lost_counts_no_longer_after_two_seconds(gate: Gate) -> None:
    gate.enter("a", 1, 0.0)
    gate.turnstile.open()
    assert not gate.enter("a", 2, 1.99)
    assert gate.enter("a", 2, 2.0)


def test_who_gives_up_makes_room_for_the_next(gate: Gate) -> None:
    gate.enter("a", 1, 0.0)
    for source in ("b", "c"):
        assert not gate.enter(source, 1, 0.0)
    gate.turnstile.withdraw("b")
    assert gate.called == []
    gate.turnstile.open()
    assert gate.called == ["c"]
    gate.turnstile.withdraw("c")
    assert gate.enter("d", 1, 0.0)


def test_who_was_called_and_gives_up_passes_the_call_on(gate: Gate) -> None:
    gate.enter("a", 1, 0.0)
    for source in ("b", "c"):
        assert not gate.enter(source, 1, 0.0)
    gate.turnstile.open()
    gate.turnstile.withdraw("b")
    assert gate.called == ["b", "c"]
