"""stream-ocr: text events from cameras and video.

import stream_ocr

for line in stream_ocr.read("sign.jpg"):
    print(line.text, line.confidence)

for event in stream_ocr.events("video.mp4"):
    print(event.kind, event.start, event.text)

stream_ocr.run("configs/webcam.yaml")

for event in stream_ocr.subscribe("tcp://127.0.0.1:5557"):
    print(event.source, event.text)
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stream_ocr.api import events as events
    from stream_ocr.api import read as read
    from stream_ocr.api import receive as receive
    from stream_ocr.api import run as run
    from stream_ocr.api import subscribe as subscribe
    from stream_ocr.errors import StreamOcrError as StreamOcrError
    from stream_ocr.evaluation.evaluate import evaluate as evaluate
    from stream_ocr.messages import Line as Line
    from stream_ocr.messages import TextEvent as TextEvent

__all__ = [
    "Line",
    "StreamOcrError",
    "TextEvent",
    "__version__",
    "evaluate",
    "events",
    "read",
    "receive",
    "run",
    "subscribe",
]
__version__ = "0.1.0"

_HOMES = {
    "Line": "messages",
    "StreamOcrError": "errors",
    "TextEvent": "messages",
    "evaluate": "evaluation.evaluate",
    "events": "api",
    "read": "api",
    "receive": "api",
    "run": "api",
    "subscribe": "api",
}


def __getattr__(name: str) -> object:
    # OpenVINO and FFmpeg take most of a second to import: only whoever uses them pays for it.
    if name not in _HOMES:
        raise AttributeError(f"module 'stream_ocr' has no attribute {name!r}")
    return getattr(import_module(f"stream_ocr.{_HOMES[name]}"), name)
