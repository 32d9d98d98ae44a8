"""From a config to its stages: what each of them loads, and how it is made. Each imports only what it needs."""

from collections.abc import Callable
from typing import Any, TypeAlias

from stream_ocr.config import Config, Placed
from stream_ocr.regions import Regions
from stream_ocr.sources import is_live
from stream_ocr.stages import Classify, Detect, Recognize, Stage, Track

__all__ = ["Maker", "loaded", "placed"]

Maker: TypeAlias = Callable[[int], Stage[Any]]
"""Makes a stage; what it numbers begins with the number given."""


def placed(config: Config) -> dict[str, Placed]:
    """The stages that need not run in the main process, in order, with where they do."""
    stages = config.stages
    return {
        "detect": stages.detect,
        "track": stages.track,
        "classify": stages.classify,
        "recognize": stages.recognize,
    }


def loaded(name: str, config: Config) -> Maker:
    """Loads what the stage `name` needs; a stage that is made anew need not load it again.

    Raises ModelError.
    """
    return _LOADERS[name](config)


def _detect(config: Config) -> Maker:
    from stream_ocr import inference  # OpenVINO takes a third of a second to import

    # One camera wants its frame soon; several, or a file, want many of them.
    prompt = [is_live(source) for source in config.sources.values()] == [True]
    detector = inference.load_detector(config.ocr, config.stages.detect, prompt=prompt)
    regions = {name: Regions.of(source) for name, source in config.sources.items()}
    return lambda _: Detect(detector, config.stages.detect, regions)


def _track(config: Config) -> Maker:
    return lambda first: Track(config.stages.track, first)


def _classify(config: Config) -> Maker:
    from stream_ocr import inference  # see above

    classifier = inference.load_classifier(config.ocr)
    return lambda _: Classify(classifier, config.stages.classify)


def _recognize(config: Config) -> Maker:
    from stream_ocr import inference  # see above

    recognizer = inference.load_recognizer(config.ocr)
    return lambda first: Recognize(recognizer, config.stages.recognize, first)


_LOADERS: dict[str, Callable[[Config], Maker]] = {
    "detect": _detect,
    "track": _track,
    "classify": _classify,
    "recognize": _recognize,
}
