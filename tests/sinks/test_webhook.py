"""Events as requests to a real server that takes them or does not."""

import base64
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import msgspec
import pytest
from hooks import Answer, hooked
from takers import eventually
from texts import event

from stream_ocr.config import WebhookSink
from stream_ocr.errors import SinkAwayError
from stream_ocr.messages import TextEvent
from stream_ocr.sinks.webhook import Webhook, _pause, signature

KEY = b"eleven plus twenty-one bytes... "
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


@contextmanager
def _courier(url: str, **settings: Any) -> Iterator[Webhook]:
    with closing(Webhook(msgspec.convert({"url": url, "longest": 1.0, **settings}, WebhookSink))) as made:
        yield made


def _taken(courier: Webhook, what: TextEvent) -> bool:
    try:
        return courier.deliver([what]) == 1
    except SinkAwayError:
        return False


def test_the_event_is_posted_and_signed() -> None:
    with hooked() as hook, _courier(hook.url, secret=SECRET, headers={"Authorization": "Bearer abc"}) as courier:
        assert courier.deliver([event(), event(seq=43)]) == 2
    first, second = hook.requests
    assert msgspec.json.decode(first.body, type=TextEvent) == event()
    assert (first.headers["webhook-id"], second.headers["webhook-id"]) == (event().id, event(seq=43).id)
    assert first.headers["authorization"] == "Bearer abc"
    assert first.headers["content-type"] == "application/json"
    expected = signature(SECRET, event().id, int(first.headers["webhook-timestamp"]), first.body)
    assert first.headers["webhook-signature"] == expected


def test_the_signature_is_that_of_the_standard() -> None:
    # The example of https://github.com/standard-webhooks: any of its libraries verifies it.
    made = signature("whsec_plJ3nmyCDGBKInavdOK15jsl", "msg_loFOjxBNrRLzqYUf", 1731705121, b'{"event_type":"ping"}')
    assert made == f"v1,{base64.b64encode(_hmac()).decode()}"
    assert signature("a plain secret", "a", 1, b"{}") != signature("another secret", "a", 1, b"{}")


def _hmac() -> bytes:
    import hashlib
    import hmac

    key = base64.b64decode("plJ3nmyCDGBKInavdOK15jsl")
    content = b'msg_loFOjxBNrRLzqYUf.1731705121.{"event_type":"ping"}'
    return hmac.new(key, content, hashlib.sha256).digest()


def test_a_template_makes_the_body() -> None:
    template = '{"content": {{ (source ~ " shows " ~ text) | tojson }}}'
    with hooked() as hook, _courier(hook.url, template=template) as courier:
        courier.deliver([event(text='say "hi"')])
    assert hook.requests[0].json == {"content": 'desk shows say "hi"'}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(500), "answers 500 Internal Server Error"),
        (Answer(429), "answers 429 Too Many Requests"),
        (Answer(hang_up=True), "cannot be reached, or hung up"),
        (Answer(hang=True), "no answer within 0.3 s"),
    ],
)
def test_an_event_that_is_not_taken_now_is_offered_again(answer: Answer, words: str) -> None:
    with hooked(answer) as hook, _courier(hook.url, timeout=0.3) as courier:
        for _ in range(2):
            with pytest.raises(SinkAwayError) as caught:
                courier.deliver([event()])
            assert str(caught.value) == f"{hook.url.removesuffix('/token/4711')}: {words}"
        assert len(hook.requests) == 1, "not before the pause is over"
        eventually(lambda: _taken(courier, event()))
        assert [each.headers["webhook-id"] for each in hook.requests] == [event().id] * 2
        assert courier.refusals.number == 0


def test_what_was_taken_before_a_failure_is_settled() -> None:
    with hooked(Answer(), Answer(503)) as hook, _courier(hook.url) as courier:
        assert courier.deliver([event(), event(seq=43)]) == 1


def test_a_server_may_say_how_long_to_wait() -> None:
    with hooked(Answer(503, {"Retry-After": "0"})) as hook, _courier(hook.url) as courier:
        assert not _taken(courier, event())
        assert _taken(courier, event())
    with hooked(Answer(429, {"Retry-After": "100"})) as hook, _courier(hook.url) as courier:
        assert not _taken(courier, event())
        with pytest.raises(SinkAwayError):
            courier.deliver([event()])
        assert len(hook.requests) == 1


def test_a_pause_is_a_number_or_a_date_and_bounded() -> None:
    assert _pause("Wed, 21 Oct 2026 07:28:00 GMT", 1792567680.0 - 30.0) == 30.0
    assert _pause("99999", 0.0) == 3600.0
    assert _pause("soon", 0.0) is None
    assert _pause(None, 0.0) is None


def test_an_event_that_will_never_be_taken_is_passed_over_and_counted() -> None:
    with hooked(Answer(400), Answer(301, {"Location": "/"})) as hook, _courier(hook.url) as courier:
        assert courier.deliver([event(), event(seq=43), event(seq=44)]) == 3
    assert courier.refusals == (2, f"does not take event {event(seq=43).id}: answers 301 Moved Permanently")


def test_a_template_that_makes_nothing_of_an_event_passes_it_over() -> None:
    with hooked() as hook, _courier(hook.url, template="{{ 1 / (value - 1) }}") as courier:
        assert courier.deliver([event(value=1.0), event(seq=43, value=3.0)]) == 2
    assert courier.refusals.number == 1
    assert [each.body for each in hook.requests] == [b"0.5"]


def test_a_server_that_is_not_there_is_named_without_what_is_secret() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with _courier(f"http://me:secret@127.0.0.1:{port}/token") as courier, pytest.raises(SinkAwayError) as caught:
        courier.deliver([event()])
    assert str(caught.value) == f"http://127.0.0.1:{port}: cannot be reached, or hung up"
