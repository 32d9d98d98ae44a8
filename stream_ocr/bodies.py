"""Templates of the bodies of requests, in Jinja: fields of an event in, text out.

A template is run in a sandbox: it may come from somebody who is to choose words, and nothing else.
"""

import json
from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

__all__ = ["SAMPLE", "Body"]

SAMPLE: Mapping[str, Any] = {
    "v": 1,
    "kind": "disappear",
    "source": "desk",
    "track": 17,
    "place": 4,
    "seq": 43,
    "epoch": 0,
    "text": 'EXIT "25"\\',
    "confidence": 0.97,
    "reads": 3,
    "agreement": 1.0,
    "alternatives": [],
    "direction": 0,
    "quad": [[88.0, 84.0], [510.0, 84.0], [510.0, 228.0], [88.0, 228.0]],
    "size": [1280, 720],
    "start": 12.48,
    "end": 14.8,
    "at": 15.0,
    "wall": "2026-11-22T07:08:38.123Z",
    "age_ms": 84.0,
    "reason": "left",
    "id": "5f0c9a3b71d2-43",
    "region": "meter",
    "tags": ["plate"],
    "value": 25.0,
    "unit": "°C",
    "rules": ["plate"],
}
"""What a template is tried with: an event with every field, and a text that a careless one would break on."""


class Body:
    """One template. Raises ValueError where it is none."""

    def __init__(self, template: str) -> None:
        environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
        try:
            self._template = environment.from_string(template)
        except TemplateSyntaxError as error:
            raise ValueError(f"line {error.lineno}: {error.message}") from error

    def check(self, *, is_json: bool) -> None:
        """Tries it. Raises ValueError: it needs what no event has, or is to be JSON and is not."""
        text = self.of(SAMPLE)
        if is_json:
            try:
                json.loads(text)
            except json.JSONDecodeError as error:
                hint = "expected JSON, as with {{ text | tojson }}"
                raise ValueError(f"{hint}, got {text[:80]!r}: {error.msg} at {error.pos}") from error

    def of(self, fields: Mapping[str, Any]) -> str:
        """The body for an event with these fields. Raises ValueError: it cannot be made for this one."""
        try:
            return self._template.render(fields)
        # A template may divide by zero, or ask a number for its letters.
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise ValueError(str(error)) from error
