"""When and where a source is searched for text."""

from collections.abc import Mapping
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from frames import frame

from stream_ocr.config import DetectConfig
from stream_ocr.messages import Box, Frame, Quad, Tiles
from stream_ocr.ocr.detect import Detected, Shape
from stream_ocr.ocr.windows import Window
from stream_ocr.regions import WHOLE_PICTURE, Regions
from stream_ocr.searching import Searches

SIZE = 640, 360
SHAPE: Shape = (544, 960)
SIGN: Quad = ((40, 40), (200, 40), (200, 70), (40, 70))
PICTURE = np.zeros((360, 640, 3), np.uint8)


def made(pts: float, *dirty: Box) -> Frame:
    """A frame, 25 of them a second, of which those boxes changed."""
    tiles: Tiles = np.zeros((45, 80), np.bool_)
    for left, top, right, bottom in dirty:
        tiles[top // 8 : -(-bottom // 8), left // 8 : -(-right // 8)] = True
    return msgspec.structs.replace(frame(pts, PICTURE, interval=0.04), dirty=tiles)


def everything(pts: float) -> Frame:
    return made(pts, (0, 0, *SIZE))


def searches(*, behind: int = 0, regions: Regions = WHOLE_PICTURE, **config: float) -> Searches:
    return Searches(DetectConfig(**config), regions, behind)  # type: ignore[arg-type]


def answer(plan: Searches, found: list[Window], *lines: Quad) -> None:
    """The results of the oldest search: each line in the first window."""
    held = [(window, [Detected(line, 0.9) for line in lines] if window is found[0] else []) for window in found]
    plan.learn(held, SIZE, SHAPE)


def searched_at(plan: Searches, seconds: float, lines: Mapping[float, tuple[Quad, ...]]) -> list[float]:
    """When a picture that stirs everywhere is searched, if from each of the times on it shows those lines."""
    times = []
    for index in range(round(seconds * 25)):
        pts = index / 25
        windows = plan.plan(everything(pts), SHAPE)
        if windows:
            times.append(pts)
            shown = [quads for since, quads in lines.items() if since <= pts]
            answer(plan, windows, *(shown[-1] if shown else ()))
    return times


def test_the_first_frame_is_searched_as_a_whole() -> None:
    (window,) = searches().plan(everything(0.0), SHAPE)
    assert window.box == (0, 0, *SIZE)


def test_a_picture_in_which_nothing_changes_is_searched_once() -> None:
    plan = searches()
    answer(plan, plan.plan(everything(0.0), SHAPE))
    assert not any(plan.plan(made(index / 25), SHAPE) for index in range(1, 250))


def test_only_what_changed_is_searched_and_the_whole_picture_now_and_then() -> None:
    plan = searches(whole_every=2.0)
    shapes = []
    for second in range(6):
        found = plan.plan(made(second, (600, 8, 632, 16)) if second else everything(0.0), SHAPE)
        answer(plan, found)
        shapes.append(found[0].shape)
    assert [shape == SHAPE for shape in shapes] == [True, False, True, False, True, False]


def test_the_whole_picture_always() -> None:
    plan = searches(whole_every=0.0)
    for second in range(3):
        found = plan.plan(made(second, (600, 8, 632, 16)), SHAPE)
        answer(plan, found)
        assert [window.shape for window in found] == [SHAPE]


def test_what_changed_since_the_latest_search_is_searched_when_it_is_time() -> None:
    plan = searches()
    answer(plan, plan.plan(everything(0.0), SHAPE))
    assert not plan.plan(made(0.04, (600, 8, 632, 16)), SHAPE)
    (window,) = plan.plan(made(0.12), SHAPE)
    assert window.box[0] <= 600 and window.box[2] >= 632 and window.shape != SHAPE


def test_outside_the_regions_nothing_changes() -> None:
    plan = searches(regions=Regions(include=[((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))]))
    answer(plan, plan.plan(everything(0.0), SHAPE))
    assert not plan.plan(made(1.0, (600, 8, 632, 16)), SHAPE)
    assert plan.plan(made(1.5, (100, 8, 132, 16)), SHAPE)


def test_after_a_line_was_cut_off_the_whole_picture_is_searched_at_once() -> None:
    plan = searches()
    answer(plan, plan.plan(everything(0.0), SHAPE))
    found = plan.plan(made(1.0, (40, 40, 200, 72)), SHAPE)
    assert found[0].shape != SHAPE
    bottom = found[0].box[3]
    answer(plan, found, ((40, 40), (200, 40), (200, bottom), (40, bottom)))
    (window,) = plan.plan(made(1.12), SHAPE)
    assert window.shape == SHAPE


def test_while_nothing_new_turns_up_searches_become_rarer() -> None:
    times = searched_at(searches(), 4.0, {0.0: (SIGN,)})
    gaps = np.diff(times)
    assert gaps[0] == pytest.approx(0.1, abs=0.03)
    assert gaps[-1] == pytest.approx(0.4, abs=0.05)
    assert all(later >= earlier - 0.05 for earlier, later in pairwise(gaps))


def test_with_something_new_they_are_as_frequent_as_at_first() -> None:
    lower: Quad = ((40, 300), (200, 300), (200, 330), (40, 330))
    times = searched_at(searches(), 4.0, {0.0: (SIGN,), 2.0: (SIGN, lower)})
    after = [time for time in times if time >= 2.0]
    assert after[0] < 2.45
    assert np.diff(after)[0] == pytest.approx(0.1, abs=0.03)


def test_a_line_that_comes_and_goes_is_nothing_new() -> None:
    flicker = {index / 10: (SIGN,) if index % 2 else () for index in range(80)}
    assert np.diff(searched_at(searches(), 8.0, flicker))[-1] == pytest.approx(0.4, abs=0.05)


def test_as_often_as_ever_if_that_is_wanted() -> None:
    assert np.diff(searched_at(searches(least_rate=10.0), 4.0, {0.0: (SIGN,)})) == pytest.approx(0.1, abs=0.03)


def test_a_line_that_moves_is_something_new() -> None:
    moving: dict[float, tuple[Quad, ...]] = {
        n / 10: (((40 + 8 * n, 40), (200 + 8 * n, 40), (200 + 8 * n, 70), (40 + 8 * n, 70)),) for n in range(40)
    }
    assert max(np.diff(searched_at(searches(), 4.0, moving))) < 0.15


def test_a_rate_below_the_slowest_is_kept() -> None:
    assert np.diff(searched_at(searches(rate=1.0), 5.0, {})) == pytest.approx(1.0, abs=0.03)


def test_a_plan_goes_by_the_same_results_however_early_they_come() -> None:
    early, late = searches(behind=2, rate=25.0), searches(behind=2, rate=25.0)
    waiting: list[list[Window]] = []
    plans = []
    for index in range(50):
        picture = everything(index / 25) if index % 3 else made(index / 25, (40, 40, 80, 72))
        one = early.plan(picture, SHAPE)
        if one:
            answer(early, one, SIGN)
        while late.unknown:
            answer(late, waiting.pop(0), SIGN)
        other = late.plan(picture, SHAPE)
        waiting += [other] if other else []
        plans.append((one, other))
    assert all(one == other for one, other in plans)
    assert sum(bool(one) for one, _ in plans) > 5
