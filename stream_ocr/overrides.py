"""What a source sets of the stages for itself: laid over the section `stages`, checked, and described for editors."""

from collections.abc import Collection, Mapping
from typing import Any

from msgspec import Struct

__all__ = ["completed", "differing", "laid_over", "schema_of"]


def completed(content: dict[str, Any]) -> dict[str, Any]:
    """The content of a config with every `sources.NAME.stages` filled up: what it leaves out is as in `stages`.

    To do it again changes nothing. What does not fit stays as it is: whoever reads it strictly will say so.
    """
    sources = content.get("sources")
    if not isinstance(sources, dict):
        return content
    common = content.get("stages")
    return {**content, "sources": {name: _filled_up(source, common) for name, source in sources.items()}}


def laid_over(below: Any, above: Any) -> Any:
    """`above`, with what it leaves out as it is in `below`, section by section."""
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    return {**below, **{key: laid_over(below.get(key), value) for key, value in above.items()}}


def differing(own: Struct, common: Struct, names: Collection[str]) -> str | None:
    """The first setting (`section.setting`) among those called `names` that is not the same in both; None: all are."""
    for section in own.__struct_fields__:
        ours, theirs = getattr(own, section), getattr(common, section)
        for name in ours.__struct_fields__:
            if name in names and getattr(ours, name) != getattr(theirs, name):
                return f"{section}.{name}"
    return None


def schema_of(stages: Mapping[str, Any], definitions: Mapping[str, Any], shared: Collection[str]) -> dict[str, Any]:
    """The JSON Schema of `sources.NAME.stages`, from that of `stages` and the definitions of its sections.

    It has no defaults, because what a source leaves out is as in `stages`, and nothing of what is `shared`.
    """
    sections = {
        section: _without(definitions[reference["$ref"].rpartition("/")[2]], shared)
        for section, reference in stages["properties"].items()
    }
    return {**stages, "description": "Settings of the stages for this source only.", "properties": sections}


def _filled_up(source: Any, common: Any) -> Any:
    if not isinstance(source, dict) or not isinstance(source.get("stages"), dict):
        return source
    return {**source, "stages": laid_over(common, source["stages"])}


def _without(section: Mapping[str, Any], shared: Collection[str]) -> dict[str, Any]:
    """The schema of a section without its defaults and without the settings that are `shared`."""
    settings = {
        name: {key: value for key, value in setting.items() if key != "default"}
        for name, setting in section["properties"].items()
        if name not in shared
    }
    return {**section, "properties": settings}
