import pytest

from stream_ocr.addresses import check_served, host_and_port


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


@pytest.mark.parametrize("address", ["127.0.0.1:9100", "127.8.8.8:9100", "[::1]:9100", "localhost:9100"])
def test_this_machine_may_always_ask(address: str) -> None:
    check_served(address, insecure=False)


@pytest.mark.parametrize("address", ["0.0.0.0:9100", "192.168.1.5:9100", "[::]:9100", "[fe80::1]:9100", "nas:9100"])
def test_others_may_ask_only_where_that_is_wanted(address: str) -> None:
    with pytest.raises(ValueError, match=r"^expected a loopback address .*insecure: true, got "):
        check_served(address, insecure=False)
    check_served(address, insecure=True)
