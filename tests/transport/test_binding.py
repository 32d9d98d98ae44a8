"""What is bound and connected to, and what is refused."""

import socket
from pathlib import Path

import pytest
from doors import PICTURE, Keys, eventually
from frames import frame

from stream_ocr.errors import WireError
from stream_ocr.transport import Context, Inbox, Outbox, Publisher, Security, Subscriber

OPEN = "expected a loopback address, keys (security.key and security.clients), or security.insecure: true"


def _bound(context: Context, endpoint: str) -> str:
    """Binds each kind of socket there, one after the other; returns the complaint, if it is the same of both."""
    complaints = []
    for make in (Publisher, Inbox):
        try:
            make(context, endpoint).close()
        except WireError as error:
            complaints.append(str(error).removeprefix(f"{endpoint}: cannot bind: "))
    assert len(complaints) in (0, 2)
    assert complaints[:1] == complaints[1:]
    return "".join(complaints[:1])


@pytest.mark.parametrize("address", ["*:0", "0.0.0.0:0", "[::]:0", "lo:0", "192.0.2.1:5557", "127.0.0.1:0;0.0.0.0:0"])
def test_without_keys_nothing_is_bound_that_others_can_reach(address: str) -> None:
    with Context() as context:
        assert _bound(context, f"tcp://{address}") == OPEN


@pytest.mark.parametrize("address", ["127.0.0.1:0", "127.0.0.9:0", "localhost:0"])
def test_loopback_is_bound(address: str) -> None:
    with Context() as context:
        assert _bound(context, f"tcp://{address}") == ""


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="without IPv6")
def test_loopback_is_bound_and_connected_to_with_ipv6() -> None:
    with (
        Context() as context,
        Publisher(context, "tcp://[::1]:*") as publisher,
        Subscriber(context, publisher.endpoint, ["a"]),
    ):
        eventually(lambda: publisher.subscriptions() == ["a"])


def test_with_keys_every_address_is_bound(keys: Keys) -> None:
    with Context(keys.inside()) as context:
        assert _bound(context, "tcp://*:0") == ""


def test_keys_without_clients_let_nobody_in(keys: Keys) -> None:
    with Context(Security(own=keys.server)) as context:
        expected = "expected the public keys of those who may connect, got none"
        assert _bound(context, "tcp://127.0.0.1:0") == expected


def test_insecure_binds_everything(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with Context(Security(insecure=True)) as context:
        assert _bound(context, "tcp://*:0") == ""
        assert _bound(context, f"ipc://{tmp_path}/events") == ""


@pytest.mark.parametrize("endpoint", ["udp://127.0.0.1:5557", "pgm://127.0.0.1;239.1.1.1:5557", "ws://*:80", "5557"])
def test_other_transports_are_not_bound(endpoint: str) -> None:
    with Context(Security(insecure=True)) as context:
        assert _bound(context, endpoint) == "expected tcp://HOST:PORT or ipc://PATH"


def test_the_folder_of_a_socket_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with Context() as context, Publisher(context, f"ipc://{tmp_path}/new/events"):
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "new" / "events").is_socket()


def test_a_folder_that_others_can_enter_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    with Context() as context:
        expected = f"expected a folder that only its owner can enter (chmod 700), got {tmp_path} with mode 0750"
        assert _bound(context, f"ipc://{tmp_path}/events") == expected
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_not_taken_for_an_old_socket(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("mine", encoding="utf-8")
    with Context() as context:
        assert _bound(context, f"ipc://{path}") == "expected a new file or a socket, got a file that is something else"
    assert path.read_text(encoding="utf-8") == "mine"


def test_an_old_socket_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "events"
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(path))
    with Context() as context:
        assert _bound(context, f"ipc://{path}") == ""


@pytest.mark.parametrize("scheme", ["inproc", "ipc"])
def test_what_no_other_machine_can_reach_goes_on_without_keys(scheme: str, keys: Keys, tmp_path: Path) -> None:
    endpoint = {"inproc": "inproc://link", "ipc": f"ipc://{tmp_path}/link"}[scheme]
    with Context(keys.inside()) as context, Inbox(context, endpoint) as inbox, Outbox(context, endpoint) as outbox:

        def arrives() -> bool:
            outbox.pump()
            return inbox.receive(0.02) is not None

        outbox.offer(frame(0.0, PICTURE))
        eventually(arrives)


def test_who_has_keys_connects_to_nobody_unknown(keys: Keys) -> None:
    with Context(keys.outside("tcp://127.0.0.1:5557")) as context:
        expected = r"^tcp://127\.0\.0\.1:5558: cannot connect: expected the public key of the other side, got none$"
        with pytest.raises(WireError, match=expected):
            Subscriber(context, "tcp://127.0.0.1:5558", [""])
        with pytest.raises(WireError, match=expected):
            Outbox(context, "tcp://127.0.0.1:5558")
