"""The processes that a run has started, as the system knows them, and what they may leave behind."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from takers import eventually

__all__ = ["children", "leaving_nothing", "process_of"]


def children(parent: int | None = None) -> dict[int, str]:
    """Number and command line of the child processes; also of those that ended and were not waited for."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "stat").read_text(encoding="utf-8")
            if int(status.rpartition(")")[2].split()[1]) == (parent or os.getpid()):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def process_of(kind: str, name: str, parent: int | None = None) -> int | None:
    """The process that works as a stage or source."""
    wanted = f" {kind} {name} --config "
    return next((number for number, command in children(parent).items() if wanted in command), None)


def descriptors() -> list[str]:
    """The files and sockets that this process has open."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found.append(f"{link.name} {link.readlink()}")
    return sorted(found)


@contextmanager
def leaving_nothing() -> Iterator[None]:
    """What happens inside leaves no process, no file in the folder for temporary ones, and nothing open."""
    # Not below the folders of the test: the names of sockets are short.
    with tempfile.TemporaryDirectory(prefix="t-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", folder)
        patch.setenv("TMPDIR", folder)
        before = children(), descriptors()
        yield
        with suppress(AssertionError):
            # The kernel takes a moment to close what a thread had open that has just ended.
            eventually(lambda: (children(), descriptors()) == before, within=2.0)
        assert (children(), descriptors()) == before, f"expected {before}, got {(children(), descriptors())}"
        assert list(Path(folder).iterdir()) == []
