"""What makes two networks, or two machines, the same."""

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from stream_ocr.config import OcrConfig
from stream_ocr.inference import identity, networks
from stream_ocr.inference.device import Device
from stream_ocr.ocr.weights import resolve


def _network(factor: float = 2.0, axis: int = 1, name: str = "x", width: int = 4) -> ov.Model:
    given = ops.parameter([1, 3, width], np.float32, name=name)
    scaled = ops.multiply(given, ops.constant(np.float32(factor)), name=f"{name} scaled")
    return ov.Model([ops.reduce_sum(scaled, ops.constant(np.array([axis]))), scaled], [given], name)


def test_names_do_not_count() -> None:
    assert identity.network(_network()) == identity.network(_network(name="another"))


def test_everything_else_does() -> None:
    others = [_network(), _network(factor=2.0000002), _network(axis=2), _network(width=5)]
    others.append(_swapped(_network()))
    assert len({identity.network(model) for model in others}) == len(others)


def _swapped(model: ov.Model) -> ov.Model:
    """The same nodes, with the outputs in another order."""
    return ov.Model(list(reversed(model.get_results())), model.get_parameters(), "swapped")


def test_the_attributes_of_an_operation_count() -> None:
    def pooled(stride: int) -> ov.Model:
        given = ops.parameter([1, 1, 8, 8], np.float32)
        pool = ops.avg_pool(given, [1, stride], [0, 0], [1, 1], [2, 2], True)
        return ov.Model([ops.reduce_mean(pool, np.array([2, 3], np.int64))], [given])

    assert identity.network(pooled(1)) != identity.network(pooled(2))


def test_a_real_network_is_the_same_each_time_it_is_read() -> None:
    device, weights = Device(OcrConfig(precision="f32", cache="")), resolve("PP-OCRv6-small")
    names = {
        identity.network(networks.recognition(device.read(weights.recognition, rank=3), name))
        for name in ("one", "two")
    }
    assert len(names) == 1
    model = device.read(weights.detection, rank=4)
    shapes = [(64, 64), (64, 96), None]
    assert len({identity.network(networks.detection(model, shape, "det")) for shape in shapes}) == 3


def test_a_network_with_networks_inside_has_none() -> None:
    condition = ops.parameter([], np.bool_)
    given = ops.parameter([2], np.float32)
    choice = ops.if_op(condition)
    for set_body in (choice.set_then_body, choice.set_else_body):
        inner = ops.parameter([2], np.float32)
        set_body(ov.Model([ops.relu(inner)], [inner]))
    then, other = choice.get_function(0), choice.get_function(1)
    choice.set_input(given.output(0), then.get_parameters()[0], other.get_parameters()[0])
    chosen = choice.set_output(then.get_results()[0], other.get_results()[0])
    assert identity.network(ov.Model([chosen], [condition, given])) is None


def test_a_key_tells_settings_apart() -> None:
    settings = {"NUM_STREAMS": 2, "INFERENCE_PRECISION_HINT": "f32"}
    one = identity.key("network", "CPU", settings)
    assert one == identity.key("network", "CPU", dict(reversed(settings.items())))
    assert one.startswith("network-")
    others = [
        ("trial", "CPU", settings),
        ("network", "GPU", settings),
        ("network", "CPU", {**settings, "NUM_STREAMS": 1}),
    ]
    assert len({one, *(identity.key(*other) for other in others)}) == 4


def test_the_platform_names_device_and_version() -> None:
    core = ov.Core()
    platform = identity.platform(core, ["CPU"])
    assert core.get_property("CPU", "FULL_DEVICE_NAME") in platform
    assert platform.endswith(ov.__version__.split("-")[0])
