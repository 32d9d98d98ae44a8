"""Cores: what control groups grant, and caps that hold for everything."""

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

import stream_ocr
from stream_ocr.cores import capped, quietest, quota, usable
from stream_ocr.errors import ConfigError

SOON = 120.0
ALL = os.sched_getaffinity(0)
needs_two = pytest.mark.skipif(len(ALL) < 2, reason="there is one core only")


def _process(folder: Path, groups: str, *mounts: str) -> Path:
    """A folder like /proc/self."""
    (folder / "proc").mkdir()
    (folder / "proc" / "cgroup").write_text(groups)
    lines = [f"{number} 1 0:{number} {mount}\n" for number, mount in enumerate(mounts, 30)]
    (folder / "proc" / "mountinfo").write_text("".join(lines))
    return folder / "proc"


def _group(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("_", ".", 1)).write_text(f"{content}\n")
    return folder


def _version_2(folder: Path, group: str, root: str = "/") -> Path:
    mount = f"{root} {folder}/sys rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"
    return _process(folder, f"0::{group}\n", "/ / rw - ext4 /dev/sda1 rw", mount)


def test_a_group_of_version_2(tmp_path: Path) -> None:
    proc = _version_2(tmp_path, "/app")
    assert quota(proc) is None
    group = _group(tmp_path / "sys" / "app", cpu_max="150000 100000")
    assert quota(proc) == 1.5
    _group(group, cpu_max="max 100000")
    assert quota(proc) is None


def test_no_group_has_more_than_those_around_it(tmp_path: Path) -> None:
    proc = _version_2(tmp_path, "/pod/app")
    _group(tmp_path / "sys" / "pod" / "app", cpu_max="400000 100000")
    _group(tmp_path / "sys" / "pod", cpu_max="50000 100000")
    _group(tmp_path / "sys", cpu_max="300000 100000")
    # Outside of the hierarchy.
    _group(tmp_path, cpu_max="1000 100000")
    assert quota(proc) == 0.5


@pytest.mark.parametrize("group", ["/", "/docker/4711", "/../../elsewhere"])
def test_a_container_sees_its_own_group_as_the_root(tmp_path: Path, group: str) -> None:
    proc = _version_2(tmp_path, group, root="/docker/4711")
    _group(tmp_path / "sys", cpu_max="200000 100000")
    assert quota(proc) == 2.0


def test_a_group_of_version_1(tmp_path: Path) -> None:
    mounts = [
        f"/ {tmp_path}/sys/memory rw - cgroup cgroup rw,memory",
        f"/ {tmp_path}/sys/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct",
        f"/ {tmp_path}/sys/unified rw - cgroup2 cgroup2 rw",
    ]
    proc = _process(tmp_path, "4:memory:/app\n3:cpu,cpuacct:/app\n1:name=systemd:/app\n0::/\n", *mounts)
    files = {"cpu_cfs_quota_us": "-1", "cpu_cfs_period_us": "100000"}
    group = _group(tmp_path / "sys" / "cpu,cpuacct" / "app", **files)
    assert quota(proc) is None
    _group(group, cpu_cfs_quota_us="25000")
    assert quota(proc) == 0.25


@pytest.mark.parametrize("content", ["", "max", "many 100000", "100000 0", "1 2 3"])
def test_what_is_no_limit(tmp_path: Path, content: str) -> None:
    proc = _version_2(tmp_path, "/app")
    _group(tmp_path / "sys" / "app", cpu_max=content)
    assert quota(proc) is None


def test_no_groups_at_all(tmp_path: Path) -> None:
    assert quota(tmp_path) is None
    proc = _process(tmp_path, "", "nonsense", "/ / rw - cgroup2")
    assert quota(proc) is None


@pytest.mark.parametrize(("limit", "cores"), [(None, 2), (0.2, 1), (1.0, 1), (1.01, 2), (16.0, 2)])
def test_time_is_rounded_up_to_cores(monkeypatch: pytest.MonkeyPatch, limit: float | None, cores: int) -> None:
    monkeypatch.setattr("stream_ocr.cores.quota", lambda: limit)
    monkeypatch.setattr("stream_ocr.cores.os.sched_getaffinity", lambda _: {3, 5})
    assert usable() == cores


