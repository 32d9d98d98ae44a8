from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from clips import counting, make_clip
from measured import decoding, reading, running

from stream_ocr.benchmark.bench import Order, bench
from stream_ocr.benchmark.measurements import Answer, Task
from stream_ocr.benchmark.shows import ticker
from stream_ocr.errors import ConfigError, ModelError, SourceError


class Asked:
    """Answers every task at once, and keeps it."""

    def __init__(self, trouble: dict[str, Exception] | None = None) -> None:
        self.tasks: list[Task] = []
        self._trouble = trouble or {}

    def __call__(self, task: Task) -> Answer:
        self.tasks.append(task)
        if task.uri in self._trouble:
            raise self._trouble[task.uri]
        return {"decode": decoding(), "run": running(1.5), "rapidocr": reading(2.0)}[task.kind]  # type: ignore[return-value]


def test_what_is_compared_is_measured_in_turn() -> None:
    asked, told = Asked(), list[str]()
    order = Order(media=("a.mp4", "b.mp4"), repeat=2, against="rapidocr", max_frames=7)
    result = bench(order, told.append, asked)
    turn = ["decode", "run", "rapidocr"]
    assert [task.kind for task in asked.tasks] == turn * 4
    assert [task.uri for task in asked.tasks] == ["a.mp4"] * 6 + ["b.mp4"] * 6
    assert {task.max_frames for task in asked.tasks} == {7}
    assert told == ["a.mp4 (1 of 2)", "a.mp4 (2 of 2)", "b.mp4 (1 of 2)", "b.mp4 (2 of 2)"]
    assert [clip.clip for clip in result.clips] == ["a.mp4", "b.mp4"]
    assert [len(clip.repetitions) for clip in result.clips] == [2, 2]
    assert result.clips[0].figures.ratio == 40.0
    assert (result.repeat, result.against, result.max_frames, result.failures) == (2, "rapidocr", 7, ())


def test_a_clip_that_is_broken_does_not_hold_up_the_others() -> None:
    asked = Asked({"a.mp4": SourceError("a.mp4: no")})
    result = bench(Order(media=("a.mp4", "rtsp://user:secret@camera/live", "b.mp4")), ask=asked)
    assert [clip.clip for clip in result.clips] == ["b.mp4"]
    broken, live = result.failures
    assert (broken.path, broken.message) == ("a.mp4", "a.mp4: no")
    assert live.message.endswith("expected a clip that ends, got a live source, which sets its own pace")
    assert "secret" not in live.message + live.path


def test_without_models_nothing_can_be_measured() -> None:
    with pytest.raises(ModelError):
        bench(Order(media=("a.mp4",)), ask=Asked({"a.mp4": ModelError("no weights")}))


def test_what_is_asked_for_is_checked_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ConfigError, match="made:run: expected one of made:still-1080p, made:ticker-720p"):
        bench(Order(media=("made:walk-640", "made:run")), ask=Asked())
    with pytest.raises(ConfigError, match="unknown key detekt"):
        bench(Order(settings={"stages": {"detekt": {}}}), ask=Asked())
    assert list(tmp_path.iterdir()) == []


def test_made_clips_have_their_truth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shows = {name: partial(replace, ticker(), name=name, length=0.1) for name in ("one", "two")}
    monkeypatch.setattr("stream_ocr.benchmark.bench.SHOWS", shows)
    monkeypatch.setattr("stream_ocr.benchmark.stock.SHOWS", shows)
    asked = Asked()
    result = bench(Order(scored=True), ask=asked)
    assert [clip.clip for clip in result.clips] == ["one", "two"]
    assert all(task.scored and Path(task.uri).is_file() for task in asked.tasks)
    (clip,) = bench(Order(media=("made:two",)), ask=asked).clips
    assert clip.clip == "two"


@pytest.mark.parametrize("with_truth", [True, False])
def test_clips_are_scored_where_there_is_truth(with_truth: bool, tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", pictures=counting(2))
    if with_truth:
        path.with_name("a.mp4.gt.json").write_text("[]")
    asked = Asked()
    bench(Order(media=(str(path), "test:length=1", "x" * 5000), scored=True), ask=asked)
    assert [task.scored for task in asked.tasks if task.kind == "run"] == [with_truth, False, False]


def test_settings_reach_every_process() -> None:
    asked, settings = Asked(), {"source": {"start": 2}, "stages": {}}
    result = bench(Order(media=("a.mp4",), settings=settings), ask=asked)
    assert [task.settings for task in asked.tasks] == [settings] * 2
    assert result.settings == {"source": {"start": 2}}
