import numpy as np
import pytest
from frames import quad

from stream_ocr.config import SourceConfig
from stream_ocr.messages import Quad
from stream_ocr.regions import WHOLE_PICTURE, Regions

SIZE = (200, 100)
LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
CORNER = ((0.0, 0.0), (0.25, 0.0), (0.25, 0.5), (0.0, 0.5))


@pytest.mark.parametrize(
    ("box", "kept"),
    [
        (quad(60, 60, 100, 80), True),
        (quad(60, 60, 139, 80), True),
        (quad(60, 60, 141, 80), False),
        (quad(0, 10, 90, 30), False),
        (quad(20, 10, 90, 30), True),
    ],
    ids=["inside", "its centre inside", "its centre outside", "its centre excluded", "partly excluded"],
)
def test_a_line_is_where_its_centre_is(box: Quad, kept: bool) -> None:
    assert Regions([LEFT], [CORNER]).keeps(box, SIZE) is kept


@pytest.mark.parametrize(
    ("box", "kept"),
    [
        (quad(10, 10, 90, 22), True),
        (quad(10, 10, 90, 21), False),
        (quad(10, 10, 22, 90), True),
        (quad(10, 10, 21, 90), False),
        (quad(10, 10, 20, 22), True),
        (((10.0, 20.0), (70.0, 10.0), (72.0, 22.0), (12.0, 32.0)), True),
    ],
    ids=["high enough", "too low", "downwards", "downwards, too narrow", "one character", "aslant"],
)
def test_a_line_is_as_high_as_its_letters(box: Quad, kept: bool) -> None:
    assert Regions(min_height=12).keeps(box, SIZE) is kept


def test_without_settings_every_line_is_kept_and_every_tile_watched() -> None:
    assert WHOLE_PICTURE.keeps(quad(0, 0, 1, 1), SIZE)
    assert WHOLE_PICTURE.keeps(quad(199, 99, 200, 100), SIZE)
    assert WHOLE_PICTURE.tiles(5, 7).all()


def test_tiles_wholly_outside_are_not_watched() -> None:
    tiles = Regions([LEFT], [CORNER]).tiles(2, 8)
    assert tiles.astype(int).tolist() == [[0, 0, 1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0]]
    assert tiles.dtype == np.bool_
    assert not tiles.flags.writeable


def test_the_regions_of_a_config() -> None:
    regions = Regions.of(SourceConfig(uri="a.mp4", include=[LEFT], exclude=[CORNER], min_height=9))
    assert (regions.include, regions.exclude, regions.min_height) == ((LEFT,), (CORNER,), 9)
