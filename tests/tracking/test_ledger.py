from dataclasses import dataclass, field

import msgspec
import pytest
from frames import frame, picture, quad, searched

from stream_ocr.config import RecognizeConfig
from stream_ocr.messages import Ended, FrameText, Image, Line
from stream_ocr.tracking.appearance import look
from stream_ocr.tracking.ledger import Ledger
from stream_ocr.tracking.voting import Reading

BOX = quad(95, 165, 330, 212)


def _shown(text: str) -> Image:
    return picture((text, (100, 200)))


@dataclass
class _Desk:
    """One line at one place, read by a reader that says what it is told."""

    ledger: Ledger = field(default_factory=lambda: Ledger(RecognizeConfig()))
    reads: int = 0

    def see(self, pts: float, image: Image, says: str, confidence: float = 0.95, *, track: int = 1) -> FrameText:
        made = frame(pts, image)
        line = Line(quad=BOX, score=0.9, track=track, place=1, start=0.0, seen=max(0.0, pts - 0.1))
        text = msgspec.structs.replace(searched(made), lines=(line,))
        looks = {0: look(image, self.ledger.view(line))}
        wanted = self.ledger.plan(text, looks)
        self.reads += len(wanted)
        return self.ledger.update(text, looks, {index: Reading(says, confidence) for index in wanted})


def test_a_still_text_is_read_twice_and_settled() -> None:
    desk = _Desk()
    seen = [desk.see(0.1 * n, _shown("EXIT 25"), "EXIT 25").lines[0] for n in range(40)]
    assert desk.reads == 2
    assert [line.settled for line in seen[:3]] == [False, True, True]
    assert (seen[-1].text, seen[-1].reads, seen[-1].agreement) == ("EXIT 25", 2, 1.0)
    assert seen[-1].confidence == pytest.approx(0.95)
    assert {line.track for line in seen} == {1}


def test_a_line_that_is_not_settled_is_read_less_and_less_often() -> None:
    desk = _Desk()
    for n in range(200):
        desk.see(0.1 * n, _shown("EXIT 25"), f"ABC{n}XYZ{n}", confidence=0.7)
    assert desk.reads == RecognizeConfig().max_reads


def test_readings_below_the_threshold_do_not_settle() -> None:
    desk = _Desk()
    seen = [desk.see(0.1 * n, _shown("EXIT 25"), "EXIT 25", confidence=0.5) for n in range(20)]
    assert not any(text.lines[0].settled for text in seen)


def test_one_sure_reading_settles_a_line_that_stays_as_it_is() -> None:
    ledger = Ledger(RecognizeConfig(agree=3))
    desk = _Desk(ledger)
    assert not desk.see(0.0, _shown("EXIT 25"), "EXIT 25").lines[0].settled
    line = Line(quad=BOX, score=0.9, track=1, place=1, start=0.0, carried=True)
    still = msgspec.structs.replace(searched(frame(0.3, dirty=False), area=None), lines=(line,))
    assert ledger.plan(still, {}) == []
    assert ledger.update(still, {}, {}).lines[0].settled


def test_another_text_at_the_place_replaces_the_one_before_from_the_frame_on_that_first_showed_it() -> None:
    desk = _Desk()
    for n in range(10):
        desk.see(0.1 * n, _shown("EXIT 25"), "EXIT 25")
    first = desk.see(1.0, _shown("TAXI 48"), "TAXI 48")
    assert first.ended == ()
    assert first.lines[0].text == "EXIT 25"
    second = desk.see(1.1, _shown("TAXI 48"), "TAXI 48")
    (over,) = second.ended
    assert (over.track, over.reason) == (1, "replaced")
    assert over.end == pytest.approx(0.9)
    line = second.lines[0]
    assert (line.track, line.text, line.start, line.settled, line.place) == (2, "TAXI 48", 1.0, True, 1)


def test_a_counter_comes_out_as_the_values_it_had() -> None:
    desk = _Desk()
    said: list[str] = []
    for value in range(34, 38):
        for n in range(6):
            text = desk.see((value - 34) + 0.1 * n, _shown(str(value)), str(value))
            if text.lines[0].settled and (not said or said[-1] != text.lines[0].text):
                said.append(text.lines[0].text)
    assert said == ["34", "35", "36", "37"]


