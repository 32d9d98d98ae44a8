import errno

import pytest

from stream_ocr.reasons import Failure, Kind, why_broken, why_closed

CAM = "rtsp://127.0.0.1/live"


def network(code: int, url: str = CAM, waited: float = 0.0) -> str:
    return why_closed(Failure(code, "FFmpeg's words"), url, "network", waited=waited, limit=10.0)


def tag(name: bytes) -> int:
    return int.from_bytes(name, "little")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (tag(b"EXIT"), "no answer within 10 s"),
        (errno.ETIMEDOUT, "no answer within 10 s"),
        (errno.ECONNREFUSED, "connection refused: nobody listens there"),
        (errno.EHOSTUNREACH, "no route to the host"),
        (errno.ENETUNREACH, "no route to the host"),
        (errno.ECONNRESET, "the connection was closed before any video came"),
        (tag(b"\xf8400"), "the server does not understand the request (400)"),
        (tag(b"\xf8401"), "it asks for a user and password (401)"),
        (tag(b"\xf8403"), "access is forbidden (403)"),
        (tag(b"\xf8404"), "there is no such stream (404)"),
        (tag(b"\xf84XX"), "the server refuses the request (4xx)"),
        (tag(b"\xf85XX"), "the server failed (5xx), or speaks another protocol"),
        (tag(b"\xf8PRO"), "FFmpeg has no protocol rtsp"),
        (tag(b"INDA"), "it answers, but not with video: a web page, or another protocol"),
        (tag(b"EOF "), "it answers, but not with video: a web page, or another protocol"),
        (errno.EINVAL, "it cannot be asked for like this (one of its options, or its URI)"),
        (errno.ENOMEM, "FFmpeg's words"),
    ],
)
def test_causes_of_the_network(code: int, reason: str) -> None:
    assert network(code) == reason


@pytest.mark.parametrize("code", [errno.EIO, errno.EINVAL, tag(b"INDA"), tag(b"EOF ")])
def test_what_took_nearly_all_the_time_is_put_down_to_it(code: int) -> None:
    assert network(code, waited=9.5) == "no answer within 10 s"


def test_a_login_that_was_given_is_wrong() -> None:
    assert network(tag(b"\xf8401"), "rtsp://me:s3cret@127.0.0.1/a") == "wrong user or password (401)"


@pytest.mark.parametrize("scheme", ["rtsps", "https", "rtmps"])
def test_input_output_errors_of_tls(scheme: str) -> None:
    reason = "no TLS connection: another protocol, or a certificate that is not trusted"
    assert network(errno.EIO, f"{scheme}://127.0.0.1/a") == reason


def test_a_url_that_cannot_be_taken_apart() -> None:
    assert network(errno.EIO, "rtsp://[::1/a") == "its host cannot be made out"
    assert network(errno.EIO, f"rtsp://{'a' * 70}.invalid/a") == f"the host {'a' * 70}.invalid is not known"
    assert network(errno.EIO, "udp://:5000").startswith("it answers")


@pytest.mark.parametrize(
    ("kind", "code", "reason"),
    [
        ("camera", errno.ENOENT, "no such device"),
        ("camera", errno.EBUSY, "it is busy: another program uses it"),
        ("camera", errno.EACCES, "no permission to open it (is this user in the group `video`?)"),
        ("camera", errno.ENODEV, "it is no camera, or it was unplugged"),
        ("camera", errno.EINVAL, "it does not take what is asked of it (size, rate, pixel_format or options)"),
        ("camera", errno.ENOSPC, "No bandwidth"),
        ("screen", errno.EIO, "no X display there, or no access to it"),
        ("file", tag(b"INDA"), "not a format that FFmpeg knows, or damaged"),
        ("file", errno.EIO, "No bandwidth"),
    ],
)
def test_causes_of_this_machine(kind: Kind, code: int, reason: str) -> None:
    assert why_closed(Failure(code, "No bandwidth"), "/dev/video0", kind, waited=0.0, limit=10.0) == reason


def test_logins_in_ffmpegs_words_are_hidden() -> None:
    words = Failure(0, "got 'rtsp://me:s3cret@cam'\nand no more")
    assert why_closed(words, CAM, "network", waited=0.0, limit=1.0) == "got 'rtsp://***@cam' and no more"
    assert why_broken(words, "file") == "got 'rtsp://***@cam' and no more"


def test_what_breaks_off() -> None:
    assert why_broken(Failure(tag(b"EXIT"), ""), "network") is None
    assert why_broken(Failure(errno.ETIMEDOUT, ""), "network") is None
    assert why_broken(Failure(errno.EIO, ""), "network") == "closed by the other end"
    assert why_broken(Failure(errno.ECONNRESET, "Connection reset by peer"), "network") == "Connection reset by peer"
    assert why_broken(Failure(errno.ENODEV, ""), "camera") == "the device was unplugged"
    assert why_broken(Failure(errno.EIO, ""), "screen") == "the display was closed"
