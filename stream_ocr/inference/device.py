"""An OpenVINO device: reads and compiles networks with the settings of a config."""

import logging
import os
import threading
from pathlib import Path
from typing import Any

import openvino as ov
from openvino.frontend import FrontEndManager

from stream_ocr.config import OcrConfig
from stream_ocr.errors import ModelError
from stream_ocr.inference.cache import cache_folder
from stream_ocr.inference.ring import Ring
from stream_ocr.inference.trouble import reason, translated
from stream_ocr.ocr.weights import WeightFile

__all__ = ["Device"]

_log = logging.getLogger(__name__)

_MAX_STREAMS = 4
_VIRTUAL = ("AUTO", "HETERO", "MULTI", "BATCH")
"""Devices that are made of others."""
_one_at_a_time = threading.Lock()
"""OpenVINO 2026.4 sets the locale of the process while it writes and reads networks, and puts it back afterwards; two
threads at it can leave the process without UTF-8."""
_CAPABILITIES = {"bf16": "BF16", "f16": "FP16", "f32": "FP32"}
"""Precisions, the fastest first, and what OpenVINO calls them."""
_FRONTENDS = {".onnx": "onnx", ".xml": "ir", ".pdmodel": "paddle", ".json": "paddle"}


class Device:
    """One device with its settings. Raises ModelError: there is no such device, or it lacks the precision."""

    def __init__(self, ocr: OcrConfig, *, keep_shapes: bool = True) -> None:
        """`keep_shapes`: what was prepared for a shape is kept for the next input of that shape."""
        self._core = ov.Core()
        self._name = ocr.device
        self._keep_shapes = keep_shapes
        self._threads = ocr.threads or len(os.sched_getaffinity(0))
        self._cache = cache_folder(ocr.cache)
        offered = self._capabilities()
        self.precision = _fastest(offered) if ocr.precision == "auto" else ocr.precision
        """Of the arithmetic."""
        if _CAPABILITIES[self.precision] not in offered:
            raise ModelError(f"ocr.precision: {self._name} does not offer {self.precision}; expected f32 or auto")

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
        streams = min(self._threads, _MAX_STREAMS) if many else 1
        with _one_at_a_time:
            network = self._compiled(model, name, self._settings(streams))
        return Ring(network, streams + 1, name)

    def _compiled(self, model: ov.Model, name: str, settings: dict[str, Any]) -> ov.CompiledModel:
        if self._cache is not None:
            try:
                return self._core.compile_model(model, self._name, {**settings, "CACHE_DIR": str(self._cache)})
            except RuntimeError as error:
                # Either the cache is at fault, or the network, and then the second try says so.
                _log.warning("%s: compiling without this cache: %s", self._cache, reason(error))
                self._cache = None
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

    def _capabilities(self) -> set[str]:
        """What the device, or the first of those it is made of, can do."""
        base, _, others = self._name.partition(":")
        names = others.split(",") if others and base in _VIRTUAL else [self._name]
        known = self._core.available_devices
        if any(name not in known and name not in _VIRTUAL for name in names):
            raise ModelError(f"ocr.device: expected one of {', '.join([*known, 'AUTO'])}, got `{self._name}`")
        with translated(f"ocr.device: {self._name} cannot be used"):
            return set(self._core.get_property(names[0], "OPTIMIZATION_CAPABILITIES"))


def _fastest(offered: set[str]) -> str:
    return next((name for name, capability in _CAPABILITIES.items() if capability in offered), "f32")
