import pytest
from clips import shared

from stream_ocr.errors import TruthError
from stream_ocr.evaluation.truth import TruthLine, check_end, parse_truth

LINE = TruthLine(text="EXIT 25", first_s=1.0, last_s=2.5)


def _complaint(content: str) -> str:
    with pytest.raises(TruthError) as caught:
        parse_truth(content.encode(), "x.mp4.gt.json")
    return str(caught.value).removeprefix("x.mp4.gt.json: ")


def test_a_list_of_lines() -> None:
    content = (
        b'[{"text": "EXIT 25", "first_s": 1, "last_s": 2.5},'
        b' {"text": "Taxi", "first_s": 0, "last_s": 0, "optional": true, "accept": ["Taxis"], "note": "small"}]'
    )
    taxi = TruthLine(text="Taxi", first_s=0.0, last_s=0.0, optional=True, accept=("Taxis",), note="small")
    assert parse_truth(content, "x") == (LINE, taxi)
    assert parse_truth(b"[]", "x") == ()


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ('{"text": "a", "first_s": 5, "last_s": 4}', "entry 2: expected first_s before last_s, got 5 and 4"),
        ('{"text": "a", "first_s": "0", "last_s": 4}', "entry 2: first_s: expected float, got str"),
        ('{"text": "a", "first_s": -1, "last_s": 4}', "entry 2: first_s: expected float >= 0.0"),
        ('{"text": "", "first_s": 1, "last_s": 4}', "entry 2: text: expected str of length >= 1"),
        ('{"text": "a", "first_s": 1}', "entry 2: missing key last_s"),
        ('{"text": "a", "first_s": 1, "last_s": 4, "optinal": true}', "entry 2: unknown key optinal"),
        ('{"text": "a", "first_s": 1, "last_s": 4, "accept": ["b", 3]}', "entry 2: accept[1]: expected str, got int"),
        ("7", "entry 2: expected object, got int"),
    ],
)
def test_an_entry_that_is_no_line_is_named(entry: str, complaint: str) -> None:
    assert _complaint(f'[{{"text": "ok", "first_s": 0, "last_s": 1}}, {entry}]') == complaint


def test_what_is_no_list() -> None:
    assert _complaint("{}") == "expected a JSON list of lines: expected array, got object"
    assert _complaint("[{]").startswith("expected a JSON list of lines: JSON is malformed")
    assert _complaint("").startswith("expected a JSON list of lines: input data was truncated")


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(TruthError, match=r"x\.gt\.json"):
        parse_truth(b'[{"text": "\xff\xfe", "first_s": 0, "last_s": 1}]', "x.gt.json")


def test_a_line_has_to_end_with_its_clip() -> None:
    check_end([LINE], 2.0, "x")
    with pytest.raises(TruthError) as caught:
        check_end([LINE], 1.9, "x.gt.json")
    expected = "x.gt.json: entry 1: expected last_s within the clip, which ends at 1.90 s, got 2.5"
    assert str(caught.value) == expected


def test_the_real_lists_are_accepted() -> None:
    lists = sorted(shared("clips").glob("*.gt.json"))
    lines = [line for path in lists for line in parse_truth(path.read_bytes(), path.name)]
    assert len(lists) == 20
    assert len(lines) > 100
