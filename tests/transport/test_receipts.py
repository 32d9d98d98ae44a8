"""Handing out against acknowledgements: real sockets in one thread."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import zmq
from strangers import new_keys, peer
from takers import eventually

from stream_ocr.transport import Context, HandOut, Receiver, Security
from stream_ocr.transport import receipts as module

MESSAGES = [(f"id-{number}".encode(), f"content {number}".encode()) for number in range(5)]


@pytest.fixture
def context() -> Iterator[Context]:
    with Context() as made:
        yield made


@pytest.fixture
def desk(context: Context, tmp_path: Path) -> Iterator[HandOut]:
    tmp_path.chmod(0o700)
    with HandOut(context, f"ipc://{tmp_path}/desk", window=3) as made:
        yield made


def _taken(
    desk: HandOut, receiver: Receiver, number: int, messages: Sequence[tuple[bytes, bytes]] = MESSAGES
) -> list[bytes]:
    """The ids of so many messages, as they come."""
    got: list[bytes] = []

    def more() -> bool:
        desk.hand_out(messages, 0.0)
        message = receiver.receive(0.0)
        if message is not None:
            got.append(message[0])
        return len(got) >= number

    eventually(more)
    return got


def test_messages_come_in_order_and_only_so_many_at_a_time(context: Context, desk: HandOut) -> None:
    with Receiver(context, desk.endpoint) as receiver:
        assert _taken(desk, receiver, 3) == [b"id-0", b"id-1", b"id-2"]
        assert desk.hand_out(MESSAGES, 0.1) == 0
        assert receiver.receive(0.1) is None
        receiver.acknowledge(b"id-1")
        eventually(lambda: desk.hand_out(MESSAGES, 0.1) == 2)
        assert desk.hand_out(MESSAGES[2:], 0.1) == 0
        assert [receiver.receive(1.0), receiver.receive(1.0)] == MESSAGES[3:]
        receiver.acknowledge(b"id-4")
        eventually(lambda: desk.hand_out(MESSAGES[2:], 0.1) == 3)


def test_a_receiver_that_lets_a_full_window_wait_again_and_again_misses_none(context: Context, tmp_path: Path) -> None:
    messages = [(f"{number}".encode(), bytes(10_000)) for number in range(2000)]
    tmp_path.chmod(0o700)
    with (
        HandOut(context, f"ipc://{tmp_path}/desk", window=100) as desk,
        Receiver(context, desk.endpoint) as receiver,
    ):
        got: list[bytes] = []
        settled = 0
        while settled < len(messages):
            settled += desk.hand_out(messages[settled : settled + 100], 0.0)
            for _ in range(61):
                message = receiver.receive(0.0)
                if message is not None:
                    got.append(message[0])
                    receiver.acknowledge(message[0])
        assert got == [identity for identity, _ in messages]


def test_what_is_acknowledged_late_or_never_was_given_changes_nothing(context: Context, desk: HandOut) -> None:
    with Receiver(context, desk.endpoint) as receiver:
        _taken(desk, receiver, 3)
        for identity in (b"id-7", b"", b"id-4"):
            receiver.acknowledge(identity)
        assert desk.hand_out(MESSAGES, 0.1) == 0


def test_one_receives_at_a_time_and_the_next_takes_over_from_one_that_leaves(context: Context, desk: HandOut) -> None:
    with Receiver(context, desk.endpoint) as second:
        with Receiver(context, desk.endpoint) as first:
            _taken(desk, first, 3)
            first.acknowledge(b"id-0")
            eventually(lambda: desk.hand_out(MESSAGES, 0.05) == 1)
            eventually(lambda: (second.receive(0.0), desk.attend(), second.busy)[-1])
        assert _taken(desk, second, 3, MESSAGES[1:]) == [b"id-1", b"id-2", b"id-3"]


def test_the_next_takes_over_from_one_that_says_nothing_any_more(
    context: Context, desk: HandOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SILENCE", 0.2)
    monkeypatch.setattr(module, "_BEAT", 0.05)
    with Receiver(context, desk.endpoint) as first, Receiver(context, desk.endpoint) as second:
        _taken(desk, first, 3)
        assert _taken(desk, second, 3) == [b"id-0", b"id-1", b"id-2"]


def test_rubbish_is_counted(desk: HandOut) -> None:
    with peer(zmq.DEALER, desk.endpoint) as stranger:
        stranger.send_multipart([b"TAKE"])
        stranger.send_multipart([b"GIVE", b"id-0"])
        stranger.send_multipart([b"TAKE", b"", b"", b""])
        eventually(lambda: (desk.attend(), desk.rejected == 3)[-1])
    assert not desk.attended


def test_with_keys_only_who_is_known_is_let_in() -> None:
    box, laptop, stranger = new_keys(), new_keys(), new_keys()
    security = Security(own=box, clients=frozenset({laptop.public}))
    with Context(security) as context, HandOut(context, "tcp://127.0.0.1:*", window=3) as desk:
        servers = {desk.endpoint: box.public}
        with (
            Context(Security(own=stranger, servers=servers)) as other,
            Receiver(other, desk.endpoint) as receiver,
        ):
            eventually(lambda: (receiver.receive(0.0), desk.attend(), desk.refused > 0)[-1])
            assert not desk.attended
        with Context(Security(own=laptop, servers=servers)) as other, Receiver(other, desk.endpoint) as receiver:
            assert _taken(desk, receiver, 3) == [b"id-0", b"id-1", b"id-2"]
