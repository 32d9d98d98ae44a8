"""Quads and boxes: order, measures, overlap, and the upright picture of a line.

Coordinates are pixels, x to the right and y down. A quad lists its corners clockwise; "as it lies" means that the
first corner is the top left one of the picture, "as it is read" that it is the text's own.
"""

import math
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from stream_ocr.messages import Direction, Image, Point, Quad

__all__ = [
    "Bounds",
    "Corners",
    "area",
    "as_read",
    "bounds",
    "box_iou",
    "centre",
    "clockwise",
    "corners",
    "crop",
    "height",
    "is_tall",
    "meet",
    "quad_iou",
    "quad_of",
    "scale",
    "shift",
    "turned",
    "union",
    "width",
]

Bounds: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Corners: TypeAlias = npt.NDArray[np.float32]
"""Quads as an array, shape (4, 2) or (n, 4, 2), x and y."""

TALL = 1.5
"""A quad that is this many times higher than wide holds a line that runs downwards (RapidOCR's figure)."""


def corners(quad: Quad) -> Corners:
    """The quad as an array of shape (4, 2)."""
    return np.array(quad, np.float32)


def quad_of(points: npt.NDArray[Any]) -> Quad:
    """The quad of an array of shape (4, 2)."""
    first, second, third, fourth = ((float(x), float(y)) for x, y in points)
    return first, second, third, fourth


def clockwise(points: npt.NDArray[Any]) -> Corners:
    """Orders the corners of quads, shape (n, 4, 2), clockwise as they lie: top left first.

    The two leftmost corners make the left edge, the higher one of an edge is its top; ties keep their order.
    """
    by_x = np.take_along_axis(points, np.argsort(points[..., :1], axis=1, kind="stable"), axis=1)
    left, right = by_x[:, :2], by_x[:, 2:]
    left = np.take_along_axis(left, np.argsort(left[..., 1:], axis=1, kind="stable"), axis=1)
    right = np.take_along_axis(right, np.argsort(right[..., 1:], axis=1, kind="stable"), axis=1)
    ordered = np.stack([left[:, 0], right[:, 0], right[:, 1], left[:, 1]], axis=1)
    return ordered.astype(np.float32)


def bounds(quad: Quad) -> Bounds:
    """The upright box around the quad."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    return min(ax, bx, cx, dx), min(ay, by, cy, dy), max(ax, bx, cx, dx), max(ay, by, cy, dy)


def centre(quad: Quad) -> Point:
    """The mean of the corners."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    return (ax + bx + cx + dx) / 4, (ay + by + cy + dy) / 4


def width(quad: Quad) -> float:
    """The longer one of the first and the third edge."""
    return max(math.dist(quad[0], quad[1]), math.dist(quad[2], quad[3]))


def height(quad: Quad) -> float:
    """The longer one of the second and the fourth edge."""
    return max(math.dist(quad[0], quad[3]), math.dist(quad[1], quad[2]))


def area(quad: Quad) -> float:
    """Square pixels inside, by the shoelace formula."""
    doubled = 0.0
    for (ax, ay), (bx, by) in zip(quad, quad[1:] + quad[:1], strict=True):
        doubled += ax * by - bx * ay
    return abs(doubled) / 2


def shift(quad: Quad, dx: float, dy: float) -> Quad:
    """The quad moved by (dx, dy)."""
    a, b, c, d = quad
    return (a[0] + dx, a[1] + dy), (b[0] + dx, b[1] + dy), (c[0] + dx, c[1] + dy), (d[0] + dx, d[1] + dy)


def scale(quad: Quad, sx: float, sy: float) -> Quad:
    """The quad with x times sx and y times sy."""
    a, b, c, d = quad
    return (a[0] * sx, a[1] * sy), (b[0] * sx, b[1] * sy), (c[0] * sx, c[1] * sy), (d[0] * sx, d[1] * sy)


def turned(quad: Quad) -> Quad:
    """The same quad, beginning at the opposite corner."""
    a, b, c, d = quad
    return c, d, a, b


def as_read(quad: Quad, direction: Direction) -> Quad:
    """The quad of `crop`, as it is read: beginning at the text's own top left, in the direction found in that crop.

    A tall quad is read from its top right corner downwards, because `crop` lays it down that way.
    """
    if is_tall(quad):
        quad = quad[1], quad[2], quad[3], quad[0]
    return turned(quad) if direction == 180 else quad


def is_tall(quad: Quad) -> bool:
    """Whether `crop` turns the quad: it is at least 1.5 times higher than wide."""
    columns, rows = _extent(quad)
    return rows / columns >= TALL


def meet(a: Bounds, b: Bounds) -> bool:
    """Whether two upright boxes have more than an edge in common."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def union(a: Bounds, b: Bounds) -> Bounds:
    """The upright box around two."""
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def box_iou(a: Bounds, b: Bounds) -> float:
    """Intersection over union of two upright boxes; 0 where both are empty."""
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    common = wide * high
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


def quad_iou(a: Quad, b: Quad) -> float:
    """Intersection over union of two convex quads; 0 where both are empty."""
    common = float(cv2.intersectConvexConvex(corners(a), corners(b))[0])
    union = area(a) + area(b) - common
    return common / union if union > 0 else 0.0


def crop(image: Image, quad: Quad) -> Image:
    """The picture of the quad, laid upright: shape (height, width, 3), BGR, contiguous, never empty.

    A tall quad is turned by 90 degrees counter-clockwise, so that a line running downwards lies flat. Size, warp
    (cubic, border replicated) and the turn are those of RapidOCR 3.10, `get_rotate_crop_image`.
    """
    columns, rows = _extent(quad)
    target = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], np.float32)
    warp = cv2.getPerspectiveTransform(corners(quad), target)
    upright = cv2.warpPerspective(image, warp, (columns, rows), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    if rows / columns >= TALL:
        upright = cv2.rotate(upright, cv2.ROTATE_90_COUNTERCLOCKWISE)
    return np.asarray(upright, np.uint8)


def _extent(quad: Quad) -> tuple[int, int]:
    """Columns and rows of the quad's picture, at least 1 each."""
    return max(int(width(quad)), 1), max(int(height(quad)), 1)
