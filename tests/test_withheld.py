"""No picture of a text that is to be hidden is handed on, whenever that becomes known."""

from frames import frame, picture, quad
from texts import event

from stream_ocr.config import RedactConfig
from stream_ocr.messages import Crop, EventKind, FrameText, Line, TextEvent
from stream_ocr.redaction import Policy
from stream_ocr.stages.showing import Crops
from stream_ocr.stages.withheld import Withheld

PLACE = quad(95, 170, 245, 210)


def _withheld() -> Withheld:
    return Withheld(Crops("run", "desk"), Policy(RedactConfig(match=r"\d\d-")))


def _text(tenth: int, *said: tuple[int, str]) -> FrameText:
    lines = (Line(quad=PLACE, score=0.9, track=track, text=text, settled=True) for track, text in said)
    return FrameText(frame=frame(tenth / 10, picture(*((text, (100, 200)) for _, text in said))), lines=tuple(lines))


def _said(kind: EventKind, track: int, text: str) -> TextEvent:
    return event(kind=kind, track=track, text=text)


def _tracks(crops: list[Crop]) -> list[int]:
    return [crop.track for crop in crops]


def test_a_picture_is_handed_on_when_its_text_is_over() -> None:
    withheld = _withheld()
    assert list(withheld.update(_text(0, (1, "EXIT 25")), [_said("appear", 1, "EXIT 25")])) == []
    assert _tracks(list(withheld.update(_text(9), [_said("disappear", 1, "EXIT 25")]))) == [1]


def test_no_picture_of_a_hidden_text_is() -> None:
    withheld = _withheld()
    assert list(withheld.update(_text(0, (1, "98-THD-4")), [_said("appear", 1, "98-THD-4")])) == []
    assert list(withheld.finish([_said("disappear", 1, "98-THD-4")])) == []


def test_nor_of_one_that_was_taken_for_another_first() -> None:
    withheld = _withheld()
    list(withheld.update(_text(0, (1, "9B-THD-4"), (2, "EXIT 25")), [_said("appear", 1, "9B-THD-4")]))
    list(withheld.update(_text(3, (1, "98-THD-4"), (2, "EXIT 25")), [_said("appear", 2, "EXIT 25")]))
    ends = [_said("disappear", 1, "98-THD-4"), _said("disappear", 2, "EXIT 25")]
    assert _tracks(list(withheld.finish(ends))) == [2]