@needs_two
def test_a_cap_holds_for_what_is_started_inside_and_is_taken_off() -> None:
    found: list[int] = []
    before = cv2.getNumThreads()
    with capped(1):
        assert (usable(), cv2.getNumThreads()) == (1, 1)
        thread = threading.Thread(target=lambda: found.append(usable()))
        thread.start()
        thread.join()
        code = "import os; print(len(os.sched_getaffinity(0)))"
        child = subprocess.run([sys.executable, "-c", code], check=True, timeout=SOON, capture_output=True)
        with capped(0), capped(1):
            assert usable() == 1
    assert (found, child.stdout) == ([1], b"1\n")
    assert (os.sched_getaffinity(0), cv2.getNumThreads()) == (ALL, before)


@needs_two
def test_a_cap_holds_for_threads_that_are_there_already() -> None:
    """OpenVINO lets its threads run wherever any thread of the process might when it was first used."""
    begun, over = threading.Event(), threading.Event()
    numbers: list[int] = []

    def wait() -> None:
        numbers.append(threading.get_native_id())
        begun.set()
        over.wait(SOON)

    thread = threading.Thread(target=wait)
    thread.start()
    begun.wait(SOON)
    os.sched_setaffinity(numbers[0], [max(ALL)])
    with capped(1):
        assert os.sched_getaffinity(numbers[0]) == os.sched_getaffinity(0)
    assert os.sched_getaffinity(numbers[0]) == {max(ALL)}
    over.set()
    thread.join()


@needs_two
def test_caps_that_overlap_are_taken_off_with_the_last() -> None:
    first, second = capped(1), capped(1)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert usable() == 1
    second.__exit__(None, None, None)
    assert os.sched_getaffinity(0) == ALL


def test_the_least_busy_cores_are_taken() -> None:
    assert quietest({0: 2, 1: 20, 2: 3, 3: 11}, 1, start=0) == {1}
    assert quietest({0: 2, 1: 20, 2: 3, 3: 11}, 2, start=2) == {1, 3}


def test_among_equals_neighbours_are_taken_from_anywhere_on() -> None:
    idle = {0: 20, 1: 19, 4: 18, 5: 20, 6: 1}
    assert [quietest(idle, 2, start=start) for start in range(5)] == [{0, 1}, {1, 4}, {4, 5}, {5, 0}, {0, 1}]


def test_more_cores_than_there_are() -> None:
    with pytest.raises(ConfigError, match=rf"^cpu\.cores: expected at most {usable()}, .*, got 64$"), capped(64):
        pass
    content = {"sources": {"x": {"uri": "test:length=1"}}, "cpu": {"cores": 64}}
    with pytest.raises(ConfigError, match=r"^cpu\.cores: expected at most "):
        stream_ocr.run(content)
    with pytest.raises(ConfigError, match=r"^cpu\.cores: expected at most "):
        stream_ocr.read(np.zeros((9, 9, 3), np.uint8), cores=64)
    with pytest.raises(ConfigError, match=r"^cpu\.cores: expected at most "):
        stream_ocr.evaluate([], settings={"cpu": {"cores": 64}})


def _used(process: psutil.Process) -> dict[int, tuple[float, int]]:
    """Of each thread of a process and its children: seconds of computing, and cores that it may use."""
    used = {}
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            for thread in each.threads():
                with suppress(ProcessLookupError):
                    used[thread.id] = (thread.user_time + thread.system_time, len(os.sched_getaffinity(thread.id)))
    return used


@pytest.mark.parametrize("place", ["thread", "process"])
def test_a_run_on_one_core_uses_one(place: str) -> None:
    """Everything together: decoding, drawing the scene, OpenCV, OpenVINO, and a stage that is a process."""
    command = [sys.executable, "-m", "stream_ocr", "run", "test:size=640x360&rate=10&length=3", "--quiet"]
    settings = ["cpu.cores=1", f"stages.recognize.run={place}", "stages.gate.enabled=false"]
    began = time.monotonic()
    with psutil.Popen([*command, *(f"--set={setting}" for setting in settings)]) as run:
        used: dict[int, tuple[float, int]] = {}
        while run.poll() is None:
            for thread, (seconds, cores) in _used(run).items():
                # The main thread has all of them again at its end.
                used[thread] = seconds, min(cores, used.get(thread, (0.0, cores))[1])
            with suppress(psutil.TimeoutExpired):
                run.wait(0.1)
    wall = time.monotonic() - began
    assert run.returncode == 0
    total = sum(seconds for seconds, _ in used.values())
    assert total > 1.0
    assert total <= 1.1 * wall
    # Not because the machine had other things to do: whoever worked could not have used another core.
    assert {cores for seconds, cores in used.values() if seconds > 0.2} == {1}
