"""Messages as bytes, and back: the codec of the links between stages. No sockets here.

A message is a list of parts:

1. a greeting in ASCII, `stream-ocr/1 KIND`, for example `stream-ocr/1 Frame`;
2. the body in MessagePack; each array stands in it as `[dtype, shape, number of its part]`;
3. one part per array, its raw bytes in C order; a picture may also be a JPEG, its dtype is "jpeg" then.

An array may stay at home, where the receiver has it or does not look at it: then only its shape travels, with a minus
before the dtype. So pictures never pass through a serialiser, and on inproc they are not copied at all.

Nothing is trusted on the way back: version, kind, sizes, dtype and shape are checked before an array is made, and
whatever does not fit raises WireError. A malformed message can therefore never be taken for the end of a stream.
"""

import math
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import msgspec
import numpy as np

from stream_ocr.errors import WireError
from stream_ocr.messages import (
    Array,
    EndOfStream,
    Frame,
    FrameText,
    Message,
    SinkStatus,
    SourceStats,
    SourceStatus,
    StageStats,
    TextEvent,
)

__all__ = ["MAX_ARRAYS", "MAX_BODY", "MAX_PICTURE", "VERSION", "Buffer", "Pictures", "decode", "encode"]

VERSION = 1
MAX_BODY = 4 << 20
"""Bytes of a body at most."""
MAX_PICTURE = 256 << 20
"""Bytes of one array at most."""
MAX_ARRAYS = 8
MAX_SIDE = 32_767
"""Pixels of a picture's side at most: OpenCV cannot do more."""
_MAX_DIMENSIONS = 3
_TILE = 8
"""The gate's luma has sides of so many pixels, or a multiple of it."""

Buffer: TypeAlias = bytes | bytearray | memoryview
Pictures: TypeAlias = Literal["raw", "jpeg", "luma", "none"]
"""How a frame travels: as it is; its image as JPEG; without its image; without any array."""

_GREETING = f"stream-ocr/{VERSION} ".encode()
_KINDS: dict[bytes, type[Message]] = {
    kind.__name__.encode(): kind
    for kind in (Frame, FrameText, TextEvent, SourceStatus, SinkStatus, StageStats, SourceStats, EndOfStream)
}
_DTYPES = {"u1": np.dtype(np.uint8), "b1": np.dtype(np.bool_)}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}
_JPEG, _AT_HOME = "jpeg", "-"


def encode(message: Message, pictures: Pictures = "raw") -> list[Buffer]:
    """The parts of a message; arrays are handed through as they are (made contiguous if they are not).

    Raises WireError: an array of a dtype that does not travel, or a picture that cannot be a JPEG.
    """
    arrays: list[Buffer] = []

    def refer(value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            raise WireError(f"expected an array or a plain value in a message, got {type(value).__name__}")
        name = _NAMES.get(value.dtype)
        if name is None:
            raise WireError(f"expected an array of {', '.join(_DTYPES)}, got {value.dtype}")
        is_image = value.ndim == 3
        if pictures == "none" or (pictures == "luma" and is_image):
            return (_AT_HOME + name, value.shape, 0)
        if pictures == "jpeg" and is_image:
            name = _JPEG
        arrays.append(_as_jpeg(value) if name == _JPEG else np.ascontiguousarray(value).data.cast("B"))
        return (name, value.shape, len(arrays) - 1)

    body = msgspec.msgpack.encode(message, enc_hook=refer)
    return [_GREETING + type(message).__name__.encode(), body, *arrays]


def decode(parts: Sequence[Buffer]) -> Message:
    """The message that `parts` are; its arrays are read-only, raw ones are views of their parts.

    An array that stayed at home is all zeros, and takes no memory.

    Raises WireError: anything that is not a message of this version.
    """
    if not 2 <= len(parts) <= 2 + MAX_ARRAYS:
        raise WireError(f"expected 2 to {2 + MAX_ARRAYS} parts, got {len(parts)}")
    kind = _kind(bytes(parts[0][:64]))
    if len(parts[1]) > MAX_BODY:
        raise WireError(f"expected a body of at most {MAX_BODY} bytes, got {len(parts[1])}")
    unused = set(range(len(parts) - 2))

    def resolve(_: type, reference: Any) -> Array:
        number, array = _array(reference, parts[2:])
        if number is not None:
            unused.discard(number)
        return array

    try:
        message: Message = msgspec.msgpack.decode(parts[1], type=kind, dec_hook=resolve)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"malformed {kind.__name__}: {error}") from error
    if unused:
        raise WireError(f"expected every array of a {kind.__name__} to be used, {len(unused)} were not")
    frame = message.frame if isinstance(message, FrameText) else message
    if isinstance(frame, Frame):
        _check_frame(frame)
    return message


