"""Where HTTP is served: what an address means, and whom it lets in."""

import ipaddress
import re

__all__ = ["check_served", "host_and_port"]

_ADDRESS = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9._-]+)):(?P<port>[0-9]{1,5})")
_MAX_PORT = 65_535


def host_and_port(address: str) -> tuple[str, int]:
    """The parts of `127.0.0.1:9100` or `[::1]:9100`. Raises ValueError where it is neither."""
    parts = _ADDRESS.fullmatch(address)
    if parts is None or not 1 <= int(parts["port"]) <= _MAX_PORT:
        raise ValueError(f"expected ADDRESS:PORT, as in 127.0.0.1:9100, got {address}")
    return parts["v6"] or parts["host"], int(parts["port"])


def check_served(address: str, *, insecure: bool) -> None:
    """Raises ValueError where other machines can reach what is served at `address`, unless that is wanted.

    HTTP has no keys here: whoever can reach it can read it.
    """
    host, _ = host_and_port(address)
    if not insecure and not _is_loopback(host):
        raise ValueError(f"expected a loopback address (127.0.0.1:9100), or security.insecure: true, got {address}")


def _is_loopback(host: str) -> bool:
    """Only addresses and `localhost` are known to be; the name of an interface is not."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
