"""Drawing what was read on a copy of the picture: a frame around each line and a chip with its text.

Colours are BGR. Green: the text is settled. Teal: settled, and followed through the picture instead of detected anew.
Amber: still being read. Sizes follow the size of the picture. A chip stands where it covers the fewest other chips and
the least text, and stays on the side it had in the frame before, so that it does not jump. What lies outside the
regions of the source is dimmed.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import cv2
import numpy as np
import numpy.typing as npt

from stream_ocr.config import AnnotateConfig
from stream_ocr.messages import Box, Image, Line, Quad
from stream_ocr.polygons import Polygon
from stream_ocr.regions import WHOLE_PICTURE, Regions

__all__ = ["Annotator", "draw"]

_SETTLED = (94, 197, 34)
_CARRIED = (191, 212, 45)
_BEING_READ = (11, 158, 245)
_HALO = (39, 24, 17)
_CHIP = (51, 38, 29)
_TEXT = (255, 255, 255)
_NOTE = (184, 172, 164)
_OUTLINE = (184, 172, 164)
_DIMMED = 0.45
"""Share of its brightness that is left to what is outside the regions."""

_REFERENCE = 960.0
"""Square root of the pixels of a 720p picture, for which the sizes below are."""
_FONT = 18.0
_SMALLEST_FONT, _LARGEST_FONT = 11, 96
_CACHED_LABELS = 512
_CACHED_GLYPHS = 4096
_FARTHEST = 1 << 20
"""Coordinates beyond this are drawn as if they were here: OpenCV counts in 16.16 fixed point."""

_Boxes = npt.NDArray[np.int64]
"""Boxes, shape (n, 4): left, top, right, bottom."""


def draw(image: Image, lines: Sequence[Line], config: AnnotateConfig) -> Image:
    """A copy of `image` (height, width, 3; BGR) with `lines` drawn on it."""
    return Annotator(config).draw(image, lines)


@dataclass(frozen=True)
class _Sizes:
    """Sizes in pixels for one size of picture."""

    font: int
    stroke: int
    gap: int
    chip: int
    """Height of a chip."""

    @classmethod
    def of(cls, width: int, height: int) -> "_Sizes":
        font = round(_FONT * (width * height) ** 0.5 / _REFERENCE)
        font = max(_SMALLEST_FONT, min(_LARGEST_FONT, font))
        return cls(font=font, stroke=max(1, round(font / 9)), gap=max(2, round(font / 5)), chip=round(1.45 * font))


class Annotator:
    """Draws the frames of one source; keeps the labels it rendered and the side on which each chip stood."""

    def __init__(self, config: AnnotateConfig, regions: Regions = WHOLE_PICTURE) -> None:
        self._config = config
        self._regions = regions
        self._outside = lru_cache(maxsize=1)(partial(_outside, regions))
        self._typesetter = _Typesetter()
        self._label = lru_cache(maxsize=_CACHED_LABELS)(self._typesetter.label)
        self._sides: dict[int, int] = {}

    def draw(self, image: Image, lines: Sequence[Line]) -> Image:
        """A copy of `image` (height, width, 3; BGR) with `lines` drawn on it."""
        drawn = image.copy()
        height, width = image.shape[:2]
        sizes = _Sizes.of(width, height)
        if self._regions.include or self._regions.exclude:
            self._dim(drawn)
        named = [_pixels(region.polygon, width, height) for region in self._regions.named.values()]
        cv2.polylines(drawn, named, True, _OUTLINE, 1, cv2.LINE_AA)
        _draw_quads(drawn, lines, sizes)
        self._draw_chips(drawn, sorted((line for line in lines if line.text), key=lambda line: line.track), sizes)
        return drawn

    def _dim(self, drawn: Image) -> None:
        """Darkens what is outside the regions, and draws their thin outlines."""
        height, width = drawn.shape[:2]
        cv2.copyTo(cv2.convertScaleAbs(drawn, alpha=_DIMMED), self._outside(width, height), drawn)
        outlines = [_pixels(polygon, width, height) for polygon in self._regions.include + self._regions.exclude]
        cv2.polylines(drawn, outlines, True, _OUTLINE, 1, cv2.LINE_AA)

    def _draw_chips(self, drawn: Image, lines: Sequence[Line], sizes: _Sizes) -> None:
        height, width = drawn.shape[:2]
        boxes = np.array([_bounds(line.quad) for line in lines], dtype=np.int64).reshape(-1, 4)
        chips = np.empty((0, 4), dtype=np.int64)
        sides: dict[int, int] = {}
        for line, box in zip(lines, boxes, strict=True):
            label = self._label(line.text, self._note(line), line.settled, sizes, width)[:height]
            places = _places(box, (label.shape[1], label.shape[0]), (width, height), sizes)
            side = _best(places, boxes, chips, self._sides.get(line.track))
            left, top, right, bottom = places[side]
            drawn[top:bottom, left:right] = label
            chips = np.vstack((chips, places[side]))
            sides[line.track] = side
        self._sides = sides

    def _note(self, line: Line) -> str:
        track = f"#{line.track}" if self._config.show_track and line.track else ""
        confidence = f"{line.confidence:.0%}" if self._config.show_confidence else ""
        return "  ".join(part for part in (track, confidence) if part)


def _draw_quads(drawn: Image, lines: Sequence[Line], sizes: _Sizes) -> None:
    """Each quad in the colour of its state, on a dark halo that shows on any background."""
    for line in lines:
        quad = [_corners(line.quad)]
        cv2.polylines(drawn, quad, True, _HALO, sizes.stroke + 2, cv2.LINE_AA)
        cv2.polylines(drawn, quad, True, _colour(line), sizes.stroke, cv2.LINE_AA)


def _outside(regions: Regions, width: int, height: int) -> npt.NDArray[np.uint8]:
    """255 where the picture is outside the regions, else 0; shape (height, width)."""
    mask = np.full((height, width), 255 if regions.include else 0, np.uint8)
    for polygons, value in ((regions.include, 0), (regions.exclude, 255)):
        for polygon in polygons:
            cv2.fillPoly(mask, [_pixels(polygon, width, height)], value)
    return mask


def _pixels(polygon: Polygon, width: int, height: int) -> npt.NDArray[np.int32]:
    """The points on the pixels of a picture, shape (n, 2)."""
    return np.rint(np.array(polygon) * (width - 1, height - 1)).astype(np.int32)


def _colour(line: Line) -> tuple[int, int, int]:
    if not line.settled:
        return _BEING_READ
    return _CARRIED if line.carried else _SETTLED


def _corners(quad: Quad) -> npt.NDArray[np.int32]:
    corners = np.array(quad, dtype=np.float64)
    return np.clip(np.rint(corners), -_FARTHEST, _FARTHEST).astype(np.int32)


def _bounds(quad: Quad) -> Box:
    corners = _corners(quad)
    left, top = corners.min(axis=0)
    right, bottom = corners.max(axis=0)
    return int(left), int(top), int(right) + 1, int(bottom) + 1


def _places(box: _Boxes, chip: tuple[int, int], picture: tuple[int, int], sizes: _Sizes) -> _Boxes:
    """Where a chip of (width, height) may stand around `box`, the most wanted place first; all inside the picture."""
    left, top, right, bottom = (int(side) for side in box)
    (width, height), gap = chip, sizes.gap
    above, below = top - gap - height, bottom + gap
    middle = (top + bottom - height) // 2
    corners = [(left, above), (left, below), (right - width, above), (right - width, below)]
    corners += [(right + gap, middle), (left - gap - width, middle)]
    corners += [(left, above - step * (height + 1)) for step in (1, 2)]
    corners += [(left, below + step * (height + 1)) for step in (1, 2)]
    limit = np.array(picture) - chip
    starts = np.clip(np.array(corners), 0, limit)
    return np.hstack((starts, starts + chip))


def _best(places: _Boxes, texts: _Boxes, chips: _Boxes, before: int | None) -> int:
    """The number of the place that covers least; `before` is the one that the chip had in the frame before."""
    area = float((places[0, 2] - places[0, 0]) * (places[0, 3] - places[0, 1]))
    cost = 4.0 * _covered(places, chips) + _covered(places, texts) + 0.02 * area * np.arange(len(places))
    if before is not None:
        cost[before] -= 0.25 * area
    return int(cost.argmin())


def _covered(places: _Boxes, boxes: _Boxes) -> npt.NDArray[np.float64]:
    """How many pixels of `boxes` each place covers."""
    start = np.maximum(places[:, None, :2], boxes[None, :, :2])
    end = np.minimum(places[:, None, 2:], boxes[None, :, 2:])
    sides = np.maximum(end - start, 0).astype(np.float64)
    covered: npt.NDArray[np.float64] = sides.prod(axis=2).sum(axis=1)
    return covered


class _Typesetter:
    """Renders labels with OpenCV's built-in fonts, which have Latin, Greek, Cyrillic, Chinese, kana and Hangul."""

    def __init__(self) -> None:
        self._face = cv2.FontFace("sans")
        self._unknown = self._glyph("?")
        self._shown = lru_cache(maxsize=_CACHED_GLYPHS)(self._substitute)

    def label(self, text: str, note: str, settled: bool, sizes: _Sizes, limit: int) -> Image:
        """A chip with `text` and a fainter `note`, at most `limit` pixels wide."""
        margin, bar = round(0.4 * sizes.font), max(2, sizes.font // 5)
        note_font = round(0.8 * sizes.font)
        note_width = self._width(note, note_font) + margin if note else 0
        text = self._fitted(self._printable(text), sizes.font, limit - bar - 2 * margin - note_width)
        text_width = self._width(text, sizes.font)
        width = max(1, min(limit, bar + 2 * margin + text_width + note_width))
        chip = np.full((sizes.chip, width, 3), _CHIP, dtype=np.uint8)
        chip[:, :bar] = _SETTLED if settled else _BEING_READ
        baseline = round(1.06 * sizes.font)
        self._write(chip, text, (bar + margin, baseline), _TEXT, sizes.font)
        self._write(chip, note, (bar + 2 * margin + text_width, baseline), _NOTE, note_font)
        return chip

    def _write(self, chip: Image, text: str, start: tuple[int, int], colour: tuple[int, int, int], font: int) -> None:
        # Without room to the right OpenCV would wrap the text to a new line.
        wide = (-_FARTHEST, _FARTHEST)
        cv2.putText(chip, text, start, colour, self._face, font, 450, cv2.PUT_TEXT_ALIGN_LEFT, wide)

    def _width(self, text: str, font: int) -> int:
        wide = (-_FARTHEST, _FARTHEST)
        return int(cv2.getTextSize((0, 0), text, (0, 0), self._face, font, 450, cv2.PUT_TEXT_ALIGN_LEFT, wide)[2])

    def _fitted(self, text: str, font: int, limit: int) -> str:
        """`text`, cut short with an ellipsis where it is wider than `limit` pixels."""
        width = self._width(text, font)
        if width <= limit:
            return text
        while text and width > limit:
            text = text[: max(0, min(len(text) - 1, len(text) * max(limit, 0) // width))]
            width = self._width(text + "…", font)
        return text + "…"

    def _printable(self, text: str) -> str:
        """`text` in characters that the font has."""
        return "".join(self._shown(character) for character in unicodedata.normalize("NFC", text))

    def _substitute(self, character: str) -> str:
        """The character itself, else what it is compatible with (℃: °C), else its base letter, else `?`."""
        if not character.isprintable() or character.isspace():
            return " "
        compatible = unicodedata.normalize("NFKC", character)
        base = unicodedata.normalize("NFKD", character)[:1]
        for candidate in (character, compatible, base):
            if all(part.isspace() or self._has(part) for part in candidate):
                return candidate
        return "?"

    def _has(self, character: str) -> bool:
        """Whether the font has it: OpenCV draws a question mark, or nothing, where it has not."""
        if character == "?":
            return True
        glyph = self._glyph(character)
        return bool(glyph.any()) and not np.array_equal(glyph, self._unknown)

    def _glyph(self, character: str) -> Image:
        canvas = np.zeros((32, 64, 3), dtype=np.uint8)
        cv2.putText(canvas, character, (16, 24), (255, 255, 255), self._face, 20)
        return canvas
