"""What is hidden in which frame. Frames are 0.1 s apart."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from frames import frame, picture, quad

from stream_ocr.config import RedactConfig
from stream_ocr.geometry import bounds
from stream_ocr.messages import Ended, FrameText, Image, Line, Luma, Quad
from stream_ocr.redaction import Policy, Redactor
from stream_ocr.redaction.trace import LEAD, LINGER

PLACE = quad(100, 170, 240, 210)
SECRET = "98-THD-4"


def _redactor() -> Redactor:
    return Redactor(Policy(RedactConfig(match=r"\d\d-[A-Z]{3}-\d")))


def _line(text: str, place: Quad = PLACE, *, track: int = 1, **fields: Any) -> Line:
    return Line(quad=place, score=0.9, track=track, text=text, settled=bool(text), **fields)


def _at(tenth: int, *lines: Line, image: Image | None = None, ended: tuple[Ended, ...] = ()) -> FrameText:
    return FrameText(frame=frame(tenth / 10, image), lines=lines, ended=ended)


def _sign(left: int, text: str = SECRET) -> Image:
    return picture((text, (left, 200)))


def _box(left: int) -> Quad:
    return quad(left - 5, 170, left + 140, 210)


def _hidden(redactor: Redactor, tenth: int, place: Quad = PLACE) -> bool:
    """Whether all of a place is covered in a frame."""
    left, top, right, bottom = bounds(place)
    return any(
        low <= left and high <= top and to >= right and down >= bottom
        for low, high, to, down in map(bounds, redactor.places(tenth / 10))
    )


class _Held:
    """Learns frames that are all held back."""

    def __init__(self) -> None:
        self.redactor = _redactor()
        self._looks: list[tuple[float, Luma]] = []

    def learn(self, texts: Sequence[FrameText]) -> Redactor:
        for text in texts:
            self.redactor.learn(text, reversed(self._looks))
            self._looks.append((text.frame.pts, text.frame.luma))
        return self.redactor


def test_a_line_is_covered_from_its_first_sighting_until_it_is_known_to_be_harmless() -> None:
    redactor = _redactor()
    redactor.learn(_at(0, _line("")))
    assert _hidden(redactor, 0)
    redactor.learn(_at(1, _line("EXIT 25")))
    assert redactor.places(0.1) == []
    redactor.learn(_at(2, _line("EXIT 25"), _line(SECRET, quad(300, 100, 400, 130), track=2)))
    assert len(redactor.places(0.2)) == 1
    assert _hidden(redactor, 2, quad(300, 100, 400, 130))


def test_a_line_that_is_lost_from_sight_is_covered_where_it_goes() -> None:
    redactor = _redactor()
    for tenth in range(4):
        redactor.learn(_at(tenth, _line(SECRET, _box(100 + 20 * tenth)), image=picture()))
    redactor.learn(_at(4, image=picture()))
    assert _hidden(redactor, 4, _box(180))
    assert not redactor.places(0.3 + LINGER + 0.1)


def test_a_line_that_is_lost_is_followed_in_the_picture() -> None:
    redactor = _redactor()
    for tenth, left in enumerate((100, 104, 108, 112)):
        redactor.learn(_at(tenth, _line(SECRET, _box(left)), image=_sign(left)))
    for tenth in range(4, 12):
        # It turns round, which its speed does not tell.
        redactor.learn(_at(tenth, image=_sign(112 - 4 * (tenth - 3))))
    assert _hidden(redactor, 11, quad(80, 172, 200, 208))


def test_a_line_that_moves_is_covered_between_two_sightings() -> None:
    redactor = _redactor()
    redactor.learn(_at(0, _line(SECRET, _box(100)), image=picture()))
    redactor.learn(_at(4, _line(SECRET, _box(140)), image=picture()))
    assert _hidden(redactor, 2, _box(120))


def test_what_is_known_later_counts_for_frames_held_back() -> None:
    redactor = _Held().learn([_at(0, _line("")), _at(1, _line("EXIT 25"))])
    assert redactor.places(0.0) == []
    redactor = _Held().learn([_at(0, _line("", start=0.0)), _at(1, _line("12", start=0.0)), _at(2, _line(SECRET))])
    assert _hidden(redactor, 1)


def test_a_text_that_is_new_is_looked_for_in_the_frames_before() -> None:
    lefts = [100 + 6 * tenth for tenth in range(9)]
    texts = [_at(tenth, image=_sign(left)) for tenth, left in enumerate(lefts)]
    texts[-1] = _at(8, _line(SECRET, _box(lefts[8]), start=0.8), image=_sign(lefts[8]))
    redactor = _Held().learn(texts)
    assert all(_hidden(redactor, tenth, _box(left)) for tenth, left in enumerate(lefts))


def test_a_text_that_cannot_be_made_out_before_is_covered_a_little_earlier() -> None:
    texts = [_at(tenth, image=picture()) for tenth in range(8)]
    redactor = _Held().learn([*texts, _at(8, _line(SECRET, start=0.8))])
    assert _hidden(redactor, 5)
    assert redactor.places(0.8 - LEAD - 0.1) == []


def test_a_text_that_took_the_place_of_another_one_is_covered_from_its_beginning() -> None:
    old = [_at(tenth, _line("EXIT 25")) for tenth in range(7)]
    new = _at(7, _line(SECRET, track=2, start=0.5, seen=0.6))
    redactor = _Held().learn([*old, new])
    assert _hidden(redactor, 5)
    assert _hidden(redactor, 6)
    assert redactor.places(0.0) == []


def test_a_harmless_text_after_a_secret_one_is_shown_from_its_beginning() -> None:
    old = [_at(tenth, _line(SECRET)) for tenth in range(8)]
    ended = (Ended(track=1, end=0.2, reason="replaced"),)
    redactor = _Held().learn([*old, _at(8, _line("EXIT 25", track=2, start=0.3, seen=0.7), ended=ended)])
    assert _hidden(redactor, 2)
    assert redactor.places(0.8) == []


def test_readings_from_before_a_text_began_do_not_speak_for_what_was_there_then() -> None:
    redactor = _Held().learn([_at(0, _line("", start=0.0)), _at(1, _line("EXIT 25", start=0.1))])
    assert _hidden(redactor, 0)
    assert redactor.places(0.1) == []


def test_a_number_that_was_given_up_for_another_one_was_that_text() -> None:
    known = _line("EXIT 25")
    texts = [_at(0, known), _at(1, known), _at(4, _line("", track=2, start=0.4)), _at(5, known)]
    redactor = _Held().learn(texts)
    assert redactor.places(0.4) == []


def test_a_text_that_was_over_before_it_was_shown_is_covered_too() -> None:
    line = _line(SECRET, track=9, start=0.2)
    over = Ended(track=9, end=0.4, reason="left", line=line)
    redactor = _Held().learn([_at(tenth) for tenth in range(5)] + [_at(6, ended=(over,))])
    assert _hidden(redactor, 3)


def test_a_line_that_looks_otherwise_is_covered_until_it_is_read_again() -> None:
    redactor = _redactor()
    known = _line("34 BPM", reads=2)
    redactor.learn(_at(0, known, image=_sign(100, "34 BPM")))
    assert redactor.places(0.0) == []
    redactor.learn(_at(1, known, image=_sign(100, "91 BPM")))
    assert _hidden(redactor, 1)
    unchanged = frame(0.2, _sign(100, "91 BPM"), dirty=False)
    redactor.learn(FrameText(frame=unchanged, lines=(known,)))
    assert _hidden(redactor, 2)
    redactor.learn(_at(3, msgspec.structs.replace(known, reads=3), image=_sign(100, "91 BPM")))
    assert redactor.places(0.3) == []
    assert redactor.places(0.1) == [], "the next reading said that it was the same text"


def test_lines_say_nothing_that_they_are_not_to_say() -> None:
    redactor = _redactor()
    other = quad(300, 100, 400, 130)
    text = _at(0, _line(SECRET, alternatives=("98-THO-4",)), _line("EXIT 25", other, track=2))
    unread = msgspec.structs.replace(_line("98-", quad(10, 10, 50, 30), track=3), settled=False)
    text = msgspec.structs.replace(text, lines=(*text.lines, unread))
    redactor.learn(text)
    assert [(line.text, line.alternatives) for line in redactor.lines(text)] == [
        ("[redacted]", ()),
        ("EXIT 25", ()),
        ("", ()),
    ]


def test_what_no_frame_needs_is_forgotten() -> None:
    redactor = _redactor()
    for tenth in range(300):
        track = 1 + tenth // 10
        redactor.learn(_at(tenth, _line(SECRET, track=track, start=tenth / 10), image=picture()))
        redactor.forget(tenth / 10)
    traces = redactor._traces.values()
    assert len(traces) <= 5
    assert max(len(trace.sightings) for trace in traces) <= 20
    assert np.isfinite(redactor.places(29.9)[0]).all()
