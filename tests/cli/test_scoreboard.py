import pytest
from judged import found, line

from stream_ocr.cli.scoreboard import print_scores, shortened
from stream_ocr.evaluation.curves import calibration_error, reliability
from stream_ocr.evaluation.results import ClipResult, Effort, Evaluation, Side, figures, group, grouped
from stream_ocr.evaluation.scoring import Found, score
from stream_ocr.evaluation.truth import TruthLine

LONG = "a-film-whose-name-goes-on-for-much-longer-than-anybody-needs.mp4"


def _result(name: str, said: list[Found], truth: list[TruthLine], baseline: Side | None = None) -> ClipResult:
    ours = Side(score=score(said, truth), effort=Effort(frames=50, media_s=2.0, wall_s=0.5, updates=1, readings=3))
    return ClipResult(
        clip=name,
        path=name,
        complete=not truth,
        problem=None,
        figures=figures([ours]),
        ours=ours,
        baseline=baseline,
        baseline_figures=None if baseline is None else figures([baseline]),
    )


def _evaluation(*clips: ClipResult) -> Evaluation:
    bins = reliability(event for clip in clips for event in clip.ours.score.events)
    return Evaluation(
        version="1",
        settings={},
        min_confidence=0.6,
        against="rapidocr",
        clips=clips,
        groups=grouped(clips),
        total=group("all", clips),
        reliability=bins,
        calibration_error=calibration_error(bins),
        curve=None,
        failures=(),
    )


def _printed(evaluation: Evaluation, capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    print_scores(evaluation)
    return [line.split() for line in capsys.readouterr().out.splitlines() if line.strip(" ─")]


def test_a_row_per_clip_group_and_all(capsys: pytest.CaptureFixture[str]) -> None:
    good = _result("plate-1.avi", [found("EXIT 25", confidence=1.0)], [line("EXIT 25")])
    bad = _result("plate-2.avi", [found("WARP")], [line("Platform")])
    rows = _printed(_evaluation(good, bad, _result("none.mp4", [], [])), capsys)
    assert rows[0][:4] == ["clip", "lines", "recall", "exact"]
    assert " ".join(rows[1]) == "plate-1.avi 1 1.00 1.00 0.00 1.00 0.00 0.00 1 1 3.0 0.5 4.0x"
    assert " ".join(rows[2]) == "plate-2.avi 1 0.00 0.00 - 0.00 - - 1 1 3.0 0.5 4.0x"
    assert " ".join(rows[3]) == "none.mp4 0 - - - - - - 0 1 - 0.5 4.0x"
    assert " ".join(rows[4]) == "plate (2 clips) 2 0.50 0.50 0.00 0.50 0.00 0.00 2 2 3.0 1.0 4.0x"
    assert rows[5][:4] == ["all", "(3", "clips)", "2"]
    notes = "\n".join(" ".join(row) for row in rows[6:])
    assert "without any text: 1 clip(s), 0 event(s) invented there." in notes
    assert "confidence: 1.000 on average for 1 matched events, 1.000 of them exact" in notes
    assert "expected calibration error 0.000." in notes


def test_a_single_clip_is_its_own_total(capsys: pytest.CaptureFixture[str]) -> None:
    rows = _printed(_evaluation(_result("a.mp4", [], [line("EXIT 25")])), capsys)
    assert [row[0] for row in rows] == ["clip", "a.mp4", "start,", "prec."]


def test_the_baseline_stands_beneath(capsys: pytest.CaptureFixture[str]) -> None:
    theirs = Side(score=score([], [line("EXIT 25")]), effort=Effort(frames=50, media_s=2.0, wall_s=20.0))
    rows = _printed(_evaluation(_result("a.mp4", [found("EXIT 25")], [line("EXIT 25")], theirs)), capsys)
    assert " ".join(rows[2]) == "rapidocr 1 0.00 0.00 - - - - 0 - - 20.0 0.10x"


def test_nothing_is_broken_over_lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    rows = _printed(_evaluation(_result(LONG, [found("EXIT 25")], [line("EXIT 25")])), capsys)
    assert rows[1][0] == shortened(LONG, len(rows[1][0]))
    assert "…" in rows[1][0]
    assert len(rows[0]) == len(rows[1]) == 13


@pytest.mark.parametrize(
    ("width", "short"), [(20, "clip-with-name.mp4"), (11, "clip-…e.mp4"), (18, "clip-with-name.mp4")]
)
def test_a_name_is_shortened_in_its_middle(width: int, short: str) -> None:
    assert shortened("clip-with-name.mp4", width) == short
    assert len(short) <= width
