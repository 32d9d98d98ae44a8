"""Durations as people write them: `30s`, `15m`, `2h`, `30d`, `4w`."""

import re

__all__ = ["EXPECTED", "PATTERN", "seconds"]

PATTERN = r"^[0-9]+(\.[0-9]+)?[smhdw]$"
EXPECTED = "a duration, as in 30s, 15m, 2h, 30d or 4w"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def seconds(text: str) -> float:
    """The seconds that a duration has. Raises ValueError: it is none."""
    if re.fullmatch(PATTERN, text, re.ASCII) is None:
        raise ValueError(f"expected {EXPECTED}, got {text}")
    return float(text[:-1]) * _UNITS[text[-1]]
