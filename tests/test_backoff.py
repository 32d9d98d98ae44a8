import pytest

from stream_ocr.backoff import Backoff
from stream_ocr.config import ReconnectConfig


def _waits(backoff: Backoff, count: int, chance: float = 0.0) -> list[float]:
    found = []
    for _ in range(count):
        backoff.lost(online=0.0)
        found.append(backoff.wait(chance))
    return found


def test_waits_double_up_to_the_longest() -> None:
    assert _waits(Backoff(ReconnectConfig()), 7) == [1, 2, 4, 8, 16, 30, 30]


def test_chance_shortens_a_wait_by_a_quarter_at_most() -> None:
    assert _waits(Backoff(ReconnectConfig()), 3, chance=1.0) == [0.75, 1.5, 3.0]
    assert _waits(Backoff(ReconnectConfig()), 3, chance=0.5) == [0.875, 1.75, 3.5]


def test_after_a_healthy_time_they_begin_anew() -> None:
    backoff = Backoff(ReconnectConfig(healthy=30))
    _waits(backoff, 4)
    backoff.lost(online=29.9)
    assert backoff.wait(0.0) == 16
    backoff.lost(online=30.0)
    assert backoff.wait(0.0) == 1


def test_years_of_failures_are_no_overflow() -> None:
    backoff = Backoff(ReconnectConfig())
    backoff.failures = 100_000_000
    assert backoff.wait(0.0) == 30


@pytest.mark.parametrize(("attempts", "failures"), [(0, 1), (3, 4)])
def test_it_is_given_up_after_so_many_attempts(attempts: int, failures: int) -> None:
    backoff = Backoff(ReconnectConfig(attempts=attempts))
    for _ in range(failures):
        assert not backoff.exhausted
        backoff.lost(online=0.0)
    assert backoff.exhausted


def test_without_a_limit_it_is_never_given_up() -> None:
    backoff = Backoff(ReconnectConfig())
    backoff.failures = 100_000_000
    assert not backoff.exhausted
