"""Direction before and after the network."""

import numpy as np
import pytest

from stream_ocr.ocr.classify import Turn, decode, prepare


def test_a_short_crop_is_shown_whole() -> None:
    crop = np.full((20, 100, 3), 255, np.uint8)
    (only,) = prepare(crop)
    assert only.shape == (1, 3, 48, 192)
    assert only.all()


def test_a_long_crop_is_shown_by_its_two_ends() -> None:
    crop = np.zeros((20, 400, 3), np.uint8)
    crop[:, :100] = 255
    crop[:, 300:] = 102
    first, last = prepare(crop)
    assert first[0] == pytest.approx(1.0)
    assert last[0] == pytest.approx(-0.2, abs=1e-6)
    assert first.shape == last.shape == (1, 3, 48, 192)


def test_the_likelier_direction_wins() -> None:
    assert decode([np.array([0.8, 0.2])]) == Turn(0, 0.8)
    assert decode([np.array([0.1, 0.9])]) == Turn(180, 0.9)
    assert decode([np.array([0.5, 0.5])]) == Turn(0, 0.5)


def test_both_ends_count_alike() -> None:
    turn = decode([np.array([0.9, 0.1]), np.array([0.3, 0.7])])
    assert turn.direction == 0
    assert turn.probability == pytest.approx(0.6)
