"""The trial of a device: which of its precisions is the fastest that reads what f32 on the CPU reads.

What a device claims is not taken for granted: some precisions are emulated, and some devices compute nonsense with some
networks. It is tried once, with the very weights, and the outcome is kept beside the compiled models.
"""

import logging
import threading
import time
from collections.abc import Sequence
from functools import lru_cache

import msgspec
from rapidfuzz.distance import Levenshtein

from stream_ocr.config import OcrConfig, Precision
from stream_ocr.errors import ModelError
from stream_ocr.inference import assembly, cache, identity, networks, samples
from stream_ocr.inference.device import Device
from stream_ocr.inference.engines import Recognizer
from stream_ocr.inference.ring import Array, Ring
from stream_ocr.ocr import recognize
from stream_ocr.ocr.alphabet import Reading
from stream_ocr.ocr.weights import Weights, resolve

__all__ = ["Verdict", "chosen", "map_fault", "reading_fault", "settled"]

_log = logging.getLogger(__name__)

_EXACT: tuple[Precision, ...] = ("f32", "f16", "bf16")
"""The most exact first."""
_WORTHWHILE = 0.9
"""Share of the time that a less exact precision may take at most, to be preferred."""
_ROUNDS = 3
_SURE = 0.8
"""Confidence from which a reading of the reference counts: what it is not sure of, another precision may read
otherwise."""
_WRONG = 0.2
"""Share of the characters of a line that may differ; one may in any case."""
_COLLAPSED = 0.8
"""Share of the reference's confidence that must be left, on average."""
_TEXT = 0.3
"""Probability from which a pixel is text."""
_SAME = 0.7
"""Share of the pixels that either finds which both must find."""
_trying = threading.Lock()


class Verdict(msgspec.Struct, frozen=True):
    """How a device did in one precision."""

    ms: float
    """Time for one short line; 0: it cannot be used at all."""
    fault: str | None = None
    """Why it is of no use."""


def settled(ocr: OcrConfig) -> OcrConfig:
    """The settings with a precision that was tried; whoever asks first waits for the trial.

    Raises ModelError: the precision asked for, or each that the device has, makes nonsense of texts.
    """
    if ocr.device == "CPU" and ocr.precision == "f32":
        return ocr
    with _trying:
        return _settled(ocr)


@lru_cache(maxsize=8)
def _settled(ocr: OcrConfig) -> OcrConfig:
    device = Device(ocr)
    wanted = device.offered if ocr.precision == "auto" else [device.precision]
    if ocr.device == "CPU" and wanted == ["f32"]:
        return msgspec.structs.replace(ocr, precision="f32")
    verdicts = _verdicts(ocr, wanted, device.platform)
    faults = [f"{name} on {ocr.device} {verdicts[name].fault}" for name in wanted if verdicts[name].fault is not None]
    if len(faults) == len(wanted):
        setting = "precision" if ocr.device == "CPU" else "device"
        raise ModelError(f"ocr.{setting}: {'; '.join(faults)}: expected another {setting}")
    precision = chosen({name: verdicts[name] for name in wanted})
    for fault in faults:
        _log.warning("%s, so it is not used, but %s", fault, precision)
    return msgspec.structs.replace(ocr, precision=precision)


def chosen(verdicts: dict[Precision, Verdict]) -> Precision:
    """The fastest that has no fault; the more exact one where they are about equal."""
    fit = {name: verdict.ms for name, verdict in verdicts.items() if verdict.fault is None}
    limit = min(fit.values()) / _WORTHWHILE
    return next(name for name in _EXACT if name in fit and fit[name] <= limit)