def test_a_wrong_reading_of_a_picture_that_stays_the_same_replaces_nothing() -> None:
    desk = _Desk(Ledger(RecognizeConfig(agree=3)))
    desk.see(0.0, _shown("EXIT 25"), "EXIT 25")
    desk.see(0.1, _shown("EXIT 25"), "TAXI 48", confidence=0.7)
    texts = [desk.see(0.2 + 0.2 * n, _shown("EXIT 25"), "EXIT 25") for n in range(6)]
    assert all(text.ended == () for text in texts)
    line = texts[-1].lines[0]
    assert (line.track, line.text, line.alternatives) == (1, "EXIT 25", ("TAXI 48",))


def test_one_contradiction_alone_replaces_nothing() -> None:
    desk = _Desk()
    for n in range(5):
        desk.see(0.1 * n, _shown("EXIT 25"), "EXIT 25")
    desk.see(0.5, _shown("-------"), "-------")
    texts = [desk.see(0.6 + 0.1 * n, _shown("EXIT 25"), "EXIT 25") for n in range(5)]
    assert all(text.ended == () and text.lines[0].track == 1 for text in texts)


def test_doubts_that_never_agree_are_given_up() -> None:
    desk = _Desk(Ledger(RecognizeConfig(max_reads=3)))
    for n in range(5):
        desk.see(0.1 * n, _shown("EXIT 25"), "EXIT 25")
    for n in range(8):
        text = desk.see(0.5 + 0.2 * n, _shown(f"{n}TAXI{n}{n}"), f"{n}TAXI{n}{n}")
        assert text.ended == ()
        assert text.lines[0].track == 1


def test_what_is_left_of_a_text_at_the_edge_of_the_picture_is_the_same_text() -> None:
    desk = _Desk()
    for n in range(5):
        desk.see(0.1 * n, _shown("DEPARTURES"), "DEPARTURES")
    for n in range(5):
        text = desk.see(0.5 + 0.2 * n, _shown("TURES"), "TURES")
        assert text.ended == ()
        assert text.lines[0].text == "DEPARTURES"


def test_a_busy_picture_around_the_same_text_does_not_cost_a_reading_per_frame() -> None:
    desk = _Desk()
    for n in range(100):
        image = picture(("EXIT 25", (100, 200)), ("/" * (n % 7), (100 + 3 * (n % 11), 205)))
        desk.see(0.1 * n, image, "EXIT 25")
    assert desk.reads <= 12


def test_typed_text_is_one_track_that_ends_with_its_final_text() -> None:
    desk = _Desk()
    whole = "> gh issue"
    tracks = set()
    for n in range(2, len(whole) + 1):
        tracks.add(desk.see(0.2 * n, _shown(whole[:n]), whole[:n]).lines[0].track)
    for n in range(5):
        line = desk.see(3.0 + 0.2 * n, _shown(whole), whole).lines[0]
    assert tracks == {1}
    assert (line.text, line.settled) == (whole, True)


def test_a_clearly_better_look_is_read() -> None:
    desk = _Desk()
    blurred = _shown("EXIT 25") // 3
    for n in range(10):
        desk.see(0.1 * n, blurred, "EX1T 25", confidence=0.7)
    before = desk.reads
    desk.see(3.0, _shown("EXIT 25"), "EXIT 25", confidence=0.99)
    assert desk.reads == before + 1


def test_a_track_that_is_over_is_forgotten_under_its_own_number() -> None:
    desk = _Desk()
    desk.see(0.0, _shown("EXIT 25"), "EXIT 25", track=7)
    assert desk.ledger.forget((Ended(track=7, end=0.0, reason="left"), Ended(track=8, end=0.0, reason="left"))) == (
        Ended(track=1, end=0.0, reason="left"),
    )
    assert desk.see(5.0, _shown("EXIT 25"), "EXIT 25", track=9).lines[0].track == 2


def test_carried_lines_that_were_never_read_wait_for_a_search() -> None:
    ledger = Ledger(RecognizeConfig())
    line = Line(quad=BOX, score=0.9, track=1, place=1, start=0.0, carried=True)
    text = msgspec.structs.replace(searched(frame(0.0), area=None), lines=(line,))
    assert ledger.plan(text, {0: look(text.frame.image, BOX)}) == []
    assert ledger.update(text, {}, {}).lines[0].text == ""
