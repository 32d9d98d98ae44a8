"""What the stages and the reader use: pictures in, quads, directions and texts out."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stream_ocr.config import DetectConfig
from stream_ocr.geometry import shift
from stream_ocr.inference.ring import Array, Ring
from stream_ocr.messages import Box, Image
from stream_ocr.ocr import classify, detect, recognize
from stream_ocr.ocr.alphabet import Alphabet, Reading, Steps
from stream_ocr.ocr.classify import Turn
from stream_ocr.ocr.detect import Detected, Shape
from stream_ocr.ocr.windows import Window

__all__ = ["Classifier", "Detector", "Recognizer"]

_IN_USE = 1000
"""Detections after which a shape that did not come again gives up its place."""
_DEFAULTS = DetectConfig()


@dataclass
class _Kept:
    """The network of one shape."""

    ring: Ring[Box]
    used: int
    """Number of the last detection that it was used for."""


class Detector:
    """Finds lines of text. `submit` and `take` go in pairs and keep the order; `full` says when to take.

    Settings come with each picture, so that sources share one detector whatever they want of it.
    """

    def __init__(
        self,
        compile_for: Callable[[Shape | None], Ring[Box]],
        shape_of: Callable[[tuple[int, int], DetectConfig], Shape],
        places: int,
    ) -> None:
        """`compile_for`: the network for one shape, or for any.

        `shape_of`: from the size of a picture (width, height) to the input that it is scaled to. `places`: how many
        shapes have a network of their own; what comes beyond them shares the one for any shape, so that nothing is
        compiled again and again where shapes take turns.
        """
        self._compile_for = compile_for
        self._shape_of = shape_of
        self._places = places
        self._kept: dict[Shape, _Kept] = {}
        self._any_shape: Ring[Box] | None = None
        self._submitted = 0
        self._order: deque[tuple[Ring[Box], DetectConfig]] = deque()

    def shape(self, size: tuple[int, int], config: DetectConfig) -> Shape:
        """The input for the whole of a picture of `size` (width, height)."""
        return self._shape_of(size, config)

    def submit(self, image: Image, config: DetectConfig, window: Window | None = None) -> None:
        """Starts a detection in a window of a picture, or in the whole of it.

        Raises ModelError.
        """
        size = (image.shape[1], image.shape[0])
        left, top, right, bottom = (0, 0, *size) if window is None else window.box
        shape = self.shape(size, config) if window is None else window.shape
        self._submitted += 1
        ring = self._ring(shape)
        ring.submit(detect.prepare(image[top:bottom, left:right], shape), (left, top, right, bottom))
        self._order.append((ring, config))

    def full(self, shape: Shape) -> bool:
        """Whether a detection has to be taken before one with this input can be submitted."""
        kept = self._kept.get(shape)
        ring = self._any_shape if kept is None else kept.ring
        return ring is not None and ring.full

    @property
    def parallel(self) -> int:
        """Detections that run at the same time; further ones wait for one of them."""
        return min((kept.ring.parallel for kept in self._kept.values()), default=1)

    @property
    def ready(self) -> bool:
        """Whether the oldest detection is done, so that taking it does not wait."""
        return bool(self._order) and self._order[0][0].ready

    def take(self) -> list[Detected]:
        """Waits for the oldest detection: its lines in reading order, in pixels of the whole picture.

        Raises ModelError.
        """
        ring, config = self._order.popleft()
        (left, top, right, bottom), outputs = ring.take()
        found = detect.boxes(outputs[0][0, 0], (right - left, bottom - top), config)
        return detect.reading_order([Detected(shift(line.quad, left, top), line.score) for line in found])

    def detect(self, image: Image, config: DetectConfig = _DEFAULTS) -> list[Detected]:
        """The lines of one picture, in reading order; only while none is under way.

        Raises ModelError.
        """
        self.submit(image, config)
        return self.take()

    def _ring(self, shape: Shape) -> Ring[Box]:
        if shape not in self._kept:
            if not self._make_room():
                if self._any_shape is None:
                    self._any_shape = self._compile_for(None)
                return self._any_shape
            self._kept[shape] = _Kept(self._compile_for(shape), self._submitted)
        self._kept[shape].used = self._submitted
        return self._kept[shape].ring

    def _make_room(self) -> bool:
        """Whether there is a place for one more shape, by now."""
        if len(self._kept) < self._places:
            return True
        oldest = min(self._kept, key=lambda shape: self._kept[shape].used)
        if self._submitted - self._kept[oldest].used < _IN_USE:
            return False
        del self._kept[oldest]
        return True


class Classifier:
    """Tells which way up lines are."""

    def __init__(self, ring: Ring[int]) -> None:
        self._ring = ring

    def classify(self, crops: Sequence[Image]) -> list[Turn]:
        """The direction of each crop and its probability.

        Raises ModelError.
        """
        strips = ((strip, index) for index, crop in enumerate(crops) for strip in classify.prepare(crop))
        probabilities: list[list[Array]] = [[] for _ in crops]
        for index, outputs in self._ring.run(strips):
            probabilities[index].append(outputs[0][0])
        return [classify.decode(parts) for parts in probabilities]


class Recognizer:
    """Reads lines."""

    def __init__(self, ring: Ring[int], alphabet: Alphabet, widths: Callable[[Sequence[Image]], Sequence[int]]) -> None:
        """`widths`: the width at which each crop is shown to the network."""
        self._ring = ring
        self._alphabet = alphabet
        self._widths = widths

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        """What each crop says; "" with confidence 0 where nothing can be read.

        Raises ModelError.
        """
        widths = self._widths(crops)
        # Crops of one width follow one another, so that the network changes its shape seldom.
        order = sorted(range(len(crops)), key=widths.__getitem__)
        strips = ((strip, index) for index in order for strip in recognize.prepare(crops[index], widths[index]))
        pieces: list[list[Steps]] = [[] for _ in crops]
        for index, (probabilities, classes) in self._ring.run(strips):
            pieces[index].append(Steps(classes[0, :, 0], probabilities[0, :, 0]))
        return [self._alphabet.decode(recognize.joined(parts)) for parts in pieces]
