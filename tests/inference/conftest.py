"""The real engines, loaded once."""

import pytest

from stream_ocr import inference
from stream_ocr.config import OcrConfig
from stream_ocr.ocr.reader import Reader


@pytest.fixture(scope="session")
def ocr() -> OcrConfig:
    """Arithmetic that is the same on every machine, and no cache that another version may have written."""
    return OcrConfig(precision="f32", cache="")


@pytest.fixture(scope="session")
def reader(ocr: OcrConfig) -> Reader:
    return inference.load_reader(ocr)


@pytest.fixture(scope="session")
def recognizer(ocr: OcrConfig) -> inference.Recognizer:
    return inference.load_recognizer(ocr)


@pytest.fixture(scope="session")
def classifier(ocr: OcrConfig) -> inference.Classifier:
    return inference.load_classifier(ocr)
