import numpy as np
import pytest

from stream_ocr.messages import Luma
from stream_ocr.tracking.motion import Motion


def _scene(seed: int, shape: tuple[int, int] = (180, 320)) -> Luma:
    """Patches of 4 x 4 pixels, so that a shift by a fraction of a patch still looks alike."""
    rows, columns = -(-shape[0] // 4), -(-shape[1] // 4)
    cells = np.random.default_rng(seed).integers(0, 255, (rows, columns), dtype=np.uint8)
    return np.repeat(np.repeat(cells, 4, 0), 4, 1)[: shape[0], : shape[1]]


def _moved(scene: Luma, dx: int, dy: int) -> Luma:
    return np.roll(scene, (dy, dx), axis=(0, 1))


@pytest.mark.parametrize("shift", [(12, 0), (0, -7), (-25, 14), (60, 0)])
def test_a_picture_that_moved_gives_its_shift(shift: tuple[int, int]) -> None:
    motion = Motion()
    motion.see(_scene(1))
    assert motion.see(_moved(_scene(1), *shift)) == pytest.approx(shift, abs=0.5)


def test_a_large_picture_is_compared_small_and_measured_in_its_own_pixels() -> None:
    motion = Motion()
    large = np.repeat(np.repeat(_scene(1), 2, 0), 2, 1)
    motion.see(large)
    assert motion.see(_moved(large, 24, -8)) == pytest.approx((24, -8), abs=1.0)


def test_each_picture_is_compared_with_the_one_before() -> None:
    motion = Motion()
    seen = [motion.see(_moved(_scene(1), 10 * n, 0)) for n in range(4)]
    assert seen[0] == (0.0, 0.0)
    assert seen[1:] == [pytest.approx((10, 0), abs=0.5)] * 3


def test_a_picture_that_stays_the_same_did_not_move() -> None:
    motion = Motion()
    motion.see(_scene(1))
    assert motion.see(_scene(1)) == (0.0, 0.0)


def test_a_flicker_of_less_than_a_grey_level_is_no_motion() -> None:
    motion = Motion()
    motion.see(_scene(1) // 2)
    flicker = _scene(1) // 2
    flicker[::2] += 1
    assert motion.see(flicker) == (0.0, 0.0)


def test_unrelated_pictures_have_no_motion() -> None:
    motion = Motion()
    motion.see(_scene(1))
    assert motion.see(_scene(2)) == (0.0, 0.0)


def test_what_changes_in_place_is_no_motion() -> None:
    motion = Motion()
    motion.see(_scene(1))
    lit = _scene(1).copy()
    lit[40:80, 100:200] = 255
    assert motion.see(lit) == (0.0, 0.0)


@pytest.mark.parametrize(("still", "expected"), [(72, (12, 0)), (81, (12, 0)), (90, (0, 0))])
def test_a_part_of_the_picture_may_stand_still_while_the_rest_moves(still: int, expected: tuple[int, int]) -> None:
    motion = Motion()
    motion.see(_scene(1))
    moved = _moved(_scene(1), 12, 0)
    moved[:still] = _scene(1)[:still]
    assert motion.see(moved) == pytest.approx(expected, abs=0.5)


def test_a_motion_under_a_dissolve_is_believed_while_a_third_of_it_shows() -> None:
    motion = Motion()
    motion.see(_scene(1))
    mixed = 0.3 * _moved(_scene(1), 12, 0) + 0.7 * _scene(2)
    assert motion.see(mixed.astype(np.uint8)) == pytest.approx((12, 0), abs=0.5)


def test_a_shift_that_leaves_too_little_of_the_picture_is_not_believed() -> None:
    motion = Motion()
    motion.see(_scene(1))
    assert motion.see(_moved(_scene(1), 150, 0)) == (0.0, 0.0)
    assert motion.see(_moved(_scene(1), 150, 85)) == (0.0, 0.0)


def test_a_tiny_picture_is_not_compared() -> None:
    motion = Motion()
    motion.see(_scene(1, (12, 320)))
    assert motion.see(_moved(_scene(1, (12, 320)), 12, 0)) == (0.0, 0.0)


def test_a_picture_of_another_size_begins_anew() -> None:
    motion = Motion()
    motion.see(_scene(1))
    wide = _scene(1, (120, 320))
    assert motion.see(wide) == (0.0, 0.0)
    assert motion.see(_moved(wide, 12, 0)) == pytest.approx((12, 0), abs=0.5)
