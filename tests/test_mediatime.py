from fractions import Fraction
from itertools import pairwise

import pytest

from stream_ocr.mediatime import ArrivalClock, MediaClock

TWELFTH = Fraction(1, 12)
MILLI = Fraction(1, 1000)


def ticks(pts: list[int | None], time_base: Fraction, interval: float, origin: int | None = None) -> list[float]:
    clock = MediaClock(time_base, interval, origin=origin)
    return [clock.tick(value) for value in pts]


def test_begins_at_zero_wherever_pts_start() -> None:
    assert ticks([900_000, 903_600, 907_200], Fraction(1, 90_000), 0.04) == pytest.approx([0, 0.04, 0.08])
    assert ticks([-500, -460, -420], MILLI, 0.04) == pytest.approx([0, 0.04, 0.08])


def test_follows_pts_and_not_the_rate() -> None:
    assert ticks([0, 10, 300, 340, 2_340], MILLI, 0.04) == pytest.approx([0, 0.01, 0.3, 0.34, 2.34])


def test_missing_pts_are_one_interval_after_the_frame_before() -> None:
    assert ticks([0, 40, None, None, 160], MILLI, 0.04) == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])


def test_a_stream_without_any_pts_counts_intervals() -> None:
    assert ticks([None, None, None], MILLI, 0.1) == pytest.approx([0, 0.1, 0.2])


def test_first_pts_known_late() -> None:
    assert ticks([None, None, 5_000, 5_100], MILLI, 0.1) == pytest.approx([0, 0.1, 0.2, 0.3])


def test_a_late_stamp_is_one_interval_after_the_frame_before() -> None:
    assert ticks([0, 40, 80, 40, 160], MILLI, 0.04) == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])
    assert ticks([0, 40, 40, 120], MILLI, 0.04) == pytest.approx([0, 0.04, 0.08, 0.12])


def test_stays_close_where_frames_are_stamped_out_of_order() -> None:
    scrambled: list[int | None] = [1, 4, 3, 5, 2, 8, 7, 9, 6, 12, 11, 13, 10, 16, 15, 17, 14, 18]
    times = ticks(scrambled, TWELFTH, 1 / 12)
    assert all(later > earlier for earlier, later in pairwise(times))
    assert max(abs(time - index / 12) for index, time in enumerate(times)) < 0.25


def test_a_wrong_interval_does_not_drift() -> None:
    doubled: list[int | None] = [40 * (index // 2) for index in range(2_000)]
    times = ticks(doubled, MILLI, 0.04)
    assert all(later > earlier for earlier, later in pairwise(times))
    assert times[-1] == pytest.approx(0.04 * 999, abs=0.1)


def test_a_restart_is_followed_from_where_it_was() -> None:
    times = ticks([50_000, 50_040, 0, 40, 90], MILLI, 0.04)
    assert times == pytest.approx([0, 0.04, 0.08, 0.12, 0.17])


def test_one_stray_pts_does_no_harm() -> None:
    times = ticks([50_000, 50_040, 0, 50_120, 50_160], MILLI, 0.04)
    assert times == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])


def test_a_jump_forward_after_a_restart_is_followed() -> None:
    times = ticks([50_000, 50_040, 0, 40, 9_040, 9_080], MILLI, 0.04)
    assert times == pytest.approx([0, 0.04, 0.08, 0.12, 9.12, 9.16])


def test_origin_is_media_time_zero() -> None:
    assert ticks([5_000, 5_040], MILLI, 0.04, origin=1_000) == pytest.approx([4, 4.04])
    assert ticks([900, 1_040], MILLI, 0.04, origin=1_000) == pytest.approx([0, 0.04])
    assert ticks([None, 5_040], MILLI, 0.04, origin=1_000) == pytest.approx([0, 4.04])


def test_frames_without_times_have_that_of_their_arrival() -> None:
    moments = iter([100.0, 100.07, 100.07, 100.2])
    clock = ArrivalClock(lambda: next(moments))
    assert [round(clock.tick(None), 3) for _ in range(4)] == [0.0, 0.07, 0.071, 0.2]
