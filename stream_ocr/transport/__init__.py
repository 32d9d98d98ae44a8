"""ZeroMQ, and the only place that knows it.

Links between stages, desks for stages and sources elsewhere, the public sockets, and who may connect to all of them.
"""

from stream_ocr.transport.bell import Bell
from stream_ocr.transport.bench import Beat, Bench, DismissedError, Work
from stream_ocr.transport.desk import Desk
from stream_ocr.transport.keyfiles import KeyPair, read_pair, read_public, write_pair
from stream_ocr.transport.links import Inbox, Outbox
from stream_ocr.transport.news import Came, Done, Failed, Gone, News, Offered, Ready, Result, Told, Welcome
from stream_ocr.transport.publishing import Audience, Publisher, Subscriber
from stream_ocr.transport.receipts import HandOut, Receiver
from stream_ocr.transport.security import NO_KEYS, Security, credentials, security_of
from stream_ocr.transport.sockets import Context

__all__ = [
    "NO_KEYS",
    "Audience",
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
    "HandOut",
    "Inbox",
    "KeyPair",
    "News",
    "Offered",
    "Outbox",
    "Publisher",
    "Ready",
    "Receiver",
    "Result",
    "Security",
    "Subscriber",
    "Told",
    "Welcome",
    "Work",
    "credentials",
    "read_pair",
    "read_public",
    "security_of",
    "write_pair",
]
