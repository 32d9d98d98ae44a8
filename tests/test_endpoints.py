import os
from pathlib import Path

import pytest

from stream_ocr.endpoints import exposed, host_and_port, trouble_with_folder


@pytest.mark.parametrize(
    "endpoint",
    [
        "tcp://127.0.0.1:5557",
        "tcp://127.0.0.1:*",
        "tcp://127.0.0.1",
        "tcp://127.255.0.9:5557",
        "tcp://localhost:5557",
        "tcp://[::1]:5557",
        "ipc:///tmp/events",
        "inproc://detect",
    ],
)
def test_what_only_this_machine_can_reach(endpoint: str) -> None:
    assert not exposed(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "tcp://*:5557",
        "tcp://0.0.0.0:5557",
        "tcp://0:5557",
        "tcp://[::]:5557",
        "tcp://:5557",
        "tcp://192.168.1.10:5557",
        "tcp://[fe80::1]:5557",
        "tcp://eth0:5557",
        "tcp://lo:5557",
        "tcp://camera-box:5557",
        "tcp://localhost.example.org:5557",
        # ZeroMQ takes what stands after the semicolon as the address.
        "tcp://127.0.0.1:5557;0.0.0.0:5557",
        # Ways to write 127.0.0.1 that are not worth a parser.
        "tcp://127.1:5557",
        "tcp://2130706433:5557",
    ],
)
def test_what_others_can_reach_or_might(endpoint: str) -> None:
    assert exposed(endpoint)


def test_a_folder_that_only_its_owner_can_enter_is_fine(tmp_path: Path) -> None:
    folder = tmp_path / "private"
    folder.mkdir(mode=0o700)
    assert trouble_with_folder(f"ipc://{folder}/events") is None


def test_a_folder_that_is_not_there_yet_is_fine(tmp_path: Path) -> None:
    assert trouble_with_folder(f"ipc://{tmp_path}/new/events") is None


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o770, 0o1777])
def test_a_folder_that_others_can_enter_is_not(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(mode)
    assert trouble_with_folder(f"ipc://{folder}/events") == (
        f"expected a folder that only its owner can enter (chmod 700), got {folder} with mode {mode:04o}"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_folder_of_somebody_else_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o700)
    os.chown(folder, 12345, 12345)
    assert trouble_with_folder(f"ipc://{folder}/events") == (
        f"expected a folder of user 0, got {folder}, which belongs to user 12345"
    )


@pytest.mark.parametrize("endpoint", ["ipc://@events", "ipc://*"])
def test_a_name_that_is_no_file_is_not(endpoint: str) -> None:
    assert trouble_with_folder(endpoint) == f"expected ipc://PATH, got {endpoint}"


def test_a_folder_that_cannot_be_looked_at_is_not(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    folder = tmp_path / "file" / "folder"
    assert trouble_with_folder(f"ipc://{folder}/events") == f"cannot look at the folder {folder}: Not a directory"


def test_other_endpoints_have_no_folder() -> None:
    assert trouble_with_folder("tcp://127.0.0.1:5557") is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1:9100", ("127.0.0.1", 9100)),
        ("[::1]:1", ("::1", 1)),
        ("localhost:65535", ("localhost", 65535)),
        ("cam-2.local:80", ("cam-2.local", 80)),
    ],
)
def test_an_address_is_a_host_and_a_port(address: str, expected: tuple[str, int]) -> None:
    assert host_and_port(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        *("", "9100", ":9100", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:http"),
        *("::1:9100", "[::1]", "tcp://127.0.0.1:9100", "127.0.0.1:9100/", "127.0.0.1:9100\n", "user@host:80"),
        "127.0.0.1:٩١٠٠",
    ],
)
def test_what_is_none_is_one_clear_line(address: str) -> None:
    with pytest.raises(ValueError, match=r"^expected ADDRESS:PORT, as in 127\.0\.0\.1:9100, got "):
        host_and_port(address)
