import numpy as np
import pytest

from stream_ocr.benchmark.shows import SHOWS, Show, busy, dense, still, ticker, walk


@pytest.fixture(scope="module", params=list(SHOWS))
def show(request: pytest.FixtureRequest) -> Show:
    return SHOWS[request.param]()


def test_each_is_called_what_it_is_known_by() -> None:
    assert {name: make().name for name, make in SHOWS.items()} == {name: name for name in SHOWS}


def test_pictures_are_the_callers_own_and_always_the_same(show: Show) -> None:
    picture = show.picture(1.5)
    assert picture.shape == (show.size[1], show.size[0], 3)
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    before = picture.copy()
    picture[:] = 0
    show.picture(7.0)[:] = 0
    assert (SHOWS[show.name]().picture(1.5) == before).all()
    assert (show.picture(1.5) == before).all()


def test_something_can_be_read_and_is_over_by_the_end(show: Show) -> None:
    truth = show.truth()
    assert len(truth) >= 5
    assert all(0 <= each.first <= each.last < show.length == 20.0 for each in truth)
    assert len(list(show.times())) == 600


def test_of_a_still_picture_only_the_clock_changes_and_only_each_second() -> None:
    show = still()
    assert (show.picture(3.0) == show.picture(3.9)).all()
    changed = np.argwhere((show.picture(3.9) != show.picture(4.0)).any(axis=2))
    assert len(changed) > 0
    (top, left), (bottom, _) = changed.min(axis=0), changed.max(axis=0)
    assert left > 0.7 * show.size[0]
    assert bottom < 0.15 * show.size[1]
    assert top > 0
    (second,) = [each for each in show.truth() if each.text == "11:58:04"]
    assert (second.first, second.last) == pytest.approx((4.0, 4 + 29 / 30))


def test_a_ticker_runs_through_the_foot_alone() -> None:
    show = ticker()
    rows = np.flatnonzero((show.picture(1.0) != show.picture(1.5)).any(axis=(1, 2)))
    assert rows.min() >= 720 - 88
    shown = {each.text: each for each in show.truth()}
    assert shown["Harbour News"].last == pytest.approx(20 - 1 / 30)
    assert shown["Bridge closed until Friday"].first > 1.0


def test_behind_subtitles_everything_moves() -> None:
    show = busy()
    moved = (show.picture(1.0) != show.picture(1.5)).any(axis=2)
    assert moved.mean() > 0.95
    cues = [each.text for each in show.truth()]
    assert cues[:3] == ["Where were you last night?", "Ask anyone.", "At home, with the cat."]


def test_a_line_is_typed_below_a_full_terminal() -> None:
    show = dense()
    typed = [each for each in show.truth() if each.text.startswith("$")]
    assert [each.text.partition(" -")[0] for each in typed] == ["$ find /var/log", "$ tail", "$ du"]
    # 39 characters, eight a second.
    assert typed[0].first == pytest.approx(39 / 8, abs=1 / 30)
    assert sum(each.first == 0 for each in show.truth()) == 26
    rows = np.flatnonzero((show.picture(1.0) != show.picture(2.0)).any(axis=(1, 2)))
    assert rows.min() > 680


def test_on_a_walk_signs_come_and_go() -> None:
    truth = walk().truth()
    assert [each.text for each in truth][-2:] == ["Central Library", "Fresh fish daily"]
    assert truth[0].last < truth[3].first
