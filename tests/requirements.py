"""What a test needs of the system, beyond Python: without it a test is skipped, unless `CI` is set."""

import os
from typing import NoReturn

import pytest

__all__ = ["missing"]


def missing(reason: str) -> NoReturn:
    """Skips the test; fails it where `CI` is set, so that nothing is left out unseen."""
    reason = f"{reason} (.ci/packages lists what to install)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
