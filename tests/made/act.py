"""An act: a short made film of one phenomenon, and the truth about the text in it.

An act is a function of time: which props stand where, before what ground, how the camera looks at them. Its truth is
not written down a second time but follows from what is drawn: a line can be read on a frame when its box lies wholly
in the picture, nothing covers it, and it is opaque enough.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from stream_ocr.drawing import Patch, lay
from stream_ocr.messages import Image

__all__ = ["INSTANT", "Act", "Affine", "Bounds", "Line", "Prop"]

Affine = npt.NDArray[np.float64]
"""World to picture, shape (2, 3)."""
Bounds = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the picture."""

INSTANT = 1e-6
"""Seconds by which a time on the frame grid may miss the instant it stands for."""
_READABLE = 0.7
"""Opacity from which a line can be read without doubt."""
_VISIBLE = 0.05
_BRIDGED = 0.5
"""Seconds that a line may be out of sight and still be the same showing."""


class Prop(NamedTuple):
    """Something that stands in the world, drawn in the order of the cast: the last is in front."""

    patch: Patch
    left: float
    top: float
    text: str = ""
    """The line as it reads once it is complete; empty: no text, or none of which anything is expected."""
    place: str = ""
    opacity: float = 1.0
    complete: bool = True
    """False: the patch shows only a part of `text`, which is being typed."""


class Line(NamedTuple):
    """One text at one place during one showing."""

    text: str
    place: str
    first: float
    """Media time of the first frame on which the whole line can be read; of the first that shows any of it if none."""
    last: float
    born: float
    """Media time of the first frame that shows any of it."""
    gone: float
    """Media time of the last frame that shows any of it."""
    box: Bounds
    """Around it in frame `first`."""
    whole: bool
    """False: there is no frame on which the whole line can be read."""


class _Seen(NamedTuple):
    box: Bounds
    readable: bool


@dataclass(frozen=True, kw_only=True)
class Act:
    """See the module."""

    name: str
    length: float
    """Seconds."""
    ground: Callable[[float], Image]
    """What is behind the props at a time in seconds; as large as the picture or larger. It is not written into."""
    cast: Callable[[float], Sequence[Prop]]
    """The props at a time."""
    size: tuple[int, int] = (640, 360)
    """Width and height in pixels."""
    camera: Callable[[float], Affine] | None = None
    """How the world comes into the picture; None: as it is, from its top left corner."""
    lens: Callable[[Image, float], Image] | None = None
    """What happens to the picture after that: blur, darkness."""

    def picture(self, t: float) -> Image:
        """The picture at `t` seconds: shape (height, width, 3), BGR, the caller's own."""
        world = self.ground(t).copy()
        for prop in self.cast(t):
            lay(world, _faded(prop), round(prop.left), round(prop.top))
        width, height = self.size
        if self.camera is None:
            view = np.ascontiguousarray(world[:height, :width])
        else:
            warped = cv2.warpAffine(
                world, self.camera(t), self.size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
            )
            view = np.asarray(warped, np.uint8)
        return view if self.lens is None else self.lens(view, t)

    def times(self, rate: float) -> list[float]:
        """The media times of the frames at `rate` per second."""
        return [index / rate for index in range(round(self.length * rate))]

    def truth(self, rate: float) -> list[Line]:
        """The lines at `rate` frames per second, by the first frame that shows any of them."""
        running: dict[tuple[str, str], Line] = {}
        done: list[Line] = []
        for t in self.times(rate):
            for (place, text), seen in self._seen(t).items():
                known = running.get((place, text))
                if known is not None and t - known.gone > _BRIDGED + INSTANT:
                    done.append(known)
                    known = None
                begun = Line(text, place, t, t, t, t, seen.box, seen.readable)
                running[place, text] = begun if known is None else _prolonged(known, seen, t)
        return sorted([*done, *running.values()], key=lambda line: (line.born, line.box))

    def _seen(self, t: float) -> dict[tuple[str, str], _Seen]:
        """Every line of which something can be seen, by place and text."""
        cast = [prop for prop in self.cast(t) if prop.opacity >= _VISIBLE]
        boxes = [self._box(prop, t) for prop in cast]
        picture = (0.0, 0.0, float(self.size[0]), float(self.size[1]))
        seen = {}
        for index, (prop, box) in enumerate(zip(cast, boxes, strict=True)):
            covers = [other for behind, other in zip(cast[index:], boxes[index:], strict=True) if not behind.text]
            hidden = 1 - _share(box, picture) + max([_share(box, cover) for cover in covers], default=0.0)
            if prop.text and hidden < 1:
                readable = hidden == 0 and prop.complete and prop.opacity >= _READABLE
                seen[prop.place, prop.text] = _Seen(box, readable)
        return seen

    def _box(self, prop: Prop, t: float) -> Bounds:
        left, top, right, bottom = prop.patch.inner
        x, y = round(prop.left), round(prop.top)
        corners = np.array([[x + i, y + j, 1.0] for i in (left, right) for j in (top, bottom)])
        mapped = corners[:, :2] if self.camera is None else corners @ self.camera(t).T
        low, high = mapped.min(axis=0), mapped.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _prolonged(line: Line, seen: _Seen, t: float) -> Line:
    if not seen.readable:
        return line._replace(gone=t) if line.whole else line._replace(gone=t, last=t)
    if line.whole:
        return line._replace(gone=t, last=t)
    return line._replace(gone=t, first=t, last=t, box=seen.box, whole=True)


def _share(box: Bounds, other: Bounds) -> float:
    """The part of the first box's area that lies in the other."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    area = (box[2] - box[0]) * (box[3] - box[1])
    return 1.0 if width * height == area else max(0.0, width) * max(0.0, height) / area


def _faded(prop: Prop) -> Patch:
    return (
        prop.patch if prop.opacity == 1.0 else prop.patch._replace(weight=prop.patch.weight * np.float32(prop.opacity))
    )
