"""What a compiled network, or the outcome of a trial, is good for: this network, on this processor, in this version."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import openvino as ov

__all__ = ["key", "network", "platform"]

_CPUINFO = Path("/proc/cpuinfo")
_TELLING = ("vendor_id", "cpu family", "model", "stepping", "flags", "CPU implementer", "CPU part", "Features")
"""What tells one kind of processor from another; its clock does not."""
_WITH_BODIES = ("If", "Loop", "TensorIterator")


def key(kind: str, *parts: str | Mapping[str, Any]) -> str:
    """A short name, which differs where any of `parts` does."""
    text = repr([sorted(part.items()) if isinstance(part, Mapping) else part for part in parts])
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:40]}"


def platform(core: ov.Core, devices: Iterable[str]) -> str:
    """These devices, the processor, and the version of OpenVINO.

    Raises RuntimeError: there is no such device.
    """
    names = [core.get_property(device, "FULL_DEVICE_NAME") for device in devices]
    return f"{names} {_processor()} {version('openvino')}"


@lru_cache(maxsize=1)
def _processor() -> str:
    try:
        first = _CPUINFO.read_text().split("\n\n", 1)[0]
    except OSError:
        return ""
    return "\n".join(line for line in first.splitlines() if line.startswith(_TELLING))


def network(model: ov.Model) -> str | None:
    """A hash of everything that a network computes with, whichever file it came from; its names do not count.

    None where it has networks inside, which cannot be looked into.
    """
    digest = hashlib.sha256()
    numbers: dict[str, int] = {}
    for number, op in enumerate(model.get_ordered_ops()):
        kind = op.get_type_name()
        if kind in _WITH_BODIES:
            return None
        numbers[op.get_friendly_name()] = number
        attributes = dict(op.get_attributes())
        if kind == "Constant":
            attributes.pop("value", None)
            digest.update(op.data)
        sources = [(numbers[each.get_node().get_friendly_name()], each.get_index()) for each in op.input_values()]
        results = [(str(output.partial_shape), str(output.element_type)) for output in op.outputs()]
        digest.update(repr((kind, sorted(attributes.items()), sources, results)).encode())
    return digest.hexdigest()
