import cv2
import numpy as np

from stream_ocr.geometry import crop, quad_of
from stream_ocr.messages import Image, Quad
from stream_ocr.ocr.detect import Detected
from stream_ocr.ocr.upright import upright

OUTLINE: Quad = ((500.0, 40.0), (560.0, 280.0), (440.0, 300.0), (400.0, 60.0))
"""Of a sign that lies on its side, its own top left corner at the top right."""
SHAPE = (384, 640)


def _frame() -> Image:
    """A sign with a dark bar in its upper left quarter, on a busy ground."""
    sign = np.full((120, 240, 3), 230, np.uint8)
    cv2.rectangle(sign, (20, 20), (100, 40), (30, 30, 30), -1)
    corners = np.array([(0, 0), (240, 0), (240, 120), (0, 120)], np.float32)
    there = cv2.getPerspectiveTransform(corners, np.array(OUTLINE, np.float32))
    frame = np.random.default_rng(1).integers(0, 255, (360, 640, 3), np.uint8)
    cv2.warpPerspective(sign, there, (640, 360), frame, borderMode=cv2.BORDER_TRANSPARENT)
    return np.asarray(frame, np.uint8)


def test_what_is_aslant_is_set_upright_alone() -> None:
    view = upright(_frame(), OUTLINE, SHAPE)
    # It is some 250 x 110 pixels large, too high for a band of 96: the whole picture is searched.
    assert view.picture.shape == (360, 640, 3)
    assert view.window.shape == SHAPE
    assert view.picture[30, 60].max() < 60
    assert view.picture[90, 200].min() > 200
    assert view.picture[:, 260:].max() == 0
    assert view.picture[130:].max() == 0


def test_what_is_found_there_lies_in_the_frame_as_it_is_read() -> None:
    frame = _frame()
    view = upright(frame, OUTLINE, SHAPE)
    dark = np.argwhere(view.picture[:100, :240, 0] < 90)
    (top, left), (bottom, right) = dark.min(axis=0), dark.max(axis=0)
    bar = quad_of(np.array([(left, top), (right, top), (right, bottom), (left, bottom)]))
    (line,) = view.placed([Detected(bar, 0.9)])
    read = crop(frame, line.quad)
    assert read.shape[1] > 3 * read.shape[0]
    assert np.median(read) < 60
    # The text's own top left is near the top right of the outline, and it runs downwards.
    assert line.quad[0][0] > 450
    assert line.quad[1][1] > line.quad[0][1] + 50


def test_one_that_fits_a_band_costs_no_more_than_a_band() -> None:
    flat: Quad = ((100.0, 100.0), (300.0, 100.0), (300.0, 160.0), (100.0, 160.0))
    view = upright(_frame(), flat, SHAPE)
    assert view.window.shape[0] < SHAPE[0]
    assert view.picture.shape[0] == view.window.box[3] < 360


def test_one_that_is_larger_than_the_picture_when_upright_is_made_smaller() -> None:
    long: Quad = ((0.0, 0.0), (639.0, 359.0), (600.0, 359.0), (0.0, 40.0))
    view = upright(_frame(), long, SHAPE)
    assert view.picture.shape[1] == 640
    (line,) = view.placed([Detected(((0.0, 0.0), (640.0, 0.0), (640.0, 10.0), (0.0, 10.0)), 0.9)])
    assert np.allclose(line.quad[:2], [(0, 0), (639, 359)], atol=1.0)
