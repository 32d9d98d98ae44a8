import msgspec
from frames import frame, quad, searched

from stream_ocr.messages import Ended, EndOfStream, FrameText, Line
from stream_ocr.tracking.lifecycle import Lifecycle

LINE = Line(
    quad=quad(95.04, 170, 330, 210),
    score=0.9,
    track=17,
    place=4,
    start=12.48,
    text="EXIT 25",
    confidence=0.9712,
    reads=3,
    agreement=1.0,
    settled=True,
)


def _text(pts: float, *lines: Line, ended: tuple[Ended, ...] = ()) -> FrameText:
    return msgspec.structs.replace(searched(frame(pts, wall=1795331318.1236)), lines=lines, ended=ended)


def test_a_settled_line_appears_once() -> None:
    lifecycle = Lifecycle()
    (event,) = lifecycle.update(_text(12.6, LINE), now=1012.684)
    assert msgspec.json.decode(msgspec.json.encode(event)) == {
        "v": 1,
        "kind": "appear",
        "source": "desk",
        "track": 17,
        "place": 4,
        "seq": 0,
        "epoch": 0,
        "text": "EXIT 25",
        "confidence": 0.971,
        "reads": 3,
        "agreement": 1.0,
        "alternatives": [],
        "direction": 0,
        "quad": [[95.0, 170.0], [330.0, 170.0], [330.0, 210.0], [95.0, 210.0]],
        "size": [640, 360],
        "start": 12.48,
        "end": None,
        "at": 12.6,
        "wall": "2026-11-22T07:08:38.123Z",
        "age_ms": 84.0,
        "reason": None,
        "id": "",
        "region": None,
        "tags": [],
        "value": None,
        "unit": None,
        "rules": [],
    }
    assert lifecycle.update(_text(12.7, LINE), now=1012.7) == []


def test_an_unsettled_or_empty_line_says_nothing_to_its_end() -> None:
    lifecycle = Lifecycle()
    unsettled = msgspec.structs.replace(LINE, settled=False)
    empty = msgspec.structs.replace(LINE, track=18, text="")
    assert lifecycle.update(_text(1.0, unsettled, empty), now=1001.0) == []
    ended = tuple(Ended(track=track, end=1.0, reason="left") for track in (17, 18))
    assert lifecycle.update(_text(2.0, ended=ended), now=1002.0) == []
    assert lifecycle.finish(EndOfStream(source="desk"), now=1003.0) == []


def test_a_better_reading_is_an_update() -> None:
    lifecycle = Lifecycle()
    lifecycle.update(_text(1.0, msgspec.structs.replace(LINE, text="EX1T 25")), now=1001.0)
    (event,) = lifecycle.update(_text(1.1, LINE), now=1001.1)
    assert (event.kind, event.text, event.track) == ("update", "EXIT 25", 17)


def test_disappear_has_the_final_text_and_the_end() -> None:
    lifecycle = Lifecycle()
    lifecycle.update(_text(12.6, LINE), now=1012.6)
    over = Ended(track=17, end=14.0, reason="replaced")
    (event,) = lifecycle.update(_text(14.6, ended=(over,)), now=1014.6)
    assert (event.kind, event.text, event.start, event.end, event.reason) == (
        "disappear",
        "EXIT 25",
        12.48,
        14.0,
        "replaced",
    )
    assert event.at == 14.6


def test_the_replaced_text_goes_before_the_new_one_comes() -> None:
    lifecycle = Lifecycle()
    lifecycle.update(_text(12.6, LINE), now=1012.6)
    new = msgspec.structs.replace(LINE, track=18, text="EXIT 26", start=14.0)
    events = lifecycle.update(_text(14.6, new, ended=(Ended(track=17, end=13.9, reason="replaced"),)), now=1014.6)
    assert [(event.kind, event.text, event.place) for event in events] == [
        ("disappear", "EXIT 25", 4),
        ("appear", "EXIT 26", 4),
    ]


