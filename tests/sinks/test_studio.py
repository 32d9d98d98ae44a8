"""From frames with their text to what a frame sink is given."""

import msgspec
import numpy as np
import pytest
from frames import frame, picture, quad

from stream_ocr.config import RedactConfig
from stream_ocr.errors import StageError
from stream_ocr.messages import EndOfStream, Frame, FrameText, Image, Line
from stream_ocr.sinks import pictures as module
from stream_ocr.sinks.pictures import Pictures
from stream_ocr.sinks.studio import Studio, Style

PLACE = quad(95, 170, 245, 210)


class _Wall:
    """A frame sink that keeps what it is given, and fails when it is told to."""

    def __init__(self) -> None:
        self.shown: list[tuple[float, Image]] = []
        self.failures = 0
        self.closed = False

    def write(self, frame: Frame, drawn: Image) -> None:
        if self.failures:
            self.failures -= 1
            raise StageError("full")
        self.shown.append((round(frame.pts, 1), drawn))

    def close(self) -> None:
        self.closed = True

    @property
    def times(self) -> list[float]:
        return [pts for pts, _ in self.shown]


class _Sparse(_Wall):
    def wants(self, frame: Frame) -> bool:
        return frame.pts >= 0.15


def _text(tenth: int, text: str = "98-THD-4", source: str = "desk") -> FrameText:
    line = Line(quad=PLACE, score=0.9, track=1, text=text, settled=True)
    shown = frame(tenth / 10, picture((text, (100, 200))), source=source)
    return FrameText(frame=shown, lines=(line,))


def _style(delay: float = 0.0) -> Style:
    return Style(redact=RedactConfig(match=r"\d\d-", delay=delay))


def test_without_annotation_a_frame_is_shown_as_it_came() -> None:
    wall = _Wall()
    text = _text(0)
    Pictures(wall, Studio(Style(), annotate=False)).write(text)
    assert wall.shown[0][1] is text.frame.image


@pytest.mark.parametrize("annotate", [True, False])
def test_what_is_redacted_is_neither_shown_nor_said(annotate: bool) -> None:
    pictures = []
    for secret in ("98-THD-4", "12-ABC-3"):
        wall = _Wall()
        Pictures(wall, Studio(_style(), annotate=annotate)).write(_text(0, secret))
        pictures.append(wall.shown[0][1])
    assert np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[0], _text(0).frame.image)


def test_what_is_held_back_is_shown_late_and_at_the_end_of_its_source() -> None:
    wall = _Wall()
    pictures = Pictures(wall, Studio(_style(delay=0.3), annotate=False))
    for tenth in range(6):
        pictures.write(_text(tenth))
        pictures.write(_text(tenth, source="yard"))
    assert wall.times == [0.0, 0.0, 0.1, 0.1, 0.2, 0.2]
    pictures.write(EndOfStream(source="desk"))
    assert wall.times[6:] == [0.3, 0.4, 0.5]
    pictures.close()
    assert wall.times[9:] == [0.3, 0.4, 0.5]
    assert wall.closed


def test_a_picture_that_could_not_be_written_is_tried_again_and_none_twice() -> None:
    wall = _Wall()
    pictures = Pictures(wall, Studio(_style(delay=0.1), annotate=False))
    pictures.write(_text(0))
    late = msgspec.structs.replace(_text(9), frame=frame(0.9, picture()))
    pictures.write(_text(1))
    wall.failures = 1
    with pytest.raises(StageError, match="full"):
        pictures.write(late)
    pictures.write(late)
    assert wall.times == [0.0, 0.1]


def test_a_sink_that_failed_is_closed_without_another_picture() -> None:
    wall = _Wall()
    pictures = Pictures(wall, Studio(_style(delay=0.1), annotate=False))
    pictures.write(_text(0))
    wall.failures = 1
    with pytest.raises(StageError, match="full"):
        pictures.write(_text(1))
    pictures.close()
    assert wall.times == []
    assert wall.closed


def test_a_sink_that_fails_at_the_end_is_closed() -> None:
    wall = _Wall()
    pictures = Pictures(wall, Studio(_style(delay=1.0), annotate=False))
    pictures.write(_text(0))
    wall.failures = 1
    with pytest.raises(StageError, match="full"):
        pictures.close()
    assert wall.closed


def test_no_picture_is_made_that_a_sink_does_not_want() -> None:
    sparse = _Sparse()
    pictures = Pictures(sparse, Studio(Style()))
    for tenth in range(4):
        pictures.write(_text(tenth))
    assert sparse.times == [0.2, 0.3]


def test_a_run_that_is_to_end_does_not_wait_for_what_is_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PARTING", 0.0)
    wall, hurried = _Wall(), [False]
    pictures = Pictures(wall, Studio(_style(delay=1.0), annotate=False), lambda: hurried[0])
    for tenth in range(5):
        pictures.write(_text(tenth))
    hurried[0] = True
    pictures.write(EndOfStream(source="desk"))
    assert wall.times == []
    assert pictures.left_out() == 5
    pictures.close()
    assert wall.closed


def test_what_was_left_out_is_told_once() -> None:
    studio = Studio(_style(delay=1.0))
    studio._budget.limit = 1
    assert list(studio.due(_text(0))) == []
    assert (studio.left_out(), studio.left_out()) == (1, 0)
