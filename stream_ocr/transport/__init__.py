"""ZeroMQ, and the only place that knows it: links between stages, the public sockets, and who may connect to them."""

from stream_ocr.transport.bell import Bell
from stream_ocr.transport.keyfiles import KeyPair, read_pair, read_public, write_pair
from stream_ocr.transport.links import Inbox, Outbox
from stream_ocr.transport.publishing import Audience, Publisher, Subscriber
from stream_ocr.transport.security import Security, credentials, security_of
from stream_ocr.transport.sockets import Context

__all__ = [
    "Audience",
    "Bell",
    "Context",
    "Inbox",
    "KeyPair",
    "Outbox",
    "Publisher",
    "Security",
    "Subscriber",
    "credentials",
    "read_pair",
    "read_public",
    "security_of",
    "write_pair",
]
