import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from placement.workers import config_of
from takers import eventually

from stream_ocr.placement import child as module
from stream_ocr.placement.child import Child

TRACK = config_of("track", "process")


def _child(*arguments: str) -> Child:
    return Child([*arguments], TRACK)


@pytest.fixture
def worker() -> Iterator[Child]:
    """One that looks for a desk that is not there."""
    child = _child("stage", "track", "--config", "-", "--connect", "ipc:///nowhere/desk")
    child.start()
    yield child
    child.close()


def test_it_runs_until_it_is_killed(worker: Child) -> None:
    assert worker.ended() is None
    worker.kill()
    assert worker.ended() is None
    worker.start()
    assert worker.ended() is None


def test_it_ends_when_its_input_does(worker: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PARTING", 20.0)
    process = worker._process
    assert process is not None
    worker.close()
    assert process.returncode == 0


def test_how_it_ended_is_said(worker: Child) -> None:
    assert worker._process is not None
    worker._process.send_signal(signal.SIGKILL)
    eventually(lambda: worker.ended() == "was killed by SIGKILL")
    wrong = _child("stage", "nonsense")
    wrong.start()
    eventually(lambda: wrong.ended() == "ended with exit code 2")
    wrong.close()


def test_signals_for_the_run_are_not_for_it(worker: Child) -> None:
    process = worker._process
    assert process is not None
    # From the moment that it handles them itself.
    eventually(lambda: _ignores(process.pid, signal.SIGTERM))
    for number in (signal.SIGTERM, signal.SIGINT):
        process.send_signal(number)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    assert os.getpgid(process.pid) != os.getpgid(0)


def test_its_config_stands_in_no_list_of_processes() -> None:
    config = config_of("track", "process")
    config.sources["desk"].options["password"] = "s3cret"
    child = Child(["stage", "track", "--config", "-", "--connect", "ipc:///nowhere/desk"], config)
    child.start()
    try:
        assert child._process is not None
        for listed in ("cmdline", "environ"):
            assert b"s3cret" not in Path(f"/proc/{child._process.pid}/{listed}").read_bytes()
    finally:
        child.close()


ORPHAN = """
import os, signal, sys
from placement.test_child import _child
child = _child("stage", "track", "--config", "-", "--connect", sys.argv[1])
child.start()
print(child._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_does_not_outlive_who_started_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("run") / "sockets"
    folder.mkdir()
    (folder / "desk").touch()
    parent = subprocess.run(
        [sys.executable, "-c", ORPHAN, f"ipc://{folder}/desk"],
        stdout=subprocess.PIPE,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert parent.returncode == -signal.SIGKILL
    number = int(parent.stdout)
    eventually(lambda: not _runs(number))
    # Nobody else is left who could clear away the socket.
    assert not folder.exists()


def _runs(number: int) -> bool:
    try:
        status = Path(f"/proc/{number}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def _ignores(number: int, wanted: signal.Signals) -> bool:
    lines = Path(f"/proc/{number}/status").read_text(encoding="utf-8").splitlines()
    (line,) = (line for line in lines if line.startswith("SigIgn:"))
    return bool(int(line.split()[1], 16) >> (wanted - 1) & 1)
