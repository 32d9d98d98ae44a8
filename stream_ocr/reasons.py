"""Why a source cannot be opened, or broke off, in a few words: from FFmpeg's code to what a person can do about it.

FFmpeg gives one code for many causes (an unknown host, a refused certificate and a web page are all an "Input/output
error"), so the time that passed and a look at the host help to tell them apart. No word of a login is repeated.
"""

import errno
import socket
from typing import Literal, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from stream_ocr.masking import masked, scrubbed

__all__ = ["Failure", "Kind", "is_login", "why_broken", "why_closed"]

Kind: TypeAlias = Literal["file", "network", "camera", "screen"]


def _tag(name: bytes) -> int:
    """One of FFmpeg's own codes, from its four letters."""
    return int.from_bytes(name, "little")


_EXIT, _EOF, _INVALID = _tag(b"EXIT"), _tag(b"EOF "), _tag(b"INDA")
_NO_PROTOCOL = _tag(b"\xf8PRO")
_UNAUTHORIZED = _tag(b"\xf8401")
_TIMED_OUT = frozenset({_EXIT, errno.ETIMEDOUT})
_AMBIGUOUS = frozenset({errno.EIO, errno.EINVAL, _INVALID, _EOF})
_TLS = frozenset({"https", "rtmps", "rtsps"})
_NEARLY = 0.9
"""Share of a time limit after which a failure is put down to it."""

_NETWORK = {
    errno.ECONNREFUSED: "connection refused: nobody listens there",
    errno.EHOSTUNREACH: "no route to the host",
    errno.ENETUNREACH: "no route to the host",
    errno.ECONNRESET: "the connection was closed before any video came",
    errno.EPIPE: "the connection was closed before any video came",
    _tag(b"\xf8400"): "the server does not understand the request (400)",
    _tag(b"\xf8403"): "access is forbidden (403)",
    _tag(b"\xf8404"): "there is no such stream (404)",
    _tag(b"\xf8429"): "too many requests (429)",
    _tag(b"\xf84XX"): "the server refuses the request (4xx)",
    _tag(b"\xf85XX"): "the server failed (5xx), or speaks another protocol",
}
_CAMERA = {
    errno.ENOENT: "no such device",
    errno.ENXIO: "no such device",
    errno.ENODEV: "it is no camera, or it was unplugged",
    errno.ENOTTY: "it is no camera",
    errno.EBUSY: "it is busy: another program uses it",
    errno.EACCES: "no permission to open it (is this user in the group `video`?)",
    errno.EPERM: "no permission to open it (is this user in the group `video`?)",
    errno.EINVAL: "it does not take what is asked of it (size, rate, pixel_format or options)",
}
_SCREEN = {
    errno.EIO: "no X display there, or no access to it",
    errno.EINVAL: "it has no such area (size, or the offset in its URI)",
}
_BROKEN: dict[Kind, dict[int, str]] = {
    "file": {},
    "network": {errno.EIO: "closed by the other end", _EOF: "closed by the other end"},
    "camera": {errno.EIO: "the device does not answer any more", errno.ENODEV: "the device was unplugged"},
    "screen": {errno.EIO: "the display was closed"},
}


class Failure(NamedTuple):
    """What FFmpeg says went wrong."""

    code: int
    """An errno, or a tag of FFmpeg's; 0: neither."""
    text: str
    """Its words for that."""


def is_login(failure: Failure) -> bool:
    """Whether the user and password were not accepted, or there should have been some."""
    return failure.code == _UNAUTHORIZED


def why_closed(failure: Failure, url: str, kind: Kind, *, waited: float, limit: float) -> str:
    """Why it cannot be opened; `waited`, of at most `limit` seconds, passed until it failed."""
    code = failure.code
    if kind == "network":
        return _network(failure, url, late=waited >= _NEARLY * limit, limit=limit)
    if kind == "file" and code == _INVALID:
        return "not a format that FFmpeg knows, or damaged"
    known = {"camera": _CAMERA, "screen": _SCREEN}.get(kind, {})
    return known.get(code) or scrubbed(failure.text).replace("\n", " ")


def why_broken(failure: Failure, kind: Kind) -> str | None:
    """Why no more comes of what was open already; None: nothing came for too long."""
    if failure.code in _TIMED_OUT:
        return None
    return _BROKEN[kind].get(failure.code) or scrubbed(failure.text).replace("\n", " ")


def _network(failure: Failure, url: str, *, late: bool, limit: float) -> str:
    code = failure.code
    if code in _TIMED_OUT or (late and code in _AMBIGUOUS):
        return f"no answer within {limit:g} s"
    scheme = url.partition(":")[0].lower()
    if code == _UNAUTHORIZED:
        return _unauthorized(url)
    if code == _NO_PROTOCOL:
        return f"FFmpeg has no protocol {scheme}"
    if code in _AMBIGUOUS:
        return _unknown_host(url) or _no_video(code, scheme)
    return _NETWORK.get(code) or scrubbed(failure.text).replace("\n", " ")


def _unauthorized(url: str) -> str:
    given = masked(url) != url and "@" in url
    return "wrong user or password (401)" if given else "it asks for a user and password (401)"


def _no_video(code: int, scheme: str) -> str:
    if code == errno.EINVAL:
        return "it cannot be asked for like this (one of its options, or its URI)"
    if code == errno.EIO and scheme in _TLS:
        return "no TLS connection: another protocol, or a certificate that is not trusted"
    return "it answers, but not with video: a web page, or another protocol"


def _unknown_host(url: str) -> str | None:
    """What is wrong with the name of the host; None: nothing, or it cannot be told."""
    try:
        host, shown = urlsplit(url).hostname, urlsplit(masked(url)).hostname
        if host is None:
            return None
        socket.getaddrinfo(host, None)
    except (OSError, UnicodeError):
        if host == shown:
            return f"the host {host} is not known"
        return "its host is not known; a / ? or # in a password is to be written %2F, %3F or %23"
    except ValueError:
        return "its host cannot be made out"
    return None
