"""The truth of the acts agrees with their pictures."""

import json
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from made.act import Act, Line, Prop
from made.catalogue import ACTS, takes
from made.grounds import plain
from made.take import Take
from stream_ocr.api import read
from stream_ocr.drawing import WHITE, Patch, lettering
from stream_ocr.messages import Image
from stream_ocr.tracking.voting import normalised

RATE = 25.0


def without(act: Act, line: Line) -> Act:
    """The act in which this text does not play at this place."""
    return replace(
        act, cast=lambda t: [prop for prop in act.cast(t) if (prop.place, prop.text) != (line.place, line.text)]
    )


def difference(one: Image, other: Image) -> float:
    """The largest among the 90 % of the pixels that differ least, where few differ by chance: 0 to 255."""
    return float(np.quantile(np.abs(one.astype(int) - other), 0.9))


@pytest.mark.parametrize("name", ACTS)
def test_pictures_are_the_callers_own_and_the_same_each_time(name: str) -> None:
    act = ACTS[name]()
    picture = act.picture(0.44)
    assert picture.shape == (act.size[1], act.size[0], 3)
    assert picture.dtype == np.uint8
    assert np.array_equal(picture, ACTS[name]().picture(0.44))
    picture[:] = 0
    assert act.picture(0.44).any()


@pytest.mark.parametrize("name", ACTS)
def test_a_line_is_there_from_its_first_frame_to_its_last(name: str) -> None:
    act = ACTS[name]()
    for line in act.truth(RATE):
        bare = without(act, line)
        left, top, right, bottom = (round(value) for value in line.box)
        shown, ground = (version.picture(line.first)[top:bottom, left:right] for version in (act, bare))
        assert difference(shown, ground) > 25, line
        for t in (line.born, line.last, line.gone):
            assert not np.array_equal(act.picture(t), bare.picture(t)), line


@pytest.mark.parametrize("name", ACTS)
def test_a_line_is_absent_before_and_after(name: str) -> None:
    act = ACTS[name]()
    for line in act.truth(RATE):
        around = (line.born - 1 / RATE, line.gone + 1 / RATE)
        for t in (t for t in around if 0 <= t < act.length - 1e-6):
            # Of what is outside the picture, the rim of its panel may still be seen.
            if not any(prop.text == line.text and prop.opacity == 1.0 for prop in act.cast(t)):
                change = np.abs(act.picture(t).astype(int) - without(act, line).picture(t))
                assert change.max(initial=0) <= 12, (line, t)


def test_a_line_is_whole_when_its_last_letter_is_in_the_picture() -> None:
    line = ACTS["edges"]().truth(RATE)[0]
    step = 380 / RATE
    assert line.box[2] <= 640 < line.box[2] + step
    assert (line.born, line.first, line.last, line.gone) == (0.16, 1.0, 2.28, 3.12)


@pytest.mark.parametrize("name", ACTS)
def test_a_line_can_be_read_on_its_first_frame(name: str) -> None:
    act = ACTS[name]()
    truth = act.truth(RATE)
    for t in sorted({line.first for line in truth}):
        got = {normalised(line.text) for line in read(act.picture(t), ocr={"precision": "f32"})}
        assert {normalised(line.text) for line in truth if line.first == t} <= got


def spans(act: Act, rate: float = RATE) -> list[tuple[str, float, float]]:
    return [(line.text, line.first, line.last) for line in act.truth(rate)]


def test_values_meet_without_a_gap() -> None:
    assert spans(ACTS["counter"]()) == [
        ("Temperature", 0.0, 3.16),
        ("34", 0.0, 0.76),
        ("35", 0.8, 1.56),
        ("36", 1.6, 2.36),
        ("38", 2.4, 3.16),
    ]


def test_truth_is_on_the_frames_of_the_rate() -> None:
    assert spans(ACTS["flash"](), 25.0)[1] == ("STOP NOW", 1.0, 1.16)
    assert spans(ACTS["flash"](), 50.0)[1] == ("STOP NOW", 1.0, 1.18)
    assert spans(ACTS["flash"](), 12.0)[1] == ("STOP NOW", 1.0, 14 / 12)


