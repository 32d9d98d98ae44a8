"""Events at a real broker."""

import json
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest
import trustme
from brokers import Listener, Mosquitto
from faults import FaultProxy
from takers import eventually
from texts import ONLINE, event, gone

from stream_ocr.config import MqttSink, TlsConfig
from stream_ocr.errors import SinkAwayError, StageError
from stream_ocr.messages import TextEvent
from stream_ocr.pausing import Pauses
from stream_ocr.sinks.mqtt import Mqtt


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path_factory.mktemp("mosquitto")) as made:
        yield made


@contextmanager
def _courier(settings: MqttSink, pauses: Pauses | None = None) -> Iterator[Mqtt]:
    with closing(Mqtt(settings, pauses or Pauses())) as made:
        yield made


def _meter(text: str, value: float | None, *, track: int, **fields: object) -> TextEvent:
    return event(text=text, value=value, unit=None if value is None else "°C", region="meter", track=track, **fields)


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_an_event_its_place_and_the_status_have_their_topics(broker: Mosquitto, protocol: str, qos: int) -> None:
    prefix = f"ocr/{protocol[0]}{qos}"
    settings = msgspec.convert({"port": broker.port, "prefix": prefix, "protocol": protocol, "qos": qos}, MqttSink)
    with Listener(broker.port) as listener:
        with _courier(settings) as courier:
            courier.tell(ONLINE)
            assert courier.deliver([event(), event(seq=43, kind="update", text="EXIT 26")]) == 2
            eventually(lambda: len(listener.under(f"{prefix}/desk/event")) == 2)
            assert listener.under(f"{prefix}/available") == [b"online"]
        eventually(lambda: listener.under(f"{prefix}/available") == [b"online", b"offline"])
    said = [msgspec.json.decode(payload, type=TextEvent) for payload in listener.under(f"{prefix}/desk/event")]
    assert said == [event(), event(seq=43, kind="update", text="EXIT 26")]
    assert [json.loads(each)["text"] for each in listener.under(f"{prefix}/desk/place/4")] == ["EXIT 25", "EXIT 26"]
    with Listener(broker.port) as late:
        eventually(lambda: len([each for each in late.heard if each.topic.startswith(prefix)]) == 3)
    kept = {each.topic: each.payload for each in late.heard if each.topic.startswith(prefix)}
    assert json.loads(kept[f"{prefix}/desk/status"])["state"] == "online"
    assert json.loads(kept[f"{prefix}/desk/place/4"])["id"] == event(seq=43).id
    assert kept[f"{prefix}/available"] == b"offline"


def test_the_broker_says_so_when_a_run_is_killed(broker: Mosquitto) -> None:
    with (
        FaultProxy(broker.port) as proxy,
        Listener(broker.port) as listener,
        _courier(MqttSink(port=proxy.port, prefix="killed")) as courier,
    ):
        courier.poll()
        eventually(lambda: listener.under("killed/available") == [b"online"])
        proxy.reset()
        eventually(lambda: listener.under("killed/available") == [b"online", b"offline"])


def test_a_named_region_shows_up_in_home_assistant_once_it_has_a_value(broker: Mosquitto) -> None:
    settings = MqttSink(port=broker.port, prefix="home", discovery="homeassistant")
    where = "homeassistant/sensor/home_desk/meter/config"
    with Listener(broker.port) as listener, _courier(settings) as courier:
        courier.tell(ONLINE)
        courier.deliver([_meter("--", None, track=1), _meter("21.5", 21.5, track=2, seq=43), gone(track=3, seq=44)])
        eventually(lambda: len(listener.under(where)) == 2)
        eventually(lambda: len(listener.under("home/desk/place/meter")) == 2)
    before, after = map(json.loads, listener.under(where))
    assert "unit_of_measurement" not in before
    assert after == {
        **before,
        "value_template": "{{ value_json.value }}",
        "unit_of_measurement": "°C",
        "state_class": "measurement",
    }
    assert after["state_topic"] == "home/desk/place/meter"
    assert after["availability"][0] == {"topic": "home/available"}
    assert after["device"]["name"] == "desk"
    (reading,) = map(json.loads, listener.under("homeassistant/switch/home_desk/reading/config"))
    assert reading["command_topic"] == "home/desk/set"
    assert (reading["payload_on"], reading["payload_off"]) == ("resume", "pause")


def test_events_may_look_like_frigates(broker: Mosquitto) -> None:
    settings = MqttSink(port=broker.port, prefix="frigate", format="frigate")
    with Listener(broker.port) as listener, _courier(settings) as courier:
        courier.deliver([event(region="gate"), gone(region="gate")])
        eventually(lambda: len(listener.under("frigate/events")) == 2)
    new, end = map(json.loads, listener.under("frigate/events"))
    assert (new["type"], end["type"]) == ("new", "end")
    assert new["before"] == new["after"] == end["before"]
    assert new["after"]["camera"] == "desk"
    assert new["after"]["sub_label"] == ["EXIT 25", 0.97]
    assert new["after"]["current_zones"] == ["gate"]
    assert end["after"]["id"] == new["after"]["id"]
    assert end["after"]["end_time"] - end["after"]["start_time"] == pytest.approx(14.8 - 12.48, abs=0.01)
    assert not listener.under("frigate/desk/event")


