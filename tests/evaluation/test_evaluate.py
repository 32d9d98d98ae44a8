import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import pytest
from clips import make_clip
from frames import quad

import stream_ocr
from stream_ocr.errors import ConfigError
from stream_ocr.evaluation import evaluate as module
from stream_ocr.evaluation.merging import LineReading
from stream_ocr.evaluation.runs import Step
from stream_ocr.scene import Scene

F32 = {"ocr": {"precision": "f32"}}
SCENE = Scene((640, 360), 12.0, 3.0, 1)


def _clip(path: Path) -> Path:
    make_clip(path, scene=SCENE)
    truth = [
        {"text": shown.text, "first_s": shown.start, "last_s": shown.end, "kind": shown.kind}
        for shown in SCENE.truth()
        if shown.kind in ("sign", "plate")
    ]
    path.with_name(f"{path.name}.gt.json").write_text(json.dumps(truth), encoding="utf-8")
    return path


def test_clips_are_scored_and_what_is_wrong_is_told(tmp_path: Path) -> None:
    path = _clip(tmp_path / "a.mp4")
    missing = tmp_path / "missing.mp4"
    steps: list[Step] = []
    result = stream_ocr.evaluate([path, missing], settings=F32, watch=steps.append)
    (clip,) = result.clips
    assert (clip.clip, clip.path, clip.complete) == ("a.mp4", str(path), False)
    assert (clip.figures.lines, clip.figures.hit, clip.figures.exact_lines) == (2, 2, 2)
    assert clip.figures.frames == 36
    assert clip.baseline is None
    assert result.total.figures == clip.figures
    assert [group.name for group in result.groups] == ["a.mp4"]
    assert [failure.path for failure in result.failures] == [str(missing)]
    assert (result.curve, result.against, result.min_confidence) == (None, None, 0.4)
    assert sum(each.events for each in result.reliability) >= 2
    assert result.calibration_error is not None
    assert steps[-1].over
    assert msgspec.json.decode(msgspec.json.encode(result))["total"]["figures"]["recall"] == 1.0


def test_a_curve_has_no_threshold_even_where_the_source_has_its_own(tmp_path: Path) -> None:
    path = _clip(tmp_path / "a.mp4")
    own = {"source": {"stages": {"recognize": {"min_confidence": 1.0}}}}
    result = stream_ocr.evaluate([path], settings={**F32, **own}, curve=True)
    assert (result.min_confidence, result.total.figures.events) == (1.0, 0)
    assert result.curve is not None
    assert result.curve[0].recall == 1.0


def test_with_a_curve_and_a_baseline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (LineReading("EXIT 25", 0.9, quad(30, 30, 200, 80)),)
    monkeypatch.setattr(module, "load_rapidocr", lambda: lambda _: lines)
    _clip(tmp_path / "a.mp4")
    steps: list[Step] = []
    result = stream_ocr.evaluate([tmp_path], settings=F32, curve=True, against="rapidocr", jobs=2, watch=steps.append)
    (clip,) = result.clips
    assert clip.baseline_figures is not None
    assert (clip.baseline_figures.hit, clip.baseline_figures.events, clip.baseline_figures.frames) == (1, 1, 36)
    assert result.total.baseline_figures == clip.baseline_figures
    assert result.curve is not None
    assert result.curve[0].recall == 1.0
    assert result.curve[0].events >= clip.figures.events
    assert {step.by for step in steps} == {"stream-ocr", "threshold 0", "rapidocr"}


def test_a_clip_whose_length_only_shows_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.h264"
    make_clip(path, scene=Scene((640, 360), 25.0, 1.0, 1))
    truth = path.with_name("a.h264.gt.json")
    truth.write_text('[{"text": "EXIT 25", "first_s": 0, "last_s": 9}]', encoding="utf-8")
    (failure,) = stream_ocr.evaluate([path], settings=F32).failures
    assert failure.message.startswith(f"{truth}: entry 1: expected last_s within the clip, which ends at 0.96 s")


class _InterruptedPool(ThreadPoolExecutor):
    def submit(self, *arguments: Any, **settings: Any) -> NoReturn:
        super().submit(*arguments, **settings)
        raise KeyboardInterrupt


def test_an_interrupt_while_clips_are_handed_over_waits_for_none_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ThreadPoolExecutor", _InterruptedPool)
    with pytest.raises(KeyboardInterrupt):
        stream_ocr.evaluate([_clip(tmp_path / "a.mp4")], settings={**F32, "source": {"loop": True}})


def test_settings_that_do_not_fit_are_raised(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown key detekt"):
        stream_ocr.evaluate([tmp_path], settings={"stages": {"detekt": {}}})


def test_nothing_to_evaluate() -> None:
    result = stream_ocr.evaluate([])
    assert (result.clips, result.groups, result.total.figures.recall, result.failures) == ((), (), None, ())