def test_a_line_behind_something_goes_on() -> None:
    assert spans(ACTS["covered"]()) == [("Central Library", 0.0, 3.36), ("Opening hours 9-17", 0.0, 3.36)]


def test_a_typed_line_is_born_before_it_is_whole() -> None:
    line = ACTS["typed"]().truth(RATE)[0]
    assert (line.text, line.born, line.first, line.gone) == ("$ make install", 0.56, 1.52, 4.36)


def test_texture_has_no_lines() -> None:
    assert ACTS["texture"]().truth(RATE) == []


def crossing(*spans: tuple[float, float]) -> Act:
    """One line that is in the picture during the spans, in seconds."""
    word = lettering("Oslo", 30, WHITE)

    def cast(t: float) -> list[Prop]:
        return [Prop(word, 50, 50, "Oslo", "sign")] if any(begin <= t < end for begin, end in spans) else []

    return Act(name="crossing", length=3.0, ground=plain((320, 180), (0, 0, 0)), cast=cast, size=(320, 180))


def test_a_short_absence_is_bridged_and_a_long_one_is_not() -> None:
    assert spans(crossing((0.2, 1.0), (1.4, 2.0)), 10) == [("Oslo", 0.2, 1.9)]
    assert spans(crossing((0.2, 1.0), (1.6, 2.0)), 10) == [("Oslo", 0.2, 0.9), ("Oslo", 1.6, 1.9)]


def board(left: int, right: int) -> Patch:
    return Patch(
        np.zeros((180, right - left, 3), np.uint8), np.ones((180, right - left), np.float32), (0, 0, right - left, 180)
    )


def test_a_line_that_is_never_whole_is_optional(tmp_path: Path) -> None:
    word = lettering("Rotterdam", 30, WHITE)
    props = [Prop(word, 50, 50, "Rotterdam", "sign"), Prop(board(100, 320), 100, 0)]
    ground = plain((320, 180), (90, 90, 90))
    act = Act(name="half", length=1.0, ground=ground, cast=lambda _: props, size=(320, 180))
    path = Take(act, rate=10).write(tmp_path)
    assert json.loads(path.with_name("half-10fps.mp4.gt.json").read_text()) == [
        {"text": "Rotterdam", "first_s": 0.0, "last_s": 0.9, "kind": "half", "optional": True}
    ]


def test_a_take_is_written_with_its_truth(tmp_path: Path) -> None:
    path = Take(ACTS["flash"](), rate=12.0, coding="mjpeg", noise=2.0).write(tmp_path)
    assert path.name == "flash-12fps-mjpeg-noise2.avi"
    assert json.loads(path.with_name(f"{path.name}.gt.json").read_text()) == [
        {"text": "Speed limit", "first_s": 0.0, "last_s": 2.333, "kind": "flash"},
        {"text": "STOP NOW", "first_s": 1.0, "last_s": 1.167, "kind": "flash"},
    ]
    with av.open(str(path)) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert times == pytest.approx([index / 12 for index in range(29)])


def test_noise_is_the_same_each_time() -> None:
    one, other = (list(Take(crossing((0.0, 1.0)), 5.0, noise=3.0).pictures()) for _ in range(2))
    assert np.array_equal(one, other)
    assert not np.array_equal(one[0], one[1])


def test_noise_has_the_strength_it_says() -> None:
    clean, noisy = (np.stack(list(Take(crossing((0.0, 3.0)), 5.0, noise=noise).pictures())) for noise in (0.0, 6.0))
    ground = clean[..., 0] == 0
    # The ground is black, so that only the upper half of the noise shows.
    assert noisy[..., 0][ground].max() > 15
    assert np.mean(noisy[..., 0][ground]) == pytest.approx(6.0 / np.sqrt(2 * np.pi), abs=0.6)


def test_every_take_has_a_name_of_its_own() -> None:
    names = [take.name for take in takes()]
    assert len(set(names)) == len(names) == 32
    assert len(ACTS) == 23
