import numpy as np
import pytest
from frames import picture, quad

from stream_ocr.redaction.cover import covered, grown

PLATE = quad(100, 170, 240, 210)
TILTED = ((100.0, 150.0), (240.0, 190.0), (230.0, 225.0), (90.0, 185.0))


@pytest.mark.parametrize("place", [PLATE, TILTED, quad(-30, -10, 60, 30), quad(600, 340, 700, 400)])
def test_nothing_of_what_is_covered_has_a_part_in_the_picture(place: tuple[tuple[float, float], ...]) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (360, 640, 3), np.uint8)
    one = picture(("98-THD-4", (100, 200)))
    hidden = (covered(np.zeros_like(one), [place]) != 0).any(axis=2)  # type: ignore[list-item]
    other = np.where(hidden[..., None], noise, one)
    assert hidden.sum() > 500
    assert (one != other).any()
    assert np.array_equal(covered(one, [place]), covered(other, [place]))  # type: ignore[list-item]


def test_what_is_not_covered_stays_as_it_is() -> None:
    image = picture(("98-THD-4", (100, 200)), ("EXIT 25", (400, 100)))
    shown = covered(image, [PLATE])
    assert np.array_equal(shown[:160], image[:160])
    assert np.array_equal(shown[:, 300:], image[:, 300:])
    assert image[170:210, 100:240].max() == 255, "the frame itself is not written to"


def test_the_fill_goes_on_as_what_is_around() -> None:
    image = np.full((360, 640, 3), (200, 60, 20), np.uint8)
    image[170:210, 100:240] = 255
    inside = covered(image, [PLATE])[172:208, 102:238]
    assert np.abs(inside.mean(axis=(0, 1)) - (200, 60, 20)).max() < 8


def test_nothing_to_cover_and_everything() -> None:
    image = picture(("98-THD-4", (100, 200)))
    assert np.array_equal(covered(image, []), image)
    assert np.array_equal(covered(image, [quad(900, 10, 950, 30)]), image)
    assert covered(image, [quad(-10, -10, 700, 400)]).std() < 20


def test_the_margin_goes_with_the_line_and_has_a_least_size() -> None:
    (left, top), _, (right, bottom), _ = grown(quad(100, 100, 200, 140))
    assert (left, top, right, bottom) == (80, 88, 220, 152)
    (left, top), _, _, _ = grown(quad(100, 100, 140, 200))
    assert (left, top) == (80, 88), "a line that runs downwards"
    assert grown(quad(10, 10, 20, 16))[0] == (6, 6)
    assert grown(quad(100, 100, 200, 140), 0.5)[0] == (60, 68)
