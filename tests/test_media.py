import numpy as np
import pytest

from stream_ocr.media import ArrayPixels, Decoded, MediaInfo


def test_pixels_of_an_array_are_read_only() -> None:
    image = np.zeros((4, 6, 3), np.uint8)
    image[:, :3] = 255
    picture = Decoded(1.0, None, ArrayPixels(image))
    assert picture.bgr() is image
    assert picture.luma.tolist() == [[255, 255, 255, 0, 0, 0]] * 4
    assert not picture.bgr().flags.writeable
    assert not picture.luma.flags.writeable


@pytest.mark.parametrize(("rate", "interval"), [(50.0, 0.02), (None, 0.04)])
def test_the_interval_follows_the_rate(rate: float | None, interval: float) -> None:
    assert MediaInfo((4, 6), rate, None, live=False, codec="h264").interval == pytest.approx(interval)
