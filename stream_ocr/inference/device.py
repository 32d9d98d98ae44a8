"""An OpenVINO device: reads and compiles networks with the settings of a config."""

import logging
import threading
from pathlib import Path
from typing import Any

import openvino as ov
from openvino.frontend import FrontEndManager

from stream_ocr.config import OcrConfig, Precision
from stream_ocr.cores import usable
from stream_ocr.errors import ModelError
from stream_ocr.inference import cache, heap, identity
from stream_ocr.inference.ring import Ring
from stream_ocr.inference.trouble import FAILURES, reason, translated
from stream_ocr.ocr.weights import WeightFile

__all__ = ["Device"]

_log = logging.getLogger(__name__)

_MAX_STREAMS, _THREADS_EACH = 4, 2
"""Streams at most, and threads of each, where a network of many small inputs runs on several side by side, each with
buffers of its own: on two cores, two streams of one thread are a quarter faster by themselves than one of two threads,
but beside detection no faster at all, and take 80 MB more."""
_VIRTUAL = ("AUTO", "HETERO", "MULTI", "BATCH")
"""Devices that are made of others."""
_ALWAYS_THERE = "CPU"
_one_at_a_time = threading.Lock()
"""OpenVINO 2026.4 sets the locale of the process while it writes and reads networks, and puts it back afterwards; two
threads at it can leave the process without UTF-8."""
_CAPABILITIES: dict[Precision, str] = {"bf16": "BF16", "f16": "FP16", "f32": "FP32"}
"""Precisions, those that ought to be the fastest first, and what OpenVINO calls them."""
_FRONTENDS = {".onnx": "onnx", ".xml": "ir", ".pdmodel": "paddle", ".json": "paddle"}


class Device:
    """One device with its settings. Raises ModelError: there is no such device, or it lacks the precision."""

    def __init__(self, ocr: OcrConfig, *, keep_shapes: bool = True) -> None:
        """`keep_shapes`: what was prepared for a shape is kept for the next input of that shape."""
        self._core = ov.Core()
        self._name = ocr.device
        self._keep_shapes = keep_shapes
        self._threads = min(ocr.threads or usable(), usable())
        names = self._parts()
        with translated(f"ocr.device: {self._name} cannot be used"):
            capabilities = set(self._core.get_property(names[0], "OPTIMIZATION_CAPABILITIES"))
            everything = self._core.available_devices if self._name in _VIRTUAL else names
            self.platform = identity.platform(self._core, everything)
            """What it is made of."""
        self.offered = [name for name, capability in _CAPABILITIES.items() if capability in capabilities] or ["f32"]
        """Precisions that it claims to have, those that ought to be the fastest first."""
        self.precision = self.offered[0] if ocr.precision == "auto" else ocr.precision
        """Of the arithmetic."""
        if self.precision not in self.offered:
            raise ModelError(f"ocr.precision: {self._name} does not offer {self.precision}; expected f32 or auto")
        # What was compiled for a device that is made of others cannot be kept.
        whole = names == [self._name] and self._name not in _VIRTUAL and "EXPORT_IMPORT" in capabilities
        self._cache = cache.opened(ocr.cache) if whole else None

    def read(self, file: WeightFile, rank: int | None) -> ov.Model:
        """Reads a network with one input, and an output of `rank` dimensions; None: of any number.

        Raises ModelError.
        """
        path = str(file.checked())
        with _one_at_a_time, translated(f"{path}: cannot be read as a network"):
            # Named, because OpenVINO, left to guess, tries every format, and some of them write to stderr.
            frontend = FrontEndManager().load_by_framework(_FRONTENDS[file.path.suffix])
            model = frontend.convert(frontend.load(path))
        if len(model.inputs) != 1 or not model.outputs:
            raise ModelError(f"{path}: expected a network with one input, got {len(model.inputs)}")
        shape = model.outputs[0].partial_shape
        if rank is not None and shape.rank != rank:
            raise ModelError(f"{path}: expected an output of {rank} dimensions, got {shape}: is it the right network?")
        return model

    def write(self, model: ov.Model, path: Path, *, half: bool) -> None:
        """Writes a network as OpenVINO IR; `half`: its weights as f16.

        Raises ModelError: it cannot be written.
        """
        with _one_at_a_time, translated(f"{path}: cannot be written"):
            ov.save_model(model, path, compress_to_fp16=half)

    def ring(self, model: ov.Model, name: str, *, many: bool = False) -> Ring[Any]:
        """Compiles a network. `many`: for many small inputs at once, instead of one large one after another.

        Raises ModelError.
        """
        streams = min(max(self._threads // _THREADS_EACH, 1), _MAX_STREAMS) if many else 1
        settings = self._settings(streams)
        with _one_at_a_time:
            network = (
                self._compiled(model, name, settings) if self._cache is None else self._kept(model, name, settings)
            )
        heap.release()
        return Ring(network, streams + 1, name)

    def _kept(self, model: ov.Model, name: str, settings: dict[str, Any]) -> ov.CompiledModel:
        """The network out of the cache, or as it is compiled, and kept there."""
        content = identity.network(model)
        if self._cache is None or content is None:
            return self._compiled(model, name, settings)
        key = identity.key("network", self._name, self.platform, settings, content)
        found = self._cache.get(key)
        if found is not None:
            try:
                return self._core.import_model(found, self._name, settings)
            except FAILURES as error:
                _log.warning("%s: compiled anew, because what was kept of it cannot be loaded: %s", name, reason(error))
        network = self._compiled(model, name, settings)
        self._cache.put(key, network.export_model().getvalue())
        return network

    def _compiled(self, model: ov.Model, name: str, settings: dict[str, Any]) -> ov.CompiledModel:
        with translated(f"{name}: cannot be compiled for {self._name}"):
            return self._core.compile_model(model, self._name, settings)

    def _settings(self, streams: int) -> dict[str, Any]:
        settings: dict[str, Any] = {"INFERENCE_PRECISION_HINT": self.precision}
        if self._name != "CPU":
            return {**settings, "PERFORMANCE_HINT": "LATENCY" if streams == 1 else "THROUGHPUT"}
        settings |= {"NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": self._threads}
        # Several networks share the cores: pinned, their threads would wait for one another.
        settings["ENABLE_CPU_PINNING"] = False
        return settings if self._keep_shapes else {**settings, "CPU_RUNTIME_CACHE_CAPACITY": 0}

    def _parts(self) -> list[str]:
        """The devices that it is made of, or itself."""
        base, _, others = self._name.partition(":")
        names = others.split(",") if others and base in _VIRTUAL else [self._name]
        if names == [_ALWAYS_THERE]:
            # To ask for all of them loads what drives a GPU and an NPU: 20 MB.
            return names
        known = self._core.available_devices
        if any(name not in known and name not in _VIRTUAL for name in names):
            raise ModelError(f"ocr.device: expected one of {', '.join([*known, 'AUTO'])}, got `{self._name}`")
        return names
