"""The engines on one device, from the files of their weights."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from stream_ocr.inference import networks
from stream_ocr.inference.device import Device
from stream_ocr.inference.engines import Classifier, Recognizer
from stream_ocr.messages import Image
from stream_ocr.ocr.alphabet import Alphabet
from stream_ocr.ocr.weights import Weights

__all__ = ["Widths", "classifier", "recognizer"]

Widths: TypeAlias = Callable[[Sequence[Image]], Sequence[int]]
"""The width at which each crop is shown to the network."""


def classifier(device: Device, weights: Weights) -> Classifier:
    """The direction of lines.

    Raises ModelError.
    """
    name = str(weights.direction.path)
    return Classifier(device.ring(networks.direction(device.read(weights.direction, rank=2), name), name, many=True))


def recognizer(device: Device, weights: Weights, widths: Widths) -> Recognizer:
    """Recognition.

    Raises ModelError.
    """
    name = str(weights.recognition.path)
    model = device.read(weights.recognition, rank=3)
    dictionary = None if weights.dictionary is None else Alphabet.load(weights.dictionary.checked())
    alphabet = networks.alphabet(model, dictionary, name)
    return Recognizer(device.ring(networks.recognition(model, name), name, many=True), alphabet, widths)
