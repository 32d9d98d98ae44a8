"""The whole graph: real sockets, real models, the built-in picture."""

import json
import re
import threading
from collections import Counter
from itertools import groupby, pairwise
from pathlib import Path

import av
import pytest

from stream_ocr.api import media_config
from stream_ocr.config import Config
from stream_ocr.configfile import build, parse
from stream_ocr.errors import ModelError, SourceError, StageError, WireError
from stream_ocr.messages import SourceStats, SourceStatus, StageStats, TextEvent
from stream_ocr.pipeline import Pipeline, graph
from stream_ocr.sinks import Item
from stream_ocr.transport import Context, Publisher

SHORT = "test:size=640x360&rate=12&length=4&seed=1"
ENDLESS = "test:size=640x360&rate=30&length=0&seed=1"


class Notes:
    """An event sink that keeps everything, and may do something at the first event."""

    def __init__(self, at_first: object = None) -> None:
        self.items: list[Item] = []
        self.closed = False
        self._at_first = at_first

    def write(self, item: Item) -> None:
        self.items.append(item)
        if isinstance(item, TextEvent) and callable(self._at_first):
            action, self._at_first = self._at_first, None
            action()

    def poll(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True

    @property
    def events(self) -> list[TextEvent]:
        return [item for item in self.items if isinstance(item, TextEvent)]


def _config(uri: str = SHORT, **sections: object) -> Config:
    return media_config(uri, {"ocr": {"precision": "f32"}, **sections})


def _run(config: Config) -> Notes:
    notes = Notes()
    Pipeline(config, sinks=[notes]).run()
    return notes


def test_whoever_wants_hears_of_each_frame_with_which_everything_is_done() -> None:
    notes, through = Notes(), list[tuple[str, int]]()
    Pipeline(_config(), sinks=[notes], through=lambda *frame: through.append(frame)).run()
    (capture,) = [item for item in notes.items if isinstance(item, SourceStats)][-1:]
    assert len(through) == capture.passed
    assert through[0] == ("test", 0)
    assert through == sorted(set(through))


@pytest.fixture(scope="module")
def notes() -> Notes:
    """What a run over the built-in picture says."""
    return _run(_config(stats_every=0.1))


def test_texts_of_the_picture_are_said(notes: Notes) -> None:
    said = {event.text for event in notes.events if event.kind == "disappear"}
    assert "EXIT 25" in said


def test_every_appear_has_exactly_one_disappear(notes: Notes) -> None:
    appeared = Counter(event.track for event in notes.events if event.kind == "appear")
    gone = Counter(event.track for event in notes.events if event.kind == "disappear")
    assert appeared == gone
    assert set(appeared.values()) == {1}


def test_seq_grows_by_one(notes: Notes) -> None:
    assert [event.seq for event in notes.events] == list(range(1, len(notes.events) + 1))


def test_the_sign_is_there_from_the_first_frame_to_the_last(notes: Notes) -> None:
    (sign,) = [event for event in notes.events if event.kind == "disappear" and event.text == "EXIT 25"]
    assert sign.start == 0.0
    assert sign.end == pytest.approx(4 - 1 / 12, abs=0.01)
    assert sign.reason == "end-of-stream"
    assert sign.confidence > 0.9


def test_status_and_stats_reach_the_sinks(notes: Notes) -> None:
    (status,) = [item for item in notes.items if isinstance(item, SourceStatus) and item.state == "online"]
    assert (status.source, status.size, status.duration) == ("test", (640, 360), 4.0)
    stages = {item.stage for item in notes.items if isinstance(item, StageStats)}
    assert stages == {"capture", "detect", "track", "classify", "recognize", "publish", "sink:Notes"}
    last = _last(notes, "capture")
    assert last.source == "test"
    assert last.counts["frames"] == 48


def _last(notes: Notes, stage: str) -> StageStats:
    return [item for item in notes.items if isinstance(item, StageStats) and item.stage == stage][-1]


def test_the_last_report_of_every_stage_is_whole(notes: Notes) -> None:
    passed = _last(notes, "capture").counts["passed"]
    for stage in ("detect", "track", "classify", "recognize", "publish"):
        last = _last(notes, stage)
        assert last.counts["frames"] == last.latencies[-1] == passed, stage
        assert last.queue == 0, stage
        assert last.counts["rejected"] == 0, stage
        assert 0 < last.latency_sum < 60, stage
    assert _last(notes, "publish").counts["disappear"] == sum(event.kind == "disappear" for event in notes.events)


def test_how_the_source_does_reaches_the_sinks(notes: Notes) -> None:
    told = [item for item in notes.items if isinstance(item, SourceStats)]
    assert len(told) > 3
    assert [state for state, _ in groupby(item.state for item in told)] == ["online", "offline"]
    assert all(before.frames <= after.frames for before, after in pairwise(told))
    assert max(item.fps for item in told) > 0
    last = told[-1]
    assert (last.source, last.frames, last.dropped, last.corrupt, last.reconnects) == ("test", 48, 0, 0, 0)
    assert last.position == pytest.approx(4 - 1 / 12)
    assert last.passed == last.ages[-1] == _last(notes, "capture").counts["passed"]
    assert last.detections == _last(notes, "detect").counts["detections"] > 10
    assert last.readings == _last(notes, "recognize").counts["readings"] > 10
    assert +Counter(last.events) == Counter(event.kind for event in notes.events)


def _readings(notes: Notes) -> float:
    return _last(notes, "recognize").counts["readings"]


CLOCK = ((0.65, 0.0), (1.0, 0.0), (1.0, 0.26), (0.65, 0.26))
SIGN = ((0.04, 0.08), (0.42, 0.08), (0.42, 0.35), (0.04, 0.35))


def test_an_excluded_clock_is_not_said_and_not_read(notes: Notes) -> None:
    without = _run(_config(stats_every=0.1, source={"exclude": [CLOCK]}))
    clock = re.compile(r"\d\d:\d\d:\d\d")
    assert any(clock.fullmatch(event.text) for event in notes.events)
    assert not any(clock.fullmatch(event.text) for event in without.events)
    assert "EXIT 25" in {event.text for event in without.events}
    # Four seconds of a clock are four texts, each read twice to be settled.
    assert _readings(notes) - _readings(without) >= 6


def test_only_what_is_included_is_said() -> None:
    only = _run(_config(stats_every=0.1, source={"include": [SIGN]}))
    assert {event.text for event in only.events} == {"EXIT 25"}
    assert _readings(only) <= 3


def test_small_texts_are_not_said() -> None:
    """The boxes are 45 pixels high for the sign, 34 for the plate, 31 for the clock and less for the ticker."""
    high = _run(_config(source={"min_height": 40}))
    assert {event.text for event in high.events} == {"EXIT 25"}


def test_sinks_are_closed(notes: Notes) -> None:
    assert notes.closed


def test_all_sinks_of_a_config(tmp_path: Path) -> None:
    config = _config(
        sinks=[
            {"jsonl": {"path": str(tmp_path / "events.jsonl")}},
            {"video": {"path": str(tmp_path / "annotated.mp4")}},
            {"zmq": {"bind": f"ipc://{tmp_path}/events", "frames": f"ipc://{tmp_path}/frames"}},
        ],
        stats_every=0.1,
    )
    assert graph(config)[-1] == "annotate"
    notes = Notes()
    report = Pipeline(config, sinks=[notes]).run()
    assert _last(notes, "annotate").counts["frames"] > 20
    lines = (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()
    assert Counter(json.loads(line)["kind"] for line in lines) == +Counter(report.events)
    with av.open(str(tmp_path / "annotated.mp4")) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert len(times) > 20
    assert times[-1] == pytest.approx(4 - 1 / 12, abs=0.02)


def test_stop_drains_and_closes_every_open_text() -> None:
    stopping = Notes()
    pipeline = Pipeline(_config(ENDLESS), sinks=[stopping])
    stopping._at_first = pipeline.stop
    report = pipeline.run()
    assert report.events["appear"] == report.events["disappear"] > 0
    assert {event.reason for event in stopping.events if event.kind == "disappear"} == {"end-of-stream"}
    assert report.sources == {"test": None}


def test_stop_before_run_ends_at_once() -> None:
    pipeline = Pipeline(_config(ENDLESS))
    pipeline.stop()
    assert pipeline.run().events == {"appear": 0, "update": 0, "disappear": 0}


def _no_space() -> None:
    raise StageError("events.jsonl: cannot write: No space left on device")


def _bug() -> None:
    raise ZeroDivisionError


def test_a_sink_that_fails_ends_the_run_and_the_others_get_everything() -> None:
    failing, other = Notes(_no_space), Notes()
    with pytest.raises(StageError, match="No space left on device"):
        Pipeline(_config(ENDLESS), sinks=[failing, other]).run()
    assert failing.closed
    assert other.closed
    kinds = Counter(event.kind for event in other.events)
    assert kinds["appear"] == kinds["disappear"] > 0


def test_a_bug_in_a_stage_ends_the_run_too() -> None:
    with pytest.raises(ZeroDivisionError):
        Pipeline(_config(ENDLESS), sinks=[Notes(_bug)]).run()


class _AtTheEnd(Notes):
    def write(self, item: Item) -> None:
        if isinstance(item, TextEvent) and item.kind == "disappear" and item.reason == "end-of-stream":
            _bug()


def test_a_bug_at_the_very_end_does_not_hang(tmp_path: Path) -> None:
    video = {"video": {"path": str(tmp_path / "out.mp4")}}
    with pytest.raises(ZeroDivisionError):
        Pipeline(_config("test:size=320x180&rate=10&length=1", sinks=[video]), sinks=[_AtTheEnd()]).run()


def test_a_missing_file_is_a_source_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nothing\.mp4"):
        _run(_config(str(tmp_path / "nothing.mp4")))


def test_an_unknown_model_is_a_model_error() -> None:
    with pytest.raises(ModelError, match="PP-OCRv6-small"):
        _run(media_config(SHORT, {"ocr": {"model": "PP-OCRv99"}}))


def test_a_port_in_use_is_a_wire_error() -> None:
    in_use = "cannot bind: the port is in use"
    with (
        Context() as context,
        Publisher(context, "tcp://127.0.0.1:*") as other,
        pytest.raises(WireError, match=f"{other.endpoint}: {in_use}"),
    ):
        _run(_config(sinks=[{"zmq": {"bind": other.endpoint}}]))


def test_an_output_that_cannot_be_opened_is_a_stage_error(tmp_path: Path) -> None:
    with pytest.raises(StageError, match=str(tmp_path)):
        _run(_config(sinks=[{"jsonl": {"path": str(tmp_path)}}]))


def test_two_sources_share_the_graph() -> None:
    config = parse(
        """
        sources:
          one: {uri: "test:size=640x360&rate=12&length=2&seed=1"}
          two: {uri: "test:size=480x270&rate=8&length=3&seed=2"}
        ocr: {precision: f32}
        """
    )
    notes = _run(config)
    for source in ("one", "two"):
        mine = [event for event in notes.events if event.source == source]
        assert Counter(event.track for event in mine if event.kind == "appear") == Counter(
            event.track for event in mine if event.kind == "disappear"
        )
        assert "EXIT 25" in {event.text for event in mine}


def test_each_source_has_its_own_settings_in_one_run() -> None:
    """Three times the same picture: as in `stages`, with nothing sure enough, and with a network that sees less."""
    config = parse(
        """
        sources:
          plain: {uri: "test:size=640x360&rate=6&length=2&seed=1"}
          doubtful:
            uri: "test:size=640x360&rate=6&length=2&seed=1"
            stages: {recognize: {min_confidence: 1.0}}
          coarse:
            uri: "test:size=640x360&rate=6&length=2&seed=1"
            stages: {detect: {max_side: 320, box_threshold: 0.8}}
        ocr: {precision: f32}
        stages: {detect: {max_side: 736}}
        """
    )
    notes = _run(config)
    alone = _run(_config("test:size=640x360&rate=6&length=2&seed=1", stages={"detect": {"max_side": 736}}))
    said = {name: [_said(event) for event in notes.events if event.source == name] for name in config.sources}
    assert said["plain"] == [_said(event) for event in alone.events]
    assert said["doubtful"] == []
    assert {text for _, text, _, _ in said["coarse"]} < {text for _, text, _, _ in said["plain"]}


def _said(event: TextEvent) -> tuple[str, str, float, float | None]:
    """What does not depend on the other sources of the run."""
    return event.kind, event.text, event.start, event.end


def test_a_gate_of_ones_own_lets_every_frame_pass() -> None:
    still = {"uri": "test:size=320x180&rate=10&length=3", "include": [SIGN]}
    config = build(
        {
            "sources": {"open": {**still, "stages": {"gate": {"enabled": False}}}, "seldom": still},
            "ocr": {"precision": "f32"},
            "stages": {"gate": {"max_gap": 1.5}},
        }
    )
    stats = [item for item in _run(config).items if isinstance(item, StageStats) and item.stage == "capture"]
    passed = {item.source: item.counts["passed"] for item in stats}
    assert passed["open"] == 30
    # At first, and ever rarer after that: 0.2, 0.6, 1.4 and 2.9 s.
    assert passed["seldom"] == 5


def test_no_thread_is_left_behind() -> None:
    _run(_config("test:size=320x180&rate=5&length=1"))
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("stream-ocr")] == []
