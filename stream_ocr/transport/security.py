"""What the sockets of a Context know of keys: their own, those they let in, and those they want to find."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from stream_ocr.config import SecurityConfig
from stream_ocr.errors import ConfigError
from stream_ocr.transport.keyfiles import KeyPair, read_clients, read_pair, read_public

__all__ = ["NO_KEYS", "Security", "credentials", "security_of"]

Keys = TypeVar("Keys")


@dataclass(frozen=True)
class Security:
    """With `own` keys TCP is CURVE: what is bound lets in `clients`, what connects knows its server."""

    own: KeyPair | None = None
    clients: frozenset[bytes] = frozenset()
    """Public keys of those who may connect to what is bound."""
    servers: Mapping[str, bytes] = field(default_factory=dict)
    """Public keys of those that are connected to, by endpoint."""
    insecure: bool = False
    """Other machines may be let in without keys."""


NO_KEYS = Security()
"""Loopback and private folders only."""


def security_of(settings: SecurityConfig) -> Security:
    """Reads the key files that a config names.

    Raises ConfigError.
    """
    own = None if settings.key is None else _read(read_pair, "key", settings.key)
    clients = frozenset[bytes]() if settings.clients is None else _read(read_clients, "clients", settings.clients)
    return Security(own=own, clients=clients, insecure=settings.insecure)


def _read(reader: Callable[[Path], Keys], setting: str, path: str) -> Keys:
    try:
        return reader(Path(path))
    except ConfigError as error:
        raise ConfigError(f"security.{setting}: {error}") from error


def credentials(endpoint: str, key: str | Path | None, server: str | Path | None) -> Security:
    """What connects to `endpoint`: reads the own secret key file and the server's public one; both None: no keys.

    Raises ConfigError.
    """
    if key is None and server is None:
        return NO_KEYS
    if key is None or server is None:
        missing = "own secret key" if key is None else "server's public key"
        raise ConfigError(f"{endpoint}: expected both keys, the own secret one and the server's, got no {missing}")
    return Security(own=read_pair(Path(key)), servers={endpoint: read_public(Path(server))})
