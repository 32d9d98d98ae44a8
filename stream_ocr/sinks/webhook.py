"""Events as POST requests, signed as the Standard Webhooks say.

webhook-id          the id of the event, the same in each attempt
webhook-timestamp   Unix seconds of the attempt
webhook-signature   v1,<base64 of HMAC-SHA256 over `id.timestamp.body`>, where there is a secret
"""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
import requests

from stream_ocr.config import WebhookSink
from stream_ocr.errors import SinkAwayError, StageError
from stream_ocr.messages import TextEvent
from stream_ocr.sinks import Item
from stream_ocr.sinks.courier import Patience, Refusals

__all__ = ["Webhook", "signature"]

_LATER = frozenset({408, 425, 429})
"""Answers below 500 that another attempt may change."""
_PREFIXED = "whsec_"
_LONGEST_PAUSE = 3600.0
"""Seconds that a server may ask us to wait at most."""


class Webhook:
    """A courier to a web server: an event is settled when the answer says so, one after the other."""

    at_once = 1

    def __init__(self, settings: WebhookSink) -> None:
        self.refusals = Refusals()
        self._settings = settings
        self._where = settings.place
        self._patience = Patience(settings)
        self._session = requests.Session()
        # Neither proxies nor logins from elsewhere: what is not in the config is not sent.
        self._session.trust_env = False
        self._session.headers.update({"User-Agent": "stream-ocr", **settings.headers})
        self._session.headers["Content-Type"] = settings.content_type
        tls = settings.tls
        self._session.verify = (tls.ca or True) if tls.verify else False
        self._session.cert = None if tls.cert is None else (tls.cert, tls.key or tls.cert)
        self._body = None
        if settings.template is not None:
            # Jinja takes a moment to import: only whoever has a template pays for it.
            from stream_ocr.bodies import Body

            self._body = Body(settings.template)

    def deliver(self, events: Sequence[TextEvent]) -> int:
        """Posts the events until one is not taken; returns how many are settled.

        Raises SinkAwayError: there is no answer, or one that asks for another attempt.
        """
        settled = 0
        for event in events:
            try:
                self._post(event)
            except StageError:
                if not settled:
                    raise
                break
            settled += 1
        return settled

    def tell(self, notice: Item) -> None:
        """Only events are sent."""

    def poll(self) -> None:
        """Nothing is ever pending."""

    def close(self) -> None:
        """Closes the connection."""
        self._session.close()

    def _post(self, event: TextEvent) -> None:
        self._patience.check()
        try:
            body = self._content(event)
        except ValueError as error:
            self._refuse(event, f"the template makes nothing of it: {error}")
            return
        try:
            answer = self._session.post(
                self._settings.url,
                data=body,
                headers=self._signed(event, body),
                timeout=self._settings.timeout,
                allow_redirects=False,
                stream=True,
            )
            if answer.headers.get("Content-Length") == "0":
                answer.content  # noqa: B018 read to its end, the connection serves again
            # What else it says is of no use here, however long it is.
            answer.close()
        except requests.RequestException as error:
            raise self._patience.failed(SinkAwayError(f"{self._where}: {self._trouble(error)}")) from error
        self._judge(event, answer)

    def _judge(self, event: TextEvent, answer: requests.Response) -> None:
        status = answer.status_code
        if status >= 500 or status in _LATER:
            pause = _pause(answer.headers.get("Retry-After"), time.time())
            failure = SinkAwayError(f"{self._where}: answers {status} {answer.reason}".rstrip())
            raise self._patience.failed(failure, after=pause)
        self._patience.succeeded()
        if not 200 <= status < 300:
            self._refuse(event, f"answers {status} {answer.reason}".rstrip())

    def _refuse(self, event: TextEvent, cause: str) -> None:
        self.refusals = Refusals(self.refusals.number + 1, f"does not take event {event.id}: {cause}")

    def _content(self, event: TextEvent) -> bytes:
        if self._body is None:
            return msgspec.json.encode(event)
        fields: dict[str, Any] = msgspec.to_builtins(event)
        return self._body.of(fields).encode()

    def _signed(self, event: TextEvent, body: bytes) -> dict[str, str]:
        now = int(time.time())
        headers = {"webhook-id": event.id, "webhook-timestamp": str(now)}
        if self._settings.secret is not None:
            headers["webhook-signature"] = signature(self._settings.secret, event.id, now, body)
        return headers

    def _trouble(self, error: requests.RequestException) -> str:
        """What went wrong, in a few words; the words of the library hold the URL."""
        if isinstance(error, requests.exceptions.SSLError):
            return "its certificate is not trusted, or ours is not good"
        if isinstance(error, requests.exceptions.Timeout):
            return f"no answer within {self._settings.timeout:g} s"
        if isinstance(error, requests.exceptions.ConnectionError):
            return "cannot be reached, or hung up"
        return type(error).__name__


def signature(secret: str, identity: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`. A secret that begins with `whsec_` is base64 after that."""
    key = secret.encode()
    if secret.startswith(_PREFIXED):
        try:
            key = base64.b64decode(secret.removeprefix(_PREFIXED), validate=True)
        except binascii.Error:
            key = secret.encode()
    content = f"{identity}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()}"


def _pause(retry_after: str | None, now: float) -> float | None:
    """Seconds that a server asks us to wait: it says a number, or a date; None: it does not, or not clearly."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        seconds = float(retry_after)
    else:
        try:
            seconds = parsedate_to_datetime(retry_after).timestamp() - now
        except ValueError:
            return None
    return min(max(seconds, 0.0), _LONGEST_PAUSE)
