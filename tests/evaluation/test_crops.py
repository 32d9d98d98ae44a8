from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import make_clip
from frames import quad

from stream_ocr.config import SourceConfig
from stream_ocr.evaluation.crops import Cut, cut_pictures, quad_at
from stream_ocr.evaluation.scoring import Sighting
from stream_ocr.messages import Image


def _decoded(jpeg: bytes) -> Image:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A second of 640 x 320, getting lighter by 20 every tenth of it; from (100, 50) to (300, 70) it is red."""
    pictures = []
    for number in range(10):
        picture = np.full((320, 640, 3), 20 * number, np.uint8)
        picture[50:70, 100:300] = (0, 0, 200)
        pictures.append(picture)
    return make_clip(tmp_path / "a.mp4", pictures=pictures, rate=10)


def test_whole_pictures_are_made_small(clip: Path) -> None:
    cuts = [Cut(0.75), Cut(0.0), Cut(99.0)]
    late, first, last = map(_decoded, cut_pictures(clip, SourceConfig(uri=str(clip)), cuts))
    assert first.shape == late.shape == last.shape == (160, 320, 3)
    levels = [int(picture[-10:].mean()) for picture in (first, late, last)]
    assert levels == pytest.approx([0, 160, 180], abs=8)


def test_a_line_is_cut_out_with_a_margin(clip: Path) -> None:
    (jpeg,) = cut_pictures(clip, SourceConfig(uri=str(clip)), [Cut(0.2, quad(100, 50, 300, 70))])
    picture = _decoded(jpeg)
    assert picture.shape[:2] == (48, 264)  # 220 x 40, enlarged to be legible
    blue, _, red = picture[24, 132]
    assert red > 150 > blue
    assert abs(int(picture[2, 2, 2]) - 40) < 25


@pytest.mark.parametrize("box", [quad(-50, -50, 30, 20), quad(620, 300, 900, 400), quad(5000, 5000, 5001, 5001)])
def test_a_line_at_the_edge_or_beyond_it_still_gives_a_picture(
    clip: Path, box: tuple[tuple[float, float], ...]
) -> None:
    (jpeg,) = cut_pictures(clip, SourceConfig(uri=str(clip)), [Cut(0.2, box)])  # type: ignore[arg-type]
    assert min(_decoded(jpeg).shape[:2]) >= 1


def test_without_cuts_nothing_is_cut(clip: Path) -> None:
    assert cut_pictures(clip, SourceConfig(uri=str(clip)), []) == []


def test_between_two_sightings_a_text_is_on_its_way() -> None:
    sightings = [Sighting(1.0, quad(0, 0, 10, 10)), Sighting(3.0, quad(100, 20, 110, 30))]
    assert quad_at(sightings, 2.0) == quad(50, 10, 60, 20)
    assert quad_at(sightings, 0.0) == quad(0, 0, 10, 10)
    assert quad_at(sightings[:1], 2.0) == quad(0, 0, 10, 10)
