import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import zmq  # a peer that does not speak our protocol
from frames import frame

from stream_ocr import wire
from stream_ocr.errors import WireError
from stream_ocr.messages import EndOfStream, Frame, Message
from stream_ocr.transport import Context, Inbox, Outbox, Publisher, Security, Subscriber

SOON = 5.0
"""Seconds after which something that should have come did not."""
END = EndOfStream(source="desk", pts=9.0)


@pytest.fixture
def context() -> Iterator[Context]:
    with Context() as made:
        yield made


@pytest.fixture
def thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(params=["inproc", "ipc", "tcp"])
def endpoint(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    names = {"inproc": "inproc://link", "ipc": f"ipc://{tmp_path}/link", "tcp": f"tcp://127.0.0.1:{_free_port()}"}
    return names[request.param]


@pytest.fixture(params=["ipc", "tcp"])
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return {"ipc": f"ipc://{tmp_path}/link", "tcp": f"tcp://127.0.0.1:{_free_port()}"}[request.param]


def _send(context: Context, endpoint: str, *messages: Message) -> None:
    with Outbox(context, endpoint) as outbox:
        for message in messages:
            outbox.put(message, timeout=SOON)


def _numbers(inbox: Inbox) -> list[int]:
    """The numbers of the frames that come, until the end of the stream."""
    numbers: list[int] = []
    while True:
        message = inbox.receive(SOON)
        assert message is not None, f"nothing came after {numbers}"
        if isinstance(message, EndOfStream):
            return numbers
        assert isinstance(message, Frame)
        numbers.append(message.seq)


def _frames(count: int) -> list[Frame]:
    return [frame(0.1 * number, seq=number) for number in range(count)]


def _bound_again(context: Context, endpoint: str) -> Inbox:
    """ZeroMQ gives an address back some time after its socket was closed."""
    found: list[Inbox] = []

    def bound() -> bool:
        try:
            found.append(Inbox(context, endpoint))
        except WireError:
            return False
        return True

    _eventually(bound)
    return found[0]


def _eventually(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not check():
        assert time.monotonic() < deadline


def test_everything_that_was_put_comes_in_order(context: Context, endpoint: str, thread: ThreadPoolExecutor) -> None:
    with Inbox(context, endpoint) as inbox:
        sender = thread.submit(_send, context, endpoint, *_frames(20), END)
        assert _numbers(inbox) == list(range(20))
        sender.result(SOON)
        assert inbox.rejected == 0


def test_a_picture_comes_as_it_was(context: Context, endpoint: str, thread: ThreadPoolExecutor) -> None:
    sent = frame(1.5, np.random.default_rng(1).integers(0, 255, (90, 160, 3), np.uint8))
    with Inbox(context, endpoint) as inbox:
        sender = thread.submit(_send, context, endpoint, sent)
        came = inbox.receive(SOON)
        sender.result(SOON)
    assert isinstance(came, Frame)
    assert np.array_equal(came.image, sent.image)
    assert not came.image.flags.writeable


def test_inproc_shares_the_picture(context: Context, thread: ThreadPoolExecutor) -> None:
    sent = frame(0.0)
    with Inbox(context, "inproc://link") as inbox:
        sender = thread.submit(_send, context, "inproc://link", sent)
        came = inbox.receive(SOON)
        sender.result(SOON)
    assert isinstance(came, Frame)
    assert np.shares_memory(came.image, sent.image)
    assert sent.image.flags.writeable


@pytest.mark.parametrize("slots", [1, 3])
def test_the_sender_is_never_more_than_the_slots_ahead(
    context: Context, endpoint: str, thread: ThreadPoolExecutor, slots: int
) -> None:
    def send_without_end() -> tuple[int, str]:
        sent = 0
        with Outbox(context, endpoint) as outbox:
            try:
                while True:
                    outbox.put(frame(0.0), timeout=0.3)
                    sent += 1
            except WireError as error:
                return sent, str(error)

    with Inbox(context, endpoint, slots=slots) as inbox:
        sender = thread.submit(send_without_end)
        # The first message is being worked on: its slot is taken until the next call.
        assert isinstance(inbox.receive(SOON), Frame)
        assert sender.result(SOON) == (slots, f"{endpoint}: the receiver took nothing for 0.3 s")


def test_calling_receive_frees_the_slot(context: Context, endpoint: str, thread: ThreadPoolExecutor) -> None:
    with Inbox(context, endpoint) as inbox:
        sender = thread.submit(_send, context, endpoint, *_frames(2))
        assert isinstance(inbox.receive(SOON), Frame)
        assert isinstance(inbox.receive(SOON), Frame)
        sender.result(SOON)
        assert inbox.receive(0.0) is None


@pytest.mark.parametrize("slots", [1, 3])
def test_what_waits_is_counted_and_keeps_its_slots(
    context: Context, endpoint: str, thread: ThreadPoolExecutor, slots: int
) -> None:
    with Inbox(context, endpoint, slots=slots) as inbox:
        sender = thread.submit(_send, context, endpoint, *_frames(5), END)
        first = inbox.receive(SOON)
        assert isinstance(first, Frame)
        # The first one is not done with: its slot is taken.
        _eventually(lambda: inbox.waiting() == slots - 1)
        assert inbox.waiting() == slots - 1
        assert [first.seq, *_numbers(inbox)] == [0, 1, 2, 3, 4]
        assert inbox.receive(0.0) is None
        assert inbox.waiting() == 0
        sender.result(SOON)
        assert inbox.rejected == 0


def test_what_waits_gives_no_credit(context: Context, endpoint: str, thread: ThreadPoolExecutor) -> None:
    sent: list[int] = []

    def send() -> None:
        with Outbox(context, endpoint) as outbox:
            for each in _frames(9):
                outbox.put(each, timeout=SOON)
                sent.append(each.seq)
            outbox.put(END, timeout=SOON)

    with Inbox(context, endpoint, slots=2) as inbox:
        sender = thread.submit(send)
        for done in range(4):
            assert isinstance(inbox.receive(SOON), Frame)
            _eventually(lambda: inbox.waiting() == 1)
            # The sender may not have noted yet what it sent.
            _eventually(partial(_long, sent, done + 2))
            assert len(sent) == done + 2
        assert _numbers(inbox) == [4, 5, 6, 7, 8]
        sender.result(SOON)


def _long(sent: list[int], length: int) -> bool:
    return len(sent) >= length


def test_frames_alone_are_counted_as_waiting(context: Context, endpoint: str, thread: ThreadPoolExecutor) -> None:
    with Inbox(context, endpoint, slots=2) as inbox:
        sender = thread.submit(_send, context, endpoint, frame(0.0), END)
        _eventually(lambda: inbox.waiting() == 1)
        sender.result(SOON)
        assert inbox.waiting() == 1
        assert isinstance(inbox.receive(SOON), Frame)
        assert inbox.waiting() == 0
        assert inbox.receive(SOON) == END


def test_a_flood_of_rubbish_does_not_hold_up_the_count(context: Context) -> None:
    with Inbox(context, "inproc://link") as inbox, context.socket(zmq.DEALER) as stranger:
        stranger.connect("inproc://link")
        for _ in range(100):
            stranger.send(b"rubbish")
        assert inbox.waiting() == 0
        assert 0 < inbox.rejected < 10


_HELLO = [b"H", b"anybody!", bytes(8)]
"""As a sender says that was never in the receiver's session."""


def test_who_begins_anew_again_and_again_does_not_fill_the_receiver(context: Context) -> None:
    with Inbox(context, "inproc://link") as inbox, context.socket(zmq.DEALER) as stranger:
        stranger.connect("inproc://link")
        for _ in range(20):
            stranger.send_multipart(_HELLO)
            stranger.send_multipart([b"D", *wire.encode(frame(0.0))])
        assert [inbox.waiting() for _ in range(20)] == [1] * 20


def test_a_message_of_an_older_account_gives_no_credit_in_a_new_one(context: Context) -> None:
    with Inbox(context, "inproc://link") as inbox, context.socket(zmq.DEALER) as stranger:
        stranger.connect("inproc://link")
        stranger.send_multipart(_HELLO)
        stranger.send_multipart([b"D", *wire.encode(END)])
        assert inbox.receive(SOON) == END
        stranger.send_multipart(_HELLO)
        for _ in range(2):
            # The second time the message is done with.
            assert inbox.waiting() == 0
            assert inbox.receive(0.0) is None
        limits = []
        while stranger.poll(100):
            limits.append(int.from_bytes(stranger.recv_multipart()[2], "big"))
        assert limits == [1, 1]


def test_a_receiver_that_is_full_keeps_its_sender_waiting(
    context: Context, endpoint: str, thread: ThreadPoolExecutor
) -> None:
    def send() -> None:
        with Outbox(context, endpoint) as outbox:
            for each in _frames(3):
                outbox.put(each, timeout=0.8)

    with Inbox(context, endpoint) as inbox:
        sender = thread.submit(send)
        assert isinstance(inbox.receive(SOON), Frame)
        # Longer than the sender would wait for somebody who does not answer.
        for _ in range(20):
            inbox.attend(0.1)
        assert not sender.done()
        assert [
            message.seq for message in (inbox.receive(SOON), inbox.receive(SOON)) if isinstance(message, Frame)
        ] == [
            1,
            2,
        ]
        sender.result(SOON)


def test_put_gives_up_when_there_is_no_receiver(context: Context, endpoint: str) -> None:
    with Outbox(context, endpoint) as outbox:
        began = time.monotonic()
        with pytest.raises(WireError, match="the receiver took nothing for"):
            outbox.put(END, timeout=0.2)
        assert 0.15 < time.monotonic() - began < 2


def test_a_receiver_may_come_after_the_sender(context: Context, endpoint: str, thread: ThreadPoolExecutor) -> None:
    with Outbox(context, endpoint) as outbox:

        def receive() -> Message | None:
            with Inbox(context, endpoint) as inbox:
                return inbox.receive(SOON)

        receiver = thread.submit(receive)
        outbox.put(END, timeout=SOON)
        assert receiver.result(SOON) == END


def test_offer_keeps_the_newest_and_counts_the_others(
    context: Context, endpoint: str, thread: ThreadPoolExecutor
) -> None:
    with Outbox(context, endpoint) as outbox:
        for each in _frames(4):
            outbox.offer(each)
        assert outbox.dropped == 3

        def receive() -> list[Message | None]:
            with Inbox(context, endpoint) as inbox:
                return [inbox.receive(SOON), inbox.receive(SOON)]

        receiver = thread.submit(receive)
        # What was held goes first: the end of a stream never overtakes its last frame.
        outbox.put(END, timeout=SOON)
        last, end = receiver.result(SOON)
    assert isinstance(last, Frame)
    assert (last.seq, last.dropped) == (3, 3)
    assert end == END


def test_an_offer_is_sent_at_once_where_there_is_a_credit(
    context: Context, endpoint: str, thread: ThreadPoolExecutor
) -> None:
    done = threading.Event()

    def offer_until_done() -> int:
        with Outbox(context, endpoint) as outbox:
            outbox.put(frame(0.0, seq=0), timeout=SOON)
            outbox.offer(frame(0.1, seq=1))
            while not done.wait(0.01):
                outbox.pump()
            return outbox.dropped

    with Inbox(context, endpoint) as inbox:
        sender = thread.submit(offer_until_done)
        first, second = inbox.receive(SOON), inbox.receive(SOON)
        done.set()
        assert sender.result(SOON) == 0
    assert isinstance(first, Frame)
    assert isinstance(second, Frame)
    assert (first.seq, second.seq, second.dropped) == (0, 1, 0)


def test_two_senders_are_served_in_turn(context: Context, endpoint: str) -> None:
    came = {"left": 0, "right": 0}
    with Inbox(context, endpoint) as inbox, Outbox(context, endpoint) as left, Outbox(context, endpoint) as right:
        deadline = time.monotonic() + SOON
        while sum(came.values()) < 40 and time.monotonic() < deadline:
            left.offer(frame(0.0, source="left"))
            right.offer(frame(0.0, source="right"))
            message = inbox.receive(0.01)
            if isinstance(message, Frame):
                came[message.source] += 1
    assert sum(came.values()) == 40
    assert min(came.values()) >= 16


def test_a_sender_that_says_nothing_does_not_hold_up_another(
    context: Context, endpoint: str, thread: ThreadPoolExecutor
) -> None:
    with Inbox(context, endpoint) as inbox, Outbox(context, endpoint):
        sender = thread.submit(_send, context, endpoint, *_frames(5), END)
        assert _numbers(inbox) == [0, 1, 2, 3, 4]
        sender.result(SOON)


def test_the_stream_goes_on_after_the_receiver_was_restarted(
    context: Context, remote: str, thread: ThreadPoolExecutor
) -> None:
    with Inbox(context, remote) as inbox:
        sender = thread.submit(_send, context, remote, *_frames(12), END)
        before = [message.seq for message in (inbox.receive(SOON) for _ in range(4)) if isinstance(message, Frame)]
    with _bound_again(context, remote) as inbox:
        after = _numbers(inbox)
        sender.result(SOON)
    assert before == [0, 1, 2, 3]
    # What was on its way when the receiver died is lost, and nothing else.
    assert after in ([*range(4, 12)], [*range(5, 12)], [*range(6, 12)])


def test_the_stream_goes_on_after_the_connection_broke(
    context: Context, remote: str, thread: ThreadPoolExecutor
) -> None:
    halfway = threading.Event()

    def send() -> None:
        with Outbox(context, remote) as outbox:
            for each in _frames(4):
                outbox.put(each, timeout=SOON)
            halfway.wait(SOON)
            # A new connection: to the receiver this is somebody that it has never seen.
            outbox._socket.disconnect(remote)
            outbox._socket.connect(remote)
            outbox.put(END, timeout=SOON)

    with Inbox(context, remote) as inbox:
        sender = thread.submit(send)
        assert [isinstance(inbox.receive(SOON), Frame) for _ in range(4)] == [True] * 4
        halfway.set()
        assert inbox.receive(SOON) == END
        sender.result(SOON)


@pytest.mark.parametrize(
    "parts",
    [
        [b""],
        [b"D"],
        [b"hello"],
        [b"C", b"12345678", b"12345678"],
        [b"D", *wire.encode(END)],
        [b"H"],
        [b"H", b"too", b"many", b"parts"],
        [b"", b"", b""],
    ],
    ids=["empty", "bare data", "a word", "a credit", "data before hello", "bare hello", "a long hello", "empty parts"],
)
def test_rubbish_is_counted_and_passed_over(
    context: Context, endpoint: str, thread: ThreadPoolExecutor, parts: list[bytes]
) -> None:
    with Inbox(context, endpoint) as inbox:
        with context.socket(zmq.DEALER) as stranger:
            stranger.connect(endpoint)
            stranger.send_multipart(parts)

            def rejected() -> bool:
                assert inbox.receive(0.01) is None
                return inbox.rejected == 1

            _eventually(rejected)
        sender = thread.submit(_send, context, endpoint, *_frames(2), END)
        assert _numbers(inbox) == [0, 1]
        sender.result(SOON)
        assert inbox.rejected == 1


def test_a_damaged_message_costs_no_credit(context: Context, endpoint: str, thread: ThreadPoolExecutor) -> None:
    def send() -> None:
        with Outbox(context, endpoint) as outbox:
            outbox.put(frame(0.0), timeout=SOON)
            _eventually(lambda: outbox._take_credits(0.1) or outbox._sent < outbox._limit)
            outbox._socket.send_multipart([b"D", b"stream-ocr/1 Frame", b"rubbish"])
            outbox._sent += 1
            outbox.put(END, timeout=SOON)

    with Inbox(context, endpoint) as inbox:
        sender = thread.submit(send)
        assert isinstance(inbox.receive(SOON), Frame)
        assert inbox.receive(SOON) == END
        sender.result(SOON)
        assert inbox.rejected == 1


def test_an_endpoint_in_use_is_one_clear_line(context: Context) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(WireError, match=f"^tcp://127.0.0.1:{port}: cannot bind: the port is in use$"):
            Inbox(context, f"tcp://127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("nonsense", "expected tcp://HOST:PORT or ipc://PATH"),
        ("tcp://127.0.0.1", "expected tcp://HOST:PORT or ipc://PATH"),
        ("tcp://127.0.0.1:99999", "expected tcp://HOST:PORT or ipc://PATH"),
        ("ipc:///nowhere/at/all", "cannot bind: "),
    ],
)
def test_what_cannot_be_bound_is_one_clear_line(context: Context, address: str, reason: str) -> None:
    with pytest.raises(WireError, match=reason) as caught, Inbox(context, address):
        pass
    assert str(caught.value).startswith(f"{address}: cannot bind: ")


def test_an_address_of_another_machine_is_one_clear_line() -> None:
    expected = r"^tcp://192\.0\.2\.1:5557: cannot bind: this machine has no such address$"
    with Context(Security(insecure=True)) as context, pytest.raises(WireError, match=expected):
        Inbox(context, "tcp://192.0.2.1:5557")


def test_what_cannot_be_connected_to_is_one_clear_line(context: Context) -> None:
    with pytest.raises(WireError, match=r"^nonsense: cannot connect: expected tcp://HOST:PORT or ipc://PATH$"):
        Outbox(context, "nonsense")


def _subscribed(publisher: Publisher) -> list[str]:
    topics: list[str] = []

    def came() -> bool:
        topics.extend(publisher.subscriptions())
        return bool(topics)

    _eventually(came)
    return topics


def test_a_subscriber_gets_the_topics_it_asked_for(context: Context) -> None:
    with (
        Publisher(context, "tcp://127.0.0.1:*") as publisher,
        Subscriber(context, publisher.endpoint, ["event/desk/"]) as subscriber,
    ):
        assert _subscribed(publisher) == ["event/desk/"]
        publisher.publish("event/gate/appear", b"no")
        publisher.publish("event/desk/appear", b"yes", b"and more")
        assert subscriber.receive(SOON) == ("event/desk/appear", [b"yes", b"and more"])
        assert subscriber.receive(0.0) is None


def test_the_publisher_hears_of_every_subscription_also_of_one_it_has(context: Context) -> None:
    with Publisher(context, "tcp://127.0.0.1:*") as publisher:
        assert publisher.subscriptions() == []
        with Subscriber(context, publisher.endpoint, ["event/"]):
            assert _subscribed(publisher) == ["event/"]
            with Subscriber(context, publisher.endpoint, ["event/"]):
                assert _subscribed(publisher) == ["event/"]


def test_a_slow_subscriber_loses_messages_and_nobody_waits(context: Context) -> None:
    with (
        Publisher(context, "tcp://127.0.0.1:*", backlog=5, linger=0) as publisher,
        Subscriber(context, publisher.endpoint, [""]) as subscriber,
    ):
        _subscribed(publisher)
        began = time.monotonic()
        for number in range(200):
            publisher.publish("frame/desk", number.to_bytes(2, "big"), bytes(200_000))
        assert time.monotonic() - began < SOON
        came = []
        while (message := subscriber.receive(0.3)) is not None:
            came.append(int.from_bytes(message[1][0], "big"))
    assert 5 <= len(came) < 200
    assert came == sorted(came)


def test_that_a_subscriber_begins_to_lose_messages_is_noticed_and_the_others_lose_none(context: Context) -> None:
    with (
        Publisher(context, "tcp://127.0.0.1:*", backlog=10) as publisher,
        Subscriber(context, publisher.endpoint, ["slow", "both"]) as slow,
        Subscriber(context, publisher.endpoint, ["fast", "both"]) as fast,
    ):
        subscribed: list[str] = []
        while len(subscribed) < 4:
            subscribed += publisher.subscriptions()
        delivered = []
        for number in range(3000):
            delivered.append(publisher.publish("both", bytes(10_000)))
            assert fast.receive(SOON) is not None, number
        assert 1 <= delivered.count(False) < 100
        # What goes to others only is no loss.
        assert publisher.publish("fast", b"1")
        assert fast.receive(SOON) == ("fast", [b"1"])
        kept = 0
        while slow.receive(0.2) is not None:
            kept += 1
        assert kept < 3000
        assert publisher.publish("both", b"2")
        assert slow.receive(SOON) == ("both", [b"2"])


_PAUSE = """
import sys, threading
from stream_ocr.transport import Context, Subscriber
with Context() as context, Subscriber(context, sys.argv[1], ["event/"]) as subscriber:
    subscriber.receive(30.0)
    print("paused", flush=True)
    threading.Event().wait(9.0)
    print("reads on", flush=True)
    count = 0
    while subscriber.receive(30.0) != ("event/last", []):
        count += 1
    print(count)
"""


def test_a_subscriber_that_does_not_read_for_a_while_reads_on(context: Context) -> None:
    with Publisher(context, "tcp://127.0.0.1:*", backlog=5000) as publisher:
        command = [sys.executable, "-c", _PAUSE, publisher.endpoint]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        assert process.stdout is not None
        while not publisher.subscriptions():
            assert process.poll() is None
        publisher.publish("event/first")
        assert process.stdout.readline() == "paused\n"
        # More than all of its buffers take.
        for _ in range(3000):
            publisher.publish("event/next", bytes(10_000))
        assert process.stdout.readline() == "reads on\n"
        deadline = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < deadline:
            publisher.publish("event/last")
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
        output, errors = process.communicate(timeout=SOON)
    assert (process.returncode, errors) == (0, "")
    assert output == "3000\n"


def test_a_subscriber_can_be_iterated_over(context: Context) -> None:
    with (
        Publisher(context, "tcp://127.0.0.1:*") as publisher,
        Subscriber(context, publisher.endpoint, ["a"]) as subscriber,
    ):
        _subscribed(publisher)
        publisher.publish("a/1", b"one")
        publisher.publish("a/2", b"two")
        messages = iter(subscriber)
        assert [next(messages), next(messages)] == [("a/1", [b"one"]), ("a/2", [b"two"])]


def test_a_port_in_use_for_a_publisher_is_one_clear_line(context: Context) -> None:
    with (
        Publisher(context, "tcp://127.0.0.1:*") as publisher,
        pytest.raises(WireError, match="cannot bind: the port is in use"),
    ):
        Publisher(context, publisher.endpoint)
