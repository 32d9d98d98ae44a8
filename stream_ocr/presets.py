"""Presets: settings that go together, for those who do not want to choose each of them.

What the config says itself comes first. The README has what each of them costs and finds.
"""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from stream_ocr.overrides import laid_over

__all__ = ["Preset", "filled"]

Preset: TypeAlias = Literal["fast", "balanced", "accurate"]

_PRESETS: Mapping[str, Mapping[str, Any]] = {
    "fast": {
        "ocr": {"model": "PP-OCRv6-tiny"},
        "stages": {"detect": {"max_side": 736, "rate": 6.0}},
    },
    "balanced": {},
    "accurate": {
        "stages": {"detect": {"max_side": 1280, "whole_every": 1.0, "least_rate": 5.0}, "recognize": {"max_reads": 20}}
    },
}
"""Differences from the defaults, which are the balanced ones."""


def filled(content: dict[str, Any]) -> dict[str, Any]:
    """The content of a config with what it leaves out taken from its preset.

    To do it again changes nothing. A preset that there is not is left for whoever reads it strictly.
    """
    name = content.get("preset")
    preset = _PRESETS.get(name) if isinstance(name, str) else None
    return content if preset is None else laid_over(preset, content)
