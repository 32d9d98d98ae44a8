import pytest

from stream_ocr.store.wording import alike, any_of, beginning_with, halves, literally, patterns, plain, trigrams


def test_a_query_is_plain_text() -> None:
    assert plain("  EXIT \t 25\x00\x1f ") == "EXIT 25"
    assert literally('say "x" OR y*') == '"say ""x"" OR y*"'
    assert any_of(["ab", 'c"d']) == '"ab" OR "c""d"'


def test_trigrams_of_a_text() -> None:
    assert trigrams("出口 25") == ["出口 ", "口 2", " 25"]
    assert trigrams("aaaa") == ["aaa"]
    assert trigrams("ab") == []
    assert len(trigrams("".join(chr(300 + number) for number in range(1000)))) == 64


def test_what_begins_with_a_short_text_lies_between() -> None:
    first, behind = beginning_with("Aб")
    assert first == "aб"
    assert sorted(["aв", behind, "aбяю", "aб\x1f", first]) == [first, "aб\x1f", "aбяю", behind, "aв"]


def test_patterns_for_short_texts() -> None:
    assert patterns("a%") == [r"%a\%%"]
    assert patterns("_\\") == [r"%\_\\%"]
    assert patterns("ж1") == ["%ж1%", "%Ж1%"]


def test_halves() -> None:
    assert halves("EXITS") == ["EX", "ITS"]
    assert halves("a") == ["a"]


@pytest.mark.parametrize(
    ("query", "text", "likeness"),
    [
        ("exit 25", "to EXIT 25 B", 1.0),
        ("EX1T 25", "EXIT 25", 1 - 1 / 7),
        ("EXIT 25", "25", 4 / 9),  # a part of the query is another text
        ("出囗 25", "出口 25", 0.8),
    ],
)
def test_how_alike_texts_are(query: str, text: str, likeness: float) -> None:
    assert alike(query, text) == pytest.approx(likeness)
