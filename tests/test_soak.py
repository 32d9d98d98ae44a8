"""Half a minute of bad luck; `make soak` has half an hour of it."""

from soak import STALL, soak


def test_half_a_minute_of_bad_luck() -> None:
    seen = soak(30.0, seed=3)
    assert seen.missed == []
    assert (seen.twice, seen.open) == (0, 0)
    assert seen.events["appear"] == seen.events["disappear"] > 0
    # A moment for the threads that are to notice it, on a busy machine.
    limits = {"stall": STALL + 1.0, "reset": 2.0, "close": 2.0, "gone": 2.0}
    for kind, delays in seen.delays.items():
        for said, well in delays:
            assert said <= limits.get(kind, 0.0), kind
            assert well <= 10.0, kind
    assert seen.status == 130
