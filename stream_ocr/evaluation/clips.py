"""Which clips there are to evaluate, each with its ground truth."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from stream_ocr.api import media_config
from stream_ocr.capture import open_source
from stream_ocr.config import SourceConfig
from stream_ocr.errors import SourceError, StreamOcrError, TruthError
from stream_ocr.evaluation.results import Failure
from stream_ocr.evaluation.truth import TruthLine, check_end, parse_truth
from stream_ocr.masking import masked

__all__ = ["Clip", "find_clips", "read_truth", "source_config", "truth_path"]

_SUFFIX = ".gt.json"
_MAX_BYTES = 10_000_000


class Clip(Struct, frozen=True, kw_only=True):
    """A clip with what it shows."""

    path: Path
    source: SourceConfig
    truth: tuple[TruthLine, ...]
    duration: float | None
    """Media seconds, where the container tells."""

    @property
    def name(self) -> str:
        """Its file name."""
        return self.path.name


def find_clips(paths: Sequence[Path], settings: Mapping[str, Any]) -> tuple[list[Clip], list[Failure]]:
    """The clips that `paths` name, and what is wrong with the others.

    A folder stands for every clip in it that has ground truth, sorted by name; any other path for itself. A clip that
    is named twice is there once. `settings` are sections of a config. Raises ConfigError for them.
    """
    clips: dict[Path, Clip] = {}
    failures = []
    for path in paths:
        try:
            for candidate in _candidates(path):
                try:
                    clips[candidate] = _opened(candidate, source_config(candidate, settings))
                except StreamOcrError as error:
                    failures.append(Failure(path=masked(str(candidate)), message=str(error)))
        except StreamOcrError as error:
            failures.append(Failure(path=masked(str(path)), message=str(error)))
    return list(clips.values()), failures


def source_config(path: Path, settings: Mapping[str, Any]) -> SourceConfig:
    """How a clip is opened; `settings` are sections of a config. Raises ConfigError."""
    (source,) = media_config(path, {key: value for key, value in settings.items() if key == "source"}).sources.values()
    return source


def truth_path(clip: Path) -> Path:
    """Where the ground truth of a clip stands."""
    return clip.with_name(clip.name + _SUFFIX)


def read_truth(clip: Path) -> tuple[TruthLine, ...]:
    """What stands in the ground truth of a clip. Raises TruthError."""
    truth = truth_path(clip)
    return parse_truth(_content(truth), str(truth))


def _candidates(path: Path) -> Iterator[Path]:
    if not path.is_dir() or truth_path(path).exists():
        yield path  # also a folder of pictures that has ground truth beside it
        return
    found = sorted(path.glob(f"*{_SUFFIX}"))
    if not found:
        raise TruthError(f"{path}: expected clips with their ground truth (CLIP{_SUFFIX}) in the folder, found none")
    for truth in found:
        yield truth.with_name(truth.name.removesuffix(_SUFFIX))


def _opened(path: Path, source: SourceConfig) -> Clip:
    """Reads the ground truth and opens the clip: what does not fit is known before anything is run."""
    if not path.exists():
        raise SourceError(f"{path}: there is no such file or folder")
    truth = truth_path(path)
    lines = read_truth(path)
    with open_source(path.name, source) as media:
        duration = media.info.duration
    if duration is not None:
        check_end(lines, duration, str(truth))
    return Clip(path=path, source=source, truth=lines, duration=duration)


def _content(truth: Path) -> bytes:
    try:
        with truth.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise TruthError(f"{truth}: cannot read the ground truth: {error.strerror}") from error
    if len(content) > _MAX_BYTES:
        raise TruthError(f"{truth}: expected ground truth of at most {_MAX_BYTES} bytes")
    return content
