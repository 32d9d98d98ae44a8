"""The configuration: frozen structs with their defaults and ranges.

The structs are the single source: `configfile` reads YAML into them strictly, the JSON Schema for editors is made
from them, and the stages take them as they are. Fractions are 0 to 1, times are seconds, sizes are pixels.
"""

from stream_ocr.config.cpu import CpuConfig
from stream_ocr.config.delivery import DeliverySink, MqttSink, TlsConfig, WebhookSink, ZmqAckSink
from stream_ocr.config.fields import Precision
from stream_ocr.config.ocr import ModelFiles, OcrConfig
from stream_ocr.config.plugins import Position, SinkPlugin, StagePlugin
from stream_ocr.config.redact import RedactConfig
from stream_ocr.config.rules import NumberConfig, OnlyConfig, RuleConfig
from stream_ocr.config.run import Config, SecurityConfig, json_schema
from stream_ocr.config.sinks import (
    THIRDS,
    AssSink,
    ConsoleSink,
    JsonlSink,
    SinkConfig,
    SqliteSink,
    SrtSink,
    SubtitleSink,
    VideoSink,
    VttSink,
    ZmqSink,
)
from stream_ocr.config.sources import ReconnectConfig, RegionConfig, SourceConfig
from stream_ocr.config.stages import (
    AnnotateConfig,
    ClassifyConfig,
    DetectConfig,
    GateConfig,
    Placed,
    RecognizeConfig,
    StagesConfig,
    TrackConfig,
)

__all__ = [
    "THIRDS",
    "AnnotateConfig",
    "AssSink",
    "ClassifyConfig",
    "Config",
    "ConsoleSink",
    "CpuConfig",
    "DeliverySink",
    "DetectConfig",
    "GateConfig",
    "JsonlSink",
    "ModelFiles",
    "MqttSink",
    "NumberConfig",
    "OcrConfig",
    "OnlyConfig",
    "Placed",
    "Position",
    "Precision",
    "RecognizeConfig",
    "ReconnectConfig",
    "RedactConfig",
    "RegionConfig",
    "RuleConfig",
    "SecurityConfig",
    "SinkConfig",
    "SinkPlugin",
    "SourceConfig",
    "SqliteSink",
    "SrtSink",
    "StagePlugin",
    "StagesConfig",
    "SubtitleSink",
    "TlsConfig",
    "TrackConfig",
    "VideoSink",
    "VttSink",
    "WebhookSink",
    "ZmqAckSink",
    "ZmqSink",
    "json_schema",
]
