"""Every act by its name, and the takes of it that are made by default."""

from collections.abc import Callable

from made import displays, light, motion, standing
from made.act import Act
from made.take import Take

__all__ = ["ACTS", "takes"]

ACTS: dict[str, Callable[[], Act]] = {
    name: getattr(module, name) for module in (motion, light, displays, standing) for name in module.__all__
}

_SPECIAL: tuple[tuple[str, float, str, float], ...] = (
    ("pan", 60.0, "x264-30", 0.0),
    ("pan", 12.0, "mjpeg", 2.0),
    ("shake", 30.0, "x264-38", 0.0),
    ("subtitles", 24.0, "x264-38", 0.0),
    ("counter", 60.0, "x264-30", 3.0),
    ("swaps", 50.0, "mpeg4", 0.0),
    ("swaps", 24.0, "x264-30", 6.0),
    ("texture", 30.0, "mjpeg", 4.0),
    ("covered", 12.0, "x264-30", 0.0),
)
"""Act, frames per second, coding, noise: what is made besides one take of each act."""


def takes() -> list[Take]:
    """One take of each act, 25 frames per second in H.264 of good quality, and those that vary this."""
    plain = [Take(act()) for act in ACTS.values()]
    return plain + [Take(ACTS[name](), rate, coding, noise) for name, rate, coding, noise in _SPECIAL]
