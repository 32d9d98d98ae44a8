import math
from typing import Any

import msgspec
import numpy as np
import pytest
from frames import frame, picture, quad, searched
from texts import APPEAR, BEHIND, ONLINE, SOURCE_STATS, STATS

from stream_ocr import wire
from stream_ocr.errors import WireError
from stream_ocr.gate import TILE, reduce
from stream_ocr.messages import (
    Ended,
    EndOfStream,
    Frame,
    FrameText,
    Line,
    Message,
)

TINY = Frame(
    source="d",
    epoch=0,
    seq=1,
    pts=0.5,
    previous_pts=0.5,
    captured_at=1.0,
    wall=None,
    image=np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8),
    luma=np.array([[7, 8]], np.uint8),
    dirty=np.array([[True]]),
    skipped=0,
    dropped=0,
)
TINY_BODY = (
    b"\x8c\xa6source\xa1d\xa5epoch\x00\xa3seq\x01\xa3pts\xcb?\xe0\x00\x00\x00\x00\x00\x00"
    b"\xacprevious_pts\xcb?\xe0\x00\x00\x00\x00\x00\x00\xabcaptured_at\xcb?\xf0\x00\x00\x00\x00\x00\x00"
    b"\xa4wall\xc0\xa5image\x93\xa2u1\x93\x01\x02\x03\x00\xa4luma\x93\xa2u1\x92\x01\x02\x01"
    b"\xa5dirty\x93\xa2b1\x92\x01\x01\x02\xa7skipped\x00\xa7dropped\x00"
)
TINY_PARTS = [b"stream-ocr/1 Frame", TINY_BODY, b"\x01\x02\x03\x04\x05\x06", b"\x07\x08", b"\x01"]
END_PARTS = [
    b"stream-ocr/1 EndOfStream",
    b"\x86\xa6source\xa4desk\xa6reason\xadend-of-stream\xa3pts\xcb@\x04\x00\x00\x00\x00\x00\x00\xa5ended\x90"
    b"\xa7problem\xc0\xa5final\xc3",
]

LINE = Line(quad=quad(1.5, 2, 30, 12), score=0.9, track=3, place=1, start=0.25, text="出口 25", alternatives=("EXIT",))
PLAIN: list[Message] = [
    APPEAR,
    EndOfStream(source="desk", reason="source-lost", pts=2.5, ended=(Ended(track=3, end=2.4, reason="left"),)),
    ONLINE,
    BEHIND,
    STATS,
    SOURCE_STATS,
]


def test_an_end_of_stream_is_these_bytes() -> None:
    assert [bytes(part) for part in wire.encode(EndOfStream(source="desk", pts=2.5))] == END_PARTS
    assert wire.decode(END_PARTS) == EndOfStream(source="desk", pts=2.5)


def test_a_frame_is_these_bytes() -> None:
    assert [bytes(part) for part in wire.encode(TINY)] == TINY_PARTS
    decoded = wire.decode(TINY_PARTS)
    assert isinstance(decoded, Frame)
    assert (decoded.source, decoded.seq, decoded.pts, decoded.wall) == ("d", 1, 0.5, None)
    assert decoded.image.tolist() == [[[1, 2, 3], [4, 5, 6]]]
    assert decoded.luma.tolist() == [[7, 8]]
    assert decoded.dirty.tolist() == [[True]]
    assert decoded.dirty.dtype == np.bool_


@pytest.mark.parametrize("message", PLAIN, ids=lambda message: type(message).__name__)
def test_what_has_no_arrays_comes_back_equal(message: Message) -> None:
    assert wire.decode(wire.encode(message)) == message


def test_a_frame_with_text_comes_back() -> None:
    sent = FrameText(
        frame=frame(1.5, wall=7.25),
        lines=(LINE,),
        areas=((0, 0, 640, 360),),
        ended=(Ended(track=2, end=1.4, reason="replaced"),),
    )
    came = wire.decode(wire.encode(sent))
    assert isinstance(came, FrameText)
    assert (came.lines, came.areas, came.ended) == (sent.lines, sent.areas, sent.ended)
    assert np.array_equal(came.frame.image, sent.frame.image)
    assert (came.frame.pts, came.frame.wall, came.frame.size) == (1.5, 7.25, (640, 360))


