"""Which pictures of a text are handed on."""

import cv2
import msgspec
import numpy as np
from frames import frame, picture, quad, searched
from texts import RUN, event, gone

from stream_ocr.messages import Crop, Ended, FrameText, Image, Line
from stream_ocr.stages.showing import Crops

SHARP = picture(("EXIT 25", (100, 200)))
BLURRED = np.asarray(cv2.blur(SHARP, (7, 7)), np.uint8)
LINE = Line(quad=quad(98, 172, 212, 206), score=0.9, track=17, place=4, text="EXIT 25", settled=True)
SAID = event(track=17)


def _text(pts: float, image: Image, *lines: Line, ended: tuple[Ended, ...] = ()) -> FrameText:
    return msgspec.structs.replace(searched(frame(pts, image)), lines=lines or (LINE,), ended=ended)


def _made() -> Crops:
    return Crops(RUN, "desk")


def test_a_text_is_shown_when_it_is_said() -> None:
    crops = _made()
    assert [*crops.update(_text(0.0, SHARP), [])] == []
    (crop,) = crops.update(_text(0.1, SHARP), [SAID])
    assert (crop.run, crop.source, crop.track) == (RUN, "desk", 17)
    assert np.abs(crop.image.astype(int) - SHARP[172:206, 98:212]).mean() < 8
    assert [*crops.update(_text(5.0, SHARP), [])] == []  # no better


def test_a_better_picture_is_shown_later() -> None:
    crops = _made()
    (first,) = crops.update(_text(0.0, BLURRED), [SAID])
    assert [*crops.update(_text(0.1, SHARP), [])] == []  # it is not looked at again so soon
    (second,) = crops.update(_text(0.3, SHARP), [])
    assert second.quality > 1.15 * first.quality
    assert [*crops.update(_text(3.0, BLURRED), [])] == []


def test_a_text_that_stays_is_looked_at_ever_more_seldom() -> None:
    crops, looked = _made(), 0
    shown: list[Crop] = []
    for number in range(3000):
        brighter = np.asarray(cv2.convertScaleAbs(SHARP, alpha=0.1 + number / 3000), np.uint8)
        new = [*crops.update(_text(number / 10, brighter), [SAID])]
        looked += len(new)
        shown += new
    assert 4 <= looked <= 12
    assert [crop.quality for crop in shown] == sorted(crop.quality for crop in shown)


def test_a_text_that_is_said_in_the_end_only_is_shown_as_it_was() -> None:
    crops = _made()
    list(crops.update(_text(0.0, SHARP), []))
    over = Ended(track=17, end=0.0, reason="left", line=LINE)
    nothing = msgspec.structs.replace(_text(1.0, picture(), ended=(over,)), lines=())
    (crop,) = crops.update(nothing, [SAID, gone(track=17)])
    assert crop.image.max() > 200
    other = _made()
    list(other.update(_text(0.0, SHARP), []))
    (crop,) = other.finish([SAID, gone(track=17)])
    assert crop.image.max() > 200


def test_what_is_over_is_forgotten() -> None:
    crops = _made()
    over = Ended(track=17, end=0.0, reason="left")
    list(crops.update(_text(0.0, SHARP), []))
    list(crops.update(msgspec.structs.replace(_text(1.0, SHARP, ended=(over,)), lines=()), []))
    assert [*crops.finish([SAID])] == []


def test_what_was_not_read_is_not_looked_at() -> None:
    crops = _made()
    list(crops.update(_text(0.0, SHARP, msgspec.structs.replace(LINE, text="")), []))
    assert [*crops.finish([SAID])] == []


def test_a_large_text_makes_a_small_picture() -> None:
    wide = np.full((300, 4000, 3), 40, np.uint8)
    cv2.putText(wide, "EXIT 25", (100, 200), cv2.FONT_HERSHEY_SIMPLEX, 6.0, (255, 255, 255), 8)
    line = msgspec.structs.replace(LINE, quad=quad(0, 0, 4000, 300))
    (crop,) = _made().update(_text(0.0, wide, line), [SAID])
    assert crop.image.shape == (72, 960, 3)
