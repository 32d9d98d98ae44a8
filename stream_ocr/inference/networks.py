"""The networks as they are compiled: which shapes they take, and what is computed inside besides the network."""

import numpy as np
import openvino as ov
from openvino import opset13 as ops
from openvino.preprocess import PrePostProcessor

from stream_ocr.errors import ModelError
from stream_ocr.inference.trouble import translated
from stream_ocr.ocr.alphabet import Alphabet
from stream_ocr.ocr.detect import Shape

__all__ = ["alphabet", "characters", "detection", "direction", "recognition"]


def detection(model: ov.Model, shape: Shape | None, name: str) -> ov.Model:
    """The detection network, from (1, height, width, 3), uint8, BGR to the probability map; `shape` None: any shape.

    Raises ModelError.
    """
    height, width = shape or (-1, -1)
    with translated(f"{name}: cannot be used for detection"):
        shaped = model.clone()
        shaped.reshape([1, 3, height, width])
        steps = PrePostProcessor(shaped)
        steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
        steps.input().model().set_layout(ov.Layout("NCHW"))
        steps.input().preprocess().convert_element_type(ov.Type.f32).mean(127.5).scale(127.5)
        return steps.build()


def direction(model: ov.Model, name: str) -> ov.Model:
    """The direction network, from (1, 3, 48, 192) to the probabilities of 0 and 180 degrees.

    Raises ModelError.
    """
    with translated(f"{name}: cannot be used for direction"):
        model.reshape([1, 3, 48, 192])
    return model


def recognition(model: ov.Model, name: str) -> ov.Model:
    """The recognition network, from (1, 3, 48, any width) to the probability of the likeliest class per step, and it.

    The choice among 18,710 classes is made inside: two numbers a step come out instead of 18,710.
    Raises ModelError.
    """
    with translated(f"{name}: cannot be used for recognition"):
        source = model.outputs[0].get_node().input_value(0)
        best = ops.topk(source, ops.constant(1, np.int32), 2, "max", "none", index_element_type="i32")
        results = [ops.result(best.output(0)), ops.result(best.output(1))]
        # Left alone, OpenVINO numbers names anew each time, and the cache of compiled networks would never be hit.
        for node, title in zip([best, *results], ["best", "probability", "class"], strict=True):
            node.set_friendly_name(title)
        reduced = ov.Model(results, model.get_parameters(), "recognition")
        reduced.reshape([1, 3, 48, -1])
        return reduced


def alphabet(model: ov.Model, dictionary: Alphabet | None, name: str) -> Alphabet:
    """The alphabet of a recognition network: `dictionary`, or the one in its metadata.

    Raises ModelError: there is none, or it has not as many characters as the network has classes.
    """
    if dictionary is None:
        with translated(f"{name}: cannot read its dictionary"):
            listing = characters(model)
        if listing is None:
            raise ModelError(f"{name}: expected a dictionary in its metadata, or ocr.model.dictionary")
        dictionary = Alphabet.of(listing)
    classes = model.outputs[0].partial_shape[2]
    if classes.is_dynamic:
        raise ModelError(f"{name}: expected a fixed number of classes, got any: is it the right network?")
    dictionary.check(classes.get_length(), name)
    return dictionary


def characters(model: ov.Model) -> str | None:
    """The dictionary in the metadata of a recognition network, one character a line."""
    return _metadata(model).get("character")


def _metadata(model: ov.Model) -> dict[str, str]:
    """What the file says about itself; OpenVINO keeps it from ONNX to IR."""
    information = model.get_rt_info()
    if "framework" not in information:
        return {}
    return {key: str(item.value) for key, item in information["framework"].items()}