def test_the_end_of_the_stream_closes_what_is_open() -> None:
    lifecycle = Lifecycle()
    other = msgspec.structs.replace(LINE, track=18)
    lifecycle.update(_text(12.6, LINE, other), now=1012.6)
    lifecycle.update(_text(12.7, LINE), now=1012.7)
    told = (Ended(track=17, end=13.0, reason="end-of-stream"),)
    events = lifecycle.finish(EndOfStream(source="desk", ended=told), now=1013.0)
    assert [(event.track, event.kind, event.end, event.reason) for event in events] == [
        (17, "disappear", 13.0, "end-of-stream"),
        (18, "disappear", 12.6, "end-of-stream"),
    ]
    assert lifecycle.finish(EndOfStream(source="desk"), now=1014.0) == []


def test_a_source_that_is_lost_says_so() -> None:
    lifecycle = Lifecycle()
    lifecycle.update(_text(12.6, LINE), now=1012.6)
    (event,) = lifecycle.finish(EndOfStream(source="desk", reason="source-lost"), now=1013.0)
    assert event.reason == "source-lost"


def test_a_source_that_never_had_a_frame_has_nothing_to_close() -> None:
    assert Lifecycle().finish(EndOfStream(source="desk"), now=0.0) == []


def test_a_text_that_is_known_only_at_its_end_comes_and_goes_at_once() -> None:
    lifecycle = Lifecycle()
    unsettled = msgspec.structs.replace(LINE, settled=False)
    assert lifecycle.update(_text(12.6, unsettled), now=1012.6) == []
    over = Ended(track=17, end=13.0, reason="left", line=unsettled)
    events = lifecycle.update(_text(14.0, ended=(over,)), now=1014.0)
    assert [(event.kind, event.text, event.start, event.end, event.at) for event in events] == [
        ("appear", "EXIT 25", 12.48, None, 14.0),
        ("disappear", "EXIT 25", 12.48, 13.0, 14.0),
    ]
    assert [event.reason for event in events] == [None, "left"]
    assert lifecycle.finish(EndOfStream(source="desk"), now=1015.0) == []


def test_a_text_that_is_known_only_at_the_end_of_the_stream_is_said_too() -> None:
    lifecycle = Lifecycle()
    lifecycle.update(_text(12.6), now=1012.6)
    over = Ended(track=17, end=13.0, reason="end-of-stream", line=LINE)
    events = lifecycle.finish(EndOfStream(source="desk", ended=(over,)), now=1014.0)
    assert [(event.kind, event.text, event.reason) for event in events] == [
        ("appear", "EXIT 25", None),
        ("disappear", "EXIT 25", "end-of-stream"),
    ]


def test_disappear_says_the_text_as_it_was_known_in_the_end() -> None:
    lifecycle = Lifecycle()
    lifecycle.update(_text(12.6, msgspec.structs.replace(LINE, text="EX1T 25")), now=1012.6)
    over = Ended(track=17, end=13.0, reason="left", line=msgspec.structs.replace(LINE, start=12.4, reads=5))
    (event,) = lifecycle.update(_text(14.0, ended=(over,)), now=1014.0)
    assert (event.kind, event.text, event.start, event.reads) == ("disappear", "EXIT 25", 12.4, 5)


def test_a_text_does_not_end_before_it_began() -> None:
    lifecycle = Lifecycle()
    lifecycle.update(_text(12.6, LINE), now=1012.6)
    (event,) = lifecycle.update(_text(13.0, ended=(Ended(track=17, end=12.0, reason="left"),)), now=1013.0)
    assert (event.start, event.end) == (12.48, 12.48)


def test_an_open_text_that_is_unsettled_again_is_still_seen_but_not_said_otherwise() -> None:
    lifecycle = Lifecycle()
    lifecycle.update(_text(12.6, LINE), now=1012.6)
    growing = msgspec.structs.replace(LINE, text="EXIT 25 N", settled=False)
    assert lifecycle.update(_text(12.9, growing), now=1012.9) == []
    (event,) = lifecycle.finish(EndOfStream(source="desk"), now=1013.0)
    assert (event.text, event.end) == ("EXIT 25", 12.9)
