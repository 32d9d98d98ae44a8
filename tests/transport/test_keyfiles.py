"""Key files and what is read from them."""

from pathlib import Path

import pytest
import zmq.auth

from stream_ocr.config import SecurityConfig
from stream_ocr.errors import ConfigError
from stream_ocr.transport import Security, credentials, read_pair, read_public, security_of, write_pair
from stream_ocr.transport.keyfiles import read_clients

NOT_A_KEY = "expected a key file as `stream-ocr keys new` writes it"


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def _line(error: pytest.ExceptionInfo[ConfigError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


def test_new_keys_are_a_secret_file_and_a_public_one(tmp_path: Path) -> None:
    secret, public = write_pair(tmp_path / "keys", "box")
    assert (secret, public) == (tmp_path / "keys" / "box.key", tmp_path / "keys" / "box.pub")
    assert (_mode(secret), _mode(public), _mode(secret.parent)) == (0o600, 0o644, 0o700)
    pair = read_pair(secret)
    assert read_public(public) == pair.public
    assert pair.secret.decode() not in public.read_text(encoding="utf-8")


def test_they_are_zeromq_certificates(tmp_path: Path) -> None:
    secret, public = write_pair(tmp_path, "box")
    pair = read_pair(secret)
    assert zmq.auth.load_certificate(secret) == (pair.public, pair.secret)
    assert zmq.auth.load_certificate(public) == (pair.public, None)


def test_each_pair_is_another_one(tmp_path: Path) -> None:
    assert read_pair(write_pair(tmp_path, "one")[0]) != read_pair(write_pair(tmp_path, "two")[0])


def test_a_secret_does_not_show_in_what_is_printed(tmp_path: Path) -> None:
    pair = read_pair(write_pair(tmp_path, "box")[0])
    assert pair.secret.decode() not in repr(Security(own=pair))


@pytest.mark.parametrize("suffix", [".key", ".pub"])
def test_keys_are_not_overwritten(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"box{suffix}"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        write_pair(tmp_path, "box")
    assert _line(error) == f"{path}: there is such a file already (--force replaces it)"
    assert path.read_text(encoding="utf-8") == "mine"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_keys_are_replaced_when_asked_for_and_private_again(tmp_path: Path) -> None:
    secret, public = write_pair(tmp_path, "box")
    before = read_pair(secret)
    secret.chmod(0o644)
    write_pair(tmp_path, "box", replace=True)
    assert read_pair(secret) != before
    assert read_public(public) == read_pair(secret).public
    assert _mode(secret) == 0o600


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "box.key").symlink_to(tmp_path / "elsewhere" / "box.key")
    with pytest.raises(ConfigError, match="there is such a file already"):
        write_pair(tmp_path, "box")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_keys_where_nothing_can_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "no" / "such"
    with pytest.raises(ConfigError) as error:
        write_pair(folder, "box")
    assert _line(error) == f"{folder}: cannot write the keys of box: No such file or directory"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    secret, _ = write_pair(tmp_path, "box")
    secret.chmod(mode)
    with pytest.raises(ConfigError) as error:
        read_pair(secret)
    assert _line(error) == (
        f"{secret}: expected a key file that only its owner can read (chmod 600), got mode {mode:04o}"
    )


def test_secret_and_public_are_not_mixed_up(tmp_path: Path) -> None:
    secret, public = write_pair(tmp_path, "box")
    with pytest.raises(ConfigError) as error:
        read_pair(public)
    assert _line(error) == f"{public}: expected a secret key file (NAME.key), got a public one"
    with pytest.raises(ConfigError) as error:
        read_public(secret)
    assert _line(error) == f"{secret}: expected a public key file (NAME.pub), got a secret one"


def test_keys_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    one, two = (write_pair(tmp_path, name)[0] for name in ("one", "two"))
    pair = read_pair(one)
    text = one.read_text(encoding="utf-8")
    one.write_text(text.replace(pair.public.decode(), read_pair(two).public.decode()), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        read_pair(one)
    assert _line(error) == f"{one}: expected two keys that belong together, got others"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"\xff\xfe\x00",
        b"curve\n    public-key",
        b'curve\n    public-key = ""',
        b'curve\n    public-key = "short"',
        b'curve\n    public-key = "' + b"0" * 35 + b'"',
        b'curve\n    public-key = "' + b"0" * 45 + b'"',
        b'curve\n    public-key = "' + b"~" * 40 + b'"',
        b'curve\n    public-key = "' + b"#" * 40 + b'"',
        b'curve\n    public-key = "' + b"0" * 40 + b'"\n    secret-key = "short"',
    ],
)
def test_what_is_no_key_file_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.pub"
    path.write_bytes(content)
    path.chmod(0o600)
    for read in (read_pair, read_public):
        with pytest.raises(ConfigError) as error:
            read(path)
        assert _line(error) == f"{path}: {NOT_A_KEY}"


def test_what_cannot_be_a_key_file_is_not_read(tmp_path: Path) -> None:
    large = tmp_path / "large.pub"
    large.write_bytes(bytes(10_001))
    for path in (large, tmp_path, Path("/dev/zero")):
        with pytest.raises(ConfigError) as error:
            read_public(path)
        assert _line(error) == f"{path}: expected a key file of at most 10000 bytes"


def test_a_key_file_that_is_not_there() -> None:
    for read in (read_pair, read_public):
        with pytest.raises(ConfigError) as error:
            read(Path("no.key"))
        assert _line(error) == "no.key: cannot read the key file: No such file or directory"


def test_clients_are_the_public_keys_in_a_folder(tmp_path: Path) -> None:
    clients = tmp_path / "clients"
    clients.mkdir()
    pairs = [write_pair(tmp_path, name) for name in ("one", "two")]
    for _, public in pairs:
        public.rename(clients / public.name)
    (clients / "README").write_text("who is who", encoding="utf-8")
    assert read_clients(clients) == {read_pair(secret).public for secret, _ in pairs}


def test_a_folder_of_clients_that_does_not_fit(tmp_path: Path) -> None:
    missing, empty, broken = tmp_path / "missing", tmp_path / "empty", tmp_path / "broken"
    empty.mkdir()
    broken.mkdir()
    (broken / "one.pub").write_text("hello", encoding="utf-8")
    lines = []
    for folder in (missing, empty, broken):
        with pytest.raises(ConfigError) as error:
            read_clients(folder)
        lines.append(_line(error))
    assert lines == [
        f"{missing}: expected a folder of public key files: No such file or directory",
        f"{empty}: expected at least one public key file (NAME.pub), got none",
        f"{broken}/one.pub: {NOT_A_KEY}",
    ]


def test_the_config_names_the_files(tmp_path: Path) -> None:
    secret, public = write_pair(tmp_path, "box")
    (tmp_path / "clients").mkdir()
    public.rename(tmp_path / "clients" / "box.pub")
    pair = read_pair(secret)
    read = security_of(SecurityConfig(key=str(secret), clients=str(tmp_path / "clients")))
    assert read == Security(own=pair, clients=frozenset([pair.public]))
    assert security_of(SecurityConfig(insecure=True)) == Security(insecure=True)


def test_a_file_that_does_not_fit_is_told_with_its_setting(tmp_path: Path) -> None:
    secret, public = write_pair(tmp_path, "box")
    with pytest.raises(ConfigError, match=rf"^security\.key: {public}: expected a secret key file"):
        security_of(SecurityConfig(key=str(public)))
    with pytest.raises(ConfigError, match=r"^security\.clients: nowhere: expected a folder of public key files"):
        security_of(SecurityConfig(key=str(secret), clients="nowhere"))


def test_credentials_are_both_keys_or_none(tmp_path: Path) -> None:
    endpoint = "tcp://box:5557"
    secret, public = write_pair(tmp_path, "box")
    pair = read_pair(secret)
    assert credentials(endpoint, None, None) == Security()
    assert credentials(endpoint, secret, public) == Security(own=pair, servers={endpoint: pair.public})
    with pytest.raises(ConfigError, match=r"^tcp://box:5557: expected both keys, .* got no server's public key$"):
        credentials(endpoint, secret, None)
    with pytest.raises(ConfigError, match=r"^tcp://box:5557: expected both keys, .* got no own secret key$"):
        credentials(endpoint, None, public)
