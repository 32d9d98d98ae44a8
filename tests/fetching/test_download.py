"""Downloads from a real server that does not always serve."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from doors import free_endpoint
from weights_server import Answer, WeightsServer, served

from stream_ocr.errors import WeightsError
from stream_ocr.fetching.download import Patience, download
from stream_ocr.fetching.part import Part

CONTENT = b"".join(hashlib.sha256(bytes([number % 256, number // 256])).digest() for number in range(16_384))
SHA256 = hashlib.sha256(CONTENT).hexdigest()
PATIENCE = Patience(connect=2.0, silence=0.3, first=0.1, attempts=3)
HALF = len(CONTENT) // 2


@pytest.fixture
def server() -> Iterator[WeightsServer]:
    with served({"w.onnx": CONTENT}) as made:
        yield made


@pytest.fixture
def part(tmp_path: Path) -> Iterator[Part]:
    with Part(tmp_path / "w.onnx") as made:
        yield made


def _download(server: WeightsServer, part: Part) -> list[tuple[int, int | None]]:
    moves: list[tuple[int, int | None]] = []
    download(f"{server.url}/w.onnx", part, lambda done, total: moves.append((done, total)), PATIENCE)
    return moves


def test_a_file_comes_and_its_coming_is_told(server: WeightsServer, part: Part) -> None:
    moves = _download(server, part)
    part.settle(SHA256)
    assert moves[0] == (0, len(CONTENT))
    assert moves[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in moves] == sorted(done for done, _ in moves)
    assert server.asked == [None]


@pytest.mark.parametrize("broken", [Answer(cut=HALF), Answer(cut=HALF, stall=True)], ids=["cut", "stalled"])
def test_a_broken_connection_is_gone_on_with(server: WeightsServer, part: Part, broken: Answer) -> None:
    server.answers = [broken, broken]
    _download(server, part)
    part.settle(SHA256)
    assert server.asked[0] is None
    assert all(asked is not None and asked.startswith("bytes=") for asked in server.asked[1:])
    assert len(server.asked) in {2, 3}


def test_what_lies_there_is_gone_on_with(server: WeightsServer, part: Part) -> None:
    part.write(CONTENT[:HALF])
    moves = _download(server, part)
    part.settle(SHA256)
    assert server.asked == [f"bytes={HALF}-"]
    assert moves[0] == (HALF, len(CONTENT))


def test_a_server_without_ranges_begins_anew(server: WeightsServer, part: Part) -> None:
    part.write(CONTENT[:HALF])
    server.answers = [Answer(ranges=False)]
    _download(server, part)
    part.settle(SHA256)


def test_a_file_that_is_whole_already_is_left_as_it_is(server: WeightsServer, part: Part) -> None:
    part.write(CONTENT)
    _download(server, part)
    part.settle(SHA256)
    assert len(server.asked) == 1


def test_a_file_that_is_too_long_is_begun_anew(server: WeightsServer, part: Part) -> None:
    part.write(CONTENT + b"more")
    _download(server, part)
    part.settle(SHA256)
    assert server.asked == [f"bytes={len(CONTENT) + 4}-", None]


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_server_that_fails_for_a_while_is_asked_again(server: WeightsServer, part: Part, status: int) -> None:
    server.answers = [Answer(status=status), Answer(status=status)]
    _download(server, part)
    part.settle(SHA256)


def test_a_server_that_goes_on_failing_is_given_up(server: WeightsServer, part: Part) -> None:
    server.answers = [Answer(status=503)] * 10
    with pytest.raises(WeightsError, match=r"/w\.onnx: answers 503 Service Unavailable$"):
        _download(server, part)
    assert len(server.asked) == PATIENCE.attempts


def test_a_file_that_the_server_does_not_have_is_asked_for_once(server: WeightsServer, part: Part) -> None:
    server.files = {}
    with pytest.raises(WeightsError, match=r"/w\.onnx: answers 404 Not Found$"):
        _download(server, part)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (Answer(cut=100), "the connection breaks again and again"),
        (Answer(cut=0, stall=True), "falls silent again and again"),
    ],
)
def test_attempts_that_bring_nothing_are_counted(
    server: WeightsServer, part: Part, broken: Answer, reason: str
) -> None:
    server.answers = [broken] * 10
    with pytest.raises(WeightsError, match=rf"/w\.onnx: {reason}"):
        _download(server, part)
    assert len(server.asked) == PATIENCE.attempts


def test_attempts_that_bring_something_are_not(server: WeightsServer, part: Part) -> None:
    server.answers = [Answer(cut=100_000)] * 5
    _download(server, part)
    part.settle(SHA256)
    assert len(server.asked) > PATIENCE.attempts


def test_what_came_is_told_when_it_is_given_up(server: WeightsServer, part: Part) -> None:
    server.answers = [Answer(cut=HALF), *[Answer(status=500)] * 10]
    with pytest.raises(WeightsError, match=r"answers 500 .*; the \d+ bytes that came are kept, and the next fetch"):
        _download(server, part)
    assert 0 < part.size <= HALF


def test_an_address_that_is_none_is_not_tried_again(part: Part) -> None:
    began = time.monotonic()
    with pytest.raises(WeightsError, match=r"^http:///w\.onnx: Invalid URL"):
        download("http:///w.onnx", part, lambda _, __: None, Patience(first=10.0, attempts=2))
    assert time.monotonic() - began < 5.0


def test_nobody_there(part: Part) -> None:
    url = free_endpoint().replace("tcp", "http")
    with pytest.raises(WeightsError, match=rf"^{url}/w\.onnx: cannot be reached$"):
        download(f"{url}/w.onnx", part, lambda _, __: None, PATIENCE)
