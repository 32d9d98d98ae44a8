"""Which courier a config asks for, where what waits for it is kept, and whether all of that can be had."""

import importlib.util
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from stream_ocr.config import DeliverySink, MqttSink, SinkConfig, TlsConfig, WebhookSink, ZmqAckSink
from stream_ocr.errors import ConfigError
from stream_ocr.pausing import Pauses
from stream_ocr.rules.selection import Selection
from stream_ocr.sinks import EventSink
from stream_ocr.sinks.courier import Courier, Direct
from stream_ocr.sinks.durable import Durable, Supply
from stream_ocr.transport import Context

__all__ = ["Around", "check_sinks", "open_delivery"]


@dataclass(frozen=True)
class Around:
    """What a sink has to do with, beside its settings."""

    context: Context
    pauses: Pauses = field(default_factory=Pauses)
    selection: Selection = field(default_factory=lambda: Selection(None))
    """Which events it gets."""
    numeric: frozenset[str] = frozenset()
    """Rules whose texts stand for numbers."""


def open_delivery(settings: DeliverySink, around: Around) -> EventSink:
    """The sink of `settings`. Nobody need be there yet who takes anything.

    Raises StageError or WireError when it cannot be opened.
    """
    courier = _courier(settings, around)
    if settings.durable is None:
        return Direct(courier)
    return Durable(courier, Supply(settings, around.selection))


def check_sinks(sinks: Iterable[SinkConfig]) -> None:
    """Whether what the sinks need is installed, and can be read.

    Raises ConfigError.
    """
    for index, sink in enumerate(sinks):
        if sink.mqtt is not None:
            if importlib.util.find_spec("paho") is None:
                raise ConfigError(
                    f"sinks[{index}].mqtt: expected paho-mqtt, which is not there: pip install 'stream-ocr[mqtt]'"
                )
            if sink.mqtt.tls is not None:
                _check_tls(f"sinks[{index}].mqtt.tls", sink.mqtt.tls)
        if sink.webhook is not None:
            _check_tls(f"sinks[{index}].webhook.tls", sink.webhook.tls)


def _courier(settings: DeliverySink, around: Around) -> Courier:
    match settings:
        case MqttSink():
            # It may not be installed.
            from stream_ocr.sinks.mqtt import Mqtt

            return Mqtt(settings, around.pauses, around.numeric)
        case WebhookSink():
            from stream_ocr.sinks.webhook import Webhook

            return Webhook(settings)
        case ZmqAckSink():
            from stream_ocr.sinks.zmq_ack import ZmqAck

            return ZmqAck(settings, around.context)
        case _:
            raise TypeError(f"expected a kind of sink, got {settings}")


def _check_tls(path: str, tls: TlsConfig) -> None:
    """Loads the files once."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for name, file in (("ca", tls.ca), ("cert", tls.cert), ("key", tls.key)):
        if file is not None and not Path(file).is_file():
            raise ConfigError(f"{path}.{name}: expected a file of PEM, got {file}")
    try:
        if tls.ca is not None:
            context.load_verify_locations(tls.ca)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}.ca: expected certificates in PEM, got {tls.ca}") from error
    try:
        if tls.cert is not None:
            # One with a password would ask for it at the terminal.
            context.load_cert_chain(tls.cert, tls.key, password="")
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}.cert: expected a certificate and its key without a password, in PEM") from error
