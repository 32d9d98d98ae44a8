"""How many cores this process may use, and how it is kept to fewer of them.

The system knows for every thread on which cores it may run, and a new thread or process takes that over from whoever
starts it. So a cap that is put on one thread holds for all that it starts, whatever library starts them, and `usable`
tells each of them how many threads are worth having.
"""

import math
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import cv2

from stream_ocr.errors import ConfigError

__all__ = ["capped", "quota", "usable"]

_PROC = Path("/proc/self")


def usable() -> int:
    """The cores that this thread may use, at least 1: those it may run on, or fewer where a cgroup limits its time."""
    cores = len(os.sched_getaffinity(0))
    limit = quota()
    return cores if limit is None else max(1, min(cores, math.ceil(limit)))


@contextmanager
def capped(cores: int) -> Iterator[None]:
    """Keeps this thread, and what it starts inside, to so many cores together; 0: to those that it may use anyway.

    Raises ConfigError: there are not as many, or the system does not let us.
    """
    most = usable()
    if cores > most:
        raise ConfigError(f"cpu.cores: expected at most {most}, which is what this process may use, got {cores}")
    before, threads = os.sched_getaffinity(0), cv2.getNumThreads()
    fewer = 0 < cores < len(before)
    if fewer:
        _keep_to(_chosen(sorted(before), cores))
    share = usable()
    try:
        if share < threads:
            # OpenCV has one pool for the whole process.
            cv2.setNumThreads(share)
        yield
    finally:
        if share < threads:
            cv2.setNumThreads(threads)
        if fewer:
            os.sched_setaffinity(0, before)


def _chosen(cores: list[int], count: int) -> set[int]:
    """Neighbours, which share caches, beginning anywhere, so that several runs do not all sit on the first ones."""
    start = random.randrange(len(cores))  # noqa: S311 nothing secret
    return {cores[(start + step) % len(cores)] for step in range(count)}


def _keep_to(cores: set[int]) -> None:
    try:
        os.sched_setaffinity(0, cores)
    except OSError as error:
        raise ConfigError(f"cpu.cores: this process cannot be kept to {len(cores)}: {error.strerror}") from error


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
