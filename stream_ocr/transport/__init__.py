"""ZeroMQ, and the only place that knows it: links between stages, and the public sockets."""

from stream_ocr.transport.bell import Bell
from stream_ocr.transport.links import Inbox, Outbox
from stream_ocr.transport.publishing import Publisher, Subscriber
from stream_ocr.transport.sockets import Context

__all__ = ["Bell", "Context", "Inbox", "Outbox", "Publisher", "Subscriber"]
