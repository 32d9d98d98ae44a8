import math
from dataclasses import dataclass, field

import cv2
import msgspec
import numpy as np
import pytest
from frames import frame, picture, quad, searched

from stream_ocr.config import RecognizeConfig
from stream_ocr.geometry import shift
from stream_ocr.messages import Ended, FrameText, Image, Line, Quad
from stream_ocr.tracking.appearance import look
from stream_ocr.tracking.ledger import Ledger
from stream_ocr.tracking.voting import Reading

BOX = quad(95, 165, 330, 212)
LEFT = quad(95, 165, 215, 212)


class _Seen(msgspec.Struct, frozen=True):
    """A line as the tracker has it, and what a reader would say."""

    says: str
    confidence: float = 0.95
    track: int = 1
    box: Quad = BOX
    start: float = 0.0
    carried: bool = False


def _shown(text: str) -> Image:
    return picture((text, (100, 200)))


def _box(text: str, left: int = 100) -> Quad:
    """The box of a text whose baseline begins at (`left`, 200), with the margin that a detector leaves."""
    (wide, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 2)
    return quad(left - 10, 165, left + wide + 10, 212)


@dataclass
class _Desk:
    """The lines of a picture, read by a reader that says what it is told; frames come every 0.1 s."""

    ledger: Ledger = field(default_factory=lambda: Ledger(RecognizeConfig()))
    reads: int = 0

    def see(self, pts: float, image: Image, says: str, confidence: float = 0.95, *, track: int = 1) -> FrameText:
        return self.show(pts, image, _Seen(says, confidence, track))

    def show(self, pts: float, image: Image, *seen: _Seen, ended: tuple[Ended, ...] = ()) -> FrameText:
        before = max(0.0, pts - 0.1)
        lines = tuple(
            Line(quad=it.box, score=0.9, track=it.track, place=1, start=it.start, seen=before, carried=it.carried)
            for it in seen
        )
        text = msgspec.structs.replace(searched(frame(pts, image), ended=ended), lines=lines)
        looks = {index: look(image, self.ledger.view(line)) for index, line in enumerate(lines)}
        wanted = self.ledger.plan(text, looks)
        self.reads += len(wanted)
        readings = {index: Reading(seen[index].says, seen[index].confidence) for index in wanted}
        return self.ledger.update(text, looks, readings)


def _left(track: int, end: float) -> tuple[Ended, ...]:
    return (Ended(track=track, end=end, reason="left"),)


def test_a_still_text_is_settled_by_two_readings() -> None:
    desk = _Desk()
    seen = [desk.see(0.1 * n, _shown("EXIT 25"), "EXIT 25").lines[0] for n in range(40)]
    assert desk.reads == 2
    assert [line.settled for line in seen[:3]] == [False, True, True]
    assert (seen[-1].text, seen[-1].reads, seen[-1].agreement) == ("EXIT 25", 2, 1.0)
    assert {line.track for line in seen} == {1}


def test_a_text_that_trembles_is_checked_by_two_more_readings() -> None:
    desk = _Desk()
    still = _shown("EXIT 25")
    seen = []
    for n in range(40):
        # Slowly lighter and darker, so that no two pictures are the same and none differs much from the one before.
        light = np.full_like(still, 40)
        image = cv2.addWeighted(still, 0.9 + 0.1 * math.cos(n), light, 0.1 - 0.1 * math.cos(n), 0)
        seen.append(desk.see(0.1 * n, np.asarray(image, np.uint8), "EXIT 25").lines[0])
    assert desk.reads == 4
    assert seen[-1].confidence == pytest.approx(0.939, abs=0.0005)
    assert {line.track for line in seen} == {1}


