"""The reader's own decisions, with detection, direction and recognition that say what they are told."""

from collections.abc import Sequence

import numpy as np
import pytest
from frames import quad

from stream_ocr.errors import SourceError
from stream_ocr.geometry import bounds, turned
from stream_ocr.messages import Image, Line, Quad
from stream_ocr.ocr.alphabet import Reading
from stream_ocr.ocr.classify import Turn
from stream_ocr.ocr.detect import Detected
from stream_ocr.ocr.reader import Reader

UPRIGHT = Turn(0, 0.99)
UPSIDE_DOWN = Turn(180, 0.95)


class Scripted:
    """Finds `quads` in every picture, says `turns`, and reads `readings` by the colour of a crop's first pixel."""

    def __init__(self, quads: Sequence[Quad] = (), turn: Turn = UPRIGHT) -> None:
        self.quads = quads
        self.turn = turn
        self.readings: dict[int, Reading] = {}
        self.shown: list[tuple[int, ...]] = []
        self.read_crops: list[Image] = []

    def detect(self, image: Image) -> list[Detected]:
        self.shown.append(image.shape)
        return [Detected(one, 0.8) for one in self.quads]

    def classify(self, crops: Sequence[Image]) -> list[Turn]:
        return [self.turn for _ in crops]

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        self.read_crops += crops
        return [self.readings.get(int(crop[0, 0, 0]), Reading("text", 0.99)) for crop in crops]


def _read(script: Scripted, image: Image) -> list[Line]:
    return Reader(script, script, script).read(image)


def _blank(width: int, height: int) -> Image:
    return np.zeros((height, width, 3), np.uint8)


def _two_ends() -> Image:
    """A line whose crop begins with 10 and ends with 200."""
    image = _blank(640, 480)
    image[100:130, 100:200] = 10
    image[100:130, 200:300] = 200
    return image


LINE = quad(100, 100, 300, 130)


def test_a_line_with_what_is_known_of_it() -> None:
    (line,) = _read(Scripted([LINE]), _blank(640, 480))
    assert line == Line(quad=LINE, score=0.8, text="text", confidence=0.99, reads=1, agreement=1.0, settled=True)


def test_a_picture_without_lines() -> None:
    assert _read(Scripted(), _blank(640, 480)) == []


@pytest.mark.parametrize(
    ("reading", "kept"),
    [(Reading("a", 0.5), 1), (Reading("a", 0.49), 0), (Reading(" ", 0.99), 0), (Reading("", 0.0), 0)],
)
def test_unsure_and_empty_readings_are_left_out(reading: Reading, kept: int) -> None:
    script = Scripted([LINE])
    script.readings[0] = reading
    assert len(_read(script, _blank(640, 480))) == kept


def test_a_line_that_is_surely_upside_down_is_turned() -> None:
    script = Scripted([LINE], UPSIDE_DOWN)
    (line,) = _read(script, _two_ends())
    assert line.direction == 180
    assert line.quad == turned(LINE)
    assert [int(crop[0, 0, 0]) for crop in script.read_crops] == [200]


@pytest.mark.parametrize("turn", [Turn(180, 0.9), Turn(180, 0.6), Turn(0, 0.6)])
def test_a_line_that_reads_well_is_not_turned_on_suspicion(turn: Turn) -> None:
    script = Scripted([LINE], turn)
    (line,) = _read(script, _two_ends())
    assert line.direction == 0
    assert len(script.read_crops) == 1


@pytest.mark.parametrize(("turn", "direction"), [(UPSIDE_DOWN, 0), (Turn(180, 0.6), 180)])
def test_what_leans_upside_down_and_reads_badly_is_tried_the_other_way(turn: Turn, direction: int) -> None:
    script = Scripted([LINE], turn)
    right, wrong = (10, 200) if direction == 0 else (200, 10)
    script.readings = {right: Reading("brown dog", 0.98), wrong: Reading("bvo", 0.67)}
    (line,) = _read(script, _two_ends())
    assert (line.text, line.direction) == ("brown dog", direction)


def test_the_surer_of_both_ways_is_kept() -> None:
    script = Scripted([LINE], UPSIDE_DOWN)
    script.readings = {200: Reading("faint", 0.7), 10: Reading("junk", 0.6)}
    (line,) = _read(script, _two_ends())
    assert (line.text, line.direction) == ("faint", 180)


def test_a_line_that_stands_upright_is_not_tried_upside_down() -> None:
    script = Scripted([LINE], Turn(0, 0.55))
    script.readings = {10: Reading("faint", 0.7), 200: Reading("junk", 0.99)}
    assert _read(script, _two_ends())[0].text == "faint"


def test_a_tall_line_begins_at_its_top_right() -> None:
    (line,) = _read(Scripted([quad(100, 100, 130, 300)]), _blank(640, 480))
    assert line.quad == ((130, 100), (130, 300), (100, 300), (100, 100))


def test_quads_come_back_from_a_scaled_picture() -> None:
    script = Scripted([quad(100, 100, 300, 130)])
    (line,) = _read(script, _blank(3968, 1920))
    assert script.shown == [(960, 1984, 3)]
    assert line.quad == quad(200, 200, 600, 260)


def test_up_to_4000_pixels_a_picture_is_read_whole() -> None:
    script = Scripted()
    _read(script, _blank(4000, 500))
    assert len(script.shown) == 1
    _read(script, _blank(4001, 800))
    assert script.shown[1:] == [(800, 1280, 3)] * 4


def test_a_large_picture_is_read_in_tiles_at_half_its_size() -> None:
    script = Scripted([quad(100, 100, 300, 130)])
    lines = _read(script, _blank(4032, 3024))
    assert script.shown == [(1280, 1280, 3)] * 4
    assert bounds(lines[0].quad) == pytest.approx((200, 200, 600, 260))
    assert len(lines) == 4


def test_a_line_across_tiles_is_read_once_from_the_whole_picture() -> None:
    script = Scripted([quad(0, 100, 1279, 130)])
    (line,) = _read(script, _blank(5000, 800))
    assert bounds(line.quad) == pytest.approx((0, 100, 4999, 130), abs=2)
    assert script.read_crops[0].shape[1] == pytest.approx(4999, abs=3)


def test_a_narrow_tile_is_doubled_and_gets_bars() -> None:
    script = Scripted([quad(100, 368, 300, 398)])
    lines = _read(script, _blank(4001, 60))
    assert script.shown == [(736, 1280, 3)] * 8
    assert bounds(lines[0].quad) == pytest.approx((50, 30, 150, 45))


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((10, 10), np.uint8),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((0, 10, 3), np.uint8),
        np.zeros((10, 10, 3), np.float32),
    ],
)
def test_what_is_no_picture(image: Image) -> None:
    with pytest.raises(SourceError, match=r"expected an array of shape \(height, width, 3\), uint8, got"):
        _read(Scripted(), image)


def test_the_picture_is_left_alone() -> None:
    image = _two_ends()
    image.flags.writeable = False
    assert len(_read(Scripted([LINE], UPSIDE_DOWN), image)) == 1
