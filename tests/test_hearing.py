import pytest
from texts import APPEAR, event, gone

from stream_ocr import hearing
from stream_ocr.hearing import Known


def test_what_is_repeated_is_no_news() -> None:
    known = Known()
    assert known.is_news(APPEAR)
    assert not known.is_news(APPEAR)
    better = event(kind="update", seq=43, text="EXIT 26")
    assert known.is_news(better)
    assert not known.is_news(better)
    assert known.is_news(gone(seq=44))


def test_after_a_restart_the_same_numbers_are_news() -> None:
    known = Known()
    assert known.is_news(event(seq=1, text="EXIT 25"))
    assert known.is_news(event(seq=1, text="Platform 3"))


def test_sources_are_told_apart() -> None:
    known = Known()
    assert known.is_news(event(source="left"))
    assert known.is_news(event(source="right"))
    assert not known.is_news(event(source="left"))


def test_what_is_known_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "_MAX_KNOWN", 2)
    known = Known()
    for track in (1, 2, 3):
        assert known.is_news(event(track=track))
    assert not known.is_news(event(track=2))
    assert not known.is_news(event(track=3))
    assert known.is_news(event(track=1))
