"""Key files: NAME.key with the secret key of a machine, NAME.pub with its public one, which others are given.

They are ZeroMQ certificates, in text, so pyzmq and other tools read them too.
"""

import os
import stat
import struct
from dataclasses import dataclass, field
from pathlib import Path

import zmq
import zmq.auth
from zmq.utils import z85

from stream_ocr.errors import ConfigError

__all__ = ["KeyPair", "read_clients", "read_pair", "read_public", "write_pair"]

_SECRET_SUFFIX, _PUBLIC_SUFFIX = ".key", ".pub"
_SECRET_MODE, _PUBLIC_MODE, _FOLDER_MODE = 0o600, 0o644, 0o700
_OTHERS = 0o077
_MAX_BYTES = 10_000
_KEY_BYTES = 32


@dataclass(frozen=True)
class KeyPair:
    """The keys of one machine, in Z85."""

    public: bytes
    secret: bytes = field(repr=False)


def write_pair(folder: Path, name: str, *, replace: bool = False) -> tuple[Path, Path]:
    """Makes a new pair of keys and writes NAME.key and NAME.pub into `folder`; returns their paths.

    Raises ConfigError: one of them is there already and `replace` is not set, or they cannot be written.
    """
    secret_file, public_file = folder / f"{name}{_SECRET_SUFFIX}", folder / f"{name}{_PUBLIC_SUFFIX}"
    public, secret = (key.decode() for key in zmq.curve_keypair())
    public_text = f'# The public key of {name}: for those who talk with it.\ncurve\n    public-key = "{public}"\n'
    secret_text = (
        f"# The secret key of {name}: it stays on that machine, and only its owner may read it.\n"
        f'curve\n    public-key = "{public}"\n    secret-key = "{secret}"\n'
    )
    try:
        folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        for path in (secret_file, public_file):
            if replace:
                path.unlink(missing_ok=True)
            elif path.exists():
                raise FileExistsError(path)
        _write(secret_file, secret_text, _SECRET_MODE)
        _write(public_file, public_text, _PUBLIC_MODE)
    except FileExistsError as error:
        raise ConfigError(f"{path}: there is such a file already (--force replaces it)") from error
    except OSError as error:
        raise ConfigError(f"{folder}: cannot write the keys of {name}: {error.strerror}") from error
    return secret_file, public_file


def read_pair(path: Path) -> KeyPair:
    """The keys in a secret key file.

    Raises ConfigError: it is not one, or others than its owner may read it.
    """
    mode = stat.S_IMODE(_status(path).st_mode)
    public, secret = _keys(path)
    if secret is None:
        raise ConfigError(f"{path}: expected a secret key file (NAME{_SECRET_SUFFIX}), got a public one")
    if mode & _OTHERS:
        raise ConfigError(f"{path}: expected a key file that only its owner can read (chmod 600), got mode {mode:04o}")
    if zmq.curve_public(secret) != public:
        raise ConfigError(f"{path}: expected two keys that belong together, got others")
    return KeyPair(public=public, secret=secret)


def read_public(path: Path) -> bytes:
    """The key in a public key file.

    Raises ConfigError: it is not one; a secret key is not for others to have, so it is not taken for one either.
    """
    _status(path)
    public, secret = _keys(path)
    if secret is not None:
        raise ConfigError(f"{path}: expected a public key file (NAME{_PUBLIC_SUFFIX}), got a secret one")
    return public


def read_clients(folder: Path) -> frozenset[bytes]:
    """The keys in all public key files of a folder; what else is in it does not matter.

    Raises ConfigError: it is not a folder, there is none in it, or one is broken.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == _PUBLIC_SUFFIX)
    except OSError as error:
        raise ConfigError(f"{folder}: expected a folder of public key files: {error.strerror}") from error
    if not files:
        raise ConfigError(f"{folder}: expected at least one public key file (NAME{_PUBLIC_SUFFIX}), got none")
    return frozenset(map(read_public, files))


def _write(path: Path, text: str, mode: int) -> None:
    """Writes a new file, which has its mode from the start."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)


def _status(path: Path) -> os.stat_result:
    try:
        status = path.stat()
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the key file: {error.strerror}") from error
    if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
        raise ConfigError(f"{path}: expected a key file of at most {_MAX_BYTES} bytes")
    return status


def _keys(path: Path) -> tuple[bytes, bytes | None]:
    """Public and secret key; None: there is no secret key in the file."""
    try:
        public, secret = zmq.auth.load_certificate(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the key file: {error.strerror}") from error
    except (ValueError, IndexError):
        public, secret = None, None
    if public is None or not all(_is_key(key) for key in (public, secret) if key is not None):
        raise ConfigError(f"{path}: expected a key file as `stream-ocr keys new` writes it")
    return public, secret


def _is_key(text: bytes) -> bool:
    try:
        return len(z85.decode(text)) == _KEY_BYTES
    except (ValueError, KeyError, struct.error):
        return False
