"""The errors of stream-ocr: one small tree, so that a caller catches one root.

Every message is one line that says what was wrong, where, and what was expected.
"""

__all__ = [
    "ConfigError",
    "DamagedStoreError",
    "LoginError",
    "ModelError",
    "SinkAwayError",
    "SinkGoneError",
    "SourceError",
    "StageError",
    "StoreError",
    "StreamOcrError",
    "TruthError",
    "WeightsError",
    "WireError",
]


class StreamOcrError(Exception):
    """Root of everything that stream-ocr raises on purpose."""


class ConfigError(StreamOcrError):
    """The configuration, or an argument, is not usable as it stands."""


class SourceError(StreamOcrError):
    """A file, stream, device or picture cannot be opened or read."""


class LoginError(SourceError):
    """A camera does not accept the user and password."""


class ModelError(StreamOcrError):
    """Weights are missing, damaged or of the wrong kind, or the device cannot run them."""


class WeightsError(StreamOcrError):
    """Weights cannot be fetched, or not be converted without harm."""


class WireError(StreamOcrError):
    """Bytes that are not a message of ours, a socket that cannot be bound, a peer that is silent."""


class StageError(StreamOcrError):
    """A stage or a sink failed while running."""


class SinkAwayError(StageError):
    """Whoever a sink talks with cannot be reached now: that may be over soon."""


class SinkGoneError(StageError):
    """A sink will never take anything again: there is no use in trying."""


class StoreError(StreamOcrError):
    """A store of events cannot be opened, read or written."""


class DamagedStoreError(StoreError):
    """A store is damaged, or a file is none: there is no use in trying again."""


class TruthError(StreamOcrError):
    """Ground truth is missing, is not valid, or does not fit its clip."""
