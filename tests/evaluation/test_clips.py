from pathlib import Path

import pytest
from clips import counting, make_clip, make_sound

from stream_ocr.errors import ConfigError
from stream_ocr.evaluation.clips import find_clips, source_config
from stream_ocr.evaluation.truth import TruthLine

TRUTH = '[{"text": "EXIT 25", "first_s": 0, "last_s": 0.3}]'


def _clip(path: Path, truth: str | None = TRUTH) -> Path:
    make_clip(path, pictures=counting(10))
    if truth is not None:
        path.with_name(f"{path.name}.gt.json").write_text(truth, encoding="utf-8")
    return path


def _complaint(*paths: Path) -> str:
    clips, (failure,) = find_clips(paths, {})
    assert clips == []
    return failure.message


def test_a_folder_stands_for_all_clips_with_ground_truth(tmp_path: Path) -> None:
    for name in ("b.mp4", "a.mp4"):
        _clip(tmp_path / name)
    _clip(tmp_path / "c.mp4", None)
    clips, failures = find_clips([tmp_path, tmp_path / "a.mp4"], {})
    assert failures == []
    assert [clip.name for clip in clips] == ["a.mp4", "b.mp4"]
    assert clips[0].path == tmp_path / "a.mp4"
    assert clips[0].truth == (TruthLine(text="EXIT 25", first_s=0.0, last_s=0.3),)
    assert clips[0].duration == pytest.approx(0.4)


def test_a_clip_that_is_not_usable_does_not_hold_up_the_others(tmp_path: Path) -> None:
    good, bad = _clip(tmp_path / "good.mp4"), tmp_path / "bad.mp4"
    clips, failures = find_clips([bad, good], {})
    assert [clip.path for clip in clips] == [good]
    assert [(failure.path, failure.message) for failure in failures] == [
        (str(bad), f"{bad}: there is no such file or folder")
    ]


def test_a_clip_without_ground_truth(tmp_path: Path) -> None:
    path = _clip(tmp_path / "a.mp4", None)
    assert _complaint(path) == f"{path}.gt.json: cannot read the ground truth: No such file or directory"


def test_ground_truth_that_does_not_fit(tmp_path: Path) -> None:
    path = _clip(tmp_path / "a.mp4", '[{"text": "a", "first_s": 5, "last_s": 4}]')
    assert _complaint(tmp_path) == f"{path}.gt.json: entry 1: expected first_s before last_s, got 5 and 4"
    _clip(path, '[{"text": "a", "first_s": 0, "last_s": 4}]')
    assert _complaint(path) == (
        f"{path}.gt.json: entry 1: expected last_s within the clip, which ends at 0.40 s, got 4"
    )


def test_ground_truth_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream_ocr.evaluation.clips._MAX_BYTES", 10)
    path = _clip(tmp_path / "a.mp4")
    assert _complaint(path) == f"{path}.gt.json: expected ground truth of at most 10 bytes"


def test_ground_truth_without_a_clip(tmp_path: Path) -> None:
    (tmp_path / "a.mp4.gt.json").write_text("[]", encoding="utf-8")
    assert _complaint(tmp_path) == f"{tmp_path / 'a.mp4'}: there is no such file or folder"


def test_a_folder_without_clips(tmp_path: Path) -> None:
    assert _complaint(tmp_path) == (
        f"{tmp_path}: expected clips with their ground truth (CLIP.gt.json) in the folder, found none"
    )


def test_a_clip_that_cannot_be_decoded(tmp_path: Path) -> None:
    path = make_sound(tmp_path / "a.wav")
    path.with_name("a.wav.gt.json").write_text("[]", encoding="utf-8")
    assert _complaint(path) == f"a.wav: {path}: expected video, found audio"


def test_a_folder_of_pictures_may_be_a_clip(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    make_clip(folder / "1.png", pictures=counting(1), codec="png", pixel_format="rgb24")
    (tmp_path / "pages.gt.json").write_text("[]", encoding="utf-8")
    clips, failures = find_clips([folder], {})
    assert ([clip.name for clip in clips], failures) == (["pages"], [])


def test_settings_of_the_source_are_those_of_every_clip() -> None:
    settings = {"source": {"start": 2.0}, "sinks": [], "stages": {"detect": {"max_side": 736}}}
    source = source_config(Path("a.mp4"), settings)
    assert (source.uri, source.start) == ("a.mp4", 2.0)
    with pytest.raises(ConfigError, match=r"sources\.a: unknown key colour"):
        source_config(Path("a.mp4"), {"source": {"colour": "red"}})
