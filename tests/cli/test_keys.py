"""Keys on the command line, from making them to listening with them."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
from doors import free_endpoint
from texts import APPEAR

import stream_ocr
from stream_ocr.cli.app import status
from stream_ocr.config import SecurityConfig, ZmqSink
from stream_ocr.errors import ConfigError
from stream_ocr.sinks.zmq import ZmqEvents
from stream_ocr.transport import Context, read_pair, read_public, security_of

SOON = 60.0


def _new(*arguments: str | Path) -> int:
    return status(["keys", "new", *map(str, arguments)])


def test_keys_are_made_and_what_to_do_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "keys"
    assert _new("box", "--folder", folder) == 0
    assert read_pair(folder / "box.key").public == read_public(folder / "box.pub")
    told = capsys.readouterr()
    assert told.err == ""
    assert told.out.splitlines()[:2] == [
        f"wrote {folder}/box.key: secret, it stays on box",
        f"wrote {folder}/box.pub: for the others",
    ]
    assert f"security: {{key: {folder}/box.key, clients: FOLDER}}" in told.out
    assert f"--key {folder}/box.key --server PUBLISHER.pub" in told.out


def test_keys_are_made_here_unless_told_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert _new("box") == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["box.key", "box.pub"]


def test_keys_are_replaced_only_when_told_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _new("box", "--folder", tmp_path)
    before = read_pair(tmp_path / "box.key")
    capsys.readouterr()
    assert _new("box", "--folder", tmp_path) == 2
    expected = f"stream-ocr: error: {tmp_path}/box.key: there is such a file already (--force replaces it)\n"
    assert capsys.readouterr().err == expected
    assert read_pair(tmp_path / "box.key") == before
    assert _new("box", "--folder", tmp_path, "--force") == 0
    assert read_pair(tmp_path / "box.key") != before


@pytest.mark.parametrize("name", ["", "../box", "a/b", ".box", "two words", "schlüssel", "x" * 65])
def test_a_name_that_does_not_fit_is_one_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert _new(name) == 2
    expected = f"stream-ocr: error: {name}: expected a name of letters, digits, -, _ and . (64 at most)\n"
    assert capsys.readouterr().err == expected
    assert list(tmp_path.iterdir()) == []


def test_keys_alone_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["keys"]) == 2
    told = capsys.readouterr()
    assert "Usage" in told.out
    assert told.err == ""


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder with the keys of a box, of a laptop that it lets in, and of somebody else."""
    for name in ("box", "laptop", "other"):
        _new(name, "--folder", tmp_path)
    (tmp_path / "clients").mkdir()
    (tmp_path / "clients" / "laptop.pub").write_bytes((tmp_path / "laptop.pub").read_bytes())
    return tmp_path


@pytest.fixture
def sink(keys: Path) -> Iterator[ZmqEvents]:
    security = security_of(SecurityConfig(key=str(keys / "box.key"), clients=str(keys / "clients")))
    with Context(security) as context:
        made = ZmqEvents(ZmqSink(bind=free_endpoint()), context)
        made.write(APPEAR)
        yield made
        made.close()


