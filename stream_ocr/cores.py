"""How many cores this process may use, and how it is kept to fewer of them.

The system knows for every thread on which cores it may run, and a new thread or process takes that over from whoever
starts it. So a cap on all threads of this process holds for whatever a library starts, and `usable` tells how many
threads are worth having. A cap on some would not do: TBB, on which OpenVINO runs, lets its threads run wherever any
thread of the process might when it was first used.
"""

import math
import os
import random
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import cv2

from stream_ocr.errors import ConfigError

__all__ = ["capped", "quietest", "quota", "usable"]

_PROC = Path("/proc/self")
_STAT = Path("/proc/stat")
_LOOK = 0.2
"""Seconds over which cores are compared."""
_ALIKE = 5
"""Hundredths of a second, a quarter of that, which make no difference."""


def usable() -> int:
    """The cores that this thread may use, at least 1: those it may run on, or fewer where a cgroup limits its time."""
    cores = len(os.sched_getaffinity(0))
    limit = quota()
    return cores if limit is None else max(1, min(cores, math.ceil(limit)))


@contextmanager
def capped(cores: int) -> Iterator[None]:
    """Keeps this process, with what it starts inside, to so many cores; 0: to those that it may use anyway.

    Several may be in force at once; they are all taken off when the last one ends.
    Raises ConfigError: there are not as many, or the system does not let us.
    """
    with _changing:
        _cap.put_on(cores)
    try:
        yield
    finally:
        with _changing:
            _cap.take_off()


_changing = threading.Lock()


class _Cap:
    """What holds for the whole process."""

    def __init__(self) -> None:
        self._holders = 0
        self._before: dict[int, set[int]] = {}
        """The cores that each thread had."""
        self._common: set[int] = set()
        """Those that this process had, for threads that began meanwhile."""
        self._opencv = 0
        """Threads that OpenCV had for the whole process."""

    def put_on(self, cores: int) -> None:
        most, allowed = usable(), os.sched_getaffinity(0)
        if cores > most:
            raise ConfigError(f"cpu.cores: expected at most {most}, which is what this process may use, got {cores}")
        if 0 < cores < len(allowed):
            self._common = self._common or allowed
            self._keep_to(_chosen(sorted(allowed), cores))
        if not self._holders:
            self._opencv = cv2.getNumThreads()
        if usable() < cv2.getNumThreads():
            cv2.setNumThreads(usable())
        self._holders += 1

    def take_off(self) -> None:
        self._holders -= 1
        if self._holders:
            return
        if self._common:
            for thread in _threads():
                _set(thread, self._before.get(thread, self._common))
        if self._opencv != cv2.getNumThreads():
            cv2.setNumThreads(self._opencv)
        self._before, self._common = {}, set()

    def _keep_to(self, cores: set[int]) -> None:
        done: set[int] = set()
        try:
            # Those that are started meanwhile, by a thread that was not kept to them yet, come in the next round.
            while more := _threads() - done:
                for thread in more:
                    with suppress(ProcessLookupError):
                        self._before.setdefault(thread, os.sched_getaffinity(thread))
                    _set(thread, cores)
                done |= more
        except OSError as error:
            raise ConfigError(f"cpu.cores: this process cannot be kept to {len(cores)}: {error.strerror}") from error


_cap = _Cap()


def _threads() -> set[int]:
    return {int(task.name) for task in (_PROC / "task").iterdir()}


def _set(thread: int, cores: set[int]) -> None:
    # It may have ended meanwhile.
    with suppress(ProcessLookupError):
        os.sched_setaffinity(thread, cores)


def _chosen(cores: list[int], count: int) -> set[int]:
    """Those that have least to do just now, so that several runs on one machine do not sit on the same ones."""
    before = _idle()
    threading.Event().wait(_LOOK)
    after = _idle()
    idle = {core: after.get(core, 0) - before.get(core, 0) for core in cores}
    return quietest(idle, count, random.randrange(len(cores)))  # noqa: S311 nothing secret


def quietest(idle: Mapping[int, int], count: int, start: int) -> set[int]:
    """The `count` cores that were idle for longest, in hundredths of a second.

    Where that is alike, neighbours, which share caches, beginning with the one at `start`.
    """
    cores, most = sorted(idle), max(idle.values())
    turned = cores[start:] + cores[:start]
    return set(sorted(turned, key=lambda core: (most - idle[core]) // _ALIKE)[:count])


def _idle() -> dict[int, int]:
    """For how long each core had nothing to do since the system was started, in hundredths of a second."""
    lines = [line.split() for line in _STAT.read_text().splitlines()]
    return {int(name[3:]): int(times[3]) for name, *times in lines if re.fullmatch(r"cpu\d+", name)}


class _Mount(NamedTuple):
    """Where the control groups of one hierarchy can be seen."""

    root: Path
    """The group that stands at `point`."""
    point: Path


def quota(proc: Path = _PROC) -> float | None:
    """The cores whose time the control groups of this process grant it, as in 1.5; None: no limit.

    A group has no more than any of those around it. `proc`: the folder of the process in /proc.
    """
    try:
        mounts = _mounts((proc / "mountinfo").read_text())
        groups = [line.split(":", 2) for line in (proc / "cgroup").read_text().splitlines()]
    except OSError:
        return None
    limits: list[float] = []
    for number, controllers, group in groups:
        version = 2 if number == "0" and not controllers else 1
        if version in mounts and (version == 2 or "cpu" in controllers.split(",")):
            limits += _limits(mounts[version], Path(group))
    return min(limits, default=None)


def _mounts(mountinfo: str) -> dict[int, _Mount]:
    """The hierarchies of versions 1 and 2 that may limit time, from lines like `33 24 0:30 / /sys/fs/cgroup ... -
    cgroup2 ...` (proc(5))."""
    mounts = {}
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = (*right.split(" ", 2), "", "")[:3]
        if kind == "cgroup2" or (kind == "cgroup" and "cpu" in options.split(",")):
            _, _, _, root, point, *_ = left.split(" ")
            mounts[2 if kind == "cgroup2" else 1] = _Mount(Path(root), Path(point))
    return mounts


def _limits(mount: _Mount, group: Path) -> Iterator[float]:
    """What the group and each of those around it grants; inside a container the group may be shown as `/` only."""
    inside = group.relative_to(mount.root) if group.is_relative_to(mount.root) else Path()
    folder = mount.point / inside
    for each in [folder, *folder.parents]:
        if each.is_relative_to(mount.point):
            limit = _ratio(each)
            if limit is not None:
                yield limit


def _ratio(folder: Path) -> float | None:
    """Time over period of one group, in version 2 or 1; None: no limit."""
    try:
        if (folder / "cpu.max").exists():
            granted, period = (folder / "cpu.max").read_text().split()
        else:
            granted = (folder / "cpu.cfs_quota_us").read_text()
            period = (folder / "cpu.cfs_period_us").read_text()
        return int(granted) / int(period) if granted != "max" and int(granted) > 0 else None
    except (OSError, ValueError, ZeroDivisionError):
        return None
