"""Settings of the sinks that take events to somebody who acknowledges them."""

import re
from hashlib import sha256
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from stream_ocr import durations
from stream_ocr.config.fields import Backlog, Duration, Endpoint, FilePath
from stream_ocr.masking import masked_host

__all__ = ["DeliverySink", "MqttSink", "TlsConfig", "WebhookSink", "ZmqAckSink"]

_TOPIC = r"^[^+#/\x00]+(/[^+#/\x00]+)*$"
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OWN_HEADERS = frozenset({"content-length", "content-type", "webhook-id", "webhook-timestamp", "webhook-signature"})


class DeliverySink(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all of them have."""

    longest: Annotated[float, Meta(ge=1.0, le=3600.0)] = 60.0
    """Seconds between two attempts at most while nobody answers; the first comes after one, each further one after
    twice as long."""
    backlog: Backlog = 10_000
    """Events that wait for it at most; beyond that the oldest are lost."""
    durable: FilePath | None = None
    """Path of a `sqlite` sink of the same config, where what waits is kept, also over a crash; None: in memory."""
    keep: Duration = "7d"
    """How long an event that cannot be delivered waits in `durable`, as in 12h or 7d, before it is given up."""
    kind: ClassVar[str] = ""
    """What the sink is called in a config."""

    def __post_init__(self) -> None:
        if durations.seconds(self.keep) == 0.0:
            raise ValueError(f"keep: expected more than nothing, got {self.keep}")

    @property
    def place(self) -> str:
        """Where it goes, without anything that is secret."""
        raise NotImplementedError

    @property
    def identity(self) -> str:
        """What it is known by from run to run."""
        return f"{self.kind} {self.place}"


class TlsConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a server is known, and how we are. Files are PEM."""

    ca: FilePath | None = None
    """Certificates of those who may vouch for it; None: those of the system."""
    cert: FilePath | None = None
    """Our own certificate."""
    key: FilePath | None = None
    """Its secret key; None: it is in the same file."""
    verify: bool = True
    """False: anybody may be the server."""

    def __post_init__(self) -> None:
        if self.key is not None and self.cert is None:
            raise ValueError("cert: expected the certificate beside `key`, got null")


class MqttSink(DeliverySink, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Events, values of places and status at an MQTT broker."""

    host: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,255}$")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65_535)] | None = None
    """None: 1883, or 8883 with `tls`."""
    user: str | None = None
    password: str | None = None
    tls: TlsConfig | None = None
    protocol: Literal["3.1.1", "5"] = "3.1.1"
    client_id: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    """None: a new one in each run."""
    prefix: Annotated[str, Meta(pattern=_TOPIC, max_length=100)] = "stream-ocr"
    """What all topics begin with."""
    qos: Literal[0, 1, 2] = 1
    keepalive: Annotated[int, Meta(ge=5, le=3600)] = 30
    """Seconds of silence after which either side asks whether the other is still there."""
    timeout: Annotated[float, Meta(ge=0.1, le=300.0)] = 10.0
    """Seconds that the broker has to answer."""
    format: Literal["native", "frigate"] = "native"
    """How an event looks: as everywhere else, or as Frigate's."""
    discovery: Annotated[str, Meta(pattern=_TOPIC, max_length=100)] | None = None
    """Topic under which Home Assistant is told of the named regions, usually `homeassistant`; None: it is not told."""
    kind = "mqtt"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.password is not None and self.user is None:
            raise ValueError("user: expected it beside `password`, got null")
        if self.durable is not None and self.qos == 0:
            raise ValueError(
                "qos: expected 1 or 2 with `durable`, because nobody acknowledges what comes with 0, got 0"
            )

    @property
    def place(self) -> str:
        """HOST:PORT/PREFIX."""
        return f"{self.address}/{self.prefix}"

    @property
    def address(self) -> str:
        """HOST:PORT."""
        port = self.port or (1883 if self.tls is None else 8883)
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{port}"


class WebhookSink(DeliverySink, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Each event as a POST."""

    url: Annotated[str, Meta(max_length=4096)]
    secret: Annotated[str, Meta(min_length=8)] | None = None
    """With it each request is signed, as https://www.standardwebhooks.com says; None: it is not."""
    headers: dict[str, str] = {}
    """Further headers of each request."""
    template: Annotated[str, Meta(max_length=10_000)] | None = None
    """The body, in Jinja, where it is not to be the event itself: '{"content": {{ text | tojson }}}'."""
    content_type: Annotated[str, Meta(pattern=r"^[\x20-\x7e]{1,200}$")] = "application/json"
    timeout: Annotated[float, Meta(ge=0.1, le=300.0)] = 10.0
    """Seconds that the server has to take the connection, and to answer."""
    tls: TlsConfig = TlsConfig()
    kind = "webhook"

    @property
    def place(self) -> str:
        """Scheme, host and port: the path of a webhook is often its secret."""
        return masked_host(self.url)

    @property
    def identity(self) -> str:
        """Two of one host are two."""
        return f"{self.kind} {self.place} {sha256(self.url.encode()).hexdigest()[:16]}"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_url()
        for name, value in self.headers.items():
            if not _HEADER.fullmatch(name) or name.lower() in _OWN_HEADERS:
                raise ValueError(f"headers: expected names of HTTP headers that are not set here anyway, got {name!r}")
            if not value.isascii() or not value.isprintable():
                raise ValueError(f"headers: expected a line of ASCII as the value of {name}")
        if self.template is not None:
            # Jinja takes a moment to import: only whoever has a template pays for it.
            from stream_ocr import bodies

            try:
                bodies.Body(self.template).check(is_json=self.content_type.partition(";")[0].strip().endswith("json"))
            except ValueError as error:
                raise ValueError(f"template: {error}") from None

    def _check_url(self) -> None:
        """What is wrong is said without it: there may be a token in it."""
        try:
            parts = urlsplit(self.url)
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise ValueError(f"url: expected http://HOST/... or https://HOST/...: {error}") from None
        if parts.scheme not in ("http", "https") or not host or not self.url.isascii() or " " in self.url:
            raise ValueError("url: expected http://HOST/... or https://HOST/..., in ASCII")


class ZmqAckSink(DeliverySink, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Events on a ZeroMQ socket to one receiver, which acknowledges them."""

    bind: Endpoint = "tcp://127.0.0.1:5558"
    window: Annotated[int, Meta(ge=1, le=1000)] = 100
    """Events that are on their way, or with the receiver, unacknowledged, at most."""
    timeout: Annotated[float, Meta(ge=1.0, le=3600.0)] = 10.0
    """Seconds without an acknowledgement after which that is said."""
    kind = "zmq_ack"

    @property
    def place(self) -> str:
        """The endpoint."""
        return self.bind
