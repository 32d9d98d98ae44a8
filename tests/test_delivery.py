"""Settings of the sinks that deliver, and events that are received and acknowledged by real commands."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from broadcasts import MjpegCamera
from brokers import Listener, Mosquitto
from cameras import notice
from hooks import Answer, hooked
from takers import Kept, eventually
from texts import event

import stream_ocr
from stream_ocr.cli.checking import described
from stream_ocr.config import MqttSink, SinkConfig, WebhookSink, ZmqAckSink
from stream_ocr.configfile import build, parse
from stream_ocr.errors import ConfigError, SinkAwayError, StageError
from stream_ocr.feed import Source, run_source
from stream_ocr.messages import EndOfStream, Frame, SinkStatus, SourceStatus, TextEvent
from stream_ocr.pipeline import Pipeline
from stream_ocr.runner import Control, Node
from stream_ocr.sinks import Said
from stream_ocr.sinks.outlet import SinkDesk
from stream_ocr.sinks.outlets import Outlets, event_outlets
from stream_ocr.transport import Context, Inbox

SOON = 30.0


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sinks", "complaint"),
    [
        ("{mqtt: {qos: 0, durable: a.db}}", "sinks[0].mqtt.qos: expected 1 or 2 with durable"),
        ("{mqtt: {password: x}}", "sinks[0].mqtt.user: expected it beside password, got null"),
        ("{mqtt: {prefix: 'a/#'}}", "sinks[0].mqtt.prefix: expected str matching regex"),
        (
            "{mqtt: {durable: a.db}}",
            "sinks[0].mqtt.durable: expected the path of a sqlite sink of this config that gets every event, got a.db",
        ),
        (
            "{sqlite: {path: a.db}, only: {tags: [value-changed]}}, {mqtt: {durable: a.db}}",
            "sinks[1].mqtt.durable: expected the path of a sqlite sink of this config that gets every event, got a.db",
        ),
        ("{zmq_ack: {keep: 0s}}", "sinks[0].zmq_ack.keep: expected more than nothing, got 0s"),
        ("{webhook: {url: 'ftp://a/secret'}}", "sinks[0].webhook.url: expected http://HOST/... or https://HOST/..."),
        ("{webhook: {url: 'http://a:99999/'}}", "sinks[0].webhook.url: expected http://HOST/... or https://HOST/..."),
        ("{webhook: {url: 'http://a', template: '{{ texte }}'}}", "sinks[0].webhook.template: 'texte' is undefined"),
        ("{webhook: {url: 'http://a', headers: {Content-Length: '1'}}}", "sinks[0].webhook.headers: expected names of"),
        (
            "{webhook: {url: 'http://a', tls: {key: k.pem}}}",
            "sinks[0].webhook.tls.cert: expected the certificate beside",
        ),
        ("{zmq_ack: {bind: 'tcp://0.0.0.0:1'}}", "sinks[0].zmq_ack.bind: expected a loopback address, keys"),
        (
            "{sqlite: {path: a.db, keep: 1d}}, {mqtt: {durable: ./a.db, keep: 2d}}",
            "sinks[1].mqtt.keep: expected no more than the store keeps events (1d), got 2d",
        ),
        (
            "{sqlite: {path: a.db, max_events: 9}}, {zmq_ack: {durable: a.db}}",
            "sinks[1].zmq_ack.backlog: expected no more than the store keeps events (9), got 10000",
        ),
        (
            "{sqlite: {path: a.db}}, {mqtt: {durable: a.db}}, {mqtt: {durable: a.db, port: 1883}}",
            "sinks[2].mqtt.durable: expected one sink for 127.0.0.1:1883/stream-ocr, got a second one",
        ),
    ],
)
def test_what_does_not_fit_is_said_beforehand(sinks: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f"sources: {{a: {{uri: 'test:'}}}}\nsinks: [{sinks}]")
    assert complaint in str(caught.value)
    assert "secret" not in str(caught.value)


def test_no_secret_of_a_sink_is_shown() -> None:
    config = parse(
        """
