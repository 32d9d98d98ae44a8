"""A real MQTT broker, Mosquitto, and somebody who listens to it."""

import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from requirements import missing
from takers import eventually

__all__ = ["Heard", "Listener", "Mosquitto", "needs_mosquitto"]

_PROGRAM = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
SOON = 20.0


def needs_mosquitto() -> None:
    """Skips the test where Mosquitto is not installed; fails it where `CI` is set."""
    if not Path(_PROGRAM).exists():
        missing("mosquitto is not installed")


class Mosquitto:
    """A broker on the loopback address; what it has to keep it keeps in its folder."""

    def __init__(self, folder: Path, *, login: tuple[str, str] | None = None, settings: Sequence[str] = ()) -> None:
        """`settings`: further lines of its configuration."""
        needs_mosquitto()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        folder.mkdir(parents=True, exist_ok=True)
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            f"persistence_location {folder}/",
            "autosave_on_changes true",
            "autosave_interval 1",
            "max_queued_messages 0",
            f"allow_anonymous {'false' if login else 'true'}",
            *settings,
        ]
        if os.geteuid() == 0:
            lines.append("user root")
        if login is not None:
            passwords = folder / "passwords"
            passwords.touch(mode=0o600)
            subprocess.run(["mosquitto_passwd", "-b", str(passwords), *login], check=True, capture_output=True)
            lines.append(f"password_file {passwords}")
        self._config = folder / "mosquitto.conf"
        self._config.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(signal.SIGKILL)

    def start(self) -> None:
        """Returns when it takes connections."""
        command = [_PROGRAM, "-c", str(self._config)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(self._answers)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ends it, by SIGKILL without a chance to say goodbye."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(how)
            self._process.wait(SOON)
            self._process = None

    def freeze(self) -> None:
        """It stands still; connections stay."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "it ended at once"
        try:
            socket.create_connection(("127.0.0.1", self.port), 1.0).close()
        except OSError:
            return False
        return True


@dataclass(frozen=True)
class Heard:
    """A message."""

    topic: str
    payload: bytes
    retain: bool


class Listener:
    """Hears everything under `#`; one with a name gets later what came while it was away."""

    def __init__(self, port: int, *, name: str | None = None, login: tuple[str, str] | None = None) -> None:
        self.heard: list[Heard] = []
        self._subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=name or "", clean_session=name is None)
        if login is not None:
            self._client.username_pw_set(*login)
        self._client.reconnect_delay_set(0.1, 0.1)  # type: ignore[arg-type]
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message
        self._port = port

    def __enter__(self) -> Self:
        self._client.connect_async("127.0.0.1", self._port)
        self._client.loop_start()
        assert self._subscribed.wait(SOON)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, topic: str, payload: str) -> None:
        """Publishes something."""
        self._client.publish(topic, payload, qos=1)

    def under(self, topic: str) -> list[bytes]:
        """What was heard under a topic."""
        return [heard.payload for heard in list(self.heard) if heard.topic == topic]

    def _on_connect(
        self, client: Client, userdata: object, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        del userdata, flags, properties
        if not reason.is_failure:
            client.subscribe("#", qos=1)

    def _on_message(self, client: Client, userdata: object, message: MQTTMessage) -> None:
        del client, userdata
        self.heard.append(Heard(message.topic, bytes(message.payload), message.retain))
