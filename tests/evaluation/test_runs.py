from pathlib import Path

import pytest
from clips import make_clip

from stream_ocr.api import media_config
from stream_ocr.errors import SourceError
from stream_ocr.evaluation.runs import ClipRun, Step
from stream_ocr.geometry import bounds
from stream_ocr.scene import Scene

SCENE = Scene((640, 360), 12.0, 3.0, 1)
FIRST = Step(clip="a.mp4", number=1, clips=1, by="stream-ocr", position=0.0, duration=3.0, events=0)
F32 = {"ocr": {"precision": "f32"}}


def test_a_run_says_what_was_found_and_what_it_took(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", scene=SCENE)
    steps: list[Step] = []
    outcome = ClipRun(media_config(path, F32), FIRST, steps.append).run()
    (sign,) = [found for found in outcome.found if found.text == "EXIT 25"]
    assert sign.start == 0.0
    assert sign.end == pytest.approx(35 / 12, abs=0.01)
    assert sign.confidence > 0.9
    assert sign.reads >= 1
    assert len(sign.sightings) >= 2
    assert bounds(sign.sightings[0].quad) == pytest.approx(_sign_box(), abs=12)
    assert outcome.effort.frames == 36
    assert outcome.effort.media_s == pytest.approx(35 / 12, abs=0.01)
    assert 0 < outcome.effort.wall_s < 60
    assert outcome.effort.readings == sum(found.reads for found in outcome.found)
    assert outcome.problem is None
    assert [step.over for step in steps] == [False] * (len(steps) - 1) + [True]
    assert steps[-1].events == len(outcome.found)


def _sign_box() -> tuple[int, int, int, int]:
    return next(shown.box for shown in SCENE.truth() if shown.kind == "sign")


def test_a_failure_is_raised_and_ends_the_watching(tmp_path: Path) -> None:
    steps: list[Step] = []
    with pytest.raises(SourceError, match=r"no\.mp4"):
        ClipRun(media_config(tmp_path / "no.mp4", F32), FIRST, steps.append).run()
    assert [step.over for step in steps] == [True]


def test_a_run_that_is_stopped_before_it_begins_ends_at_once() -> None:
    run = ClipRun(media_config("test:size=640x360&length=0", F32), FIRST, lambda _: None)
    run.stop()
    assert run.run().found == ()
