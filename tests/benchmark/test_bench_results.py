import pytest
from measured import decoding, pace, repetition, running
from msgspec.structs import replace

from stream_ocr.benchmark.results import Repetition, figures, summed_up
from stream_ocr.evaluation.scoring import Tally


def test_the_first_frame_is_start_up() -> None:
    assert pace(1.5).fps == 200.0
    assert pace(1.5).cpu_per_frame == 2 / 300
    assert (pace(0.0, frames=1).fps, pace(0.0, frames=1).cpu_per_frame) == (None, None)


def test_figures_of_one_measurement() -> None:
    tally = Tally(lines=4, hit=3, exact_lines=2, surplus=1, events=5, matched=4)
    found = figures([repetition(1.5, 2.0, tally)])
    assert found.decode_fps == 600.0
    assert found.decode_cpu_s_per_min == pytest.approx(2.4)
    assert found.fps == 200.0
    assert found.speed == pytest.approx(10 / 1.5)
    assert found.cpu_s_per_min == pytest.approx(12.0)
    assert found.passed == pytest.approx(30 / 301)
    assert (found.detections_per_s, found.readings_per_track) == (2.0, 3.0)
    assert (found.peak_mb, found.start_s) == (500.0, 1.25)
    assert (found.rapidocr_fps, found.ratio) == (5.0, 40.0)
    # The same CPU time for 10 frames as for 300.
    assert found.cpu_ratio == pytest.approx(30.0)
    assert (found.recall, found.exact) == (0.75, 0.5)
    assert found.dup == pytest.approx(1 / 3)


def test_the_ratio_is_that_of_measurements_made_together() -> None:
    # A machine that was slow at one time was so for both.
    found = figures([repetition(1.0, 1.0), repetition(4.0, 4.0), repetition(2.0, 3.0)])
    assert found.fps == 150.0
    assert found.rapidocr_fps == pytest.approx(10 / 3)
    assert found.ratio == 30.0


def test_what_was_not_measured_is_none() -> None:
    found = figures([repetition(1.5)])
    assert (found.rapidocr_fps, found.rapidocr_peak_mb, found.ratio) == (None, None, None)
    assert (found.recall, found.exact, found.dup) == (None, None, None)


def test_a_clip_without_text_and_one_of_a_single_frame() -> None:
    silent = replace(running(1.5), tracks=0, readings=0)
    single = replace(decoding(), media_s=0.0, pace=pace(0.001, frames=1))
    found = figures([Repetition(decode=single, run=silent)])
    assert (found.decode_fps, found.cpu_s_per_min, found.detections_per_s) == (None, None, None)
    assert found.readings_per_track is None


@pytest.mark.parametrize(("seconds", "usual"), [((3.0, 1.0, 2.0), 2.0), ((3.0, 1.0), 1.0), ((3.0,), 3.0)])
def test_time_is_told_of_the_run_in_the_middle(seconds: tuple[float, ...], usual: float) -> None:
    clip = summed_up("a.mp4", "a.mp4", [repetition(each) for each in seconds])
    assert clip.wall.frames_s == usual
    assert clip.stages[0].busy_s == 0.25 * (usual + 0.5)
    assert (clip.frames, clip.size, clip.rate, clip.media_s) == (301, (1280, 720), 30.0, 10.0)
    assert len(clip.repetitions) == len(seconds)
