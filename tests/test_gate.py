import cv2
import numpy as np
import pytest

from stream_ocr.config import GateConfig
from stream_ocr.gate import TILE, Gate, Passed, reduce
from stream_ocr.messages import Luma
from stream_ocr.regions import Regions

SANS = cv2.FontFace("sans")


def ground(width: int, height: int, grey: int = 60) -> Luma:
    return np.full((height, width), grey, np.uint8)


def write(luma: Luma, text: str, size: int, grey: int, origin: tuple[int, int] = (101, 83)) -> Luma:
    """A copy with text, `size` being that of the font: digits are three quarters as high."""
    picture = cv2.cvtColor(luma, cv2.COLOR_GRAY2BGR)
    cv2.putText(picture, text, origin, (grey, grey, grey), SANS, size, 500)
    return np.asarray(picture[..., 0], np.uint8).copy()


def noisy(luma: Luma, sigma: float, random: np.random.Generator) -> Luma:
    noise = random.normal(0, sigma, luma.shape)
    return np.clip(luma + noise, 0, 255).round().astype(np.uint8)


def changed(before: Luma, after: Luma, config: GateConfig | None = None) -> Passed | None:
    """What a gate that knows `before` says of `after`."""
    gate = Gate(config or GateConfig())
    for index in range(3):
        gate.look(before, index / 25)
    return gate.look(after, 3 / 25)


def test_the_first_frame_passes_entirely() -> None:
    passed = Gate(GateConfig()).look(ground(320, 240), 7.0)
    assert passed is not None
    assert passed.luma.shape == (240, 320)
    assert passed.dirty.shape == (240 // TILE, 320 // TILE)
    assert passed.dirty.all()
    assert passed.skipped == 0


def test_the_reduced_picture_is_its_own_and_read_only() -> None:
    whole = ground(320, 240)
    view = whole[:, :160]
    passed = Gate(GateConfig()).look(view, 0.0)
    assert passed is not None
    assert passed.luma.flags.c_contiguous
    assert not passed.luma.flags.writeable
    assert not np.shares_memory(passed.luma, whole)
    assert (whole == 60).all()


def test_an_unchanged_frame_does_not_pass_until_the_gap_is_over() -> None:
    gate = Gate(GateConfig(max_gap=1.0))
    passes = [gate.look(ground(320, 240), index / 10) for index in range(37)]
    assert [index for index, passed in enumerate(passes) if passed] == [0, 2, 6, 14, 24, 34]
    assert passes[24] is not None
    assert not passes[24].dirty.any()
    assert passes[24].skipped == 9


def test_frames_pass_ever_rarer_when_what_changed_has_come_to_rest() -> None:
    gate = Gate(GateConfig(max_gap=60.0))
    before = ground(320, 240)
    after = before.copy()
    after[80:88, 160:168] = 200
    pictures = [before] * 10 + [after] * 10
    passes = [gate.look(picture, index / 10) for index, picture in enumerate(pictures)]
    assert [(index, bool(passed.dirty.any())) for index, passed in enumerate(passes) if passed] == [
        (0, True),
        (2, False),
        (6, False),
        (10, True),
        (12, False),
        (16, False),
    ]


def test_a_change_passes_and_says_where() -> None:
    before = ground(320, 240)
    after = before.copy()
    after[80:88, 160:168] = 200
    passed = changed(before, after)
    assert passed is not None
    assert np.argwhere(passed.dirty).tolist() == [[10, 20]]
    assert passed.skipped == 2


LEFT_HALF = Regions(include=[((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))])


def flickering(*places: tuple[int, int]) -> list[Luma]:
    """Ten pictures; a square at each (left, top) is there in every second one."""
    pictures = [ground(320, 240) for _ in range(10)]
    for picture in pictures[1::2]:
        for left, top in places:
            picture[top : top + 8, left : left + 8] = 200
    return pictures


def test_what_flickers_outside_the_regions_lets_no_frame_pass() -> None:
    gate = Gate(GateConfig(max_gap=60.0), LEFT_HALF)
    passes = [gate.look(picture, index / 25) for index, picture in enumerate(flickering((200, 80)))]
    # The first one does, and one more when it has come to rest.
    assert [index for index, passed in enumerate(passes) if passed] == [0, 5]


def test_what_flickers_inside_the_regions_passes() -> None:
    gate = Gate(GateConfig(max_gap=60.0), LEFT_HALF)
    passes = [gate.look(picture, index / 25) for index, picture in enumerate(flickering((120, 80)))]
    assert all(passes)


def test_a_frame_that_passes_says_what_changed_outside_too() -> None:
    """So that whoever follows a text across the edge, or knows one that lies on it, looks again."""
    gate = Gate(GateConfig(), LEFT_HALF)
    pictures = flickering((120, 80), (200, 80))
    gate.look(pictures[0], 0.0)
    passed = gate.look(pictures[1], 0.04)
    assert passed is not None
    assert np.argwhere(passed.dirty).tolist() == [[10, 15], [10, 25]]


def test_a_change_outside_is_not_followed_by_looks_at_rest() -> None:
    gate = Gate(GateConfig(max_gap=1.0), LEFT_HALF)
    before, after = flickering((200, 80))[:2]
    passes = [gate.look(before if index < 15 else after, index / 10) for index in range(26)]
    assert [(index, bool(passed.dirty.any())) for index, passed in enumerate(passes) if passed] == [
        (0, True),
        (2, False),
        (6, False),
        (14, False),
        (24, True),
    ]


def test_a_change_back_passes_too() -> None:
    gate = Gate(GateConfig())
    before, after = ground(320, 240), ground(320, 240)
    after[80:88, 160:168] = 200
    seen = [gate.look(luma, index / 25) for index, luma in enumerate([before, after, after, before, before])]
    assert [passed is not None for passed in seen] == [True, True, False, True, False]


def test_another_size_passes_entirely() -> None:
    gate = Gate(GateConfig())
    gate.look(ground(320, 240), 0.0)
    passed = gate.look(ground(640, 240), 0.04)
    assert passed is not None
    assert passed.dirty.shape == (30, 80)
    assert passed.dirty.all()
    # The reduced size alone would not tell.
    assert gate.look(ground(1280, 480), 0.08) is not None


def test_switched_off_it_passes_all() -> None:
    gate = Gate(GateConfig(enabled=False))
    passes = [gate.look(ground(320, 240), index / 25) for index in range(4)]
    assert all(passed is not None and passed.dirty.all() and passed.skipped == 0 for passed in passes)


@pytest.mark.parametrize(("sensitivity", "passes"), [(0.5, False), (1.0, False), (2.0, True)])
def test_sensitivity_scales_the_threshold(sensitivity: float, passes: bool) -> None:
    passed = changed(ground(320, 240, 60), ground(320, 240, 65), GateConfig(sensitivity=sensitivity))
    assert (passed is not None) == passes


def test_a_slow_fade_adds_up() -> None:
    """Two grey levels a second, beside a clock that makes a frame pass each second."""
    gate = Gate(GateConfig())
    fading: list[float] = []
    for index in range(100):
        luma = ground(320, 240)
        luma[16:48, 16:48] = 60 + index // 5
        luma[200:224, 200:224] = 250 if index // 10 % 2 else 0
        passed = gate.look(luma, index / 10)
        if passed is not None and index > 0 and passed.dirty[2:6, 2:6].any():
            fading.append(index / 10)
    assert fading
    assert fading[0] < 4.0
    assert 2 <= len(fading) <= 6


def test_a_drift_over_the_whole_picture_does_not_pass_tile_by_tile() -> None:
    ramp = np.linspace(0.5, 1.0, 640)
    gate = Gate(GateConfig(max_gap=60))
    passes = [
        gate.look(np.tile((60 + ramp * index / 5).astype(np.uint8), (360, 1)), index / 25) for index in range(150)
    ]
    assert 2 <= sum(passed is not None for passed in passes) <= 30


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720), (640, 360)])
@pytest.mark.parametrize("sigma", [2, 6])
def test_sensor_noise_does_not_pass(width: int, height: int, sigma: int) -> None:
    random = np.random.default_rng(3)
    still = write(ground(width, height), "STILL 123", 40, 200)
    gate = Gate(GateConfig(max_gap=60))
    pictures = [noisy(still, sigma, random) for _ in range(6)]
    passes = [gate.look(pictures[index % 6], index / 25) for index in range(40)]
    assert sum(passed is not None and bool(passed.dirty.any()) for passed in passes) <= 2
    assert gate.noise > 0


