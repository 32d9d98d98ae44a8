import time

import cv2
import msgspec
import numpy as np
import pytest
from frames import quad

from stream_ocr.annotate import Annotator, draw
from stream_ocr.config import AnnotateConfig, RegionConfig
from stream_ocr.messages import Image, Line, Quad
from stream_ocr.regions import Regions

GREEN, TEAL, AMBER = (94, 197, 34), (191, 212, 45), (11, 158, 245)
CHIP = (51, 38, 29)
GREY = 90
CONFIG = AnnotateConfig()


def _image(width: int = 1280, height: int = 720) -> Image:
    return np.full((height, width, 3), GREY, np.uint8)


def _line(box: Quad, text: str = "EXIT 25", track: int = 1, settled: bool = True, carried: bool = False) -> Line:
    return Line(quad=box, score=0.9, text=text, track=track, confidence=0.97, settled=settled, carried=carried)


def _where(image: Image, colour: tuple[int, int, int]) -> tuple[int, int, int, int] | None:
    """The box (left, top, right, bottom) of what has exactly this colour."""
    rows, columns = np.nonzero((image == colour).all(axis=2))
    if not len(rows):
        return None
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def _chips(image: Image) -> list[tuple[int, int, int, int]]:
    """The boxes (left, top, right, bottom) of the chips, by height."""
    mask = (image == CHIP).all(axis=2).astype(np.uint8)
    # The strokes of the letters would cut a chip into pieces.
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)))
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    boxes = [(int(x), int(y), int(x + w), int(y + h)) for x, y, w, h, area in stats[1:] if area > 200]
    return sorted(boxes, key=lambda box: (box[1], box[0]))


def test_nothing_to_draw_is_a_copy() -> None:
    image = _image()
    drawn = draw(image, [], CONFIG)
    assert np.array_equal(drawn, image)
    assert not np.shares_memory(drawn, image)


def test_the_picture_is_not_written_on() -> None:
    image = _image()
    image.flags.writeable = False
    drawn = draw(image, [_line(quad(400, 300, 700, 340))], CONFIG)
    assert (image == GREY).all()
    assert (drawn != GREY).any()
    assert drawn.shape == image.shape
    assert drawn.dtype == np.uint8


LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
CORNER = ((0.0, 0.0), (0.25, 0.0), (0.25, 0.5), (0.0, 0.5))
DIMMED = 40


@pytest.mark.parametrize(
    ("regions", "greys"),
    [
        (Regions(min_height=12), [GREY, GREY, GREY]),
        (Regions(include=[LEFT]), [GREY, GREY, DIMMED]),
        (Regions(exclude=[CORNER]), [DIMMED, GREY, GREY]),
        (Regions(include=[LEFT], exclude=[CORNER]), [DIMMED, GREY, DIMMED]),
    ],
    ids=["neither", "include", "exclude", "both"],
)
def test_what_is_outside_the_regions_is_dimmed(regions: Regions, greys: list[int]) -> None:
    drawn = Annotator(CONFIG, regions).draw(_image(), [])
    assert [drawn[y, x].tolist() for x, y in ((100, 100), (500, 500), (1000, 100))] == [[grey] * 3 for grey in greys]


@pytest.mark.parametrize("regions", [Regions(include=[LEFT]), Regions(named={"left": RegionConfig(polygon=LEFT)})])
def test_the_edge_of_a_region_is_a_thin_line(regions: Regions) -> None:
    drawn = Annotator(CONFIG, regions).draw(_image(), [])
    bright = np.flatnonzero((drawn[360] > GREY).all(axis=1))
    assert bright[bright > 100].tolist() in ([640], [639, 640], [640, 641], [639, 640, 641])


