"""One connection to an MQTT broker; the only place that knows paho. It lives in the thread that made it.

What is not acknowledged when it breaks is forgotten: whoever publishes keeps it, and publishes it again on the next
one.
"""

import secrets
import socket
import ssl
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import NamedTuple

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from stream_ocr.config import MqttSink, TlsConfig
from stream_ocr.errors import SinkAwayError, StageError

__all__ = ["Broker", "Post"]

_GLANCE = 0.05
_LOGIN = frozenset({0x86, 0x87})
"""Bad user name or password, not authorized."""
_PROTOCOLS = {"3.1.1": MQTTProtocolVersion.MQTTv311, "5": MQTTProtocolVersion.MQTTv5}


class Post(NamedTuple):
    """What is published."""

    topic: str
    payload: bytes
    retain: bool = False


class Broker:
    """A connection. Raises SinkAwayError: the broker cannot be reached; StageError: it does not let us in."""

    def __init__(
        self, settings: MqttSink, will: Post, hear: Callable[[str, bytes], None], topics: Collection[str]
    ) -> None:
        """`will`: what the broker publishes when we are gone; `hear` is told what comes under `topics`."""
        self.refused: dict[int, str] = {}
        """Numbers of what the broker acknowledged and did not take, and why."""
        self._settings = settings
        self._hear = hear
        self._topics = topics
        self._unacknowledged: set[int] = set()
        self._answer: ReasonCode | None = None
        self._lost: str | None = None
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.client_id or f"stream-ocr-{secrets.token_hex(6)}",
            protocol=_PROTOCOLS[settings.protocol],
            reconnect_on_failure=False,
        )
        self._prepare(will)
        try:
            self._connect()
        except StageError:
            self.drop()
            raise

    @property
    def lost(self) -> bool:
        """Whether the connection is over."""
        return self._lost is not None

    def publish(self, post: Post) -> int:
        """Sends it; returns its number. Raises SinkAwayError: the connection is over."""
        info = self._client.publish(post.topic, post.payload, self._settings.qos, post.retain)
        if info.rc not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_QUEUE_SIZE):
            self._break(_words(info.rc))
        self._check()
        if self._settings.qos:
            self._unacknowledged.add(info.mid)
        return info.mid

    def settle(self, numbers: Collection[int]) -> bool:
        """Waits until all of these are acknowledged; False: the connection is over, or the broker takes too long."""
        deadline = time.monotonic() + self._settings.timeout
        while not self.lost and not self._unacknowledged.isdisjoint(numbers):
            if time.monotonic() > deadline:
                self._break(f"has not acknowledged anything for {self._settings.timeout:g} s")
                return False
            self._loop(_GLANCE)
        return not self.lost

    def acknowledged(self, number: int) -> bool:
        """Whether the broker has it."""
        return number not in self._unacknowledged

    def attend(self) -> None:
        """Takes what has come, and keeps the connection alive. Raises SinkAwayError: it is over."""
        self._loop(0.0)
        self._check()

    def close(self, last: Post) -> None:
        """Says that we go, and goes."""
        if not self.lost:
            # Where the connection breaks now, the will says the same.
            with suppress(SinkAwayError):
                self.settle({self.publish(last)})
        self.drop()

    def drop(self) -> None:
        """Lets go of the connection."""
        client = self._client
        # They hold this object, and so the sockets, until the next collection of garbage.
        client.on_connect = client.on_disconnect = client.on_publish = client.on_message = None
        client.disconnect()
        self._break("was let go")

    def _prepare(self, will: Post) -> None:
        settings, client = self._settings, self._client
        client.connect_timeout = settings.timeout
        client.max_queued_messages_set(0)
        if settings.user is not None:
            client.username_pw_set(settings.user, settings.password)
        if settings.tls is not None:
            client.tls_set_context(_tls(settings.tls))
        client.will_set(will.topic, will.payload, settings.qos, will.retain)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_message = self._on_message

    def _connect(self) -> None:
        settings = self._settings
        host, _, port = settings.address.rpartition(":")
        try:
            self._client.connect(host.strip("[]"), int(port), settings.keepalive)
        except (OSError, ValueError) as error:
            raise SinkAwayError(f"{self._where}: {_trouble(error, settings.timeout)}") from error
        deadline = time.monotonic() + settings.timeout
        while self._answer is None and not self.lost:
            if time.monotonic() > deadline:
                self._break(f"no answer within {settings.timeout:g} s")
            self._loop(_GLANCE)
        if self._answer is not None and self._answer.is_failure:
            if self._answer.value in _LOGIN:
                raise StageError(
                    f"{self._where}: does not accept {'this' if settings.user else 'no'} user and password"
                )
            raise StageError(f"{self._where}: does not let us in: {self._answer.getName()}")
        self._check()
        for topic in self._topics:
            self._client.subscribe(topic, qos=1)

    @property
    def _where(self) -> str:
        return self._settings.place

    def _check(self) -> None:
        if self._lost is not None:
            raise SinkAwayError(f"{self._where}: {self._lost}")

    def _break(self, cause: str) -> None:
        if self._lost is None:
            self._lost = cause

    def _loop(self, seconds: float) -> None:
        code = self._client.loop(seconds)
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._break(_words(code))

    def _on_connect(
        self, client: Client, userdata: object, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        del client, userdata, flags, properties
        self._answer = reason

    def _on_disconnect(
        self,
        client: Client,
        userdata: object,
        flags: DisconnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        del client, userdata, properties
        words = f"ended the connection: {reason.getName()}" if flags.is_disconnect_packet_from_server else "hung up"
        self._break(words)

    def _on_publish(
        self, client: Client, userdata: object, mid: int, reason: ReasonCode, properties: Properties
    ) -> None:
        del client, userdata, properties
        self._unacknowledged.discard(mid)
        if reason.is_failure:
            self.refused[mid] = reason.getName()

    def _on_message(self, client: Client, userdata: object, message: MQTTMessage) -> None:
        del client, userdata
        self._hear(message.topic, bytes(message.payload))


class _TlsSocket(ssl.SSLSocket):
    """One that is closed when the other side is not who it should be; paho leaves it open."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except (OSError, ValueError):
            self.close()
            raise


def _tls(settings: TlsConfig) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca)
    context.sslsocket_class = _TlsSocket
    if settings.cert is not None:
        context.load_cert_chain(settings.cert, settings.key, password="")
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _trouble(error: OSError | ValueError, timeout: float) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {error.verify_message}"
        case ssl.SSLError():
            return f"does not speak TLS as we do: {error.reason or 'hung up'}"
        case socket.gaierror():
            return "there is no host of that name"
        case TimeoutError():
            return f"no answer within {timeout:g} s"
        case OSError():
            return (error.strerror or str(error)).lower()
    return str(error)


def _words(code: MQTTErrorCode) -> str:
    if code in (MQTTErrorCode.MQTT_ERR_CONN_LOST, MQTTErrorCode.MQTT_ERR_NO_CONN):
        return "hung up"
    return f"the connection broke: {code.name.removeprefix('MQTT_ERR_').lower().replace('_', ' ')}"
