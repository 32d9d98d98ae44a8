"""The folder in which compiled networks are kept, so that the next start is faster."""

import logging
import os
from importlib.metadata import version
from pathlib import Path

from stream_ocr.usercache import user_cache

__all__ = ["cache_folder"]

_log = logging.getLogger(__name__)

_MAX_BYTES = 1 << 30


def cache_folder(setting: str | None) -> Path | None:
    """The folder, made where it was missing; None: no cache, because none is wanted or it cannot be written.

    `setting`: a path; None for the user's cache folder; empty for no cache.
    """
    if setting == "":
        return None
    try:
        folder = Path(setting).expanduser() if setting else _default()
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(None, "not writable")
        _prune(folder)
    except (OSError, RuntimeError) as error:
        what = error.strerror if isinstance(error, OSError) else error
        _log.warning("%s: no cache of compiled models there: %s", setting or "the user's cache folder", what)
        return None
    return folder


def _default() -> Path:
    # One folder per version: OpenVINO never removes what another version wrote.
    return user_cache() / f"openvino-{version('openvino')}"


def _prune(folder: Path) -> None:
    """Removes the networks that were compiled longest ago, until the rest fits in a gigabyte."""
    found = [(path.stat(), path) for path in folder.glob("*.blob")]
    excess = sum(state.st_size for state, _ in found) - _MAX_BYTES
    for state, path in sorted(found, key=lambda item: item[0].st_mtime):
        if excess <= 0:
            break
        path.unlink(missing_ok=True)
        excess -= state.st_size