def test_regions_follow_the_size_of_the_picture() -> None:
    annotator = Annotator(CONFIG, Regions(exclude=[LEFT]))
    for width in (1280, 320):
        drawn = annotator.draw(_image(width, 180), [])
        assert drawn[90, width // 4].tolist() == [DIMMED] * 3
        assert drawn[90, width * 3 // 4].tolist() == [GREY] * 3


@pytest.mark.parametrize(
    ("settled", "carried", "colour"),
    [(True, False, GREEN), (True, True, TEAL), (False, False, AMBER), (False, True, AMBER)],
)
def test_the_colour_tells_the_state(settled: bool, carried: bool, colour: tuple[int, int, int]) -> None:
    box = quad(400, 300, 700, 340)
    drawn = draw(_image(), [_line(box, text="", settled=settled, carried=carried)], CONFIG)
    found = _where(drawn, colour)
    assert found is not None
    assert np.abs(np.array(found) - (400, 300, 701, 341)).max() <= 3
    assert tuple(drawn[320, 550]) == (GREY, GREY, GREY)


def test_a_slanted_quad_is_drawn_along_its_sides() -> None:
    slanted: Quad = ((400, 300), (700, 400), (690, 440), (390, 340))
    drawn = draw(_image(), [_line(slanted, text="")], CONFIG)
    assert tuple(drawn[350, 550]) == GREEN
    assert tuple(drawn[302, 690]) == (GREY, GREY, GREY)


def test_the_chip_stands_above_the_quad() -> None:
    (chip,) = _chips(draw(_image(), [_line(quad(400, 300, 700, 340))], CONFIG))
    assert 290 < chip[3] < 300
    assert 398 < chip[0] < 410


def test_the_chip_stands_below_where_there_is_no_room_above() -> None:
    (chip,) = _chips(draw(_image(), [_line(quad(400, 5, 700, 45))], CONFIG))
    assert 45 < chip[1] < 55


def test_a_line_without_text_has_no_chip() -> None:
    assert _chips(draw(_image(), [_line(quad(400, 300, 700, 340), text="")], CONFIG)) == []


@pytest.mark.parametrize("box", [(0, 0, 60, 20), (1230, 0, 1280, 20), (0, 700, 60, 720), (1230, 700, 1280, 720)])
def test_chips_in_the_corners_stay_inside(box: tuple[int, int, int, int]) -> None:
    text = "rather more text than fits"
    middle = draw(_image(), [_line(quad(400, 300, 700, 340), text)], CONFIG)
    corner = draw(_image(), [_line(quad(*box), text)], CONFIG)
    whole, (moved,) = _chips(middle)[0], _chips(corner)
    assert moved[2] - moved[0] == pytest.approx(whole[2] - whole[0], abs=4)
    assert moved[3] - moved[1] == whole[3] - whole[1]


def test_chips_do_not_cover_each_other() -> None:
    lines = [_line(quad(300, 200 + 12 * row, 600, 210 + 12 * row), f"line {row}", track=row + 1) for row in range(4)]
    chips = _chips(draw(_image(), lines, CONFIG))
    assert len(chips) == 4


def test_chips_do_not_cover_other_text_where_there_is_room() -> None:
    upper, lower = quad(300, 200, 600, 230), quad(300, 234, 600, 264)
    chips = _chips(draw(_image(), [_line(upper, track=1), _line(lower, track=2)], CONFIG))
    assert chips[0][3] <= 200
    assert chips[1][1] >= 264 or chips[1][0] >= 600


def test_a_chip_stays_on_its_side() -> None:
    annotator = Annotator(CONFIG)
    upper = quad(300, 204, 600, 230)
    below = annotator.draw(_image(), [_line(upper, track=1), _line(quad(300, 150, 600, 203), track=2)])
    assert _chips(below)[1][1] >= 230
    # The text above is going: its quad still touches a little, then not at all.
    kept = annotator.draw(_image(), [_line(upper, track=1)])
    assert _chips(kept)[0][1] >= 230
    assert _chips(draw(_image(), [_line(upper, track=1)], CONFIG))[0][3] <= 204


def test_a_label_says_text_track_and_confidence() -> None:
    box = quad(400, 300, 700, 340)
    bare = AnnotateConfig(show_track=False, show_confidence=False)
    widths = []
    for config in (bare, AnnotateConfig(show_track=False), AnnotateConfig(show_confidence=False), CONFIG):
        (chip,) = _chips(draw(_image(), [_line(box)], config))
        widths.append(chip[2] - chip[0])
    without, confidence, track, both = widths
    assert without < min(track, confidence)
    assert both > max(track, confidence)


def test_a_line_without_a_track_shows_none() -> None:
    box = quad(400, 300, 700, 340)
    numbered = _chips(draw(_image(), [_line(box, track=1)], CONFIG))[0]
    unnumbered = _chips(draw(_image(), [_line(box, track=0)], CONFIG))[0]
    assert unnumbered[2] - unnumbered[0] < numbered[2] - numbered[0]


def test_sizes_follow_the_picture() -> None:
    heights = []
    for width, height in ((640, 360), (1280, 720), (2560, 1440)):
        box = quad(width * 0.3, height * 0.4, width * 0.5, height * 0.45)
        (chip,) = _chips(draw(_image(width, height), [_line(box)], CONFIG))
        heights.append(chip[3] - chip[1])
    assert heights[0] < heights[1] < heights[2]
    assert heights[2] == pytest.approx(2 * heights[1], abs=2)


def _rendered(text: str) -> Image:
    bare = AnnotateConfig(show_track=False, show_confidence=False)
    drawn = draw(_image(), [_line(quad(100, 300, 1200, 340), text)], bare)
    (chip,) = _chips(drawn)
    return drawn[chip[1] : chip[3], chip[0] : chip[2]]


@pytest.mark.parametrize(
    "text", ["Straße ąęł Ñ", "Привет", "Ελλάδα", "高速公路", "日本語テスト", "한국어", "Việt Nam", "→ √ ① €"]
)
def test_scripts_are_drawn_not_replaced(text: str) -> None:
    letters = _rendered(text)
    unknown = _rendered("?" * len(text))
    assert (letters == 255).all(axis=2).sum() > 30
    assert letters.shape != unknown.shape or not np.array_equal(letters, unknown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("26℃", "26°C"),
        ("Å", "Å"),
        ("Ⅴ", "V"),
        ("ǎ", "a"),
        ("e\u0301", "é"),
        ("a\tb\x1bc\u200bd", "a b c d"),
        ("हिन्दी", "??????"),
        ("😀", "?"),
        ("what?", "what?"),
    ],
)
def test_what_the_font_has_not_is_drawn_as_its_like(text: str, shown: str) -> None:
    assert np.array_equal(_rendered(text), _rendered(shown))


def test_a_long_text_is_cut_short_with_an_ellipsis() -> None:
    drawn = draw(_image(640, 360), [_line(quad(10, 200, 630, 220), "x" * 500, track=7)], CONFIG)
    (chip,) = _chips(drawn)
    assert chip[2] <= 640
    assert np.array_equal(_rendered("y" * 1000), _rendered("y" * 2000))


@pytest.mark.parametrize("size", [(1, 1), (2, 40), (40, 2), (9, 9), (120, 16)])
def test_a_tiny_picture_is_drawn_on_too(size: tuple[int, int]) -> None:
    width, height = size
    lines = [_line(quad(0, 0, width, height), "text in 任何 script", track=track) for track in (1, 2, 3)]
    assert draw(_image(width, height), lines, CONFIG).shape == (height, width, 3)


@pytest.mark.parametrize(
    "box", [quad(-500, -500, -400, -480), quad(5000, 5000, 5100, 5020), quad(-1e12, -1e12, 1e12, 1e12)]
)
def test_a_quad_outside_the_picture_does_no_harm(box: Quad) -> None:
    (chip,) = _chips(draw(_image(), [_line(box)], CONFIG))
    assert chip[0] >= 0
    assert chip[1] >= 0
    assert chip[2] <= 1280
    assert chip[3] <= 720


def test_a_label_is_rendered_once() -> None:
    annotator = Annotator(CONFIG)
    lines = [
        _line(
            quad(60 + 400 * (n % 3), 60 + 120 * (n // 3), 300 + 400 * (n % 3), 90 + 120 * (n // 3)), f"text {n}", n + 1
        )
        for n in range(15)
    ]
    first = annotator.draw(_image(), lines)
    began = time.perf_counter()
    for _ in range(10):
        again = annotator.draw(_image(), lines)
    # Some 2 ms a frame; the bound only catches what forgets its labels or goes quadratic.
    assert (time.perf_counter() - began) / 10 < 0.05
    assert np.array_equal(first, again)


def test_another_size_is_not_drawn_with_the_labels_of_the_first() -> None:
    annotator = Annotator(CONFIG)
    line = _line(quad(100, 100, 300, 130))
    annotator.draw(_image(2560, 1440), [line])
    assert np.array_equal(annotator.draw(_image(640, 360), [line]), draw(_image(640, 360), [line], CONFIG))


def test_the_state_of_the_text_shows_on_the_chip() -> None:
    box = quad(400, 300, 700, 340)
    annotator = Annotator(CONFIG)
    settled = annotator.draw(_image(), [_line(box)])
    reading = annotator.draw(_image(), [msgspec.structs.replace(_line(box), settled=False)])
    assert _where(settled[:296], GREEN) is not None
    assert _where(reading[:296], AMBER) is not None
    assert _where(reading[:296], GREEN) is None