def test_a_neighbour_that_was_taken_for_a_part_of_a_text_is_told_from_it_in_the_end() -> None:
    desk = _Desk()
    whole, both = _Seen("NEW PLATES", box=_box("NEW PLATES")), _Seen("TODAY NEW PLATES", box=_box("NEW PLATES"))
    for n in range(80):
        shown = both if 8 <= n < 24 else whole
        text = desk.show(0.1 * n, picture((shown.says[-10:], (100, 200)), ("." * (n // 3 % 2), (280, 200))), shown)
    assert text.lines[0].text == "NEW PLATES"


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
    still = msgspec.structs.replace(searched(frame(0.3, dirty=False), areas=()), lines=(line,))
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


def test_a_replacement_that_is_read_better_later_began_in_the_frame_that_first_showed_it() -> None:
    desk = _Desk()
    for n in range(10):
        desk.see(0.1 * n, _shown("EXIT 25"), "EXIT 25")
    for n in (10, 11):
        text = desk.see(0.1 * n, _shown("TAXI 48"), "7AX1 4B", confidence=0.4)
    assert (text.lines[0].text, text.lines[0].settled) == ("7AX1 4B", False)
    for n in range(12, 30):
        text = desk.see(0.1 * n, _shown("TAXI 48"), "TAXI 48")
    assert (text.lines[0].text, text.lines[0].settled, text.lines[0].start) == ("TAXI 48", True, 1.0)


def test_a_replacement_that_turned_up_again_began_in_the_frame_that_first_showed_it() -> None:
    desk = _Desk()
    for n in range(10):
        desk.see(0.1 * n, _shown("EXIT 25"), "EXIT 25")
    desk.see(1.0, _shown("TAXI 48"), "TAXI 4B8")
    desk.show(1.1, picture(), ended=_left(1, 1.0))
    for n in range(12, 40):
        says = "TAXI 4B" if n == 12 else "TRAM 99"
        text = desk.show(0.1 * n, _shown("TAXI 48"), _Seen(says, track=2, start=1.2))
    assert (text.lines[0].text, text.lines[0].settled, text.lines[0].start) == ("TRAM 99", True, 1.0)


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


def test_typed_text_is_one_track_that_begins_with_its_last_key_and_is_said_when_it_stands() -> None:
    desk = _Desk()
    whole = "> gh issue"
    lines = []
    for n in range(40):
        typed = whole[: min(2 + n // 2, len(whole))].strip()
        lines.append(desk.show(0.1 * n, _shown(typed), _Seen(typed, box=_box(typed))).lines[0])
    assert {line.track for line in lines} == {1}
    last_key = next(n for n in range(40) if lines[n].text == whole)
    assert last_key == 16
    said = [n for n, line in enumerate(lines) if line.settled]
    assert said == [*range(21, 40)]
    assert lines[-1].text == whole
    assert lines[-1].start == pytest.approx(0.1 * last_key)


def test_text_that_comes_in_over_the_edge_is_one_track_that_begins_when_it_is_whole() -> None:
    desk = _Desk()
    word, lines = "DEPARTURES", []
    for n in range(30):
        left = max(620 - 40 * n, 200)
        right = min(_box(word, left)[1][0], 640)
        says = word[: max(1, round(len(word) * (right - left) / 190))]
        seen = _Seen(says, box=quad(left - 10, 165, right, 212))
        lines.append(desk.show(0.1 * n, picture((word, (left, 200))), seen).lines[0])
    assert {line.track for line in lines} == {1}
    assert (lines[-1].text, lines[-1].settled) == (word, True)
    clear = next(n for n in range(30) if _box(word, max(620 - 40 * n, 200))[1][0] < 636)
    assert lines[-1].start == pytest.approx(0.1 * clear)


def test_a_text_that_comes_in_over_the_edge_is_read_now_and_then_and_when_it_is_there() -> None:
    desk = _Desk()
    word, reads = "DEPARTURES", []
    for n in range(30):
        left = 620 - 10 * n
        right = min(_box(word, left)[1][0], 640)
        says = word[: max(1, round(len(word) * (right - left) / 190))]
        before = desk.reads
        desk.show(0.1 * n, picture((word, (left, 200))), _Seen(says, box=quad(left - 10, 165, right, 212)))
        if desk.reads > before:
            reads.append(n)
    clear = next(n for n in range(30) if _box(word, 620 - 10 * n)[1][0] < 636)
    coming_in = [n for n in reads if n < clear]
    assert len(coming_in) <= 1 + clear // 8
    assert clear in reads


def test_a_word_that_stood_clear_of_the_edge_for_a_moment_goes_on() -> None:
    desk = _Desk()
    text, lines = "NEXT TRAIN", []
    for n in range(40):
        left = 620 - 10 * n
        shown = "NEXT" if _box("NEXT ", left)[1][0] < 640 < _box("NEXT T", left)[1][0] else text
        right = min(_box(shown, left)[1][0], 640)
        seen_of_it = (right - left) / (_box(text, left)[1][0] - left)
        says = text[: max(1, round(len(text) * seen_of_it))].strip() if shown == text else shown
        seen = _Seen(says, box=quad(left - 10, 165, right, 212))
        lines.append(desk.show(0.1 * n, picture((text, (left, 200))), seen).lines[0])
    assert {line.track for line in lines} == {1}
    assert (lines[-1].text, lines[-1].settled) == (text, True)


def test_a_clock_in_a_still_picture_stays_calm() -> None:
    # Frames come when it ticks, and once more a moment later; nothing stirs in between.
    desk = _Desk()
    said: list[str] = []
    for second in range(20):
        for moment, seen in ((0.0, second - 0.1), (0.2, second + 0.1)):
            value = f"09:{second:02}"
            line = Line(quad=_box(value), score=0.9, track=1, place=1, seen=max(seen, 0.0))
            image = _shown(value)
            text = msgspec.structs.replace(searched(frame(second + moment, image)), lines=(line,))
            looks = {0: look(image, desk.ledger.view(line))}
            readings = {index: Reading(value, 0.99) for index in desk.ledger.plan(text, looks)}
            told = desk.ledger.update(text, looks, readings).lines[0]
            if told.settled and told.text not in said:
                said.append(told.text)
    assert said[1:] == [f"09:{second:02}" for second in range(int(said[1][3:]), 20)]
    assert len(said) >= 18


def _covered(text: str, left: int) -> Image:
    image = _shown(text)
    image[150:220, left:400] = 90
    return image


def test_a_text_of_which_a_part_is_hidden_stays_the_text_and_ended_when_it_was_whole() -> None:
    desk = _Desk()
    for n in range(10):
        desk.see(0.1 * n, _shown("DEPARTURES"), "DEPARTURES")
    hidden = [desk.see(0.1 * n, _covered("DEPARTURES", 220), "DEPART") for n in range(10, 15)]
    assert all(text.ended == () for text in hidden)
    assert {(text.lines[0].track, text.lines[0].text) for text in hidden} == {(1, "DEPARTURES")}
    desk.show(1.5, picture(), ended=_left(1, 1.4))
    (over,) = desk.show(3.0, picture()).ended
    assert (over.track, over.reason) == (1, "left")
    assert over.end == pytest.approx(0.9)


def test_a_text_that_is_whole_again_goes_on_to_its_end() -> None:
    desk = _Desk()
    for n in range(15):
        covered = 5 <= n < 10
        image = _covered("DEPARTURES", 220) if covered else _shown("DEPARTURES")
        desk.see(0.1 * n, image, "DEPART" if covered else "DEPARTURES")
    (over,) = desk.ledger.forget(_left(1, 1.4))
    assert (over.track, over.end) == (1, 1.4)


def test_a_part_that_stays_hidden_does_not_cost_a_reading_per_look() -> None:
    desk = _Desk()
    for n in range(10):
        desk.see(0.1 * n, _shown("DEPARTURES"), "DEPARTURES")
    before = desk.reads
    for n in range(10, 110):
        desk.see(0.1 * n, _covered("DEPARTURES", 220), "DEPART")
    assert desk.reads - before <= 12


def test_a_text_that_nobody_confirmed_is_not_said_at_its_end_either() -> None:
    desk = _Desk(Ledger(RecognizeConfig(max_reads=1)))
    seen = [desk.see(0.1 * n, _shown("EXIT 25"), "EX1T Z5", confidence=0.7) for n in range(10)]
    assert not any(text.lines[0].settled for text in seen)
    assert desk.ledger.forget(_left(1, 0.9)) == (Ended(track=1, end=0.9, reason="left"),)


def test_a_text_that_was_sure_enough_but_unsaid_is_said_at_its_end() -> None:
    desk = _Desk(Ledger(RecognizeConfig(agree=5)))
    for n in range(3):
        text = desk.see(0.1 * n, _shown("EXIT 25"), "EXIT 25", confidence=0.89)
        assert not text.lines[0].settled
    (over,) = desk.ledger.forget(_left(1, 0.2))
    assert over.line is not None
    assert (over.line.text, over.line.start) == ("EXIT 25", 0.0)


def test_readings_that_contradict_each_other_are_put_to_the_vote() -> None:
    desk = _Desk()
    for n in range(5):
        desk.see(0.1 * n, _shown("EXIT 25"), "EXIT 25")
    muddle = ["A1B2C3D", "E4F5G6H", "J7K8L9M", "N1P2Q3R"]
    for n, says in enumerate(muddle):
        text = desk.see(0.5 + 0.1 * n, _shown("TAXI 48"), says, confidence=0.5)
        assert (text.ended, text.lines[0].track, text.lines[0].text) == ((), 1, "EXIT 25")
    assert set(text.lines[0].alternatives) < set(muddle)
    assert text.lines[0].agreement < 1.0


def test_a_text_that_is_back_soon_is_the_same_track() -> None:
    desk = _Desk()
    for n in range(5):
        desk.see(0.1 * n, _shown("EXIT 25"), "EXIT 25")
    desk.show(0.9, picture(), ended=_left(1, 0.4))
    back = [desk.show(0.1 * n, _shown("EXIT 25"), _Seen("EXIT 25", track=2, start=1.3)) for n in range(13, 30)]
    assert all(text.ended == () for text in back)
    assert {text.lines[0].track for text in back} == {1}
    line = back[-1].lines[0]
    assert (line.start, line.settled) == (0.0, True)


def test_a_text_that_is_back_late_is_another_showing_of_it() -> None:
    desk = _Desk()
    for n in range(5):
        desk.see(0.1 * n, _shown("EXIT 25"), "EXIT 25")
    desk.show(0.9, picture(), ended=_left(1, 0.4))
    (over,) = desk.show(1.5, picture()).ended
    assert (over.track, over.end, over.reason) == (1, 0.4, "left")
    for n in range(16, 20):
        text = desk.show(0.1 * n, _shown("EXIT 25"), _Seen("EXIT 25", track=2, start=1.6))
    assert (text.lines[0].track, text.lines[0].start) == (2, 1.6)


def test_a_text_that_is_found_again_while_its_track_is_still_open_is_the_same() -> None:
    desk = _Desk()
    for n in range(5):
        desk.see(0.1 * n, _shown("EXIT 25"), "EXIT 25")
    text = desk.show(0.6, _shown("EXIT 25"), _Seen("EXIT 25", track=2, start=0.6))
    assert text.lines[0].track == 1
    text = desk.show(0.9, _shown("EXIT 25"), _Seen("EXIT 25", track=2, start=0.6), ended=_left(1, 0.4))
    assert text.lines[0].track == 1
    assert desk.ledger.forget(_left(2, 0.9))[0].track == 1


def _scene(seed: int, text: str, position: tuple[int, int]) -> Image:
    cells = np.random.default_rng(seed).integers(0, 100, (18, 32), dtype=np.uint8)
    wall = np.repeat(np.repeat(np.repeat(cells, 20, 0), 20, 1)[..., None], 3, 2)
    return np.maximum(wall, picture((text, position), background=0))


def test_the_same_text_elsewhere_after_a_cut_is_the_same_track() -> None:
    desk = _Desk()
    for n in range(5):
        desk.see(0.1 * n, _scene(1, "EXIT 25", (100, 200)), "EXIT 25")
    there = _Seen("EXIT 25", track=2, box=quad(395, 265, 630, 312), start=0.5)
    after = [desk.show(0.1 * n, _scene(2, "EXIT 25", (400, 300)), there) for n in range(5, 10)]
    assert {text.lines[0].track for text in after} == {1}
    assert after[-1].lines[0].start == 0.0


def test_the_same_text_elsewhere_in_the_same_picture_is_another_track() -> None:
    desk = _Desk()
    for n in range(5):
        desk.see(0.1 * n, _scene(1, "EXIT 25", (100, 200)), "EXIT 25")
    there = _Seen("EXIT 25", track=2, box=quad(395, 265, 630, 312), start=0.5)
    for n in range(5, 10):
        text = desk.show(0.1 * n, _scene(1, "EXIT 25", (400, 300)), there)
    assert (text.lines[0].track, text.lines[0].settled) == (2, True)


def test_a_text_that_dissolves_into_itself_elsewhere_is_said_twice_only_if_both_stay() -> None:
    desk = _Desk()
    here = _Seen("EXIT 25")
    there = _Seen("EXIT 25", track=2, box=quad(395, 265, 630, 312), start=1.0)
    for n in range(10):
        desk.show(0.1 * n, _scene(1, "EXIT 25", (100, 200)), here)
    both = _scene(2, "EXIT 25", (400, 300))
    both[150:230, 80:345] = _scene(1, "EXIT 25", (100, 200))[150:230, 80:345]
    settled = [[line.settled for line in desk.show(0.1 * n, both, here, there).lines] for n in range(10, 25)]
    assert settled == [[True, False]] * 11 + [[True, True]] * 4


def test_one_text_in_two_places_is_said_twice() -> None:
    desk = _Desk()
    image = picture(("EXIT 25", (100, 200)), ("EXIT 25", (400, 300)))
    there = _Seen("EXIT 25", track=2, box=quad(395, 265, 630, 312))
    for n in range(5):
        text = desk.show(0.1 * n, image, _Seen("EXIT 25"), there)
    assert [(line.track, line.settled) for line in text.lines] == [(1, True), (2, True)]


@pytest.mark.parametrize("says", ["EXIT 25", "EXIT"])
def test_two_boxes_on_one_text_say_it_once(says: str) -> None:
    desk = _Desk()
    for n in range(10):
        seen = _Seen("EXIT 25"), _Seen(says, track=2, box=LEFT)
        text = desk.show(0.1 * n, _shown("EXIT 25"), *seen)
    assert [line.settled for line in text.lines] == [True, False]


def test_two_texts_on_one_another_are_both_said() -> None:
    desk = _Desk()
    for n in range(10):
        text = desk.show(0.1 * n, _shown("EXIT 25"), _Seen("EXIT 25"), _Seen("TAXI 48", track=2, box=LEFT))
    assert [line.settled for line in text.lines] == [True, True]


def test_a_change_just_before_the_end_of_the_stream_is_resolved() -> None:
    desk = _Desk()
    for n in range(10):
        desk.see(0.1 * n, _shown("EXIT 25"), "EXIT 25")
    assert desk.see(1.0, _shown("TAXI 48"), "TAXI 48", confidence=0.995).ended == ()
    old, new = desk.ledger.forget((Ended(track=1, end=1.2, reason="end-of-stream"),))
    assert (old.track, old.reason) == (1, "replaced")
    assert old.end == pytest.approx(0.9)
    assert (new.track, new.end, new.reason) == (2, 1.2, "end-of-stream")
    assert new.line is not None
    assert (new.line.text, new.line.start, new.line.track, new.line.place, new.line.reads) == ("TAXI 48", 1.0, 2, 1, 1)


def test_an_unsure_doubt_at_the_end_of_the_stream_changes_nothing() -> None:
    desk = _Desk()
    for n in range(10):
        desk.see(0.1 * n, _shown("EXIT 25"), "EXIT 25")
    desk.see(1.0, _shown("TAXI 48"), "TAXI 48", confidence=0.6)
    (over,) = desk.ledger.forget((Ended(track=1, end=1.2, reason="end-of-stream"),))
    assert (over.track, over.end, over.reason) == (1, 1.2, "end-of-stream")


def test_a_line_that_moved_needs_three_readings_and_its_old_text_may_come_back() -> None:
    desk = _Desk()
    for n in range(5):
        desk.see(0.1 * n, _shown("EXIT 25"), "EXIT 25")
    away = quad(195, 165, 430, 212)
    texts = [
        desk.show(0.1 * n, picture(("TAXI 48", (200, 200))), _Seen("TAXI 48", box=shift(away, 60 * (n - 5), 0)))
        for n in range(5, 9)
    ]
    assert [text.lines[0].track for text in texts] == [1, 1, 2, 2]
    assert all(text.ended == () for text in texts)
    (over,) = desk.show(2.0, picture()).ended
    assert (over.track, over.reason) == (1, "replaced")
    assert over.end == pytest.approx(0.4)


def test_a_text_that_is_not_said_yet_and_reads_otherwise_where_it_moves_is_voted_on() -> None:
    desk = _Desk()
    desk.see(0.0, _shown("EXIT 25"), "EX1T Z5", confidence=0.5)
    moved = _Seen("TAXI 48", box=quad(215, 165, 450, 212))
    text = desk.show(0.1, picture(("TAXI 48", (220, 200))), moved)
    assert (text.ended, text.lines[0].track, text.lines[0].text) == ((), 1, "TAXI 48")
    assert text.lines[0].start == 0.1


def test_a_line_is_viewed_as_a_whole_when_a_narrow_letter_may_have_been_typed() -> None:
    desk = _Desk()
    desk.see(0.0, _shown("EXIT 25"), "EXIT 25")
    longer = quad(95, 165, 338, 212)
    line = Line(quad=longer, score=0.9, track=1)
    assert desk.ledger.view(line) == longer
    assert desk.ledger.view(msgspec.structs.replace(line, carried=True)) == BOX


def test_a_line_is_viewed_where_it_was_read_while_it_jitters_and_where_it_is_when_it_moves() -> None:
    desk = _Desk()
    desk.see(0.0, _shown("EXIT 25"), "EXIT 25")
    line = Line(quad=BOX, score=0.9, track=1)
    view = desk.ledger.view
    assert view(msgspec.structs.replace(line, quad=shift(BOX, 3, 1))) == BOX
    assert view(msgspec.structs.replace(line, quad=quad(200, 165, 440, 212))) == shift(BOX, 107.5, 0)
    assert view(msgspec.structs.replace(line, quad=LEFT)) == LEFT
    assert view(msgspec.structs.replace(line, track=2, quad=shift(BOX, 3, 1))) == shift(BOX, 3, 1)


def test_a_line_is_pending_while_a_change_in_it_is_not_explained() -> None:
    desk = _Desk()
    line = Line(quad=BOX, score=0.9, track=1)
    assert not desk.ledger.pending(line)
    pending = []
    for n, says in enumerate(["EXIT 25"] * 4 + ["TAXI 48"] * 2):
        desk.see(0.1 * n, _shown(says), says)
        pending.append(desk.ledger.pending(line))
    assert pending == [False, False, False, False, True, False]


def test_a_single_mark_that_fills_the_picture_is_not_said() -> None:
    desk = _Desk()
    for n in range(10):
        text = desk.show(0.1 * n, _shown("I"), _Seen("I", confidence=0.999, box=quad(95, 5, 140, 355)))
    assert not text.lines[0].settled


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


def test_the_end_of_a_track_that_was_never_shown_is_passed_over() -> None:
    desk = _Desk()
    assert desk.show(0.0, picture(), ended=_left(7, 0.0)).ended == ()


def test_carried_lines_that_were_never_read_wait_for_a_search() -> None:
    ledger = Ledger(RecognizeConfig())
    line = Line(quad=BOX, score=0.9, track=1, place=1, start=0.0, carried=True)
    text = msgspec.structs.replace(searched(frame(0.0), areas=()), lines=(line,))
    assert ledger.plan(text, {0: look(text.frame.image, BOX)}) == []
    assert ledger.update(text, {}, {}).lines[0].text == ""


def test_the_successor_of_a_ledger_says_nothing_of_what_was_before_it() -> None:
    desk = _Desk(Ledger(RecognizeConfig(), first=1_000_001))
    seen = _Seen("EXIT 25", start=0.5)
    for pts in (7.0, 7.1, 7.2):
        (line,) = desk.show(pts, _shown("EXIT 25"), seen).lines
    assert (line.track, line.start, line.text) == (1_000_001, 7.0, "EXIT 25")
