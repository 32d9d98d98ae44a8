"""A channel that speaks RTMP: as much of a server as a reader needs that plays one live stream.

The messages are those of Adobe's specification 1.0; what is played is FLV as FFmpeg writes it.
"""

import socketserver
import struct
from collections.abc import Iterator
from typing import NamedTuple

import av
from broadcasts import Broadcast, encode
from cameras import Feed

__all__ = ["RtmpChannel"]

_HANDSHAKE = 1536
_SET_CHUNK_SIZE, _COMMAND = 1, 20
_CHUNK = 1 << 20
"""Of what is sent; larger than any message, so that each is one chunk."""
_FIRST_CHUNK = 128
"""Of what is received, until the other end says otherwise."""
_HEADERS = (11, 7, 3, 0)
"""Bytes of a chunk's header, by its type."""


class RtmpChannel(Broadcast):
    """`/live/stream`, or whatever else is asked for; in real time from the moment a reader plays it."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(_Visit)
        self.feed = feed

    @property
    def uri(self) -> str:
        """The stream."""
        return f"rtmp://127.0.0.1:{self.port}/live/stream"


class _Message(NamedTuple):
    kind: int
    payload: bytes


class _Visit(socketserver.StreamRequestHandler):
    """One reader: handshake, its commands up to `play`, then the pictures until it goes."""

    timeout = 10.0
    server: RtmpChannel

    def handle(self) -> None:
        self._shake_hands()
        self._send(_Message(_SET_CHUNK_SIZE, struct.pack(">I", _CHUNK)))
        for name, transaction in _commands(self._messages()):
            if name == "connect":
                self._answer("_result", transaction, _words(code="NetConnection.Connect.Success", level="status"))
            elif name == "createStream":
                self._answer("_result", transaction, _number(1))
            elif name == "play":
                self._answer("onStatus", 0, _words(code="NetStream.Play.Start", level="status"))
                break
        self._play()

    def _shake_hands(self) -> None:
        """The simple handshake: a version of zeros asks for no digest."""
        hello = self.rfile.read(1 + _HANDSHAKE)
        self.wfile.write(b"\x03" + bytes(_HANDSHAKE) + hello[1:])
        self.rfile.read(_HANDSHAKE)

    def _play(self) -> None:
        channel = self.server
        tags = _Tags(self)
        with av.open(tags, "w", format="flv", options={"flush_packets": "1"}) as container:
            encode(container, channel.feed, channel.numbers(channel.feed.rate))

    def send_tag(self, kind: int, time: int, payload: bytes) -> None:
        """Sends one FLV tag; `time` in milliseconds."""
        self._send(_Message(kind, payload), time=time, stream=1)

    def _answer(self, name: str, transaction: float, value: bytes) -> None:
        self._send(_Message(_COMMAND, _string(name) + _number(transaction) + _NULL + value))

    def _send(self, message: _Message, *, time: int = 0, stream: int = 0) -> None:
        head = struct.pack(">B", 4) + time.to_bytes(3, "big") + len(message.payload).to_bytes(3, "big")
        self.wfile.write(head + struct.pack(">B", message.kind) + struct.pack("<I", stream) + message.payload)

    def _messages(self) -> Iterator[_Message]:
        """What the reader says, put together from its chunks."""
        chunk = _FIRST_CHUNK
        heads: dict[int, tuple[int, int]] = {}
        while first := self.rfile.read(1):
            channel = first[0] & 63
            header = self.rfile.read(_HEADERS[first[0] >> 6])
            if len(header) >= 7:
                heads[channel] = int.from_bytes(header[3:6], "big"), header[6]
            size, kind = heads[channel]
            payload = self.rfile.read(min(size, chunk))
            while len(payload) < size:
                self.rfile.read(1)
                payload += self.rfile.read(min(size - len(payload), chunk))
            if kind == _SET_CHUNK_SIZE:
                chunk = int.from_bytes(payload, "big")
            yield _Message(kind, payload)


class _Tags:
    """A file that FFmpeg writes FLV into; each tag goes to the reader when it is complete."""

    def __init__(self, visit: _Visit) -> None:
        self._visit = visit
        self._pending = b""
        self._begun = False

    def write(self, written: bytes) -> int:
        """Takes a part of the file."""
        self._pending += written
        if not self._begun and len(self._pending) >= 13:
            self._pending = self._pending[13:]
            self._begun = True
        while len(self._pending) >= 11:
            size = int.from_bytes(self._pending[1:4], "big")
            if len(self._pending) < 11 + size + 4:
                break
            time = int.from_bytes(self._pending[4:7], "big")
            self._visit.send_tag(self._pending[0], time, self._pending[11 : 11 + size])
            self._pending = self._pending[11 + size + 4 :]
        return len(written)


def _commands(messages: Iterator[_Message]) -> Iterator[tuple[str, float]]:
    """Names and numbers of the commands: AMF0 begins with a string and a number."""
    for message in messages:
        if message.kind == _COMMAND:
            length = int.from_bytes(message.payload[1:3], "big")
            name = message.payload[3 : 3 + length].decode()
            yield name, struct.unpack(">d", message.payload[4 + length : 12 + length])[0]


_NULL = b"\x05"


def _string(text: str) -> bytes:
    return b"\x02" + struct.pack(">H", len(text)) + text.encode()


def _number(value: float) -> bytes:
    return b"\x00" + struct.pack(">d", value)


def _words(**values: str) -> bytes:
    """An object of AMF0 whose values are strings."""
    pairs = (struct.pack(">H", len(name)) + name.encode() + _string(value) for name, value in values.items())
    return b"\x03" + b"".join(pairs) + b"\x00\x00\x09"
