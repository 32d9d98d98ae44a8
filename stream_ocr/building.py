"""From a config to its stages: what each of them loads, and how it is made. Each imports only what it needs."""

from collections.abc import Callable
from typing import Any, TypeAlias

from stream_ocr.config import Config
from stream_ocr.regions import Regions
from stream_ocr.stages import Classify, Detect, Recognize, Stage, Track

__all__ = ["Maker", "loaded"]

Maker: TypeAlias = Callable[[int], Stage[Any]]
"""Makes a stage; what it numbers begins with the number given."""


def loaded(name: str, config: Config) -> Maker:
    """Loads what the stage `name` needs; a stage that is made anew need not load it again.

    Raises ModelError.
    """
    return _LOADERS[name](config)


def _detect(config: Config) -> Maker:
    # OpenVINO and FFmpeg take a third of a second to import, and other stages do without.
    from stream_ocr import inference
    from stream_ocr.sources import is_live

    # Cameras want a frame soon, files want many of them.
    prompt = any(is_live(source) for source in config.sources.values())
    detector = inference.load_detector(config.ocr, prompt=prompt)
    regions = {name: Regions.of(source) for name, source in config.sources.items()}
    return lambda _: Detect(detector, lambda name: config.stages_of(name).detect, regions)


def _track(config: Config) -> Maker:
    return lambda first: Track(lambda name: config.stages_of(name).track, first)


def _classify(config: Config) -> Maker:
    from stream_ocr import inference  # see above

    classifier = inference.load_classifier(config.ocr)
    return lambda _: Classify(classifier, lambda name: config.stages_of(name).classify)


def _recognize(config: Config) -> Maker:
    from stream_ocr import inference  # see above

    recognizer = inference.load_recognizer(config.ocr)
    return lambda first: Recognize(recognizer, lambda name: config.stages_of(name).recognize, first)


_LOADERS: dict[str, Callable[[Config], Maker]] = {
    "detect": _detect,
    "track": _track,
    "classify": _classify,
    "recognize": _recognize,
}
