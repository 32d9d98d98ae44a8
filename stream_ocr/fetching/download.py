"""Downloading a file: tried again when the connection breaks, and gone on with where it broke."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from threading import Event

import requests

from stream_ocr.backoff import Backoff
from stream_ocr.config import ReconnectConfig
from stream_ocr.errors import WeightsError
from stream_ocr.fetching.part import Part

__all__ = ["Patience", "Progress", "download"]

Progress = Callable[[int, int | None], None]
"""Is told how many bytes have come and how many there will be, if that is known."""

_CHUNK = 1 << 16
_WORTH = 1 << 16
"""Bytes; an attempt that brought fewer has failed."""
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "stream-ocr"}
"""Without compression, since ranges count the bytes that are sent."""
_PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
_HOPELESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.TooManyRedirects,
)
_REASONS: dict[type[Exception], str] = {
    requests.Timeout: "does not answer in time",
    requests.exceptions.SSLError: "its certificate is not accepted",
    requests.exceptions.ProxyError: "the proxy does not let it through",
    requests.exceptions.ChunkedEncodingError: "the connection breaks again and again",
    requests.ConnectionError: "cannot be reached",
}
"""The special ones before the general ones."""
_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", re.ASCII)


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for; seconds."""

    connect: float = 10.0
    silence: float = 30.0
    """Without a byte, after which it counts as gone."""
    first: float = 1.0
    """Before the second attempt, 0.1 to 30; each further one waits twice as long."""
    attempts: int = 4
    """In a row that bring nothing."""


class _PassingError(Exception):
    """The server does not serve just now."""


def download(url: str, part: Part, progress: Progress, patience: Patience) -> None:
    """Appends to `part` what it lacks of the file at `url`.

    Raises WeightsError: the server does not have it, cannot be reached or goes away again and again; DiskError.
    """
    waits = ReconnectConfig(first=patience.first, attempts=patience.attempts - 1)
    backoff = Backoff(waits)
    with requests.Session() as session:
        session.headers.update(_HEADERS)
        while True:
            before = part.size
            try:
                _attempt(session, url, part, progress, patience)
            except _HOPELESS as error:
                raise WeightsError(f"{url}: {error}") from error
            except (requests.RequestException, _PassingError) as error:
                if part.size - before >= _WORTH:
                    backoff = Backoff(waits)
                backoff.lost(online=0.0)
                if backoff.exhausted:
                    raise WeightsError(f"{url}: {_reason(error)}{_kept(part)}") from error
                Event().wait(backoff.wait(0.0))
            else:
                return


def _attempt(session: requests.Session, url: str, part: Part, progress: Progress, patience: Patience) -> None:
    start = part.size
    headers = {"Range": f"bytes={start}-"} if start else {}
    timeout = (patience.connect, patience.silence)
    with session.get(url, headers=headers, stream=True, timeout=timeout) as response:
        if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            if _range(response) == (None, start):
                return
            part.restart()
            raise _PassingError(f"has no byte {start} of it")
        _check_status(response, url)
        if start and _range(response)[0] != start:
            part.restart()
        total = _total(response, part.size)
        progress(part.size, total)
        for chunk in response.iter_content(_CHUNK):
            part.write(chunk)
            progress(part.size, total)


def _check_status(response: requests.Response, url: str) -> None:
    status = response.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING:
        raise _PassingError(f"answers {status} {response.reason}")
    if status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
        raise WeightsError(f"{url}: answers {status} {response.reason}")


def _range(response: requests.Response) -> tuple[int | None, int | None]:
    """The first byte that is sent, and the length of the whole file, as far as the server tells them."""
    found = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if found is None:
        return None, None
    first, whole = found.groups()
    return None if first is None else int(first), None if whole == "*" else int(whole)


def _total(response: requests.Response, start: int) -> int | None:
    length = response.headers.get("Content-Length", "")
    return start + int(length) if length.isdecimal() else None


def _reason(error: Exception) -> str:
    # In the middle of a file, Requests calls a time-out a broken connection.
    if isinstance(error, requests.ConnectionError) and "Read timed out" in str(error):
        return "falls silent again and again"
    return next((reason for kind, reason in _REASONS.items() if isinstance(error, kind)), str(error))


def _kept(part: Part) -> str:
    return f"; the {part.size} bytes that came are kept, and the next fetch goes on from there" if part.size else ""
