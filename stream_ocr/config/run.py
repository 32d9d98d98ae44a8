"""A whole run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from stream_ocr import durations, endpoints, overrides
from stream_ocr.config.cpu import CpuConfig
from stream_ocr.config.delivery import DeliverySink
from stream_ocr.config.fields import FilePath, Name
from stream_ocr.config.naming import check_names, check_tags
from stream_ocr.config.ocr import OcrConfig
from stream_ocr.config.plugins import StagePlugin
from stream_ocr.config.redact import RedactConfig
from stream_ocr.config.rules import RuleConfig
from stream_ocr.config.sinks import THIRDS, SinkConfig, SqliteSink, SubtitleSink, outside
from stream_ocr.config.sources import SourceConfig
from stream_ocr.config.stages import Placed, StagesConfig
from stream_ocr.polygons import Area
from stream_ocr.presets import Preset

__all__ = ["Config", "SecurityConfig", "json_schema"]

_SHARED = ("run", "transfer")
"""Settings of a stage that are not a thing of one source, such as where it runs: they stand in `stages` only."""


class SecurityConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who may connect to what is bound on TCP. Without keys, only loopback addresses are bound."""

    key: FilePath | None = None
    """This machine's secret key file; with it every TCP socket speaks CURVE, and with nobody else."""
    clients: FilePath | None = None
    """Folder with the public key files (.pub) of those who may connect."""
    insecure: bool = False
    """Bind any address without keys, and ipc in any folder: whoever can reach it may then listen and send."""

    def __post_init__(self) -> None:
        if self.clients is not None and self.key is None:
            raise ValueError("key: expected the secret key file of this machine beside `clients`, got null")


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole run. The smallest config is one source."""

    sources: Annotated[dict[Name, SourceConfig], Meta(min_length=1, max_length=64)]
    preset: Preset = "balanced"
    """fast, balanced or accurate: what the settings below are if they are not set."""
    cpu: CpuConfig = CpuConfig()
    ocr: OcrConfig = OcrConfig()
    stages: StagesConfig = StagesConfig()
    plugins: Annotated[list[StagePlugin], Meta(max_length=16)] = []
    """Stages of other packages."""
    rules: Annotated[list[RuleConfig], Meta(max_length=100)] = []
    """What becomes of texts, in this order: each rule sees a text as those before it have left it."""
    sinks: Annotated[list[SinkConfig], Meta(max_length=64)] = []
    redact: RedactConfig | None = None
    """Texts that no picture which leaves may show; None: they show everything."""
    security: SecurityConfig = SecurityConfig()
    stats_every: Annotated[float, Meta(ge=0.1, le=3600.0)] = 1.0
    """Seconds between the reports of a stage."""
    health: str | None = None
    """ADDRESS:PORT where health and metrics are served over HTTP; None: nowhere."""

    def __post_init__(self) -> None:
        self._check_health()
        check_names(self.sources, self.rules, self.sinks)
        if self.redact is not None:
            check_tags("redact.tags", self.redact.tags, self.rules)
        self._check_durable()
        if len(self.sources) > 1:
            for path, place in self._own_files():
                if "{source}" not in place:
                    what = "{source} in it, because there are several sources"
                    raise ValueError(f"{path}: expected {what}, got {place}")
        self._check_regions()
        for name in self.sources:
            setting = overrides.differing(self.stages_of(name), self.stages, _SHARED)
            if setting is not None:
                raise ValueError(
                    f"sources.{name}.stages.{setting}: expected it in `stages`, because all sources share it"
                )
        for path, endpoint in self.binds():
            self._check_bind(path, endpoint)

    def _check_durable(self) -> None:
        """What is delivered from a store has to come into it, and each sink has its own place in there."""
        named = {name for rule in self.rules for name in rule.sinks}
        stores = {
            Path(sink.sqlite.path).absolute(): sink.sqlite
            for sink in self.sinks
            if sink.sqlite is not None and sink.only is None and sink.name not in named
        }
        known: set[tuple[Path, str]] = set()
        for index, settings in enumerate(sink.chosen for sink in self.sinks):
            if not isinstance(settings, DeliverySink) or settings.durable is None:
                continue
            path = f"sinks[{index}].{settings.kind}.durable"
            store = Path(settings.durable).absolute()
            if store not in stores:
                raise ValueError(
                    f"{path}: expected the path of a sqlite sink of this config that gets every event, "
                    f"got {settings.durable}"
                )
            self._check_stay(path, settings, stores[store])
            if (store, settings.identity) in known:
                raise ValueError(f"{path}: expected one sink for {settings.place}, got a second one")
            known.add((store, settings.identity))

    @staticmethod
    def _check_stay(path: str, settings: DeliverySink, store: SqliteSink) -> None:
        """The store must not forget what may still be delivered."""
        section = path.removesuffix(".durable")
        if store.keep is not None and durations.seconds(settings.keep) > durations.seconds(store.keep):
            raise ValueError(
                f"{section}.keep: expected no more than the store keeps events ({store.keep}), got {settings.keep}"
            )
        if store.max_events is not None and settings.backlog > store.max_events:
            raise ValueError(
                f"{section}.backlog: expected no more than the store keeps events ({store.max_events}), "
                f"got {settings.backlog}"
            )

    def stages_of(self, source: str) -> StagesConfig:
        """The settings of the stages for one source."""
        own = self.sources[source].stages
        return self.stages if own is None else own

    def plugged(self) -> dict[str, StagePlugin]:
        """The stages of other packages by their names in the graph: their kinds, with a number from the second on."""
        named: dict[str, StagePlugin] = {}
        for stage in self.plugins:
            times = sum(other.kind == stage.kind for other in named.values())
            named[f"{stage.kind}-{times + 1}" if times else stage.kind] = stage
        return named

    def _check_health(self) -> None:
        """There are no keys on HTTP: whoever can reach it can read it."""
        if self.health is None:
            return
        try:
            endpoints.host_and_port(self.health)
        except ValueError as error:
            raise ValueError(f"health: {error}") from None
        if not self.security.insecure and endpoints.exposed(f"tcp://{self.health}"):
            raise ValueError(
                f"health: expected a loopback address (127.0.0.1:9100), or security.insecure: true, got {self.health}"
            )

    def _check_regions(self) -> None:
        """Subtitles are to come from where a source is read at all."""
        for index, sink in enumerate(self.sinks):
            if not isinstance(sink.chosen, SubtitleSink):
                continue
            region = sink.chosen.region
            path = f"sinks[{index}].{type(sink.chosen).__name__.removesuffix('Sink').lower()}.region"
            for name, source in self.sources.items():
                if region not in THIRDS and region not in source.regions:
                    known = ", ".join([*THIRDS, *source.regions])
                    raise ValueError(f"{path}: expected a region of sources.{name} ({known}), got {region}")
                if region in THIRDS and Area(source.include, [*source.exclude, *outside(region)]).empty:
                    read = f"sources.{name} (include, exclude) is read"
                    raise ValueError(f"{path}: expected one in which {read}, got {region}")

    def binds(self) -> Iterator[tuple[str, str]]:
        """What is bound: the path of each setting, and the endpoint in it."""
        for index, sink in enumerate(self.sinks):
            if sink.zmq is not None:
                yield f"sinks[{index}].zmq.bind", sink.zmq.bind
                if sink.zmq.frames is not None:
                    yield f"sinks[{index}].zmq.frames", sink.zmq.frames
            if sink.zmq_ack is not None:
                yield f"sinks[{index}].zmq_ack.bind", sink.zmq_ack.bind
        for path, place in self.places():
            if place.run.startswith("tcp://"):
                yield f"{path}.run", place.run

    def _own_files(self) -> Iterator[tuple[str, str]]:
        """Files and folders that are of one source each: the path of each setting, and the path in it."""
        for index, sink in enumerate(self.sinks):
            for kind in ("video", "srt", "vtt", "ass"):
                for name in ("path", "segments"):
                    place = getattr(getattr(sink, kind), name, None)
                    if place is not None:
                        yield f"sinks[{index}].{kind}.{name}", place

    def places(self) -> Iterator[tuple[str, Placed]]:
        """What need not run in the main process: the path of its settings, and these."""
        for name, stage in self.stages.movable().items():
            yield f"stages.{name}", stage
        for name, source in self.sources.items():
            yield f"sources.{name}", source

    def _check_bind(self, path: str, endpoint: str) -> None:
        """What other machines can reach needs keys."""
        security = self.security
        if security.key is not None and security.clients is None and endpoint.startswith("tcp://"):
            raise ValueError(f"security.clients: expected a folder of public keys, because {path} is {endpoint}")
        if security.key is None and not security.insecure and endpoints.exposed(endpoint):
            raise ValueError(f"{path}: {endpoints.KEYS_WANTED}, got {endpoint}")


def json_schema() -> dict[str, object]:
    """The JSON Schema of a config file, for editors."""
    schema = msgspec.json.schema(Config)
    definitions = schema["$defs"]
    own = overrides.schema_of(definitions["StagesConfig"], definitions, _SHARED)
    for name, hidden in (("SinkConfig", ("plugin",)), ("StagePlugin", ("kind", "settings"))):
        # In a file, plugins are named by their kinds, which only their packages know.
        shown = definitions[name]
        shown["properties"] = {key: value for key, value in shown["properties"].items() if key not in hidden}
        shown["required"] = [key for key in shown["required"] if key not in hidden]
        shown["additionalProperties"] = {"type": "object"}
    definitions["SourceConfig"]["properties"]["stages"] = {"anyOf": [own, {"type": "null"}], "default": None}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "stream-ocr config", **schema}
