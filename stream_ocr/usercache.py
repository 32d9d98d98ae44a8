"""Where this user's caches are kept."""

import os
from pathlib import Path

__all__ = ["user_cache"]


def user_cache() -> Path:
    """Our folder among the user's caches; it need not exist. Raises RuntimeError: the user has no home."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root, "stream-ocr")
