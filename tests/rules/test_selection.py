from texts import event

from stream_ocr.config import ConsoleSink, OnlyConfig, RuleConfig, SinkConfig
from stream_ocr.rules.selection import Selection

RULES = [
    RuleConfig(name="plates", format=["AA-99"], sinks=["gate"]),
    RuleConfig(name="errors", regex="ERR", tag="alert"),
]
FITTED = [event(), event(rules=("plates",)), event(rules=("errors",), tags=("alert",))]


def _wanted(**settings: object) -> list[bool]:
    sink = SinkConfig(console=ConsoleSink(), **settings)  # type: ignore[arg-type]
    return [Selection.of(sink, RULES).wants(event) for event in FITTED]


def test_a_sink_gets_everything_unless_something_is_said_of_it() -> None:
    assert _wanted() == [True, True, True]
    assert _wanted(name="other") == [True, True, True]


def test_one_that_a_rule_names_gets_what_fits_that_rule() -> None:
    assert _wanted(name="gate") == [False, True, False]


def test_one_may_say_itself_what_it_gets() -> None:
    assert _wanted(only=OnlyConfig(rules=["plates"])) == [False, True, False]
    assert _wanted(only=OnlyConfig(tags=["alert"])) == [False, False, True]
    assert _wanted(name="gate", only=OnlyConfig(tags=["alert"])) == [False, True, True]
