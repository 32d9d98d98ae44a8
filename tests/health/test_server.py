"""Real connections to a real server."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http import HTTPStatus

import pytest

from stream_ocr.errors import WireError
from stream_ocr.health import server as module
from stream_ocr.health.server import Answer, Request, Server

SOON = 5.0


def _greet(request: Request) -> Answer:
    who = request.query.get("who", ["you"])
    return Answer(HTTPStatus.OK, "text/plain", f"hello {' and '.join(who)} ({request.accept})".encode())


def _break(_: Request) -> Answer:
    raise ZeroDivisionError


def _free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def address() -> Iterator[str]:
    """Where the server is."""
    chosen = _free_address()
    with Server(chosen, {"/hello": _greet, "/broken": _break}):
        yield chosen


def _ask(
    address: str, path: str = "/hello", method: str = "GET", **headers: str
) -> tuple[int, http.client.HTTPMessage, str]:
    connection = http.client.HTTPConnection(address, timeout=SOON)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response.status, response.headers, response.read().decode()
    finally:
        connection.close()


def _open(address: str, sent: bytes) -> socket.socket:
    """A connection over which something was sent that is no whole request."""
    host, port = address.split(":")
    connection = socket.create_connection((host, int(port)), SOON)
    connection.sendall(sent)
    return connection


def test_a_route_answers(address: str) -> None:
    status, headers, body = _ask(address, "/hello?who=a&who=b", Accept="text/plain")
    assert (status, body) == (200, "hello a and b (text/plain)")
    assert headers["Content-Type"] == "text/plain"
    assert headers["Content-Length"] == str(len(body))
    assert headers["Cache-Control"] == "no-store"
    assert headers["Server"] == "stream-ocr"


def test_head_is_get_without_the_body(address: str) -> None:
    status, headers, body = _ask(address, method="HEAD")
    assert (status, body) == (200, "")
    assert headers["Content-Length"] == str(len("hello you ()"))


@pytest.mark.parametrize("path", ["/", "/hello/", "/hello/../broken", "/%68ello", "*"])
def test_other_paths_are_not_found(address: str, path: str) -> None:
    status, _, body = _ask(address, path)
    assert (status, body) == (404, "expected one of /hello, /broken\n")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_other_methods_are_not_allowed(address: str, method: str) -> None:
    status, headers, body = _ask(address, method=method)
    assert (status, headers["Allow"], body) == (405, "GET, HEAD", "expected GET or HEAD\n")


@pytest.mark.parametrize(
    "sent", [b"rubbish\r\n\r\n", b"GET /hello HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"\r\n"]
)
def test_what_is_no_request_harms_nobody(address: str, sent: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    with _open(address, sent) as connection:
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer == b"" or b"400 Bad request syntax" in answer or b"505 Invalid HTTP version" in answer
    assert _ask(address)[0] == 200
    assert capfd.readouterr().err == ""


def test_a_request_without_end_is_read_up_to_a_limit_only(address: str) -> None:
    began = time.monotonic()
    with _open(
        address, b"GET /hello HTTP/1.0\r\n" + b"".join(b"X-Filler: %s\r\n" % (b"x" * 4000) for _ in range(5))
    ) as it:
        answer = b"".join(iter(lambda: it.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.0 200 OK\r\n")
    assert time.monotonic() - began < 4.0


def test_a_client_that_says_nothing_does_not_hold_up_others(address: str) -> None:
    with _open(address, b""), _open(address, b"GET /hello HTTP/1.1\r\nX-"):
        began = time.monotonic()
        assert _ask(address)[0] == 200
        assert time.monotonic() - began < 3.0


def test_a_client_that_trickles_is_cut_off(
    address: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "_DEADLINE", 0.3)
    began = time.monotonic()
    with _open(address, b"GET /hello HTTP/1.1\r\nX-Slow: ") as connection:
        connection.settimeout(0.02)
        while True:
            try:
                connection.sendall(b"x")
                if connection.recv(4096) == b"":
                    break
            except TimeoutError:
                assert time.monotonic() - began < SOON
            except OSError:
                break
    assert 0.2 < time.monotonic() - began < 4.0
    assert capfd.readouterr().err == ""


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server that serves two connections at once."""
    monkeypatch.setattr(module, "_CONNECTIONS", 2)
    chosen = _free_address()
    with Server(chosen, {"/hello": _greet}):
        yield chosen


def test_one_connection_too_many_waits_for_its_turn(narrow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TURN", SOON)
    with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        first = stack.enter_context(_open(narrow, b"GET"))
        stack.enter_context(_open(narrow, b"GET"))
        asking = pool.submit(_ask, narrow)
        assert not threading.Event().wait(0.1)
        assert not asking.done()
        first.close()
        assert asking.result(SOON)[0] == 200


def test_who_waits_too_long_for_a_turn_is_let_go(narrow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TURN", 0.5)
    with _open(narrow, b"GET"), _open(narrow, b"GET"):
        began = time.monotonic()
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            _ask(narrow)
        assert 0.4 < time.monotonic() - began < 4.0
    assert _ask(narrow)[0] == 200


def test_a_client_that_goes_away_is_no_error(address: str, capfd: pytest.CaptureFixture[str]) -> None:
    with _open(address, b"GET /hello HTTP/1.0\r\n") as connection:
        # A reset instead of an orderly end.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    assert _ask(address)[0] == 200
    assert capfd.readouterr().err == ""


def test_a_bug_in_a_route_is_seen_and_harms_nobody_else(address: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        _ask(address, "/broken")
    assert "ZeroDivisionError" in capfd.readouterr().err
    assert _ask(address)[0] == 200


def test_a_port_in_use_is_one_clear_line(address: str) -> None:
    with pytest.raises(WireError, match=f"^health: {address}: cannot bind: the port is in use$"), Server(address, {}):
        pass


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("192.0.2.1:9100", "this machine has no such address"),
        ("no-such-host.invalid:9100", "Name or service not known"),
    ],
)
def test_what_cannot_be_bound_is_one_clear_line(address: str, reason: str) -> None:
    with pytest.raises(WireError, match=f"^health: {address}: cannot bind: ") as caught, Server(address, {}):
        pass
    assert "\n" not in str(caught.value)
    assert reason in str(caught.value) or address.startswith("no-such-host")


def test_ipv6_is_served_too() -> None:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        port = probe.getsockname()[1]
    with Server(f"[::1]:{port}", {"/hello": _greet}):
        assert _ask(f"[::1]:{port}")[0] == 200


def test_afterwards_the_port_is_free_and_no_thread_is_left() -> None:
    chosen = _free_address()
    for _ in range(2):
        with Server(chosen, {"/hello": _greet}):
            assert _ask(chosen)[0] == 200
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("stream-ocr")] == []
    with pytest.raises(ConnectionRefusedError):
        _ask(chosen)
