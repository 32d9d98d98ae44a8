"""Finding what was stored."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from texts import APPEAR, RUN, event, gone

from stream_ocr.errors import ConfigError
from stream_ocr.store import Archive, CropFile, Sighting, Store, Wanted

WALL = 1795331318.123  # of the sample event, at 12.6 media seconds
THEN = "2026-11-22T07:08:40.523Z"  # 2.4 seconds later, at 15.0
TEXTS = ("EXIT 25", "Exit through the gift shop", "出口 25", "Выход", "a_b 100%", "7", 'the "end"')


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store of a text after the other, each with an event when it came and one when it went."""
    where = tmp_path / "events.db"
    with Store(where) as store:
        for number, text in enumerate(TEXTS, 1):
            store.add(event(seq=2 * number, track=number, place=number, text=text, source="desk"))
            store.add(gone(seq=2 * number + 1, track=number, place=number, text=text, source="desk", wall=THEN))
    return where


@pytest.fixture
def archive(path: Path) -> Iterator[Archive]:
    with Archive(path) as opened:
        yield opened


def _texts(found: list[Sighting]) -> list[str]:
    return [sighting.event.text for sighting in found]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("EXIT 25", ["EXIT 25"]),
        ("exit", ["Exit through the gift shop", "EXIT 25"]),
        ("xit  2", ["EXIT 25"]),
        ("GIFT shop", ["Exit through the gift shop"]),
        ("出口 2", ["出口 25"]),
        ("出口", ["出口 25"]),
        ("口", ["出口 25"]),
        ("25", ["出口 25", "EXIT 25"]),
        ("T", ['the "end"', "Exit through the gift shop", "EXIT 25"]),
        ("op", ["Exit through the gift shop"]),
        ("7", ["7"]),
        ("ВЫХОД", ["Выход"]),
        ("ВЫ", ["Выход"]),
        ("д", ["Выход"]),
        ("_b", ["a_b 100%"]),
        ("0%", ["a_b 100%"]),
        ("__", []),
        ("%%", []),
        ("%", ["a_b 100%"]),
        ('"end"', ['the "end"']),
        ('"', ['the "end"']),
        ("text:EXIT", []),
        ("EXIT OR end", []),
        ("EXIT*", []),
        ("end\x1f", ['the "end"']),
        ("nowhere", []),
    ],
)
def test_any_part_of_a_text_finds_it(archive: Archive, query: str, expected: list[str]) -> None:
    assert _texts(archive.search(query)) == expected


def test_a_short_text_is_found_far_behind_the_newest(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream_ocr.store.archive._JUST_NOW", 2)
    assert _texts(archive.search("25")) == ["出口 25", "EXIT 25"]
    assert _texts(archive.search("25", limit=1)) == ["出口 25"]
    assert _texts(archive.search("ы")) == ["Выход"]


def test_a_text_is_found_once_with_where_and_when(archive: Archive) -> None:
    (found,) = archive.search("EXIT 25")
    assert found.number == 1
    assert (found.began, found.ended) == pytest.approx((WALL - 12.6 + 12.48, WALL - 12.6 + 14.8))
    assert found.event == gone(seq=3, track=1, place=1, wall=THEN)
    assert found.likeness == 1.0


def test_a_text_is_found_under_what_it_is_in_the_end(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with Store(path) as store:
        store.add(event(seq=1, text="EX1T 25"))
        store.flush()
        with Archive(path) as archive:
            assert _texts(archive.search("EX1T")) == ["EX1T 25"]
            assert archive.search("EX1T")[0].ended is None
            store.add(event(seq=2, kind="update", text="EXIT 25"))
            store.flush()
            assert archive.search("EX1T") == []
            assert _texts(archive.search("EXIT")) == ["EXIT 25"]


def test_the_newest_come_first_and_no_more_than_asked(archive: Archive) -> None:
    assert _texts(archive.search("exit", limit=1)) == ["Exit through the gift shop"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("EX1T 25", ["EXIT 25"]),
        ("Exit thr0ugh the gift sh0p", ["Exit through the gift shop"]),
        ("出囗 25", ["出口 25", "EXIT 25"]),
        ("Вьход", ["Выход"]),
        ("gitf", ["Exit through the gift shop"]),
        ("Zug nach Ulm", []),
        ("7", ["7"]),
        ("8", []),
    ],
)
def test_what_is_similar_is_found_too(archive: Archive, query: str, expected: list[str]) -> None:
    assert _texts(archive.fuzzy(query)) == expected


def test_the_most_alike_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with Store(path) as store:
        for number, text in enumerate(("EXIT 25", "EXIT 26", "EXIST 255")):
            store.add(event(seq=number, track=number, text=text))
    with Archive(path) as archive:
        found = archive.fuzzy("EXIT 25")
        assert _texts(found)[0] == "EXIT 25"
        assert found[0].likeness == 1.0 > found[1].likeness >= found[2].likeness >= 0.7
        assert _texts(archive.fuzzy("EXIT 25", limit=1)) == ["EXIT 25"]


@pytest.mark.parametrize("query", ["", "  ", "\x00"])
def test_nothing_is_not_searched_for(archive: Archive, query: str) -> None:
    for search in (archive.search, archive.fuzzy):
        with pytest.raises(ConfigError, match="expected some text to search for, got none"):
            search(query)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(source="desk"), 2),
        (Wanted(source="hall"), 0),
        (Wanted(place=1), 1),
        (Wanted(since=WALL), 2),
        (Wanted(since=WALL + 5), 0),
        (Wanted(until=WALL), 2),
        (Wanted(until=WALL - 1), 0),
        (Wanted(run=RUN), 2),
        (Wanted(run="other"), 0),
    ],
)
@pytest.mark.parametrize("query", ["25", "it 25", "exit"])
def test_texts_of_one_source_and_time(archive: Archive, wanted: Wanted, expected: int, query: str) -> None:
    assert len(archive.search(query, wanted)) == min(expected, len(archive.search(query)))


