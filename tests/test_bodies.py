"""Templates of bodies."""

import pytest
from texts import APPEAR

from stream_ocr.bodies import SAMPLE, Body


def test_a_body_is_made_of_the_fields_of_an_event() -> None:
    assert Body("{{ source }}: {{ text }}").of(SAMPLE) == 'desk: EXIT "25"\\'
    Body('{"text": {{ text | tojson }}, "value": {{ value }}}').check(is_json=True)


def test_every_field_of_an_event_is_in_the_sample() -> None:
    assert set(SAMPLE) == set(APPEAR.__struct_fields__)


@pytest.mark.parametrize(
    ("template", "trouble"),
    [
        ("one\n{{ text", "line 2: unexpected end of template"),
        ("{{ texte }}", "'texte' is undefined"),
        ('{"text": "{{ text }}"}', "expected JSON, as with {{ text | tojson }}, got "),
        ("{{ text.__class__.__mro__ }}", "access to attribute '__class__' of 'str' object is unsafe"),
        ("{{ track / 0 }}", "division by zero"),
    ],
)
def test_what_is_wrong_with_one_is_known_beforehand(template: str, trouble: str) -> None:
    with pytest.raises(ValueError) as caught:
        Body(template).check(is_json=True)
    assert trouble in str(caught.value)
