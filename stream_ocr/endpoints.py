"""Whom an endpoint lets in: rules for what is bound, known before any socket is made.

`inproc` is this process, `ipc` whoever may enter the folder of its file, `tcp` on a loopback address this machine, and
on any other address everybody who can reach it.
"""

import ipaddress
import os
import re
import stat
from pathlib import Path

__all__ = ["KEYS_WANTED", "exposed", "host_and_port", "trouble_with_folder"]

KEYS_WANTED = "expected a loopback address, keys (security.key and security.clients), or security.insecure: true"
"""For what other machines can reach."""

_OTHERS = 0o077
_ADDRESS = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9._-]+)):(?P<port>[0-9]{1,5})")
_MAX_PORT = 65_535


def host_and_port(address: str) -> tuple[str, int]:
    """The parts of `127.0.0.1:9100` or `[::1]:9100`, where HTTP is served. Raises ValueError where it is neither."""
    parts = _ADDRESS.fullmatch(address)
    if parts is None or not 1 <= int(parts["port"]) <= _MAX_PORT:
        raise ValueError(f"expected ADDRESS:PORT, as in 127.0.0.1:9100, got {address}")
    return parts["v6"] or parts["host"], int(parts["port"])


def exposed(endpoint: str) -> bool:
    """Whether other machines can reach what is bound there.

    Only `localhost` and loopback addresses as they are usually written are known to be safe; the name of an interface
    is not.
    """
    scheme, _, address = endpoint.partition("://")
    host, colon, _ = address.rpartition(":")
    return scheme == "tcp" and not _is_loopback(host if colon else address)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False


def trouble_with_folder(endpoint: str) -> str | None:
    """Why the folder of an ipc endpoint does not keep others out; None: it does, or is not there yet."""
    scheme, _, path = endpoint.partition("://")
    if scheme != "ipc":
        return None
    folder = Path(path).parent
    if endpoint.startswith(("ipc://@", "ipc://*")):
        # `@` is a name without a file and so without permissions, `*` a file that nobody would find.
        return f"expected ipc://PATH, got {endpoint}"
    try:
        return _openness(folder, folder.stat())
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"cannot look at the folder {folder}: {error.strerror}"


def _openness(folder: Path, status: os.stat_result) -> str | None:
    mode = stat.S_IMODE(status.st_mode)
    if mode & _OTHERS:
        return f"expected a folder that only its owner can enter (chmod 700), got {folder} with mode {mode:04o}"
    if status.st_uid != os.geteuid():
        return f"expected a folder of user {os.geteuid()}, got {folder}, which belongs to user {status.st_uid}"
    return None
