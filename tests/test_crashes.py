"""A few seconds of killing; `python -m crashes` has ten minutes of it."""

from crashes import crashes


def test_whoever_is_killed_every_event_is_delivered_in_order() -> None:
    seen = crashes(9.0, seed=4, every=(0.3, 1.5))
    assert seen.well, seen
    assert set(seen.killed) == {"run", "broker", "webhook", "receiver"}
