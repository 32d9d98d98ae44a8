import itertools

import numpy as np
import pytest

from stream_ocr.messages import Box, Image
from stream_ocr.scene import Scene, Shown

SIZES = [(640, 360), (1280, 720), (721, 1280), (64, 64)]


def ink(picture: Image, box: Box) -> float:
    """Contrast within the box, in grey levels."""
    left, top, right, bottom = box
    return float(picture[top:bottom, left:right].max(axis=2).std())


@pytest.mark.parametrize("size", SIZES)
def test_a_picture_is_the_callers_own(size: tuple[int, int]) -> None:
    scene = Scene(size)
    picture = scene.picture(2.0)
    assert picture.shape == (size[1], size[0], 3)
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    picture[:] = 0
    assert scene.picture(2.0).any()


def test_a_seed_gives_the_same_pictures() -> None:
    one, same, other = Scene(seed=5), Scene(seed=5), Scene(seed=6)
    one.picture(9.0)
    assert np.array_equal(one.picture(3.3), same.picture(3.3))
    assert not np.array_equal(one.picture(3.3), other.picture(3.3))
    assert one.truth() == same.truth()
    assert one.truth() != other.truth()


def test_the_background_moves() -> None:
    scene = Scene((320, 180))
    assert not np.array_equal(scene.picture(2.0)[60:90], scene.picture(2.6)[60:90])


def by_kind(scene: Scene, kind: str, until: float | None = None) -> list[Shown]:
    return [shown for shown in scene.truth(until) if shown.kind == kind]


def test_the_sign_stays() -> None:
    assert [(shown.text, shown.start, shown.end) for shown in by_kind(Scene(rate=10, length=4), "sign")] == [
        ("EXIT 25", 0.0, 3.9)
    ]


def test_the_clock_changes_each_second() -> None:
    clocks = by_kind(Scene(rate=30, length=3), "clock")
    assert [shown.start for shown in clocks] == pytest.approx([0, 1, 2])
    assert [shown.end for shown in clocks] == pytest.approx([29 / 30, 59 / 30, 89 / 30])
    assert len({shown.text for shown in clocks}) == 3
    assert len({shown.box for shown in clocks}) == 1


def test_plates_come_and_go_and_move() -> None:
    scene = Scene(rate=10, length=20)
    plates = by_kind(scene, "plate")
    assert [shown.start for shown in plates] == pytest.approx([1, 6, 11, 16])
    assert [shown.end for shown in plates] == pytest.approx([3.9, 8.9, 13.9, 18.9])
    assert len({shown.text for shown in plates}) == 4
    left, top, right, bottom = plates[0].box
    assert not np.array_equal(
        scene.picture(1.0)[top:bottom, left:right],
        scene.picture(2.5)[top:bottom, left:right],
    )


def test_every_message_of_the_ticker_comes_round_again() -> None:
    texts = [shown.text for shown in by_kind(Scene((1280, 720), rate=5, length=60), "ticker")]
    assert len(set(texts)) == 5
    assert len(texts) > 6


def test_truth_shows_ink_at_every_box() -> None:
    for size in SIZES[:2]:
        scene = Scene(size, rate=5, length=20)
        for shown in scene.truth():
            assert ink(scene.picture(shown.start), shown.box) > 40
            assert 0 <= shown.box[0] < shown.box[2] <= size[0]
            assert 0 <= shown.box[1] < shown.box[3] <= size[1]


def test_spans_of_one_text_do_not_meet() -> None:
    spans = sorted((shown.kind, shown.text, shown.start, shown.end) for shown in Scene(rate=5, length=60).truth())
    for before, after in itertools.pairwise(spans):
        assert before[:2] != after[:2] or before[3] < after[2]


def test_an_endless_scene_needs_an_end_of_truth() -> None:
    scene = Scene((320, 180), rate=5, length=0)
    assert scene.frames is None
    assert len(by_kind(scene, "clock", until=2.0)) == 3
    with pytest.raises(ValueError, match="until"):
        scene.truth()


def test_a_length_is_at_least_one_frame() -> None:
    assert Scene((320, 180), rate=10, length=0.01).frames == 1
    assert Scene((320, 180), rate=10, length=1.5).frames == 15


def test_the_clock_passes_midnight() -> None:
    text = by_kind(Scene((320, 180), rate=0.0005, length=90_000), "clock")[-1].text
    assert text < "24:00:00"
