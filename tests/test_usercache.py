from pathlib import Path

import pytest

from stream_ocr.usercache import user_cache


def test_it_is_where_the_system_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert user_cache() == Path("/caches/stream-ocr")


@pytest.mark.parametrize("setting", [None, ""])
def test_else_it_is_at_home(setting: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    if setting is None:
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_CACHE_HOME", setting)
    assert user_cache() == Path("/home/somebody/.cache/stream-ocr")