def _kind(greeting: bytes) -> type[Message]:
    if not greeting.startswith(_GREETING):
        raise WireError(f"expected a message of stream-ocr/{VERSION}, got {greeting[:24]!r}")
    kind = _KINDS.get(greeting[len(_GREETING) :])
    if kind is None:
        raise WireError(f"expected a known kind of message, got {greeting[len(_GREETING) :]!r}")
    return kind


def _array(reference: Any, buffers: Sequence[Buffer]) -> tuple[int | None, Array]:
    """The number of the part that `reference` names, if any, and the array that it stands for; read-only."""
    match reference:
        case [str(name), [*shape], int(number)] if _is_shape(shape):
            pass
        case _:
            raise WireError("expected [dtype, shape, part] for an array")
    dtype = _DTYPES["u1"] if name == _JPEG else _DTYPES.get(name.removeprefix(_AT_HOME))
    if dtype is None:
        raise WireError(f"expected an array of {', '.join(_DTYPES)}, got {name!r:.20}")
    size = math.prod(shape) * dtype.itemsize
    if size > MAX_PICTURE:
        raise WireError(f"expected an array of at most {MAX_PICTURE} bytes, got the shape {shape}")
    if name.startswith(_AT_HOME):
        return None, np.broadcast_to(np.zeros((), dtype), shape)
    if not 0 <= number < len(buffers):
        raise WireError(f"expected an array in one of {len(buffers)} parts, got part {number}")
    buffer = buffers[number]
    array = _from_jpeg(buffer, shape) if name == _JPEG else _from_bytes(buffer, dtype, shape, size)
    # Over inproc the sender's memory arrives, and writable even if the sender had locked it.
    array.flags.writeable = False
    return number, array


def _from_bytes(buffer: Buffer, dtype: "np.dtype[Any]", shape: list[int], size: int) -> Array:
    if len(buffer) != size:
        raise WireError(f"expected {size} bytes for shape {shape}, got {len(buffer)}")
    return np.frombuffer(buffer, dtype=dtype).reshape(shape)


def _as_jpeg(image: Array) -> Buffer:
    # OpenCV takes a tenth of a second to import: only who sends pictures this way pays for it.
    from stream_ocr import jpeg

    return jpeg.encode(image)


def _from_jpeg(buffer: Buffer, shape: list[int]) -> Array:
    from stream_ocr import jpeg  # see above

    return jpeg.decode(buffer, shape)


def _is_shape(shape: list[Any]) -> bool:
    return len(shape) <= _MAX_DIMENSIONS and all(type(side) is int and side > 0 for side in shape)


def _check_frame(frame: Frame) -> None:
    """An image is (h, w, 3) uint8, luma (h, w) uint8, dirty (rows, columns) bool; times are finite.

    Luma is no larger than the image in whole tiles, and dirty no larger than luma.
    """
    expected = (
        ("image", frame.image, 3, np.uint8),
        ("luma", frame.luma, 2, np.uint8),
        ("dirty", frame.dirty, 2, np.bool_),
    )
    for name, array, dimensions, dtype in expected:
        if array.ndim != dimensions or array.dtype != dtype:
            raise WireError(
                f"expected `{name}` with {dimensions} dimensions of {np.dtype(dtype)}, "
                f"got {array.ndim} of {array.dtype}"
            )
    if frame.image.shape[2] != 3:
        raise WireError(f"expected `image` with 3 channels, got {frame.image.shape[2]}")
    height, width = (-(-side // _TILE) * _TILE for side in frame.image.shape[:2])
    limits = (
        ("image", frame.image.shape, (MAX_SIDE, MAX_SIDE)),
        ("luma", frame.luma.shape, (height, width)),
        ("dirty", frame.dirty.shape, frame.luma.shape),
    )
    for name, smaller, larger in limits:
        if smaller[0] > larger[0] or smaller[1] > larger[1]:
            raise WireError(f"expected `{name}` of at most {larger[0]} x {larger[1]}, got {smaller[0]} x {smaller[1]}")
    if not (math.isfinite(frame.pts) and math.isfinite(frame.previous_pts)):
        raise WireError(f"expected finite times, got {frame.pts} and {frame.previous_pts}")
