"""How boxes of lines lie to one another: the same line, a piece of it, its continuation."""

from stream_ocr.geometry import Bounds, bounds
from stream_ocr.messages import Quad

__all__ = ["affinity", "apart", "area", "around", "fragment", "inside", "near_size", "second_box", "wide", "within"]

_COVERED = 0.7
"""Share of a box that lies inside a line from which it is a piece of that line."""
_FRAGMENT_HEIGHT = 1.7
"""How much higher than its piece a line may be."""
_CLEARLY = 0.4
"""Overlap (over union) of two boxes that are the same line, however high they are."""
_SAME_SIZE = 1.5
_ON_ONE_ANOTHER = 0.5


def affinity(one: Quad, other: Quad) -> float:
    """How much two boxes look like the same line, 0 to 1.3: overlap over union, plus a bonus if one holds the other.

    0 where the heights differ too much for one line, or the rows hardly meet.
    """
    a, b = bounds(one), bounds(other)
    height_a, height_b = a[3] - a[1], b[3] - b[1]
    rows = min(a[3], b[3]) - max(a[1], b[1])
    columns = min(a[2], b[2]) - max(a[0], b[0])
    if rows < 0.3 * min(height_a, height_b) or columns <= 0:
        return 0.0
    common, area_a, area_b = rows * columns, area(a), area(b)
    overlap = common / (area_a + area_b - common)
    if max(height_a, height_b) > _FRAGMENT_HEIGHT * min(height_a, height_b) and overlap < _CLEARLY:
        return 0.0
    return overlap + 0.3 * common / min(area_a, area_b)


def fragment(box: Bounds, line: Bounds) -> bool:
    """Whether a box is a piece of a line that is known: inside it for the most part, and of its height."""
    same_height = line[3] - line[1] <= _FRAGMENT_HEIGHT * (box[3] - box[1])
    return same_height and _common(box, line) >= _COVERED * area(box)


def second_box(box: Bounds, other: Bounds) -> bool:
    """Whether two boxes lie on one another for the most part."""
    return _common(box, other) >= _ON_ONE_ANOTHER * min(area(box), area(other))


def inside(box: Bounds, size: tuple[int, int]) -> float:
    """The share of a box that lies in a picture of `size` (width, height)."""
    return _common(box, (0.0, 0.0, *size)) / area(box)


def within(box: Bounds, other: Bounds) -> bool:
    """Whether a box lies in another as a whole."""
    return other[0] <= box[0] and other[1] <= box[1] and box[2] <= other[2] and box[3] <= other[3]


def near_size(one: Bounds, other: Bounds) -> bool:
    """Whether neither box is half as wide or high again as the other."""
    wide_one, wide_other = wide(one), wide(other)
    high_one, high_other = one[3] - one[1], other[3] - other[1]
    return max(wide_one, wide_other) <= _SAME_SIZE * min(wide_one, wide_other) and max(
        high_one, high_other
    ) <= _SAME_SIZE * min(high_one, high_other)


def apart(one: Bounds, other: Bounds) -> float:
    """Distance of the centres, in heights of the lower box."""
    across = (one[0] + one[2] - other[0] - other[2]) / 2
    down = (one[1] + one[3] - other[1] - other[3]) / 2
    return float((across**2 + down**2) ** 0.5) / max(min(one[3] - one[1], other[3] - other[1]), 1e-6)


def around(one: Quad, other: Quad) -> Quad:
    """The upright box around two boxes, as a quad; `one` itself where it holds the other."""
    a, b = bounds(one), bounds(other)
    left, top, right, bottom = min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])
    if (left, top, right, bottom) == a:
        return one
    return (left, top), (right, top), (right, bottom), (left, bottom)


def area(box: Bounds) -> float:
    """Square pixels, never 0."""
    return max(1e-6, (box[2] - box[0]) * (box[3] - box[1]))


def wide(box: Bounds) -> float:
    """Pixels from left to right."""
    return box[2] - box[0]


def _common(a: Bounds, b: Bounds) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