@pytest.mark.parametrize("size", [(480, 270), (642, 362), (1, 1), (9, 300), (1920, 1080), (2, 2000)])
def test_a_frame_of_any_size_travels_with_the_luma_that_the_gate_makes(size: tuple[int, int]) -> None:
    image = np.zeros((size[1], size[0], 3), np.uint8)
    luma = reduce(image[:, :, 0])
    rows, columns = luma.shape[0] // TILE, luma.shape[1] // TILE
    sent = msgspec.structs.replace(TINY, image=image, luma=luma, dirty=np.ones((rows, columns), np.bool_))
    came = wire.decode(wire.encode(sent))
    assert isinstance(came, Frame)
    assert came.luma.shape == luma.shape


def test_pictures_are_handed_through_not_copied() -> None:
    sent = frame(0.0)
    parts = wire.encode(sent)
    came = wire.decode(parts)
    assert isinstance(came, Frame)
    assert np.shares_memory(came.image, sent.image)


def test_decoded_pictures_are_read_only_and_the_senders_stay_as_they_are() -> None:
    sent = frame(0.0)
    came = wire.decode(wire.encode(sent))
    assert isinstance(came, Frame)
    assert not any(array.flags.writeable for array in (came.image, came.luma, came.dirty))
    assert sent.image.flags.writeable


def test_a_picture_that_is_not_contiguous_travels_too() -> None:
    wide = np.arange(2 * 8 * 3, dtype=np.uint8).reshape(2, 8, 3)
    came = wire.decode(wire.encode(msgspec.structs.replace(TINY, image=wide[:, ::2])))
    assert isinstance(came, Frame)
    assert np.array_equal(came.image, wide[:, ::2])


def test_an_array_of_another_dtype_does_not_travel() -> None:
    floats: Any = np.zeros((1, 2, 3), np.float32)
    with pytest.raises(WireError, match="expected an array of u1, b1, got float32"):
        wire.encode(msgspec.structs.replace(TINY, image=floats))


def test_something_that_is_no_value_does_not_travel() -> None:
    strange: Any = object()
    with pytest.raises(WireError, match="expected an array or a plain value in a message, got object"):
        wire.encode(msgspec.structs.replace(TINY, wall=strange))


def _with(number: int, part: bytes) -> list[bytes]:
    """The parts of the tiny frame, one of them changed."""
    return [*TINY_PARTS[:number], part, *TINY_PARTS[number + 1 :]]


def _body(old: bytes, new: bytes) -> list[bytes]:
    """The parts of the tiny frame, with something else in the body."""
    assert TINY_BODY.count(old) == 1
    return _with(1, TINY_BODY.replace(old, new))