sources: {a: {uri: 'test:'}}
sinks:
  - mqtt: {user: "${NAME}", password: "${SECRET}"}
  - name: hook
    webhook:
      url: "https://${NAME}:${SECRET}@example.org:8443/${SECRET}"
      secret: "${SECRET}"
      headers: {Token: "${SECRET}"}
""",
        environ={"NAME": "bob.the.viewer", "SECRET": "5ecret-4711"},
    )
    shown = described(config)
    assert "bob" not in shown and "4711" not in shown
    assert "https://example.org:8443/***" in shown
    assert "├─► mqtt     127.0.0.1:1883/stream-ocr" in shown
    assert "name: hook" in shown


# --- receiving --------------------------------------------------------------------------------------------------------


@contextmanager
def _handing_out(path: Path, *events: TextEvent) -> Iterator[str]:
    path.chmod(0o700)
    sink = ZmqAckSink(bind=f"ipc://{path}/events")
    desk = SinkDesk(threading.Event(), live=True)
    with Context() as context:
        outlets = event_outlets([SinkConfig(zmq_ack=sink)], [], context, desk)
        for each in events:
            outlets.put(each)
        yield sink.bind
        outlets.close()
        assert outlets.report()[f"zmq_ack {sink.bind}"].lost == 0


def test_an_event_in_whose_turn_the_loop_is_left_comes_again(tmp_path: Path) -> None:
    events = [event(seq=seq) for seq in range(3)]
    with _handing_out(tmp_path, *events) as endpoint:
        received = stream_ocr.receive(endpoint, timeout=SOON)
        assert [next(received), next(received)] == events[:2]
        del received
        assert [*stream_ocr.receive(endpoint, count=2, timeout=SOON)] == events[1:]


def test_listen_acknowledges_what_it_prints(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "stream_ocr", "listen"]
    with _handing_out(tmp_path, event(), event(seq=43)) as endpoint:
        said = subprocess.run(
            [*command, endpoint, "--ack", "--json", "--count", "2", "--timeout", f"{SOON:g}"],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert [line.split('"id":"')[1][:15] for line in said.stdout.splitlines()] == [event().id, event(seq=43).id]
    wrong = subprocess.run([*command, "nowhere", "--ack"], capture_output=True, text=True, timeout=60, check=False)
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "stream-ocr: error: nowhere: expected an endpoint, tcp://HOST:PORT or ipc://PATH\n",
    )


# --- who is away ------------------------------------------------------------------------------------------------------


class _Away(Kept):
    """Cannot be reached at first."""

    def write(self, item: object) -> None:
        self.problem = SinkAwayError("away: cannot be reached") if self.attempts < 2 else None
        super().write(item)  # type: ignore[arg-type]


def test_a_run_of_files_waits_a_while_for_who_is_away() -> None:
    sink = _Away()
    outlets = event_outlets([], [sink], Context.instance(), SinkDesk(threading.Event()))
    outlets.put(event())
    eventually(lambda: bool(sink.items))
    outlets.close()
    assert outlets.failure() is None
    assert [item for item in sink.items if isinstance(item, TextEvent)] == [event()]


def _of(settings: MqttSink, *, live: bool) -> tuple[Outlets[Said], SinkDesk]:
    desk = SinkDesk(threading.Event(), live=live)
    return event_outlets([SinkConfig(mqtt=settings)], [], Context.instance(), desk), desk


def _told(outlets: Outlets[Said]) -> list[SinkStatus]:
    return [said for said in outlets.news() if isinstance(said, SinkStatus)]


def test_a_broker_that_is_away_at_the_start_gets_every_event_when_it_comes(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path)
    outlets, _ = _of(MqttSink(port=broker.port, longest=1.0), live=True)
    said = _told(outlets)
    for seq in range(5):
        outlets.put(event(seq=seq))

    def failing() -> bool:
        said.extend(_told(outlets))
        return bool(said)

    eventually(failing)
    assert (said[0].state, said[0].cause) == ("failing", "connection refused")
    with broker, Listener(broker.port) as listener:
        eventually(lambda: len(listener.under("stream-ocr/desk/event")) == 5)
        outlets.close()
        numbers = [msgspec.json.decode(each, type=TextEvent).seq for each in listener.under("stream-ocr/desk/event")]
    assert numbers == [*range(5)]
    (report,) = outlets.report().values()
    assert (report.written, report.lost, report.failed) == (5, 0, None)


def test_a_wrong_password_ends_a_run_of_files_with_a_word(tmp_path: Path) -> None:
    with Mosquitto(tmp_path, login=("ocr", "right")) as broker:
        outlets, _ = _of(MqttSink(port=broker.port, user="ocr", password="5ecret"), live=False)
        eventually(lambda: outlets.failure() is not None)
        outlets.close()
        place = f"127.0.0.1:{broker.port}/stream-ocr"
        assert isinstance(outlets.failure(), StageError)
        assert str(outlets.failure()) == f"{place}: does not accept this user and password"


def test_what_a_receiver_will_not_have_is_lost_and_said_once() -> None:
    with hooked(Answer(400), Answer(400)) as hook:
        desk = SinkDesk(threading.Event(), live=True)
        settings = SinkConfig(webhook=WebhookSink(url=hook.url))
        outlets = event_outlets([settings], [], Context.instance(), desk)
        for seq in range(3):
            outlets.put(event(seq=seq))
        eventually(lambda: len(hook.requests) == 3)
        outlets.close()
    (status,) = _told(outlets)
    assert (status.state, status.lost) == ("behind", 2)
    assert status.cause == f"does not take event {event(seq=0).id}: answers 400 Bad Request"
    (report,) = outlets.report().values()
    assert (report.written, report.lost) == (1, 2)


# --- pausing ----------------------------------------------------------------------------------------------------------


def _events(kept: Kept) -> list[TextEvent]:
    return [item for item in list(kept.items) if isinstance(item, TextEvent)]


def _states(kept: Kept) -> list[str]:
    return [item.state for item in kept.items if isinstance(item, SourceStatus)]


@pytest.mark.parametrize("run", ["thread", "process"])
def test_a_paused_camera_keeps_its_connection_and_says_nothing(run: str) -> None:
    with MjpegCamera(notice("GATE 12", (320, 240), rate=15)) as camera:
        kept = Kept()
        config = build({"sources": {"gate": {"uri": camera.uri, "run": run}}})
        pipeline = Pipeline(config, sinks=[kept])
        running = threading.Thread(target=pipeline.run)
        running.start()
        try:
            eventually(lambda: bool(_events(kept)), SOON)
            pipeline._control.pauses.pause("gate")
            eventually(lambda: _states(kept)[-1] == "paused" and _events(kept)[-1].kind == "disappear")
            assert _events(kept)[-1].reason == "source-lost"
            pipeline._control.pauses.resume("gate")
            eventually(lambda: _states(kept)[-1] == "online" and _events(kept)[-1].kind == "appear")
            assert (_events(kept)[0].epoch, _events(kept)[-1].epoch) == (0, 0)
        finally:
            pipeline.stop()
            running.join(SOON)
        assert _states(kept) == ["online", "paused", "online", "offline"][: len(_states(kept))]
        assert _events(kept)[-1].track != _events(kept)[0].track


def test_a_paused_file_waits() -> None:
    control, said = Control(), []
    node = Node("film", None, "inproc://film")
    config = build({"sources": {"film": {"uri": "test:size=320x240&rate=10&length=1"}}})
    source = Source(config.sources["film"], config.stages.gate)
    control.pauses.pause("film")
    with Context() as context, Inbox(context, "inproc://film") as inbox:
        reading = threading.Thread(target=run_source, args=(node, source, context, control, control.go.set))
        reading.start()

        def heard(kind: type[object], state: str | None = None) -> bool:
            message = inbox.receive(0.1)
            said.append(message)
            return isinstance(message, kind) and (state is None or getattr(message, "state", None) == state)

        eventually(lambda: heard(SourceStatus, "paused"))
        assert inbox.receive(0.3) is None
        assert not any(isinstance(message, Frame) for message in said)
        control.pauses.resume("film")
        eventually(lambda: heard(EndOfStream))
        reading.join(SOON)
    assert len([message for message in said if isinstance(message, Frame)]) > 5
