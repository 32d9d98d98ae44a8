"""Events, what stands where, and status at an MQTT broker.

    <prefix>/available              online, or offline when we are gone; retained
    <prefix>/<source>/status        JSON of the status of the source; retained
    <prefix>/<source>/set           heard: pause, resume
    <prefix>/<source>/event         JSON of the event
    <prefix>/<source>/place/<name>  JSON of what stands there, when that changes; retained
    <prefix>/events                 instead of `event`, with `format: frigate`
    <discovery>/sensor/.../config   what Home Assistant is to know of a named region; retained

What is retained is published again on every new connection: the broker may have forgotten it.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence

import msgspec

from stream_ocr.config import MqttSink
from stream_ocr.errors import StageError
from stream_ocr.messages import SourceStatus, TextEvent
from stream_ocr.pausing import Pauses
from stream_ocr.sinks import Item, homeassistant
from stream_ocr.sinks.broker import Broker, Post
from stream_ocr.sinks.courier import Patience, Refusals
from stream_ocr.sinks.frigate import Frigate
from stream_ocr.sinks.standing import Place, Places, Standing

__all__ = ["Mqtt"]

_MAX_RETAINED = 3000


class Mqtt:
    """A courier to a broker: an event is settled once the broker has acknowledged it, or, with QoS 0, is sent."""

    at_once = 20

    def __init__(self, settings: MqttSink, pauses: Pauses, numeric: frozenset[str] = frozenset()) -> None:
        """`numeric`: names of the rules whose texts stand for numbers."""
        self.refusals = Refusals()
        self._settings = settings
        self._pauses = pauses
        self._patience = Patience(settings)
        self._broker: Broker | None = None
        self._places = Places(numeric)
        self._frigate = Frigate() if settings.format == "frigate" else None
        self._retained: OrderedDict[str, bytes] = OrderedDict()

    def deliver(self, events: Sequence[TextEvent]) -> int:
        """Publishes the events one after the other, and waits for all of them to be acknowledged.

        Raises SinkAwayError: the broker is not there, or goes; StageError: it does not let us in.
        """
        broker = self._connected()
        numbers: list[int] = []
        try:
            for event in events:
                numbers.append(broker.publish(self._event(event)))
                for place, standing in self._places.update(event):
                    self._show(place, standing)
            broker.settle(numbers)
            broker.attend()
        except StageError as error:
            failure = self._lose(error)
            settled = self._settled(broker, numbers)
            if not settled:
                raise failure from error
            return settled
        return self._settled(broker, numbers)

    def tell(self, notice: Item) -> None:
        """Shows the status of a source."""
        if not isinstance(notice, SourceStatus):
            return
        prefix, source = self._settings.prefix, notice.source
        self._retain(f"{prefix}/{source}/status", msgspec.json.encode(notice))
        if self._settings.discovery is not None:
            topic, config = homeassistant.switch(prefix, source)
            self._retain(f"{self._settings.discovery}/{topic}", msgspec.json.encode(config))

    def poll(self) -> None:
        """Hears what has come; connects again when that is due. Raises as `deliver` does."""
        broker = self._connected()
        try:
            broker.attend()
        except StageError as error:
            raise self._lose(error) from error

    def close(self) -> None:
        """Says that we go."""
        if self._broker is not None:
            self._broker.close(self._availability(b"offline"))
            self._broker = None

    def _connected(self) -> Broker:
        if self._broker is None:
            self._patience.check()
            prefix = self._settings.prefix
            try:
                broker = Broker(self._settings, self._availability(b"offline"), self._hear, [f"{prefix}/+/set"])
            except StageError as error:
                raise self._patience.failed(error) from error
            self._patience.succeeded()
            self._broker = broker
            try:
                for post in self._known():
                    broker.publish(post)
            except StageError as error:
                raise self._lose(error) from error
        return self._broker

    def _lose(self, error: StageError) -> StageError:
        if self._broker is not None:
            self._broker.drop()
            self._broker = None
        return self._patience.failed(error)

    def _known(self) -> Iterator[Post]:
        yield self._availability(b"online")
        for topic, payload in self._retained.items():
            yield Post(topic, payload, retain=True)

    def _availability(self, payload: bytes) -> Post:
        return Post(f"{self._settings.prefix}/available", payload, retain=True)

    def _settled(self, broker: Broker, numbers: Sequence[int]) -> int:
        """How many from the first on have been acknowledged; what the broker would not have is counted."""
        settled = 0
        for number in numbers:
            if not broker.acknowledged(number):
                break
            settled += 1
            cause = broker.refused.pop(number, None)
            if cause is not None:
                self.refusals = Refusals(self.refusals.number + 1, f"does not take an event: {cause}")
        return settled

    def _event(self, event: TextEvent) -> Post:
        prefix = self._settings.prefix
        if self._frigate is None:
            return Post(f"{prefix}/{event.source}/event", msgspec.json.encode(event))
        return Post(f"{prefix}/events", msgspec.json.encode(self._frigate.of(event)))

    def _show(self, place: Place, standing: Standing | None) -> None:
        prefix = self._settings.prefix
        topic = f"{prefix}/{place.source}/place/{place.name}"
        if standing is not None and place.named and self._settings.discovery is not None:
            numeric = standing.value is not None
            where, config = homeassistant.sensor(prefix, place, topic, standing.unit, numeric=numeric)
            where = f"{self._settings.discovery}/{where}"
            # Once it has a value it is a number for good.
            if numeric or where not in self._retained:
                self._retain(where, msgspec.json.encode(config))
        self._retain(topic, b"" if standing is None else msgspec.json.encode(standing))

    def _retain(self, topic: str, payload: bytes) -> None:
        """Publishes what the broker is to keep, if it is new; without payload, what it is to forget."""
        before = self._retained.pop(topic, None)
        if payload:
            self._retained[topic] = payload
            if len(self._retained) > _MAX_RETAINED:
                self._retained.popitem(last=False)
        if payload != before and self._broker is not None and not self._broker.lost:
            self._broker.publish(Post(topic, payload, retain=True))

    def _hear(self, topic: str, payload: bytes) -> None:
        """Somebody wants a source to pause, or to go on."""
        source = topic.removeprefix(f"{self._settings.prefix}/").removesuffix("/set")
        word = payload[:16].strip().lower()
        if word == b"pause":
            self._pauses.pause(source)
        elif word == b"resume":
            self._pauses.resume(source)
