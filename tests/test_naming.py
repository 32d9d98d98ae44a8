"""What is wrong with regions and rules is said when the config is read: one line, with the place."""

import pytest

from stream_ocr.configfile import dump, parse
from stream_ocr.errors import ConfigError

HEAD = """
sources:
  desk:
    uri: a
    regions:
      left: [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]
      sign: {polygon: [[0.6, 0], [0.9, 0.1], [0.9, 0.5], [0.6, 0.4]], rectify: true, min_height: 9}
"""
SINK = "sinks: [{jsonl: {path: a}, name: file}, {video: {path: b}, name: film}]\n"


def _complaint(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, name="cfg")
    return str(caught.value)


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ("regex: '(a+', tag: t", ".regex: expected a regular expression, got (a+: missing ) at position 3"),
        (
            "regex: a, clock: true, tag: t",
            ": expected at most one of regex, watch, format, number, clock, got regex and",
        ),
        ("regex: a", ": expected at least one of replace, tag, value, sinks, drop, or a number"),
        ("drop: true, tag: t", ".drop: expected nothing else to be done with what is dropped, got tag beside it"),
        ("distance: 1, tag: t", ".distance: expected watch beside it, got 1 alone"),
        (
            "watch: [cat], distance: 2, tag: t",
            ".watch[0]: expected at least 4 letters with a distance of 2, or nearly",
        ),
        ("format: ['- -'], tag: t", ".format[0]: expected letters or digits (AA-999-A), got - -"),
        ("number: {min: 9, max: 1}", ".number.max: expected at least min (9), or no number fits, got 1"),
        ("number: {pattern: '['}", ".number.pattern: expected a regular expression, got ["),
        ("number: {}, value: 1", ".value: expected it without number"),
        ("replace: {'a': '\\1'}", ".replace: expected what replaces a, got a group that the pattern has not in \\1"),
        ("regions: [middle], tag: t", ".regions[0]: expected a region (left, sign), got middle"),
        ("sources: [yard], tag: t", ".sources[0]: expected a source (desk), got yard"),
        ("sinks: [file, mail]", ".sinks[1]: expected a sink (file, film), got mail"),
        ("sinks: [film]", ".sinks[0]: expected a sink of events, got film, which is a video"),
    ],
)
def test_what_is_wrong_with_a_rule(rule: str, complaint: str) -> None:
    got = _complaint(f"{HEAD}rules:\n  - {{name: first, tag: t}}\n  - {{name: second, {rule}}}\n{SINK}")
    assert got.startswith("cfg:10: rules[1]" + complaint)


@pytest.mark.parametrize(
    ("sink", "complaint"),
    [
        ("only: {rules: [other]}", "only.rules[0]: expected a rule that drops nothing (errors), got other"),
        ("only: {rules: [clocks]}", "only.rules[0]: expected a rule that drops nothing (errors), got clocks"),
        ("only: {tags: [quiet]}", "only.tags[0]: expected a tag of a rule (urgent, value-changed), got quiet"),
        ("only: {}", "only: expected `rules` or `tags`, or nothing is left for the sink"),
    ],
)
def test_what_is_wrong_with_what_a_sink_gets(sink: str, complaint: str) -> None:
    rules = "rules: [{name: errors, tag: urgent}, {name: clocks, clock: true, drop: true}]\n"
    got = _complaint(f"{HEAD}{rules}sinks: [{{console: {{}}, {sink}}}]")
    assert got == "cfg:9: sinks[0]." + complaint.replace("`", "")


def test_names_are_given_once() -> None:
    twice = "rules: [{name: a, tag: t}, {name: a, drop: true}]"
    assert _complaint(HEAD + twice).endswith("rules[1].name: expected a name of its own, got a a second time")
    twice = "sinks: [{console: {}, name: a}, {jsonl: {path: b}, name: a}]"
    assert _complaint(HEAD + twice).endswith("sinks[1].name: expected a name of its own, got a a second time")


def test_a_video_has_no_events_to_choose_from() -> None:
    got = _complaint(HEAD + "sinks: [{video: {path: b}, only: {tags: [value-changed]}}]")
    assert got.endswith("sinks[0].only: expected it of a sink of events, not of a video")


@pytest.mark.parametrize(
    ("regions", "complaint"),
    [
        (
            "regions: {a: [[0, 0], [0.5, 0], [0.5, 1], [0, 1]], b: [[0.4, 0], [1, 0], [1, 1]]}",
            "regions.b: expected it apart from the region a, got two that overlap",
        ),
        (
            "regions: {a: [[0, 0], [1, 1], [1, 0], [0, 1]]}",
            "regions.a: expected a polygon that does not meet itself, got one that does at [0.5, 0.5]",
        ),
        (
            "regions: {a: {polygon: [[0, 0], [1, 1], [1, 0], [0, 1]]}}",
            "regions.a.polygon: expected a polygon that does not meet itself, got one that does at [0.5, 0.5]",
        ),
        (
            "regions: {a: {polygon: [[0, 0], [1, 0], [0, 1]], rectify: true}}",
            "regions.a.polygon: expected four corners clockwise, none of them notched, with rectify",
        ),
        (
            "exclude: [[[0, 0], [1, 0], [1, 0.5], [0, 0.5]]], regions: {a: [[0, 0], [1, 0], [1, 0.2]]}",
            "regions.a: expected exclude to leave some of it",
        ),
        (
            "include: [[[0, 0], [1, 0], [1, 0.5], [0, 0.5]]], regions: {a: [[0, 1], [1, 1], [1, 0.7]]}",
            "regions.a: expected some of it to be in include",
        ),
        ("regions: {a: [[0], [1, 0], [1, 1]]}", "regions.a[0]: expected array of length 2, got 1"),
        ("regions: {a: {polygon: [[0, 0], [1, 0], [0, 1]], height: 1}}", "regions.a: unknown key height"),
        ("elsewhere: false", "elsewhere: expected regions, and no include, with elsewhere: false"),
    ],
)
def test_what_is_wrong_with_regions(regions: str, complaint: str) -> None:
    assert _complaint(f"sources: {{desk: {{uri: a, {regions}}}}}") == f"cfg:1: sources.desk.{complaint}"


def test_regions_may_touch_and_what_is_printed_is_a_config() -> None:
    text = (
        HEAD.replace("sign: {polygon: [[0.6, 0]", "sign: {polygon: [[0.5, 0]")
        + "rules: [{name: r, regions: [sign], tag: t}]\n"
    )
    config = parse(text + SINK)
    assert parse(dump(config)) == config