def test_a_source_is_paused_and_goes_on_when_it_is_told_to(broker: Mosquitto) -> None:
    pauses = Pauses()
    settings = MqttSink(port=broker.port, prefix="site/ocr")

    def told(word: str, check: Callable[[], bool]) -> None:
        listener.say("site/ocr/desk/set", word)

        def heard() -> bool:
            courier.poll()
            return check()

        eventually(heard)

    with Listener(broker.port) as listener, _courier(settings, pauses) as courier:
        courier.poll()
        told("Pause", lambda: "desk" in pauses)
        listener.say("site/ocr/desk/set", "what?")
        told("resume", lambda: "desk" not in pauses)


def test_a_broker_that_was_killed_gets_everything_that_it_should_know_again(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker, _courier(MqttSink(port=broker.port, longest=1.0)) as courier:
        courier.tell(ONLINE)
        assert courier.deliver([event()]) == 1
        broker.stop(signal.SIGKILL)
        for path in tmp_path.glob("mosquitto.db*"):
            path.unlink()
        with pytest.raises(SinkAwayError, match=rf"^127.0.0.1:{broker.port}/stream-ocr: (hung up|connection refused)$"):
            courier.deliver([event(seq=43)])
        broker.start()
        with Listener(broker.port) as listener:
            eventually(lambda: _taken(courier, event(seq=43)))
            eventually(lambda: bool(listener.under("stream-ocr/desk/event")))
        topics = [each.topic.removeprefix("stream-ocr/") for each in listener.heard]
        assert topics == ["available", "desk/status", "desk/place/4", "desk/event"]


def test_a_broker_that_stands_still_is_noticed_and_nothing_is_taken_as_delivered(broker: Mosquitto) -> None:
    with _courier(MqttSink(port=broker.port, timeout=0.5, longest=1.0)) as courier:
        courier.poll()
        broker.freeze()
        try:
            with pytest.raises(SinkAwayError, match=r"has not acknowledged anything for 0.5 s"):
                courier.deliver([event()])
        finally:
            broker.thaw()
        eventually(lambda: _taken(courier, event()))


def _taken(courier: Mqtt, what: TextEvent) -> bool:
    try:
        return courier.deliver([what]) == 1
    except SinkAwayError:
        return False


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
def test_a_login_is_asked_for_and_a_wrong_one_refused(tmp_path: Path, protocol: str) -> None:
    with Mosquitto(tmp_path, login=("ocr", "right")) as broker:
        common = {"port": broker.port, "protocol": protocol, "user": "ocr"}
        with _courier(msgspec.convert({**common, "password": "right"}, MqttSink)) as courier:
            assert courier.deliver([event()]) == 1
        with (
            _courier(msgspec.convert({**common, "password": "wrong"}, MqttSink)) as courier,
            pytest.raises(StageError, match=r"/stream-ocr: does not accept this user and password$") as caught,
        ):
            courier.poll()
        assert not isinstance(caught.value, SinkAwayError)


def test_over_tls_both_sides_know_each_other(tmp_path: Path) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    server, client = authority.issue_cert("127.0.0.1"), authority.issue_cert("ocr.example")
    files = {"ca": authority.cert_pem, "other": stranger.cert_pem, "key": client.private_key_pem}
    for name, blob in files.items():
        blob.write_to_path(str(tmp_path / f"{name}.pem"))
    client.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    server.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    lines = [
        f"listener {port} 127.0.0.1",
        f"cafile {tmp_path}/ca.pem",
        f"certfile {tmp_path}/server.pem",
        f"keyfile {tmp_path}/server.pem",
        "require_certificate true",
    ]
    ours = TlsConfig(ca=f"{tmp_path}/ca.pem", cert=f"{tmp_path}/cert.pem", key=f"{tmp_path}/key.pem")
    with Mosquitto(tmp_path / "broker", settings=lines):
        with _courier(MqttSink(port=port, tls=ours)) as courier:
            assert courier.deliver([event()]) == 1
        for tls, trouble in (
            (msgspec.structs.replace(ours, ca=f"{tmp_path}/other.pem"), "its certificate is not trusted: "),
            (TlsConfig(ca=f"{tmp_path}/ca.pem"), "hung up|does not speak TLS as we do"),
        ):
            with _courier(MqttSink(port=port, tls=tls)) as courier, pytest.raises(SinkAwayError, match=trouble):
                courier.poll()


def test_a_host_that_is_not_there_is_said_and_not_asked_again_at_once() -> None:
    with _courier(MqttSink(host="no-such-host.invalid")) as courier:
        for _ in range(2):
            with pytest.raises(
                SinkAwayError, match=r"^no-such-host\.invalid:1883/stream-ocr: there is no host of that name"
            ):
                courier.poll()
