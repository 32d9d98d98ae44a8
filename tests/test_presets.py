"""Presets: settings that go together."""

import pytest

from stream_ocr.config import Config, StagesConfig
from stream_ocr.configfile import build, parse
from stream_ocr.errors import ConfigError
from stream_ocr.presets import filled


def made(preset: str | None, **content: object) -> Config:
    named = {} if preset is None else {"preset": preset}
    return build({"sources": {"desk": {"uri": "test:"}}, **named, **content})


def test_the_defaults_are_balanced() -> None:
    assert made(None) == made("balanced")
    assert made("balanced").stages == StagesConfig()


def test_fast_looks_less_closely_and_accurate_more() -> None:
    sides = [made(preset).stages.detect.max_side for preset in ("fast", "balanced", "accurate")]
    assert sides == sorted(set(sides))
    assert made("fast").ocr.model == "PP-OCRv6-tiny"


def test_what_the_config_says_comes_first() -> None:
    config = made("fast", ocr={"model": "PP-OCRv6-small"}, stages={"detect": {"rate": 20.0}})
    assert (config.ocr.model, config.stages.detect.rate) == ("PP-OCRv6-small", 20.0)
    assert config.stages.detect.max_side == made("fast").stages.detect.max_side


def test_a_source_may_differ_from_the_preset() -> None:
    config = made("accurate", sources={"desk": {"uri": "test:", "stages": {"detect": {"max_side": 640}}}})
    desk, common = config.stages_of("desk"), config.stages
    assert (desk.detect.max_side, desk.detect.whole_every) == (640, common.detect.whole_every)


def test_to_fill_in_twice_changes_nothing() -> None:
    once = filled({"preset": "accurate", "stages": {"detect": {"rate": 3.0}}})
    assert filled(once) == once


def test_it_can_be_set_on_the_command_line() -> None:
    config = parse("sources: {desk: {uri: 'test:'}}", settings=["preset=fast"])
    assert config.stages == made("fast").stages


@pytest.mark.parametrize("preset", ["quick", 3, ["fast"]])
def test_a_preset_that_there_is_not(preset: object) -> None:
    with pytest.raises(ConfigError, match=r"^config: preset: "):
        build({"preset": preset, "sources": {"desk": {"uri": "test:"}}})
