"""Polygons on a picture: whether one is fit for use, and the area that some leave of others.

Points are (x, y) in fractions of the picture's width and height, x to the right and y down, so that a polygon fits
every size of the picture.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely

__all__ = ["Area", "Polygon", "check", "is_outline", "overlap"]

Polygon: TypeAlias = tuple[tuple[float, float], ...]

_SPECK = 1e-9
"""Share of the picture that counts as nothing: rounding makes as much, and a pixel is a hundred times larger."""
_GRAZE = 1e-6
"""Cells that reach into an area no further than this share of the picture only touch it."""


def check(polygon: Polygon, path: str) -> None:
    """Raises ValueError where it is none: too few points, a point outside the picture, no area, or crossing sides.

    `path` names the polygon in the message.
    """
    if len(polygon) < 3:
        raise ValueError(f"{path}: expected at least three points, got {len(polygon)}")
    for index, (x, y) in enumerate(polygon):
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise ValueError(
                f"{path}[{index}]: expected x and y as fractions of the picture, 0 to 1, got {_shown(x, y)}"
            )
    if shapely.MultiPoint(polygon).convex_hull.area < _SPECK:
        raise ValueError(f"{path}: expected a polygon with an area, got points on one line")
    shape = shapely.Polygon(polygon)
    if not shape.is_valid:
        # The reason ends with the place, as in `Self-intersection[0.5 0.5]`.
        place = shapely.is_valid_reason(shape).rpartition("[")[2].rstrip("]").split()
        where = _shown(*map(float, place))
        raise ValueError(f"{path}: expected a polygon that does not meet itself, got one that does at {where}")


def is_outline(polygon: Polygon) -> bool:
    """Whether it has four corners that are clockwise and all point outwards, as a flat rectangle's in a picture."""
    if len(polygon) != 4:
        return False
    ring = shapely.LinearRing(polygon)
    # With y downwards, what Shapely takes for counter-clockwise is clockwise.
    hull = shapely.Polygon(polygon).convex_hull
    return bool(ring.is_ccw) and len(hull.exterior.coords) == 5


def overlap(polygon: Polygon, others: Sequence[Polygon]) -> bool:
    """Whether it has more than an edge in common with any of the others."""
    return bool(shapely.intersection(shapely.Polygon(polygon), _union(others)).area > _SPECK)


class Area:
    """What `include` covers, and without it the whole picture, less what `exclude` covers."""

    def __init__(self, include: Sequence[Polygon], exclude: Sequence[Polygon]) -> None:
        wanted = _union(include) if include else shapely.box(0, 0, 1, 1)
        self._shape = shapely.difference(wanted, _union(exclude))

    @property
    def empty(self) -> bool:
        """Whether nothing is left."""
        return bool(self._shape.area < _SPECK)

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is inside or on the edge."""
        return bool(shapely.intersects_xy(self._shape, x, y))

    def cells(self, rows: int, columns: int) -> npt.NDArray[np.bool_]:
        """Which cells of a grid over the picture have some of it, shape (rows, columns)."""
        top, left = np.mgrid[0:rows, 0:columns]
        boxes = shapely.box(
            left / columns + _GRAZE, top / rows + _GRAZE, (left + 1) / columns - _GRAZE, (top + 1) / rows - _GRAZE
        )
        return np.asarray(shapely.intersects(self._shape, boxes), np.bool_)


def _union(polygons: Sequence[Polygon]) -> Any:
    return shapely.union_all([shapely.Polygon(polygon) for polygon in polygons])


def _shown(x: float, y: float) -> str:
    return f"[{x:g}, {y:g}]"
