"""What the URI of a source means: a path, a camera or screen of this machine, an address, and how FFmpeg opens it."""

import os
import re
from pathlib import Path
from urllib.parse import unquote

from stream_ocr.config import SourceConfig
from stream_ocr.decoder import Location
from stream_ocr.errors import SourceError

__all__ = ["location_of", "path_of", "presence_of"]

_DEVICES = frozenset({"fbdev", "kmsgrab", "lavfi", "v4l2", "video4linux2", "x11grab"})
"""Formats whose URI names neither a file nor an address."""
_CAMERAS = frozenset({"v4l2", "video4linux2"})
_WEBCAM = "webcam:"
_WEBCAM_PATH = re.compile(r"/dev/(video[0-9]|v4l/)")
"""Paths that are webcams without being called so."""
_SCREEN = "screen:"
_ALWAYS_LIVE = frozenset({"mms", "rtmp", "rtmps", "rtp", "rtsp", "rtsps", "srt", "tcp", "udp"})
"""URL schemes of broadcasts; others are live where their header tells no duration and their server no size."""
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+)://")


def path_of(config: SourceConfig) -> Path | None:
    """The file or folder that the URI names; None where it names something else."""
    if config.uri.startswith("file://"):
        return Path(unquote(config.uri.removeprefix("file://")))
    device = config.format in _DEVICES or _is_webcam(config) or config.uri.startswith(_SCREEN)
    return None if device or _URL.match(config.uri) else Path(config.uri).expanduser()


def location_of(title: str, config: SourceConfig) -> Location:
    """What FFmpeg is to open; `title` stands in error lines.

    Raises SourceError: it is a webcam that is not there.
    """
    path = path_of(config)
    if path is not None:
        # With its protocol spelled out, a colon in a file name means nothing to FFmpeg.
        return Location(title, f"file:{path}", config.format, config.options, live=config.format == "sdp")
    if config.format in _CAMERAS or _is_webcam(config):
        return _webcam(title, config)
    if config.format == "x11grab" or (config.format is None and config.uri.startswith(_SCREEN)):
        return _screen(title, config)
    if config.format in _DEVICES:
        # The one device that is as fast as one likes.
        live = config.format != "lavfi" or config.pace != "max"
        return Location(title, config.uri, config.format, config.options, live=live)
    return _stream(title, config)


def _is_webcam(config: SourceConfig) -> bool:
    named = config.uri.startswith(_WEBCAM) or _WEBCAM_PATH.match(config.uri)
    return config.format is None and bool(named)


def presence_of(config: SourceConfig) -> str:
    """Where it shows whether a camera or stream is there: the path of a device, else the URI."""
    return str(_device(config)) if _is_webcam(config) else config.uri


def _device(config: SourceConfig) -> Path:
    device = config.uri.removeprefix(_WEBCAM) or "0"
    return Path(f"/dev/video{device}" if device.isdecimal() else device)


def _webcam(title: str, config: SourceConfig) -> Location:
    """A camera of Video4Linux, by number or device path."""
    path = _device(config)
    if not path.exists():
        raise SourceError(f"{title}: expected a camera at {path}, got: no such device")
    options = {**_asked(config), **config.options}
    return Location(title, str(path), "v4l2", options, live=True, kind="camera")


def _screen(title: str, config: SourceConfig) -> Location:
    """A display of X11, or a part of it: `screen:`, `screen::0.0`, `screen::0.0+100,200`, `screen:+100,200`."""
    display = config.uri.removeprefix(_SCREEN)
    if not display or display.startswith("+"):
        display = os.environ.get("DISPLAY", ":0") + display
    options = {**_asked(config), **config.options}
    return Location(title, display, "x11grab", options, live=True, kind="screen")


def _asked(config: SourceConfig) -> dict[str, str]:
    """What is asked of a device, as FFmpeg calls it."""
    rate = None if config.rate is None else f"{config.rate:g}"
    asked = {"video_size": config.size, "framerate": rate, "input_format": config.pixel_format}
    return {key: value for key, value in asked.items() if value is not None}


def _stream(title: str, config: SourceConfig) -> Location:
    """Something of a network. PyAV keeps the time limits; FFmpeg's own end what would outlive them."""
    found = _URL.match(config.uri)
    scheme = found["scheme"].lower() if found else ""
    limits = config.reconnect
    microseconds = str(round(1e6 * max(limits.open, limits.stall)))
    defaults = {"rw_timeout": microseconds}
    if scheme.startswith("rtsp"):
        defaults = {"rtsp_transport": "tcp", "timeout": microseconds}
    return Location(
        title,
        config.uri,
        config.format,
        {**defaults, **config.options},
        live=scheme in _ALWAYS_LIVE or None,
        kind="network",
        open=limits.open,
        stall=limits.stall,
    )
