"""Drawn pictures that have to be what networks take, and show something to read."""

import numpy as np
import pytest

from stream_ocr.ocr import specimens


@pytest.mark.parametrize("size", [(192, 320), (416, 416), (64, 64)])
def test_a_page(size: tuple[int, int]) -> None:
    page = specimens.page(*size)
    assert page.shape == (1, 3, *size)
    assert page.dtype == np.float32
    assert -1.0 <= page.min() < -0.5 < 0.5 < page.max() <= 1.0


@pytest.mark.parametrize("size", [(48, 320), (48, 3200), (32, 100)])
def test_a_line_is_full_of_text(size: tuple[int, int]) -> None:
    line = specimens.line(*size)
    assert line.shape == (1, 3, *size)
    ends = np.array_split(line[0, 0], 4, axis=1)
    assert all(end.max() > 0.5 > -0.5 > end.min() for end in ends)


def test_lines_of_two_widths_say_different_things() -> None:
    assert not np.array_equal(specimens.line(48, 320), specimens.line(48, 480)[..., :320])
