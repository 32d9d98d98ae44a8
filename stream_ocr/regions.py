"""Regions: where in the picture of a source text is wanted, and how high it must be."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from stream_ocr.config import RegionConfig, SourceConfig
from stream_ocr.geometry import centre, height, is_tall, quad_of, width
from stream_ocr.messages import Quad, Tiles
from stream_ocr.polygons import Area, Polygon

__all__ = ["WHOLE_PICTURE", "Regions"]


class Regions:
    """The polygons of one source, in fractions of its picture, and the least height of a line, in pixels."""

    def __init__(
        self,
        include: Sequence[Polygon] = (),
        exclude: Sequence[Polygon] = (),
        min_height: float = 0.0,
        named: Mapping[str, RegionConfig] = {},
    ) -> None:
        """The polygons are fit for use (`polygons.check`); no `include` stands for the whole picture."""
        self.include = tuple(include)
        self.exclude = tuple(exclude)
        self.min_height = min_height
        self.named = dict(named)
        """By name; no two of them overlap."""
        self._areas = {name: Area([region.polygon], ()) for name, region in self.named.items()}
        self._area = Area(self.include, self.exclude)
        self._tiles = lru_cache(maxsize=2)(self._laid)

    @classmethod
    def of(cls, source: SourceConfig) -> "Regions":
        """Those of a config."""
        named = source.named()
        include = source.include if source.elsewhere else [region.polygon for region in named.values()]
        return cls(include, source.exclude, source.min_height, named)

    def keeps(self, quad: Quad, size: tuple[int, int]) -> bool:
        """Whether a line is wanted: its centre is inside, and it is high enough.

        `quad` as it lies, in pixels of a picture of `size` (width, height).
        """
        x, y = centre(quad)
        name = self.name(quad, size)
        least = max(self.min_height, 0.0 if name is None else self.named[name].min_height)
        return _line_height(quad) >= least and self._area.holds(x / size[0], y / size[1])

    def name(self, quad: Quad, size: tuple[int, int]) -> str | None:
        """The region that the centre of a line is in; None: it is in none."""
        x, y = centre(quad)
        return next((name for name, area in self._areas.items() if area.holds(x / size[0], y / size[1])), None)

    def outlines(self, size: tuple[int, int]) -> list[Quad]:
        """The regions that are looked at as if from the front, in pixels of a picture of `size`."""
        flat = [region.polygon for region in self.named.values() if region.rectify]
        return [quad_of(np.array(polygon) * size) for polygon in flat]

    def rectifies(self, quad: Quad, size: tuple[int, int]) -> bool:
        """Whether the centre of a line is in one of these regions."""
        name = self.name(quad, size)
        return name is not None and self.named[name].rectify

    def tiles(self, rows: int, columns: int) -> Tiles:
        """The tiles to watch, shape (rows, columns), read-only: those that are not wholly outside."""
        return self._tiles(rows, columns)

    def _laid(self, rows: int, columns: int) -> Tiles:
        tiles = self._area.cells(rows, columns)
        tiles.flags.writeable = False
        return tiles


WHOLE_PICTURE = Regions()
"""Every line is wanted."""


def _line_height(quad: Quad) -> float:
    """Pixels across the line: a tall quad holds a line that runs downwards."""
    return width(quad) if is_tall(quad) else height(quad)
