"""Lines that are parted at their gaps, on made rows of blocks."""

import cv2
import numpy as np
import pytest
from frames import picture, quad

from stream_ocr.geometry import corners, quad_of
from stream_ocr.messages import Image, Quad
from stream_ocr.ocr.columns import parted
from stream_ocr.ocr.detect import Detected

WORD = 40


def _row(*gaps: int, high: int = 24) -> Image:
    """Words of 40 columns with gaps between them, on a plain ground."""
    columns = (len(gaps) + 1) * WORD + sum(gaps)
    image = np.full((high, columns, 3), 40, np.uint8)
    left = 0
    for gap in (*gaps, 0):
        image[high // 4 : -(high // 4), left : left + WORD] = 255
        left += WORD + gap
    return image


def _whole(image: Image) -> Detected:
    return Detected(quad(0, 0, image.shape[1], image.shape[0]), 0.8)


def _spans(image: Image) -> list[tuple[float, float]]:
    """Left and right ends of what a line as large as the picture is parted into."""
    found = parted(image, [_whole(image)])
    assert all(
        corners(part.quad) == pytest.approx(corners(quad(part.quad[0][0], 0, part.quad[1][0], image.shape[0])))
        for part in found
    )
    return [(round(part.quad[0][0], 3), round(part.quad[1][0], 3)) for part in found]


def test_a_row_of_a_table_is_parted_in_its_wide_gap_a_little_off_the_words() -> None:
    image = _row(8, 8, 60, 8)
    # Words end at 136 and go on at 196; four columns of the gap stay with each.
    assert _spans(image) == [(0, 140), (192, 284)]


def test_a_row_of_several_columns_becomes_all_of_them_in_reading_order() -> None:
    assert _spans(_row(8, 60, 8, 60, 8)) == [(0, 92), (144, 240), (292, 384)]


def test_parts_have_the_score_of_the_line() -> None:
    image = _row(8, 8, 60, 8)
    assert [part.score for part in parted(image, [_whole(image)])] == [0.8, 0.8]


def test_a_larger_line_is_parted_at_the_same_place() -> None:
    image = np.repeat(np.repeat(_row(8, 8, 60, 8), 3, 0), 3, 1)
    assert _spans(image) == [(0, 420), (576, 852)]


@pytest.mark.parametrize(
    "gaps",
    [(8, 8, 8), (8, 12, 8, 10), (8, 21, 8, 8), (16, 28, 16, 16), (2, 2, 2, 2)],
    ids=["even", "uneven", "less than a height", "not much wider than the others", "letters"],
)
def test_a_sentence_is_left_alone(gaps: tuple[int, ...]) -> None:
    image = _row(*gaps)
    assert parted(image, [_whole(image)]) == [_whole(image)]


def test_where_there_is_one_gap_only_a_very_wide_one_parts() -> None:
    assert len(_spans(_row(2, 2, 35, 2, 2))) == 1
    assert _spans(_row(2, 2, 36, 2, 2)) == [(0, 128), (156, 284)]


def test_a_busy_ground_has_no_gaps() -> None:
    image = _row(8, 8, 60, 8)
    noise = np.random.default_rng(1).integers(0, 256, image.shape, dtype=np.uint8)
    busy = np.where(image == 255, image, noise)
    assert parted(busy, [_whole(busy)]) == [_whole(busy)]


def test_a_faint_ground_is_none() -> None:
    image = _row(8, 8, 60, 8)
    image[::2] -= np.uint8(20)
    assert len(parted(image, [_whole(image)])) == 2


def test_a_line_of_fewer_than_six_heights_is_left_alone() -> None:
    image = _row(63)
    assert len(parted(image, [_whole(image)])) == 1
    assert len(parted(_row(64), [_whole(_row(64))])) == 2


def test_a_line_that_runs_downwards_is_left_alone() -> None:
    image = np.rot90(_row(8, 8, 60, 8)).copy()
    assert parted(image, [_whole(image)]) == [_whole(image)]


def test_a_line_without_any_ink_is_left_alone() -> None:
    line = Detected(quad(100, 170, 400, 210), 0.8)
    assert parted(picture(), [line]) == [line]


def test_no_lines_no_parts() -> None:
    assert parted(picture(), []) == []


def test_lines_are_parted_one_by_one_where_they_lie() -> None:
    image = picture()
    row = _row(8, 8, 60, 8)
    image[100:124, 50 : 50 + row.shape[1]] = row
    image[200:224, 50 : 50 + row.shape[1]] = row
    upper, lower = quad(50, 100, 50 + row.shape[1], 124), quad(50, 200, 146, 224)
    found = parted(image, [Detected(upper, 0.9), Detected(lower, 0.7)])
    assert [part.score for part in found] == [0.9, 0.9, 0.7]
    assert [corners(part.quad).tolist() for part in found] == [
        pytest.approx(corners(box)) for box in (quad(50, 100, 190, 124), quad(242, 100, 334, 124), lower)
    ]


@pytest.mark.parametrize("degrees", [-20, 5, 20])
def test_the_parts_of_a_rotated_line_lie_on_it(degrees: int) -> None:
    row = _row(8, 8, 60, 8)
    turn = cv2.getRotationMatrix2D((142, 12), degrees, 1.0)
    turn[:, 2] += (178, 168)
    image = np.asarray(cv2.warpAffine(row, turn, (640, 360), borderValue=(40, 40, 40)), np.uint8)

    def turned(box: Quad) -> Quad:
        return quad_of(np.asarray(cv2.transform(corners(box)[np.newaxis], turn))[0])

    found = parted(image, [Detected(turned(quad(0, 0, 284, 24)), 0.8)])
    expected = [turned(quad(0, 0, 140, 24)), turned(quad(192, 0, 284, 24))]
    assert len(found) == 2
    for part, box in zip(found, expected, strict=True):
        assert corners(part.quad) == pytest.approx(corners(box), abs=2.0)
