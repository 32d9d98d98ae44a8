import numpy as np
import pytest
from frames import picture

from stream_ocr import jpeg
from stream_ocr.errors import WireError

SIGN = picture(("EXIT 25", (100, 200)))


def test_a_picture_comes_back_almost_as_it_was() -> None:
    sent = jpeg.encode(SIGN)
    assert len(sent) < SIGN.nbytes / 20
    came = jpeg.decode(sent, SIGN.shape)
    assert came.shape == SIGN.shape
    assert came.dtype == np.uint8
    assert np.abs(came.astype(int) - SIGN).max() < 60


def test_one_of_another_shape_is_none() -> None:
    # Said of 8 by 8 pixels, so much memory would be taken for it before anybody looks.
    with pytest.raises(WireError, match=r"expected a JPEG of shape \[8, 8, 3\], got one of 360 x 640 pixels"):
        jpeg.decode(jpeg.encode(SIGN), (8, 8, 3))


def test_a_damaged_one_is_none() -> None:
    whole = bytes(jpeg.encode(SIGN))
    with pytest.raises(WireError, match="got one that cannot be decoded"):
        jpeg.decode(whole[:170], SIGN.shape)


@pytest.mark.parametrize("content", [b"", b"hello, world", b"\xff\xd8", b"\xff\xd8\xff\xe0\x00\x00" * 9, bytes(64)])
def test_something_else_is_none(content: bytes) -> None:
    with pytest.raises(WireError, match="expected a JPEG, got"):
        jpeg.decode(content, SIGN.shape)


def test_a_picture_that_is_too_large_for_one() -> None:
    with pytest.raises(WireError, match=r"cannot write a picture of shape \(1, 70000, 3\) as JPEG"):
        jpeg.encode(np.zeros((1, 70_000, 3), np.uint8))
