import numpy as np
import pytest
from frames import picture, quad

from stream_ocr.messages import Image, Quad
from stream_ocr.tracking.appearance import (
    Look,
    difference,
    followed,
    look,
    patch,
    resemblance,
    resized,
    same_extent,
    tiny,
    touched,
)

BOX = quad(95, 170, 330, 210)


def _noisy(image: Image, sigma: float, seed: int) -> Image:
    noise = np.random.default_rng(seed).normal(0, sigma, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def test_a_look_is_small_and_upright() -> None:
    seen = look(picture(("EXIT 25", (100, 200))), BOX)
    assert seen.thumbnail.shape == (24, 141)
    assert seen.thumbnail.dtype == np.uint8


@pytest.mark.parametrize(
    ("box", "height"),
    [
        (BOX, 40.0),
        (quad(95, 170, 330, 191.5), 21.5),
        (((100, 100), (180, 160), (150, 200), (70, 140)), 50.0),
        (quad(95, 170, 330, 170), 1.0),
    ],
    ids=["upright", "between pixels", "rotated", "flat"],
)
def test_a_look_knows_how_high_the_line_is(box: Quad, height: float) -> None:
    assert look(picture(("EXIT 25", (100, 200))), box).height == pytest.approx(height)


def test_a_very_long_line_stays_small() -> None:
    assert look(picture(), quad(0, 0, 640, 10)).thumbnail.shape == (24, 480)


def test_a_larger_sharper_look_has_more_quality() -> None:
    sharp = picture(("EXIT 25", (100, 200)))
    blurred = np.asarray(np.repeat(np.repeat(sharp[::4, ::4], 4, 0), 4, 1), dtype=np.uint8)
    assert look(sharp, BOX).quality > look(blurred, BOX).quality
    assert look(picture(), BOX).quality == 0


def test_the_same_text_in_noise_looks_alike() -> None:
    image = picture(("EXIT 25", (100, 200)))
    assert difference(look(_noisy(image, 6, 1), BOX), look(_noisy(image, 6, 2), BOX)) < 0.15


def test_a_small_shift_of_the_box_looks_alike() -> None:
    image = picture(("EXIT 25", (100, 200)))
    assert difference(look(image, BOX), look(image, quad(97, 171, 332, 211))) < 0.3


@pytest.mark.parametrize("other", ["EXIT 26", "EXIT 23", "TAXI 25"])
def test_one_changed_character_looks_different(other: str) -> None:
    before, now = picture(("EXIT 25", (100, 200))), picture((other, (100, 200)))
    assert difference(look(before, BOX), look(now, BOX)) > 0.22


def test_one_digit_alone_looks_different() -> None:
    box = quad(98, 170, 125, 206)
    assert difference(look(picture(("4", (100, 200))), box), look(picture(("5", (100, 200))), box)) > 0.22


def test_boxes_of_nearly_the_same_shape_are_compared_at_one_size() -> None:
    image = picture(("EXIT 25", (100, 200)))
    assert difference(look(image, BOX), look(image, quad(95, 170, 340, 210))) < 1.0


def test_a_very_narrow_line_can_be_compared() -> None:
    box = quad(100, 170, 112, 210)
    assert difference(look(picture(("1", (100, 200))), box), look(picture(("1", (100, 200))), box)) < 0.1


def test_a_box_of_another_shape_looks_different() -> None:
    image = picture(("EXIT 25", (100, 200)))
    assert difference(look(image, BOX), look(image, quad(95, 170, 430, 210))) == 1.0


def test_a_patch_is_a_copy_within_the_picture() -> None:
    luma = np.arange(100, dtype=np.uint8).reshape(10, 10)
    cut = patch(luma, (-5, 8, 2, 20))
    assert cut.tolist() == [[80, 81], [90, 91]]
    cut[:] = 0
    assert luma[8, 0] == 80


def test_a_patch_is_found_where_it_moved() -> None:
    luma = np.random.default_rng(1).integers(0, 255, (90, 160), dtype=np.uint8)
    template = patch(luma, (40, 30, 80, 42))
    moved = np.roll(luma, (3, -5), axis=(0, 1))
    dx, dy, likeness = followed(template, moved, (40, 30, 80, 42), 10)
    assert (dx, dy) == (-5, 3)
    assert likeness == pytest.approx(1.0, abs=1e-3)


def test_a_patch_that_is_gone_is_not_found() -> None:
    rng = np.random.default_rng(1)
    luma, other = (rng.integers(0, 255, (90, 160), dtype=np.uint8) for _ in range(2))
    assert followed(patch(luma, (40, 30, 80, 42)), other, (40, 30, 80, 42), 10)[2] < 0.5


def test_a_patch_without_texture_or_outside_is_not_found() -> None:
    luma = np.zeros((90, 160), np.uint8)
    assert followed(patch(luma, (40, 30, 80, 42)), luma, (40, 30, 80, 42), 10) == (0, 0, 0.0)
    assert followed(patch(luma, (200, 30, 220, 42)), luma, (200, 30, 220, 42), 10) == (0, 0, 0.0)


def test_touched_by_the_dirty_tile_it_lies_on() -> None:
    dirty = np.zeros((9, 16), np.bool_)
    dirty[4, 8] = True
    assert touched(dirty, (330, 170, 350, 180), (640, 360))
    assert not touched(dirty, (100, 170, 310, 155), (640, 360))
    assert not touched(dirty, (330, 10, 350, 150), (640, 360))


def test_same_extent_is_up_to_four_columns_and_resized_from_a_fifth_on() -> None:
    before = Look(np.zeros((24, 100), np.uint8), 1.0)
    looks = [Look(np.zeros((24, columns), np.uint8), 1.0) for columns in (79, 80, 95, 96, 104, 105, 120, 121)]
    assert [same_extent(before, now) for now in looks] == [False, False, False, True, True, False, False, False]
    assert [resized(before, now) for now in looks] == [True, False, False, False, False, False, False, True]


def test_resemblance_of_one_text_in_two_sizes() -> None:
    one = patch(picture(("EXIT 25", (100, 200)))[..., 0], (95, 170, 235, 210))
    larger = np.repeat(np.repeat(one, 2, 0), 2, 1)
    assert resemblance(one, one) == pytest.approx(1.0, abs=1e-5)
    assert resemblance(one, larger) > 0.9
    assert resemblance(one, 255 - one) == pytest.approx(-1.0, abs=1e-5)


def test_resemblance_of_two_texts_is_low() -> None:
    one, other = (patch(picture((text, (100, 200)))[..., 0], (95, 170, 235, 210)) for text in ("EXIT 25", "TAXI 48"))
    assert resemblance(one, other) < 0.6


def test_nothing_resembles_a_plain_or_a_tiny_picture() -> None:
    text, plain = picture(("EXIT 25", (100, 200)))[170:210, 95:235, 0], np.full((40, 140), 40, np.uint8)
    assert resemblance(text, plain) == resemblance(plain, text) == resemblance(plain, plain) == 0.0
    assert resemblance(text, text[:2]) == resemblance(text[:0], text) == 0.0


def test_tiny_is_the_whole_picture_in_32_by_18() -> None:
    luma = np.zeros((180, 320), np.uint8)
    luma[:, 160:] = 200
    small = tiny(luma)
    assert small.shape == (18, 32)
    assert small[9, 10] == 0
    assert small[9, 20] == 200
