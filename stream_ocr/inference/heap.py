"""The heap of the C library."""

import ctypes

__all__ = ["release"]

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
"""Of glibc; others give back what is free by themselves."""


def release() -> None:
    """Gives back to the system what is free: glibc would keep the tens of megabytes that compiling a network leaves."""
    if _trim is not None:
        _trim(ctypes.c_size_t(0))
