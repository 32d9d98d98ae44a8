"""Who gets in at each kind of bound socket, who does not, and that the others do not notice."""

import time

import pytest
import zmq
from doors import SOON, Door, Keys, eventually, opened
from strangers import RUBBISH, connected, monitored, new_keys, peer, with_password
from zmq.utils.monitor import parse_monitor_message

from stream_ocr.transport import Context, Publisher, Security, Subscriber, sockets
from stream_ocr.transport.visitors import Visitors


def _refuses(door: Door, times: int = 1) -> None:
    """It counts so many, and whoever is inside goes on getting everything."""
    door.exchange()
    eventually(lambda: door.refused >= times)
    door.exchange()
    assert door.rejected == 0


# --- who does not speak the protocol ----------------------------------------------------------------------------------


@pytest.mark.parametrize("stranger", RUBBISH)
def test_rubbish_is_refused_and_counted(door: Door, stranger: str) -> None:
    with RUBBISH[stranger](door.endpoint):
        _refuses(door)
    assert door.refused == 1


@pytest.mark.parametrize("stranger", RUBBISH)
def test_rubbish_is_refused_and_counted_without_keys_too(loopback: Door, stranger: str) -> None:
    with RUBBISH[stranger](loopback.endpoint):
        loopback.exchange()
        eventually(lambda: loopback.refused == 1)
        loopback.exchange()


def test_who_says_nothing_is_sent_away_after_a_while(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "_HANDSHAKE_MS", 200)
    with opened("events", keys) as door, connected(door.endpoint) as silent:
        _refuses(door)
        # What it was greeted with, and then the end.
        while silent.recv(1000):
            pass
    assert door.refused == 1


# --- who speaks it, and has no right ----------------------------------------------------------------------------------


def test_without_keys_nobody_gets_in(door: Door) -> None:
    with peer(door.guest, door.endpoint) as stranger:
        _refuses(door)
        assert not stranger.poll(100)


def test_with_a_password_nobody_gets_in(door: Door) -> None:
    with with_password(door.guest, door.endpoint) as stranger:
        _refuses(door)
        assert not stranger.poll(100)


def test_with_a_key_that_is_not_listed_nobody_gets_in(door: Door, keys: Keys) -> None:
    with peer(door.guest, door.endpoint, new_keys(), keys.server) as stranger:
        _refuses(door)
        assert not stranger.poll(100)


def test_even_the_key_of_the_server_is_not_listed(door: Door, keys: Keys) -> None:
    with peer(door.guest, door.endpoint, keys.server, keys.server):
        _refuses(door)


def test_who_takes_us_for_somebody_else_does_not_get_in(door: Door, keys: Keys) -> None:
    with peer(door.guest, door.endpoint, keys.client, new_keys()) as stranger:
        # It tries again and again.
        _refuses(door, times=3)
        assert not stranger.poll(100)


def test_a_socket_of_another_kind_does_not_get_in(door: Door, keys: Keys) -> None:
    with peer(door.misfit, door.endpoint, keys.client, keys.server):
        _refuses(door)


def test_with_keys_nobody_gets_into_a_socket_without(loopback: Door, keys: Keys) -> None:
    with peer(loopback.guest, loopback.endpoint, keys.client, keys.server):
        _refuses(loopback)


def test_who_is_listed_gets_in(door: Door, keys: Keys) -> None:
    with peer(door.guest, door.endpoint, keys.client, keys.server) as other:
        if door.greeting:
            other.send_multipart(door.greeting)
        deadline = time.monotonic() + SOON
        while not other.poll(20):
            assert time.monotonic() < deadline
            door.exchange(1)
    assert (door.refused, door.rejected) == (0, 0)


def test_who_connects_is_told_when_it_is_refused(keys: Keys) -> None:
    with opened("events", keys) as door:
        others = (
            Security(),
            Security(own=keys.server, servers={door.endpoint: keys.server.public}),
            Security(own=keys.client, servers={door.endpoint: keys.client.public}),
        )
        for security in others:
            with Context(security) as context, Subscriber(context, door.endpoint, [""]) as subscriber:
                eventually(lambda: subscriber.receive(0.01) is None and subscriber.refused > 0)
        with Context(keys.outside(door.endpoint)) as context, Subscriber(context, door.endpoint, [""]) as subscriber:
            deadline = time.monotonic() + SOON
            while subscriber.receive(0.01) is None:
                assert time.monotonic() < deadline
                door.exchange(1)
            assert subscriber.refused == 0


class Unattended(Context):
    """One at whose doors nobody stands."""

    def watch(self, _: zmq.Socket[bytes]) -> Visitors:
        return Visitors()


def test_when_nobody_can_be_asked_nobody_gets_in(keys: Keys) -> None:
    # Left to itself, a CURVE server without a ZAP handler lets in everybody who knows its public key.
    with (
        Unattended(keys.inside()) as context,
        Publisher(context, "tcp://127.0.0.1:*", linger=0) as publisher,
        peer(zmq.SUB, publisher.endpoint, keys.client, keys.server) as listed,
    ):
        with monitored(listed, zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_HANDSHAKE_SUCCEEDED) as monitor:
            assert monitor.poll(int(1000 * SOON))
            assert parse_monitor_message(monitor.recv_multipart())["event"] == zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
        assert publisher.subscriptions() == []
