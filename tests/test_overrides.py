"""What a source sets of the stages for itself, on plain values."""

from typing import Any

from msgspec import Struct

from stream_ocr.overrides import completed, differing, schema_of

DESK = {"uri": "a", "stages": {"detect": {"rate": 5}}}


def test_what_a_source_leaves_out_is_as_in_the_section() -> None:
    common = {"detect": {"rate": 2, "max_side": 736}, "gate": {"max_gap": 2}}
    content = {"sources": {"desk": DESK, "yard": {"uri": "b"}}, "stages": common}
    whole = completed(content)
    assert whole["sources"]["desk"]["stages"] == {"detect": {"rate": 5, "max_side": 736}, "gate": {"max_gap": 2}}
    assert whole["sources"]["yard"] == {"uri": "b"}
    assert whole["stages"] == common


def test_what_was_given_stays_as_it_was() -> None:
    content = {"sources": {"desk": DESK}, "stages": {"detect": {"max_side": 736}}}
    completed(content)["sources"]["desk"]["stages"]["detect"]["rate"] = 0
    assert content == {
        "sources": {"desk": {"uri": "a", "stages": {"detect": {"rate": 5}}}},
        "stages": {"detect": {"max_side": 736}},
    }


def test_to_do_it_again_changes_nothing() -> None:
    once = completed({"sources": {"desk": DESK}, "stages": {"detect": {"rate": 2, "max_side": 736}}})
    assert completed(once) == once


def test_without_a_section_there_is_nothing_to_add() -> None:
    assert completed({"sources": {"desk": DESK}}) == {"sources": {"desk": DESK}}


def test_what_does_not_fit_stays_as_it_is() -> None:
    contents: list[dict[str, Any]] = [
        {},
        {"sources": 5},
        {"sources": {"desk": 5}},
        {"sources": {"desk": {"stages": 5}}},
        {"sources": {"desk": {"stages": None}}, "stages": {"detect": {"rate": 2}}},
        {"sources": {"desk": DESK}, "stages": None},
        {"sources": {"desk": DESK}, "stages": [5]},
        {"sources": {"desk": DESK}, "stages": {"detect": 5}},
        {"sources": {"desk": {"stages": {"detect": None}}}, "stages": {"detect": {"rate": 2}}},
    ]
    for content in contents:
        assert completed(content) == content


class _Part(Struct, frozen=True):
    run: str = "thread"
    rate: int = 10


class _Whole(Struct, frozen=True):
    first: _Part = _Part()
    second: _Part = _Part()


def test_differing_names_the_setting() -> None:
    own = _Whole(first=_Part(rate=5), second=_Part(run="process", rate=5))
    assert differing(own, _Whole(), ()) is None
    assert differing(own, _Whole(), ("run",)) == "second.run"
    assert differing(own, _Whole(), ("run", "rate")) == "first.rate"
    assert differing(own, own, ("run", "rate")) is None


def test_the_schema_of_an_override_has_no_defaults_and_nothing_that_is_shared() -> None:
    part = {"type": "object", "properties": {"run": {"type": "string", "default": "thread"}, "rate": {"default": 10}}}
    stages = {"type": "object", "properties": {"first": {"$ref": "#/$defs/Part", "default": {"rate": 10}}}}
    assert schema_of(stages, {"Part": part}, ("run",)) == {
        "type": "object",
        "description": "Settings of the stages for this source only.",
        "properties": {"first": {"type": "object", "properties": {"rate": {}}}},
    }
    assert part["properties"] == {"run": {"type": "string", "default": "thread"}, "rate": {"default": 10}}
