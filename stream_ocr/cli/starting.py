"""Starter configs."""

from importlib.resources import files
from pathlib import Path

from stream_ocr.errors import ConfigError

__all__ = ["write_starter"]


def write_starter(kind: str, path: Path, force: bool) -> None:
    """Writes the commented config for `kind` (file, webcam, rtsp, cameras, archive) to `path`.

    Raises ConfigError: there is a file already and `force` is not set, or it cannot be written.
    """
    text = (files("stream_ocr") / "starters" / f"{kind}.yaml").read_text(encoding="utf-8")
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise ConfigError(f"{path}: there is such a file already (--force replaces it)") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot write the config: {error.strerror}") from error
