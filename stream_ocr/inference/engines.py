"""What the stages and the reader use: pictures in, quads, directions and texts out."""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence

from stream_ocr.config import DetectConfig
from stream_ocr.inference.ring import Array, Ring
from stream_ocr.messages import Image
from stream_ocr.ocr import classify, detect, recognize
from stream_ocr.ocr.alphabet import Alphabet, Reading, Steps
from stream_ocr.ocr.classify import Turn
from stream_ocr.ocr.detect import Detected, Shape

__all__ = ["Classifier", "Detector", "Recognizer"]

_SHAPES = 4
"""Detection shapes that are kept compiled."""


class Detector:
    """Finds lines of text. `submit` and `take` go in pairs and keep the order; `full` says when to take."""

    def __init__(
        self,
        compile_for: Callable[[Shape], Ring[tuple[int, int]]],
        shape_of: Callable[[tuple[int, int]], Shape],
        config: DetectConfig,
    ) -> None:
        """`shape_of`: from the size of a picture (width, height) to the input that it is scaled to."""
        self._compile_for = compile_for
        self._shape_of = shape_of
        self._config = config
        self._rings: OrderedDict[Shape, Ring[tuple[int, int]]] = OrderedDict()
        self._order: deque[Ring[tuple[int, int]]] = deque()

    def submit(self, image: Image) -> None:
        """Starts a detection.

        Raises ModelError.
        """
        size = (image.shape[1], image.shape[0])
        shape = self._shape_of(size)
        ring = self._ring(shape)
        ring.submit(detect.prepare(image, shape), size)
        self._order.append(ring)

    def full(self, image: Image) -> bool:
        """Whether a detection has to be taken before one in this picture can be submitted."""
        ring = self._rings.get(self._shape_of((image.shape[1], image.shape[0])))
        return ring is not None and ring.full

    @property
    def parallel(self) -> int:
        """Detections that run at the same time; further ones wait for one of them."""
        return min((ring.parallel for ring in self._rings.values()), default=1)

    @property
    def ready(self) -> bool:
        """Whether the oldest detection is done, so that taking it does not wait."""
        return bool(self._order) and self._order[0].ready

    def take(self) -> list[Detected]:
        """Waits for the oldest detection: its lines in reading order.

        Raises ModelError.
        """
        size, outputs = self._order.popleft().take()
        return detect.reading_order(detect.boxes(outputs[0][0, 0], size, self._config))

    def detect(self, image: Image) -> list[Detected]:
        """The lines of one picture, in reading order; only while none is under way.

        Raises ModelError.
        """
        self.submit(image)
        return self.take()

    def _ring(self, shape: Shape) -> Ring[tuple[int, int]]:
        if shape not in self._rings:
            idle = [known for known, ring in self._rings.items() if not len(ring)]
            for known in idle[: max(len(self._rings) - _SHAPES + 1, 0)]:
                del self._rings[known]
            self._rings[shape] = self._compile_for(shape)
        self._rings.move_to_end(shape)
        return self._rings[shape]


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