def test_what_is_there_is_there_at_any_later_time(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with Store(path) as store:
        store.add(APPEAR)
    with Archive(path) as archive:
        assert len(archive.search("EXIT", Wanted(since=WALL + 1e6))) == 1


def test_the_history_of_a_place(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with Store(path) as store:
        for number in range(6):
            place, source = 4 + number % 2, "desk" if number < 4 else "hall"
            store.add(event(seq=number, track=number, place=place, source=source, text=str(number)))
    with Archive(path) as archive:
        assert _texts(archive.history(Wanted(place=4, source="desk"), limit=10)) == ["0", "2"]
        assert _texts(archive.history(Wanted(place=4, source="desk"), limit=1)) == ["2"]
        with pytest.raises(ConfigError, match="several sources have a place 4: desk, hall; name one"):
            archive.history(Wanted(place=4), limit=10)
        with pytest.raises(ConfigError, match="there is no place 9 of desk"):
            archive.history(Wanted(place=9, source="desk"), limit=10)
        with pytest.raises(ConfigError, match=r"there is no place 9$"):
            archive.history(Wanted(place=9), limit=10)


def test_the_history_of_a_region_goes_through_all_runs(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with Store(path) as store:
        for run, place in (("aaaaaaaaaaaa", 4), ("bbbbbbbbbbbb", 7)):
            store.add(event(id=f"{run}-1", text=run, place=place, region="pulse"))
            store.add(event(id=f"{run}-2", text="other", track=18, place=place))
    with Archive(path) as archive:
        assert _texts(archive.history(Wanted(region="pulse"), limit=10)) == ["aaaaaaaaaaaa", "bbbbbbbbbbbb"]
        with pytest.raises(ConfigError, match=r"there is no region spo2 of desk$"):
            archive.history(Wanted(region="spo2", source="desk"), limit=10)


def test_a_place_is_that_of_the_newest_run(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with Store(path) as store:
        for run in ("aaaaaaaaaaaa", "bbbbbbbbbbbb"):
            store.add(event(id=f"{run}-1", text=run))
    with Archive(path) as archive:
        assert _texts(archive.history(Wanted(place=4), limit=10)) == ["bbbbbbbbbbbb"]
        assert _texts(archive.history(Wanted(place=4, run="aaaaaaaaaaaa"), limit=10)) == ["aaaaaaaaaaaa"]


def test_everything_comes_in_order_page_by_page(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream_ocr.store.archive._PAGE", 2)
    assert _texts([*archive.texts()]) == [*TEXTS]
    assert _texts([*archive.texts(Wanted(place=2))]) == [TEXTS[1]]
    events = [*archive.events()]
    assert [stored.rowid for stored in events] == [*range(1, 15)]
    assert [stored.event.seq for stored in events] == [*range(2, 16)]
    assert [stored.rowid for stored in archive.events(after=12)] == [13, 14]


def test_of_a_file_a_text_was_there_when_it_was_read(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    clock = Clock(5000.0)
    with Store(path, clock=clock) as store:
        store.add(event(wall=None))
        clock.now = 5001.0
        store.add(gone(wall=None))
    with Archive(path) as archive:
        (found,) = archive.search("EXIT")
        assert (found.began, found.ended) == (5000.0, 5001.0)


def test_the_best_picture_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "events.db"

    def crop(track: int, quality: float, jpeg: bytes) -> CropFile:
        return CropFile(run=RUN, source="desk", track=track, quality=quality, jpeg=jpeg)

    with Store(path) as store:
        for item in (
            APPEAR,
            crop(17, 1.0, b"a"),
            crop(17, 3.0, b"best"),
            crop(17, 2.0, b"b"),
            crop(99, 9.0, b"whose?"),
        ):
            store.add(item)
    with Archive(path) as archive:
        (found,) = archive.search("EXIT")
        assert archive.crop(found.number) == b"best"
        assert archive.crop(found.number + 1) is None
