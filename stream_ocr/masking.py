"""Hiding user names, passwords and tokens in whatever is said of a source.

Rather too much is hidden than too little: of a URL's parameters only those are shown that are known to be harmless.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

__all__ = ["masked", "masked_host", "masked_options", "scrubbed"]

_HIDDEN = "***"
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*:/{1,3})(?P<rest>.*)", re.DOTALL)
_IN_TEXT = re.compile(
    r"""[A-Za-z][A-Za-z0-9+.-]*:/{1,3}[^\s'"<>]+"""
    r"""|[^\s'"<>()/@:]+:(?!/)[^\s'"<>]*@[^\s'"<>]*"""
)
"""A URL in a text, or what should have been one: user:password@host."""
_LOGIN = re.compile(r"^[^/@]*:.*@", re.DOTALL)
_PARAMETER = re.compile(r"(?<![^?&;/#])(?P<name>[^?&;/#=\s]+)=(?P<value>[^&;#\s]*?)(?=[:,)]*(?:[&;#\s]|$))")
"""Without the punctuation of the sentence in which it stands."""
_HARMLESS = frozenset(
    {
        *("action", "audio", "bitrate", "cam", "camera", "channel", "channelid", "cmd", "codec", "compression"),
        *("format", "fps", "framerate", "height", "length", "profile", "proto", "quality", "rate", "resolution"),
        *("size", "stream", "streamtype", "subtype", "transportmode", "type", "unicast", "video", "view", "width"),
    }
)
"""Parameters of the URLs of cameras whose values may be seen."""
_SECRET_OPTION = re.compile(
    r"user|login|passw|passphrase|pwd|key|token|secret|cookie|header|auth|cred|conn$|post_data", re.IGNORECASE
)
"""FFmpeg's options that carry logins, by their names."""


def masked(uri: str) -> str:
    """The URI without user names, passwords and tokens; a path stays as it is."""
    found = _URL.fullmatch(uri)
    if found is None:
        return _LOGIN.sub(f"{_HIDDEN}@", uri)
    rest = found["rest"][_login_length(found["rest"]) :]
    login = "" if len(rest) == len(found["rest"]) else f"{_HIDDEN}@"
    if found["scheme"].lower().startswith("file:"):
        return uri
    return found["scheme"] + login + _PARAMETER.sub(_parameter, rest)


def masked_host(url: str) -> str:
    """Scheme, host and port of a URL; of webhooks the path itself is often the secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def scrubbed(text: str) -> str:
    """Any text, with every URL in it masked."""
    return _IN_TEXT.sub(lambda found: masked(found[0]), text)


def masked_options(options: Mapping[str, str]) -> dict[str, str]:
    """FFmpeg's options, without what they may carry of logins."""
    return {name: _HIDDEN if _SECRET_OPTION.search(name) else scrubbed(value) for name, value in options.items()}


def _login_length(rest: str) -> int:
    """How much of what follows a URL's scheme is user and password, with the @ after them.

    FFmpeg ends it at the first slash; a password may hold one nevertheless, by mistake, and is not to be shown.
    """
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    within = authority if "@" in authority or ":" not in authority else rest
    return within.rfind("@") + 1


def _parameter(found: re.Match[str]) -> str:
    shown = found["value"] if found["name"].lower() in _HARMLESS else _HIDDEN
    return f"{found['name']}={shown}"
