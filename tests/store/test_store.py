"""Keeping events: in order, through kills, full disks, locks and other people's files."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from disks import files_of_at_most
from texts import APPEAR, RUN, event, gone

from stream_ocr.errors import ConfigError, DamagedStoreError, StoreError
from stream_ocr.store import Archive, CropFile, Store, inspect, opening
from stream_ocr.store.schema import STEPS, VERSION, migrate


class Clock:
    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def _seqs(path: Path) -> list[int]:
    with Archive(path) as archive:
        return [stored.event.seq for stored in archive.events()]


def _texts(path: Path) -> list[str]:
    with Archive(path) as archive:
        return [text.event.text for text in archive.texts()]


def _ask(path: Path, sql: str) -> list[object]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute(sql)]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


# --- keeping ----------------------------------------------------------------------------------------------------------


def test_what_is_flushed_can_be_read_by_others_at_once(path: Path) -> None:
    with Store(path) as store:
        store.add(APPEAR)
        assert _seqs(path) == []
        store.flush()
        assert _seqs(path) == [42]


def test_what_came_a_while_ago_is_committed_when_more_comes(path: Path) -> None:
    clock = Clock()
    with Store(path, clock=clock) as store:
        for _ in range(4):
            store.add(event(seq=round(10 * (clock.now - 1000))))
            clock.now += 0.1
        assert _seqs(path) == [0, 1]
        clock.now = 500.0  # set back
        store.add(event(seq=9))
        assert _seqs(path) == [0, 1, 2, 3]


def test_much_at_once_is_committed_in_parts(path: Path) -> None:
    with Store(path, clock=Clock()) as store:
        for seq in range(1001):
            store.add(event(seq=seq, track=seq))
        assert len(_seqs(path)) == 1000


def test_closing_commits(path: Path) -> None:
    with Store(path) as store:
        store.add(APPEAR)
    assert _seqs(path) == [42]


def test_an_event_that_comes_twice_is_stored_once(path: Path) -> None:
    with Store(path) as store:
        for item in (APPEAR, APPEAR, gone(), APPEAR):
            store.add(item)
    assert _seqs(path) == [42, 43]
    assert _texts(path) == ["EXIT 25"]


def test_a_text_whose_beginning_was_lost_is_there_all_the_same(path: Path) -> None:
    with Store(path) as store:
        store.add(gone())
    with Archive(path) as archive:
        (text,) = archive.texts()
        assert (text.event.start, text.event.end) == (12.48, 14.8)


def test_rows_go_on_when_the_store_is_opened_again(path: Path) -> None:
    for seq in (1, 2):
        with Store(path) as store:
            store.add(event(seq=seq, track=seq))
            store.flush()
            assert store.newest() == seq


def test_what_a_killed_run_left_open_is_over_when_another_watches_the_source(path: Path) -> None:
    with Store(path, clock=Clock(100.0)) as store:
        for seq, source in enumerate(("desk", "hall")):
            store.add(event(seq=seq, source=source))
    with Store(path, clock=Clock(200.0)) as store:
        store.add(event(id="another-1", source="desk"))
    with Archive(path) as archive:
        ended = [(text.event.source, text.ended, text.event.end) for text in archive.texts()]
    assert ended == [("desk", 100.0, None), ("hall", None, None), ("desk", None, None)]


def test_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "events.db"
    with Store(path) as store:
        store.add(APPEAR)
    assert _seqs(path) == [42]


# --- letting go -------------------------------------------------------------------------------------------------------


def test_old_events_go_with_their_texts_and_pictures(path: Path) -> None:
    clock = Clock()
    with Store(path, keep=60, clock=clock) as store:
        for number in range(3):
            store.add(event(seq=2 * number, track=number, text=f"text {number}"))
            store.add(gone(seq=2 * number + 1, track=number, text=f"text {number}"))
            store.add(CropFile(run=RUN, source="desk", track=number, quality=1.0, jpeg=b"jpeg"))
            store.flush()
            clock.now += 25
        store.flush()
    assert _seqs(path) == [2, 3, 4, 5]
    assert _texts(path) == ["text 1", "text 2"]
    assert _ask(path, "SELECT text FROM crops") == [2, 3]
    with Archive(path) as archive:
        assert archive.search("text 0") == []
        assert len(archive.search("text 1")) == 1


def test_no_more_events_are_kept_than_asked(path: Path) -> None:
    clock = Clock()
    with Store(path, max_events=10, clock=clock) as store:
        for seq in range(3000):
            store.add(gone(seq=seq, track=seq))
            clock.now += 0.01
        for _ in range(3):
            clock.now += 0.6
            store.flush()
        assert _seqs(path) == [*range(2990, 3000)]
        store.add(gone(seq=3000))
        clock.now += 0.6
        store.flush()
        assert len(_seqs(path)) == 11  # it is not looked at all the time
        clock.now += 10
        store.flush()
        assert len(_seqs(path)) == 10
        assert store.newest() == 3001


def test_a_text_that_is_there_stays_however_old_it_is(path: Path) -> None:
    clock = Clock()
    with Store(path, keep=60, clock=clock) as store:
        store.add(event(seq=1, track=1, text="a sign"))
        for seq in range(2, 6):
            clock.now += 50
            store.add(gone(seq=seq, track=seq))
            store.flush()
        assert _seqs(path) == [1, 4, 5]
        store.add(gone(seq=6, track=1, text="a sign"))
        store.flush()
    assert _texts(path) == ["a sign", "EXIT 25", "EXIT 25"]


def test_row_numbers_are_not_used_again(path: Path) -> None:
    clock = Clock()
    with Store(path, keep=1, clock=clock) as store:
        store.add(gone())
        store.flush()
        clock.now += 10
        store.flush()
        assert store.pending(0, 10) == []
        store.add(gone(seq=44))
        store.flush()
        assert [stored.rowid for stored in store.pending(0, 10)] == [2]


# --- passing on -------------------------------------------------------------------------------------------------------


def test_what_is_behind_a_row_waits(path: Path) -> None:
    with Store(path, clock=Clock()) as store:
        for seq in range(5):
            store.add(event(seq=seq, track=seq))
        store.flush()
        waiting = store.pending(1, 3)
        assert [(stored.rowid, stored.stored, stored.event.seq) for stored in waiting] == [
            (2, 1000.0, 1),
            (3, 1000.0, 2),
            (4, 1000.0, 3),
        ]
        assert store.pending(5, 3) == []


def test_how_far_a_sink_is_stays_noted_and_never_goes_back(path: Path) -> None:
    with Store(path) as store:
        assert store.newest() == 0
        assert store.cursor("webhook") is None
        store.acknowledged("webhook", 3)
        store.acknowledged("mqtt", 1)
    with Store(path) as store:
        store.acknowledged("webhook", 2)
        assert (store.cursor("webhook"), store.cursor("mqtt")) == (3, 1)


# --- through a kill ---------------------------------------------------------------------------------------------------


def test_what_was_committed_is_there_after_a_kill(tmp_path: Path) -> None:
    for lines in (1, 40, 100):
        path = tmp_path / str(lines) / "events.db"
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, str(Path(__file__).with_name("writing.py")), str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8", env=environment) as process:
            assert process.stdout is not None
            committed = [int(process.stdout.readline()) for _ in range(lines)]
            process.kill()
            committed += [int(line) for line in process.stdout.read().split("\n")[:-1]]
        seqs = _seqs(path)
        assert seqs[-1] >= committed[-1]
        assert seqs == [*range(seqs[0], seqs[-1] + 1)]
        assert seqs[0] == 1 or len(seqs) >= 500
        assert _ask(path, "PRAGMA integrity_check") == ["ok"]
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
        with Archive(path) as archive:
            (found,) = archive.search(f"text {seqs[-1]} of")
            assert found.event.seq == seqs[-1]
        with Store(path) as store:
            store.add(event(seq=seqs[-1] + 1))
        assert _seqs(path) == [*seqs, seqs[-1] + 1]


# --- trouble ----------------------------------------------------------------------------------------------------------


def test_a_full_disk_loses_nothing(path: Path) -> None:
    clock = Clock()
    with Store(path, clock=clock) as store:
        store.add(event(seq=0))
        store.flush()
        with files_of_at_most(path.with_name("events.db-wal").stat().st_size + 10_000):
            for seq in range(1, 200):
                store.add(event(seq=seq, track=seq))
            for _ in range(2):
                with pytest.raises(StoreError, match=f"^{path}: cannot store events: "):
                    store.flush()
        assert _seqs(path) == [0]
        store.flush()
    assert _seqs(path) == [*range(200)]


def test_a_store_that_has_no_room_says_so(path: Path) -> None:
    with Store(path, clock=Clock()) as store:
        (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
        store._connection.execute(f"PRAGMA max_page_count = {pages}")
        for seq in range(200):
            store.add(event(seq=seq, track=seq))
        with pytest.raises(StoreError, match=f"^{path}: cannot store events: the disk is full$"):
            store.flush()
        store._connection.execute("PRAGMA max_page_count = 100000")
    assert _seqs(path) == [*range(200)]


def test_a_locked_store_loses_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_PATIENCE", 0.05)
    with Store(path) as store:
        store.add(APPEAR)
        with _locked(path):
            with pytest.raises(StoreError, match=f"^{path}: cannot store events: another program holds it locked$"):
                store.flush()
            assert _seqs(path) == []  # who only reads does not wait
        store.flush()
    assert _seqs(path) == [42]


def test_a_locked_file_cannot_become_a_store(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_PATIENCE", 0.05)
    with _locked(path), pytest.raises(StoreError, match=f"^{path}: cannot open the store: another program holds it"):
        Store(path)


def test_a_newer_store_is_left_alone(path: Path) -> None:
    Store(path).close()
    _ask(path, f"PRAGMA user_version = {VERSION + 1}")
    before = path.read_bytes()
    expected = f"^{path}: expected a store of version {VERSION} at most, got {VERSION + 1}: a newer stream-ocr made it$"
    for opened in (Store, Archive, inspect):
        with pytest.raises(StoreError, match=expected):
            opened(path)
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_left_alone(path: Path) -> None:
    _ask(path, "CREATE TABLE bookmarks (url)")
    before = path.read_bytes()
    for opened in (Store, Archive, inspect):
        with pytest.raises(StoreError, match=f"^{path}: expected a store, got a database of another program$"):
            opened(path)
    assert path.read_bytes() == before


def test_a_file_of_another_kind_is_left_alone(path: Path) -> None:
    path.write_bytes(b"no database at all\n" * 100)
    for opened in (Store, Archive, inspect):
        with pytest.raises(DamagedStoreError, match=f"^{path}: cannot open the store: expected a store, got a file of"):
            opened(path)
    assert path.read_bytes() == b"no database at all\n" * 100


def test_a_damaged_store_says_so(path: Path) -> None:
    with Store(path) as store:
        for seq in range(500):
            store.add(event(seq=seq, track=seq))
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)
    with Store(path) as store, pytest.raises(DamagedStoreError, match=f"^{path}: cannot store events: it is damaged"):
        try:
            store.add(event(seq=500))
            store.flush()
        finally:
            store._waiting.clear()
    with Archive(path) as archive, pytest.raises(DamagedStoreError, match=f"^{path}: cannot read the store: it is"):
        archive.search("EXIT 25")


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    for opened in (Store, Archive, inspect):
        with pytest.raises(StoreError, match=f"^{tmp_path}: expected a file for the store, got a folder$"):
            opened(tmp_path)


def test_neither_is_a_device() -> None:
    for opened in (Store, Archive):
        with pytest.raises(StoreError, match=r"^/dev/null: expected a file for the store, got a device or a pipe$"):
            opened(Path("/dev/null"))


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    path = tmp_path / "file" / "events.db"
    with pytest.raises(StoreError, match=f"^{path}: cannot make the folder {path.parent}: "):
        Store(path)


def test_what_is_not_there_is_not_searched(path: Path) -> None:
    with pytest.raises(ConfigError, match=f"^{path}: there is no such store$"):
        Archive(path)
    inspect(path)
    assert not path.exists()
    path.touch()
    inspect(path)  # it will become one
    with pytest.raises(StoreError, match=f"^{path}: expected a store of version {VERSION}, got an empty file$"):
        Archive(path)


def test_an_sqlite_that_is_too_old(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 31, 1))
    for opened in (Store, Archive, inspect):
        with pytest.raises(StoreError, match=r"a store needs SQLite 3\.34 or newer, this Python has "):
            opened(path)


# --- growing ----------------------------------------------------------------------------------------------------------


def test_an_older_store_becomes_a_newer_one_and_keeps_what_it_has(path: Path) -> None:
    with Store(path) as store:
        store.add(APPEAR)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, [*STEPS, ["ALTER TABLE texts ADD COLUMN colour TEXT DEFAULT 'red'"]])
    assert _ask(path, "SELECT colour FROM texts") == ["red"]
    assert _ask(path, "PRAGMA user_version") == [VERSION + 1]


def test_several_make_a_store_at_the_same_time(tmp_path: Path) -> None:
    for number in range(20):
        path, start = tmp_path / f"{number}.db", threading.Barrier(4)

        def make(path: Path = path, start: threading.Barrier = start) -> None:
            start.wait(timeout=10)
            Store(path).close()

        with ThreadPoolExecutor(4) as pool:
            for made in [pool.submit(make) for _ in range(4)]:
                made.result()
        assert _ask(path, "PRAGMA user_version") == [VERSION]


def test_a_step_that_fails_leaves_the_store_as_it_was(path: Path) -> None:
    Store(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, [*STEPS, ["CREATE TABLE more (a)", "no SQL"]])
        assert not connection.in_transaction
    assert _ask(path, "PRAGMA user_version") == [VERSION]
    assert _ask(path, "SELECT name FROM sqlite_master WHERE name = 'more'") == []
