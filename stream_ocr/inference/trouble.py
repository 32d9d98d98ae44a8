"""OpenVINO's exceptions in one line of ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from openvino.frontend import (
    GeneralFailure,
    InitializationFailure,
    NotImplementedFailure,
    OpConversionFailure,
    OpValidationFailure,
)

from stream_ocr.errors import ModelError

__all__ = ["FAILURES", "reason", "translated"]

FAILURES = (
    RuntimeError,
    GeneralFailure,
    InitializationFailure,
    NotImplementedFailure,
    OpConversionFailure,
    OpValidationFailure,
)
"""What OpenVINO raises."""
_LONGEST = 200


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raises ModelError, `what` and the reason, where OpenVINO raises anything inside."""
    try:
        yield
    except FAILURES as error:
        raise ModelError(f"{what}: {reason(error)}") from error


def reason(error: Exception) -> str:
    """The last line of OpenVINO's message: the lines before it say where in OpenVINO it happened."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:_LONGEST] if lines else type(error).__name__