def _verdicts(ocr: OcrConfig, wanted: Sequence[Precision], platform: str) -> dict[Precision, Verdict]:
    """What is known of each precision from earlier, or is found out now."""
    weights = resolve(ocr.model)
    digests = [file.fingerprint() for file in (weights.detection, weights.recognition, weights.dictionary) if file]
    entry, kept = identity.key("trial", ocr.device, platform, *digests), cache.opened(ocr.cache)
    known = _decoded(None if kept is None else kept.get(entry))
    untried = [name for name in wanted if name not in known]
    if untried:
        reference = _Reference(ocr, weights)
        known |= {name: reference.verdict(msgspec.structs.replace(ocr, precision=name)) for name in untried}
        if kept is not None:
            # What cannot be used today, for want of memory perhaps, may be tomorrow.
            kept.put(entry, msgspec.json.encode({name: each for name, each in known.items() if each.ms}))
    return known


def _decoded(content: bytes | None) -> dict[Precision, Verdict]:
    try:
        return msgspec.json.decode(content or b"{}", type=dict[Precision, Verdict])
    except msgspec.DecodeError:
        return {}


class _Reference:
    """f32 on the CPU: what it makes of the samples."""

    def __init__(self, ocr: OcrConfig, weights: Weights) -> None:
        self._weights = weights
        self._lines, self._picture = samples.lines(), samples.picture()
        exact = msgspec.structs.replace(ocr, device="CPU", precision="f32", cache="")
        device = Device(exact)
        self._recognizer = assembly.recognizer(device, weights, recognize.snapped)
        self._readings = self._recognizer.read(self._lines)
        self._detection = device.read(weights.detection, rank=4)
        self._map = self._probabilities(device)

    def verdict(self, ocr: OcrConfig) -> Verdict:
        """How a device and precision compare with it."""
        if ocr.device == "CPU" and ocr.precision == "f32":
            return Verdict(self._pace(self._recognizer, ocr.device))
        try:
            recognizer = assembly.recognizer(Device(ocr), self._weights, recognize.snapped)
            fault = reading_fault(self._readings, recognizer.read(self._lines))
            # Nothing else will ask for this shape: it is not kept.
            device = Device(msgspec.structs.replace(ocr, cache=""))
            fault = fault or map_fault(self._map, self._probabilities(device))
        except (ModelError, IndexError) as error:
            # Classes that there are not are nonsense too.
            return Verdict(0.0, f"cannot be used: {error}")
        return Verdict(self._pace(recognizer, ocr.device), fault)

    def _probabilities(self, device: Device) -> Array:
        name = str(self._weights.detection.path)
        height, width = self._picture.shape[:2]
        ring: Ring[None] = device.ring(networks.detection(self._detection, (height, width), name), name)
        ring.submit(self._picture[None], None)
        return ring.take()[1][0]

    def _pace(self, recognizer: Recognizer, device: str) -> float:
        """Milliseconds for one line, at best; of computing, where that can be told: other programs do not count."""
        clock = time.process_time if device == "CPU" else time.perf_counter
        times = []
        for _ in range(_ROUNDS):
            began = clock()
            recognizer.read(self._lines[:1])
            times.append(clock() - began)
        return round(1000 * min(times), 2)


def reading_fault(expected: Sequence[Reading], got: Sequence[Reading]) -> str | None:
    """What is wrong with readings, next to those of the reference; None where nothing is."""
    pairs = [(one, other) for one, other in zip(expected, got, strict=True) if one.confidence >= _SURE]
    for one, other in pairs:
        if Levenshtein.distance(one.text, other.text) > max(1, _WRONG * len(one.text)):
            return f"reads `{other.text}` where f32 on CPU reads `{one.text}`"
    sure, left = sum(one.confidence for one, _ in pairs), sum(other.confidence for _, other in pairs)
    # Written so that what is not a number is a fault.
    if not left >= _COLLAPSED * sure:
        return f"is {left / len(pairs):.2f} sure of texts of which f32 on CPU is {sure / len(pairs):.2f}"
    return None


def map_fault(expected: Array, got: Array) -> str | None:
    """What is wrong with where text is found, next to the reference; None where nothing is."""
    one, other = expected > _TEXT, got > _TEXT
    either, both = int((one | other).sum()), int((one & other).sum())
    if both >= _SAME * either:
        return None
    return f"finds text in {int(other.sum())} pixels, {both} of them among the {int(one.sum())} of f32 on CPU"
