"""What Home Assistant is told so that regions and sources show up there by themselves. Pure.

https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery has the shape.
"""

import re
from typing import Any

from stream_ocr.sinks.standing import Place

__all__ = ["sensor", "switch"]

_UNNAMEABLE = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST = 255
"""Letters of a state at most."""


def sensor(prefix: str, place: Place, topic: str, unit: str | None, *, numeric: bool) -> tuple[str, dict[str, Any]]:
    """Where under the discovery topic, and what is said of a named region whose value stands at `topic`."""
    node, name = _word(prefix, place.source), _word(place.name)
    # Where there is a number, a text without one shows as unknown: a sensor with a unit takes nothing but numbers.
    value = "{{ value_json.value }}" if numeric else f"{{{{ value_json.text[:{_LONGEST}] }}}}"
    config = {
        "name": place.name,
        "unique_id": f"{node}_{name}",
        "state_topic": topic,
        "value_template": value,
        "json_attributes_topic": topic,
        "availability": [
            {"topic": f"{prefix}/available"},
            {
                "topic": f"{prefix}/{place.source}/status",
                "value_template": "{{ 'online' if value_json.state == 'online' else 'offline' }}",
            },
        ],
        "availability_mode": "all",
        **_about(node, place.source),
    }
    if numeric:
        config["state_class"] = "measurement"
    if unit:
        config["unit_of_measurement"] = unit
    return f"sensor/{node}/{name}/config", config


def switch(prefix: str, source: str) -> tuple[str, dict[str, Any]]:
    """The same for a source, which can be paused."""
    node = _word(prefix, source)
    config = {
        "name": "Reading",
        "unique_id": f"{node}_reading",
        "command_topic": f"{prefix}/{source}/set",
        "payload_on": "resume",
        "payload_off": "pause",
        "state_topic": f"{prefix}/{source}/status",
        "value_template": "{{ 'off' if value_json.state == 'paused' else 'on' }}",
        "state_on": "on",
        "state_off": "off",
        "availability": [{"topic": f"{prefix}/available"}],
        **_about(node, source),
    }
    return f"switch/{node}/reading/config", config


def _about(node: str, source: str) -> dict[str, Any]:
    return {
        "device": {"identifiers": [node], "name": source, "manufacturer": "stream-ocr"},
        "origin": {"name": "stream-ocr"},
    }


def _word(*parts: str) -> str:
    return _UNNAMEABLE.sub("-", "_".join(parts))
