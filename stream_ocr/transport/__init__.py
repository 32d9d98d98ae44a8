"""ZeroMQ, and the only place that knows it: links between stages, desks for those elsewhere, and the public
sockets.
"""

from stream_ocr.transport.bell import Bell
from stream_ocr.transport.bench import Beat, Bench, DismissedError, Work
from stream_ocr.transport.desk import Came, Desk, Done, Failed, Gone, News, Ready, Result, Told, Welcome
from stream_ocr.transport.links import Inbox, Outbox, merged
from stream_ocr.transport.publishing import Publisher, Subscriber
from stream_ocr.transport.sockets import Context

__all__ = [
    "Beat",
    "Bell",
    "Bench",
    "Came",
    "Context",
    "Desk",
    "DismissedError",
    "Done",
    "Failed",
    "Gone",
    "Inbox",
    "News",
    "Outbox",
    "Publisher",
    "Ready",
    "Result",
    "Subscriber",
    "Told",
    "Welcome",
    "Work",
    "merged",
]