@pytest.mark.parametrize("sigma", [0, 4])
def test_a_digit_of_20_pixels_changes_at_1080p(sigma: int) -> None:
    random = np.random.default_rng(4)
    before, after = (
        noisy(write(ground(1920, 1080), text, 27, 230), sigma, random) for text in ("12:35:08", "12:35:09")
    )
    passed = changed(before, after)
    assert passed is not None
    assert passed.dirty.sum() <= 6


@pytest.mark.parametrize("text", ["_", "|", "-", "i", "a", "."])
def test_a_character_appears_in_a_terminal(text: str) -> None:
    before = ground(1300, 650, 30)
    assert changed(before, write(before, text, 16, 200)) is not None


@pytest.mark.parametrize(("width", "height", "size"), [(1920, 1080, 32), (1280, 720, 24), (640, 360, 16)])
def test_faint_text_fades_in(width: int, height: int, size: int) -> None:
    gate = Gate(GateConfig(max_gap=60))
    passes = [gate.look(write(ground(width, height), "Faint text", size, 60 + level), level / 5) for level in range(16)]
    assert sum(passed is not None for passed in passes[1:]) >= 1


def test_a_moving_camera_does_not_deafen_it() -> None:
    random = np.random.default_rng(5)
    scenery = cv2.resize(random.integers(0, 255, (30, 60), dtype=np.uint8), (1300, 400), interpolation=cv2.INTER_CUBIC)
    gate = Gate(GateConfig(max_gap=60))
    for index in range(60):
        view: Luma = np.asarray(scenery[:360, 8 * index : 8 * index + 640], np.uint8)
        gate.look(view, index / 25)
    assert gate.look(write(view, "7", 27, 255), 60 / 25) is not None


def test_noise_that_ends_is_forgotten() -> None:
    random = np.random.default_rng(6)
    still = ground(640, 360)
    gate = Gate(GateConfig(max_gap=60))
    for index in range(20):
        gate.look(noisy(still, 6, random), index / 25)
    loud = gate.noise
    for index in range(20, 40):
        gate.look(still, index / 25)
    assert loud > 20
    assert gate.noise == 0


@pytest.mark.parametrize(
    ("size", "reduced"),
    [
        ((1920, 1080), (640, 360)),
        ((1080, 1920), (360, 640)),
        ((3840, 2160), (640, 360)),
        ((1300, 650), (640, 320)),
        ((641, 361), (640, 360)),
        ((333, 77), (336, 80)),
        ((20_000, 10), (640, 8)),
        ((1, 1), (8, 8)),
    ],
)
def test_reduce_keeps_to_the_tiles_and_the_limit(size: tuple[int, int], reduced: tuple[int, int]) -> None:
    result = reduce(ground(*size))
    assert result.shape == reduced[::-1]
    assert (result == 60).all()
    assert result.flags.c_contiguous
