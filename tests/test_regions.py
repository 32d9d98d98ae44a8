import numpy as np
import pytest
from frames import quad

from stream_ocr.config import RegionConfig, SourceConfig
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


SIGN = RegionConfig(polygon=((0.1, 0.1), (0.4, 0.2), (0.4, 0.6), (0.1, 0.5)), min_height=9, rectify=True)
STRIP = RegionConfig(polygon=((0.5, 0.0), (1.0, 0.0), (1.0, 0.2), (0.5, 0.2)))


def test_a_line_is_in_the_region_that_its_centre_is_in() -> None:
    regions = Regions(named={"sign": SIGN, "strip": STRIP})
    assert [regions.name(quad(*box), SIZE) for box in ((30, 20, 70, 40), (90, 4, 120, 14), (90, 40, 120, 60))] == [
        "sign",
        "strip",
        None,
    ]


def test_a_region_may_want_higher_lines_than_the_rest() -> None:
    regions = Regions(min_height=5, named={"sign": SIGN})
    assert [regions.keeps(quad(30, 20, 70, 20 + high), SIZE) for high in (8, 9)] == [False, True]
    assert [regions.keeps(quad(110, 20, 150, 20 + high), SIZE) for high in (4, 5)] == [False, True]


def test_nothing_elsewhere_is_wanted_if_a_source_says_so() -> None:
    source = SourceConfig(uri="a", regions={"strip": STRIP}, elsewhere=False)
    boxes = [quad(110, 4, 150, 14), quad(10, 4, 50, 14)]
    assert [Regions.of(source).keeps(box, SIZE) for box in boxes] == [True, False]
    assert [Regions.of(SourceConfig(uri="a", regions={"strip": STRIP})).keeps(box, SIZE) for box in boxes] == [
        True,
        True,
    ]


def test_what_is_looked_at_from_the_front() -> None:
    regions = Regions(named={"sign": SIGN, "strip": STRIP})
    (outline,) = regions.outlines(SIZE)
    assert np.allclose(outline, [(20, 10), (80, 20), (80, 60), (20, 50)])
    assert regions.rectifies(quad(30, 20, 70, 40), SIZE)
    assert not regions.rectifies(quad(110, 4, 150, 14), SIZE)