RUBBISH = {
    "nothing": ([], "expected 2 to 10 parts, got 0"),
    "a greeting alone": (TINY_PARTS[:1], "got 1"),
    "too many parts": ([*TINY_PARTS, *[b""] * 6], "got 11"),
    "empty parts": ([b"", b""], "expected a message of stream-ocr/1, got b''"),
    "an older version": (_with(0, b"stream-ocr/0 Frame"), "got b'stream-ocr/0 Frame'"),
    "a later version": (_with(0, b"stream-ocr/10 Frame"), "got b'stream-ocr/10 Frame'"),
    "another program": ([b"GET / HTTP/1.1", b"Host: example.org"], "got b'GET / HTTP/1.1'"),
    "an unknown kind": (_with(0, b"stream-ocr/1 Fame"), "expected a known kind of message, got b'Fame'"),
    "a long greeting": (_with(0, b"stream-ocr/1 " + b"F" * 1000), "expected a known kind"),
    "a greeting that is not text": (_with(0, b"\xff\xfe\x00"), "expected a message of stream-ocr/1"),
    "an empty body": (_with(1, b""), "malformed Frame"),
    "a truncated body": (_with(1, TINY_BODY[:-4]), "malformed Frame"),
    "a body with a tail": (_with(1, TINY_BODY + b"\x00"), "malformed Frame"),
    "a body that is no map": (_with(1, b"\x93\x01\x02\x03"), "malformed Frame: Expected `object`, got `array`"),
    "a body that is deep": (_with(1, b"\x91" * 100_000), "malformed Frame"),
    "the body of another kind": (_with(0, b"stream-ocr/1 TextEvent"), "malformed TextEvent"),
    "a missing key": (_body(b"\x8c\xa6source\xa1d", b"\x8b"), "missing required field `source`"),
    "text that is not UTF-8": (_body(b"source\xa1d", b"source\xa1\xff"), "malformed Frame"),
    "a string for a number": (_body(b"\xa3seq\x01", b"\xa3seq\xa1x"), "Expected `int`, got `str`"),
    "a missing picture": (TINY_PARTS[:2], "expected an array in one of 0 parts, got part 0"),
    "an unused picture": ([*TINY_PARTS, b"\x00"], "expected every array of a Frame to be used, 1 were not"),
    "a part that is not there": (_body(b"b1\x92\x01\x01\x02", b"b1\x92\x01\x01\x63"), "got part 99"),
    "a part before the first": (_body(b"b1\x92\x01\x01\x02", b"b1\x92\x01\x01\xff"), "got part -1"),
    "a short picture": (_with(2, b"\x01\x02"), "expected 6 bytes .* got 2"),
    "a long picture": (_with(2, b"\x01" * 7), "expected 6 bytes .* got 7"),
    "a negative side": (_body(b"u1\x93\x01\x02\x03\x00", b"u1\x93\xff\xfe\x03\x00"), "expected .dtype, shape, part."),
    "a side of nothing": (_body(b"u1\x93\x01\x02\x03\x00", b"u1\x93\x00\x02\x03\x00"), "expected .dtype, shape, part."),
    "a side of half": (
        _body(b"u1\x93\x01\x02\x03\x00", b"u1\x93\x01\x02\xca\x40\x40\x00\x00\x00"),
        "expected .dtype, shape, part.",
    ),
    "a side that is true": (_body(b"b1\x92\x01\x01\x02", b"b1\x92\xc3\x01\x02"), "expected .dtype, shape, part."),
    "sides that overflow": (
        _body(b"u1\x93\x01\x02\x03\x00", b"u1\x93" + b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff" * 3 + b"\x00"),
        "expected .* bytes",
    ),
    "a reference that is none": (_body(b"\x93\xa2b1\x92\x01\x01\x02", b"\xa4none"), "expected .dtype, shape, part."),
    "an unknown dtype": (_body(b"\xa2b1", b"\xa2f8"), "expected an array of u1, b1, got 'f8'"),
    "objects": (_body(b"\xa2b1", b"\xa1O"), "expected an array of u1, b1, got 'O'"),
    "dirty as numbers": (_body(b"\xa2b1", b"\xa2u1"), "expected `dirty` with 2 dimensions of bool, got 2 of uint8"),
    "luma in three dimensions": (
        _body(b"u1\x92\x01\x02\x01", b"u1\x93\x01\x02\x01\x01"),
        "expected `luma` with 2 dimensions of uint8, got 3",
    ),
    "a shape without end": (
        _body(b"u1\x93\x01\x02\x03\x00", b"u1\xdd\x00\x0f\x00\x00" + b"\x01" * 0xF0000 + b"\x00"),
        "expected .dtype, shape, part.",
    ),
    "a tall picture": (
        [*_body(b"u1\x93\x01\x02\x03\x00", b"u1\x93\xcd\x80\x00\x01\x03\x00")[:2], bytes(98_304), *TINY_PARTS[3:]],
        "expected `image` of at most 32767 x 32767, got 32768 x 1",
    ),
    "luma larger than its picture": (
        [*_body(b"u1\x92\x01\x02\x01", b"u1\x92\x09\x01\x01")[:3], bytes(9), TINY_PARTS[4]],
        "expected `luma` of at most 8 x 8, got 9 x 1",
    ),
    "more tiles than pixels": (
        [*_body(b"b1\x92\x01\x01\x02", b"b1\x92\x01\x03\x02")[:4], b"\x01\x00\x01"],
        "expected `dirty` of at most 1 x 2, got 1 x 3",
    ),
    "a grey picture": (
        _body(b"u1\x93\x01\x02\x03\x00", b"u1\x93\x03\x02\x01\x00"),
        "expected `image` with 3 channels, got 1",
    ),
    "a time that is none": (
        _body(b"\xa3pts\xcb?\xe0\x00\x00\x00\x00\x00\x00", b"\xa3pts\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"),
        "expected finite times, got nan and 0.5",
    ),
}


@pytest.mark.parametrize(("parts", "message"), RUBBISH.values(), ids=RUBBISH.keys())
def test_rubbish_is_a_wire_error(parts: list[bytes], message: str) -> None:
    with pytest.raises(WireError, match=message) as caught:
        wire.decode(parts)
    assert "\n" not in str(caught.value)


def test_every_truncation_is_a_wire_error() -> None:
    for number, part in enumerate(TINY_PARTS):
        for length in range(len(part)):
            with pytest.raises(WireError):
                wire.decode(_with(number, part[:length]))


def test_a_damaged_body_is_a_message_or_a_wire_error() -> None:
    for place in range(len(TINY_BODY)):
        for value in (0x00, 0x80, 0x93, 0xC0, 0xCF, 0xFF):
            damaged = bytearray(TINY_BODY)
            damaged[place] = value
            try:
                message = wire.decode(_with(1, bytes(damaged)))
            except WireError:
                continue
            assert isinstance(message, Frame)
            assert math.isfinite(message.pts)


def test_a_body_over_the_limit_is_not_even_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MAX_BODY", 100)
    with pytest.raises(WireError, match=f"expected a body of at most 100 bytes, got {len(TINY_BODY)}"):
        wire.decode(TINY_PARTS)


def test_a_picture_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MAX_PICTURE", 5)
    with pytest.raises(WireError, match="at most 5"):
        wire.decode(TINY_PARTS)


def test_a_frame_inside_a_frame_with_text_is_checked_too() -> None:
    parts = wire.encode(FrameText(frame=TINY))
    body = bytes(parts[1])
    assert body.count(b"\xa2b1") == 1
    with pytest.raises(WireError, match="dirty"):
        wire.decode([parts[0], body.replace(b"\xa2b1", b"\xa2u1"), *parts[2:]])


def test_a_picture_travels_as_jpeg() -> None:
    sent = frame(0.0, picture(("EXIT 25", (100, 200))))
    parts = wire.encode(sent, "jpeg")
    came = wire.decode(parts)
    assert isinstance(came, Frame)
    assert came.image.shape == sent.image.shape
    assert not came.image.flags.writeable
    assert np.abs(came.image.astype(int) - sent.image).mean() < 1
    assert np.array_equal(came.luma, sent.luma)
    assert sum(map(len, parts)) < sent.luma.nbytes + 20_000


@pytest.mark.parametrize("pictures", ["luma", "none"])
def test_a_picture_may_stay_at_home(pictures: wire.Pictures) -> None:
    sent = searched(frame(0.0, picture(("EXIT 25", (100, 200)))), quad(95, 170, 235, 210))
    parts = wire.encode(sent, pictures)
    came = wire.decode(parts)
    assert isinstance(came, FrameText)
    assert came.frame.size == (640, 360)
    assert not came.frame.image.any()
    assert not came.frame.image.flags.writeable
    assert came.lines == sent.lines
    assert np.array_equal(came.frame.luma, sent.frame.luma) == (pictures == "luma")
    assert came.frame.dirty.shape == sent.frame.dirty.shape
    assert len(parts) == (4 if pictures == "luma" else 2)


def test_what_stays_at_home_is_no_larger_than_what_travels() -> None:
    huge = [*_body(b"u1\x93\x01\x02\x03\x00", b"-u1\x93\xcd\x7f\xff\xcd\x7f\xff\x03\x00")[:2], *TINY_PARTS[3:]]
    huge[1] = huge[1].replace(b"\xa2-u1", b"\xa3-u1")
    with pytest.raises(WireError, match="expected an array of at most 268435456 bytes"):
        wire.decode(huge)


@pytest.mark.parametrize("jpeg", [b"", b"\x01\x02\x03\x04\x05\x06", b"\xff\xd8\xff\xe0\x00\x00" * 4])
def test_what_is_no_jpeg_is_a_wire_error(jpeg: bytes) -> None:
    body = TINY_BODY.replace(b"image\x93\xa2u1", b"image\x93\xa4jpeg")
    with pytest.raises(WireError, match="expected a JPEG, got"):
        wire.decode([TINY_PARTS[0], body, jpeg, *TINY_PARTS[3:]])
