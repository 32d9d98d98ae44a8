"""From the section `ocr` of a config to what the stages and the reader use."""

from stream_ocr.config import DetectConfig, OcrConfig
from stream_ocr.inference import assembly, networks
from stream_ocr.inference.device import Device
from stream_ocr.inference.engines import Classifier, Detector, Recognizer
from stream_ocr.inference.ring import Ring
from stream_ocr.inference.trial import settled
from stream_ocr.messages import Box
from stream_ocr.ocr import detect, recognize
from stream_ocr.ocr.detect import Shape
from stream_ocr.ocr.reader import Reader
from stream_ocr.ocr.weights import resolve

__all__ = ["load_classifier", "load_detector", "load_reader", "load_recognizer", "precision_of"]

BoxRing = Ring[Box]

_STRIP = 4
"""Widths in heights from which an input is so small that one at a time is as fast, with half the memory."""

_SHAPES = 8
"""Detection shapes that are kept compiled, whatever the number of sources: the whole picture and its parts, twice.

Measured on two cores: a whole picture holds 100 MB in bf16 and 160 MB in f32, a part as much less as it is smaller, and
the one network for any shape takes 10 to 20 % longer.
"""


def load_detector(ocr: OcrConfig, *, prompt: bool = False) -> Detector:
    """Detection for so many streams: the longer side of the input is `max_side`, and shapes are compiled as they come.

    `prompt`: one frame at a time, on all threads, is done soonest; else several at once, on one thread each, which gets
    through more of them (12 % on two cores).
    Raises ModelError.
    """
    ocr = settled(ocr)
    device, weights = Device(ocr), resolve(ocr.model)
    name = str(weights.detection.path)
    model = device.read(weights.detection, rank=4)

    def compile_for(shape: Shape | None) -> BoxRing:
        # What OpenVINO prepares for each of any number of shapes it would keep for good.
        target = Device(ocr, keep_shapes=False) if shape is None else device
        strip = shape is not None and shape[1] >= _STRIP * shape[0]
        return target.ring(networks.detection(model, shape, name), name, many=not (prompt or strip))

    def shape_of(size: tuple[int, int], config: DetectConfig) -> Shape:
        return detect.stream_shape(size, config.max_side)

    return Detector(compile_for, shape_of, _SHAPES)


def precision_of(ocr: OcrConfig) -> str:
    """The arithmetic that networks are compiled for: what `ocr` asks for, or what won the trial of the device.

    Raises ModelError.
    """
    return Device(settled(ocr)).precision


def load_classifier(ocr: OcrConfig) -> Classifier:
    """The direction of lines.

    Raises ModelError.
    """
    return assembly.classifier(Device(settled(ocr)), resolve(ocr.model))


def load_recognizer(ocr: OcrConfig) -> Recognizer:
    """Recognition for streams: lines are read at a closed set of widths.

    Raises ModelError.
    """
    return assembly.recognizer(Device(settled(ocr)), resolve(ocr.model), recognize.snapped)


def load_reader(ocr: OcrConfig) -> Reader:
    """The reader of single pictures, with detection at any shape and recognition at any width, as RapidOCR has them.

    Raises ModelError.
    """
    ocr = settled(ocr)
    # What OpenVINO prepares for each shape it would keep for good: 1.5 GB after 300 widths.
    device, weights = Device(ocr, keep_shapes=False), resolve(ocr.model)
    name = str(weights.detection.path)
    ring: BoxRing = device.ring(networks.detection(device.read(weights.detection, rank=4), None, name), name)
    detector = Detector(lambda _: ring, lambda size, _: detect.input_shape(size), _SHAPES)
    recognizer = assembly.recognizer(device, weights, recognize.grouped)
    return Reader(detector, assembly.classifier(device, weights), recognizer)
