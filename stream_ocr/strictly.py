"""Plain values to structs, strictly: what does not fit is one line with the path of the setting."""

import re
from typing import Any, TypeVar

import msgspec

from stream_ocr import durations

__all__ = ["SettingError", "convert"]

_PLACE = re.compile(r" - at `(?:key` in `)?\$\.?(?P<path>.*)`$")
_OWN_PLACE = re.compile(r"^(?P<path>\w+(?:\[\d+\]|\.[\w-]+)*): (?P<message>.*)$")
"""A struct that checks several settings against each other says itself which one does not fit."""
_T = TypeVar("_T")


class SettingError(Exception):
    """A setting that does not fit; `path` is dotted."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path


def convert(value: Any, kind: type[_T], prefix: str) -> _T:
    """The value as a `kind`; `prefix`: where in the config it stands. Raises SettingError."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        message = str(error)
        place = _PLACE.search(message)
        parts = [prefix, place["path"] if place else ""]
        message = message[: place.start()] if place else message
        own = _OWN_PLACE.match(message)
        if own:
            parts.append(own["path"])
            message = own["message"]
        path = ".".join(filter(None, parts)).replace(".[", "[")
        message = message[0].lower() + message[1:].replace("`", "")
        message = message.replace("object contains unknown field", "unknown key")
        message = message.replace(f"str matching regex {durations.PATTERN!r}", durations.EXPECTED)
        raise SettingError(path, message.replace("object missing required field", "missing key")) from error