def _listening(sink: ZmqEvents, *arguments: str | Path, timeout: float) -> tuple[int | None, str, str]:
    """`stream-ocr listen` until it ends: exit code, standard output and error."""
    command = [sys.executable, "-m", "stream_ocr", "listen", sink.endpoint, "--count", "1", "--timeout", str(timeout)]
    process = subprocess.Popen(
        [*command, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )
    while process.poll() is None:
        sink.poll()
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    output, errors = process.communicate(timeout=SOON)
    return process.returncode, output, errors


def test_who_is_listed_listens(sink: ZmqEvents, keys: Path) -> None:
    code, output, errors = _listening(sink, "--key", keys / "laptop.key", "--server", keys / "box.pub", timeout=30)
    assert (code, errors) == (0, "")
    assert output == " 00:12.60  desk  +   97%  EXIT 25\n"
    assert sink.audience.refused == 0


@pytest.mark.parametrize(
    ("key", "server", "advice"),
    [
        (None, None, "it may want keys (--key and --server)"),
        ("other.key", "box.pub", "is --server its public key, and ours among those of its clients?"),
        ("laptop.key", "other.pub", "is --server its public key, and ours among those of its clients?"),
    ],
)
def test_who_is_not_let_in_is_told_once(
    sink: ZmqEvents, keys: Path, key: str | None, server: str | None, advice: str
) -> None:
    options: list[str | Path] = []
    if key is not None and server is not None:
        options = ["--key", keys / key, "--server", keys / server]
    code, output, errors = _listening(sink, *options, timeout=1.5)
    assert (code, output) == (1, "")
    assert errors.splitlines() == [
        f"stream-ocr: warning: {sink.endpoint}: does not let us in; {advice}",
        f"stream-ocr: error: {sink.endpoint}: nothing came for 1.5 s",
    ]
    assert sink.audience.refused >= 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--key", "box.key"], "expected both keys, the own secret one and the server's, got no server's public key"),
        (["--server", "box.pub"], "expected both keys, the own secret one and the server's, got no own secret key"),
    ],
)
def test_one_key_alone_is_wrong_usage(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["listen", "tcp://127.0.0.1:5557", *arguments]) == 2
    assert capsys.readouterr().err == f"stream-ocr: error: tcp://127.0.0.1:5557: {complaint}\n"


def test_python_listens_with_keys_too(sink: ZmqEvents, keys: Path) -> None:
    events = stream_ocr.subscribe(sink.endpoint, timeout=SOON, key=keys / "laptop.key", server=str(keys / "box.pub"))
    with ThreadPoolExecutor(1) as thread:
        heard = thread.submit(next, events)
        while not wait([heard], timeout=0.05).done:
            sink.poll()
        assert heard.result() == APPEAR
        thread.submit(events.close).result()  # type: ignore[attr-defined]


def test_python_is_told_of_keys_that_do_not_fit(keys: Path) -> None:
    with pytest.raises(ConfigError, match=r"^no\.key: cannot read the key file"):
        next(stream_ocr.subscribe("tcp://127.0.0.1:5557", key="no.key", server=keys / "box.pub"))


CONFIG = """\
sources: {{test: {{uri: 'test:size=640x360&rate=12&length=1&seed=1'}}}}
sinks:
  - zmq: {{bind: '{endpoint}'}}
security: {{{security}}}
"""


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_config_is_refused_before_anything_is_bound(
    command: str, keys: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(keys)
    Path("other.key").chmod(0o644)
    shared = keys / "shared"
    shared.mkdir(mode=0o755)
    complaints = {
        ("tcp://*:5557", ""): "cfg.yaml:3: sinks[0].zmq.bind: expected a loopback address, keys (security.key and "
        "security.clients), or security.insecure: true, got tcp://*:5557",
        (f"ipc://{shared}/events", ""): "cfg.yaml:3: sinks[0].zmq.bind: expected a folder that only its owner can "
        f"enter (chmod 700), got {shared} with mode 0755",
        ("tcp://*:5557", "key: box.key"): "cfg.yaml:4: security.clients: expected a folder of public keys, because "
        "sinks[0].zmq.bind is tcp://*:5557",
        ("tcp://*:5557", "key: other.key, clients: clients"): "security.key: other.key: expected a key file that only "
        "its owner can read (chmod 600), got mode 0644",
        ("tcp://*:5557", "key: box.key, clients: nobody"): "security.clients: nobody: expected a folder of public key "
        "files: No such file or directory",
    }
    for (endpoint, security), complaint in complaints.items():
        Path("cfg.yaml").write_text(CONFIG.format(endpoint=endpoint, security=security), encoding="utf-8")
        assert status([command, "cfg.yaml"]) == 2
        assert capsys.readouterr().err == f"stream-ocr: error: {complaint}\n"


def test_a_config_with_keys_checks(
    keys: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(keys)
    text = CONFIG.format(endpoint="tcp://*:5557", security="key: box.key, clients: clients")
    Path("cfg.yaml").write_text(text, encoding="utf-8")
    assert status(["check", "cfg.yaml"]) == 0
    told = capsys.readouterr().out
    assert "security:\n  key: box.key\n  clients: clients\n  insecure: false\n" in told
    assert read_pair(keys / "box.key").secret.decode() not in told
