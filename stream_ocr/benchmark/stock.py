"""The made clips as files: written once, with their ground truth beside them, into the user's cache folder."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import msgspec

from stream_ocr import drawing, scene
from stream_ocr.benchmark import shows
from stream_ocr.benchmark.shows import SHOWS, Show
from stream_ocr.errors import StageError
from stream_ocr.evaluation.clips import truth_path
from stream_ocr.evaluation.truth import TruthLine
from stream_ocr.sinks import video
from stream_ocr.sinks.video import Movie
from stream_ocr.usercache import user_cache

__all__ = ["made_clips"]

_MAKERS: tuple[ModuleType, ...] = (shows, drawing, scene, video)
"""What draws and encodes: when it changes, so do the clips."""
_LIBRARIES = ("av", "opencv-python-headless", "numpy")
_QUALITY = 23


@contextmanager
def made_clips(names: Sequence[str], tell: Callable[[str], None] = lambda _: None) -> Iterator[list[Path]]:
    """The files of the shows called `names`, for as long as they are needed; `tell` hears of each that is written.

    They stay for the next time, unless the cache folder cannot be written. Raises StageError.
    """
    folder = _cache()
    if folder is not None:
        yield [_made(folder, name, tell) for name in names]
        return
    with tempfile.TemporaryDirectory(prefix="stream-ocr-") as temporary:
        yield [_made(Path(temporary), name, tell) for name in names]


def _cache() -> Path | None:
    try:
        folder = user_cache() / "bench"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


def _made(folder: Path, name: str, tell: Callable[[str], None]) -> Path:
    clip, note, recipe = folder / f"{name}.mp4", folder / f"{name}.recipe", _recipe()
    if not (clip.exists() and note.exists() and note.read_text() == recipe):
        tell(name)
        try:
            note.unlink(missing_ok=True)
            _write(SHOWS[name](), clip)
            # Last, so that what was left half done is made again.
            note.write_text(recipe)
        except OSError as error:
            raise StageError(f"{clip}: cannot write the made clip: {error.strerror}") from error
    return clip


def _write(show: Show, clip: Path) -> None:
    """Writes clip and truth; another process that writes or reads the same one is not disturbed."""
    with tempfile.TemporaryDirectory(dir=clip.parent) as folder:
        film = Path(folder, clip.name)
        movie: Movie | None = None
        for t in show.times():
            picture = show.picture(t)
            movie = movie or Movie(film, picture, _QUALITY)
            movie.add(picture, t, 1 / show.rate)
        assert movie is not None
        movie.finish()
        lines = [
            TruthLine(text=showing.text, first_s=round(showing.first, 3), last_s=round(showing.last, 3))
            for showing in show.truth()
        ]
        truth = truth_path(film)
        truth.write_bytes(msgspec.json.format(msgspec.json.encode(lines), indent=1) + b"\n")
        truth.replace(truth_path(clip))
        film.replace(clip)


def _recipe() -> str:
    """What the files depend on, as a digest."""
    digest = hashlib.sha256()
    for module in _MAKERS:
        assert module.__file__ is not None
        digest.update(Path(module.__file__).read_bytes())
    for library in _LIBRARIES:
        digest.update(version(library).encode())
    return digest.hexdigest()
